/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What load.c and the guest (guest.S) share: the layout of one vCPU's parameter block, which lies
 * at DS:0 of that vCPU. Offsets only, so that the assembler can read it.
 */
#ifndef VTICK_RECORD_TESTS_LOAD_GUEST_H
#define VTICK_RECORD_TESTS_LOAD_GUEST_H

/* Set by the VMM. */
#define P_MODE 0x00	    /* u16, MODE_* */
#define P_BUSY 0x02	    /* u16, 1: spin between ticks, 0: HLT */
#define P_STOP 0x04	    /* u16, the VMM sets it to end a guest without a limit */
#define P_LVTT 0x08	    /* u32, what goes to the LVTT */
#define P_LIMIT 0x0c	    /* u32, ticks to run for */
#define P_PERIOD 0x10	    /* u64, TSC ticks from deadline to deadline */
#define P_COUNT 0x18	    /* u32, the same for TMICT */
#define P_FAR 0x1c	    /* u32, a deadline far away that is cancelled, TSC ticks or TMICT */
#define P_CANCEL_EVERY 0x20 /* u16, before every nth arm a far one that is cancelled; 0: never */
#define P_PAST_EVERY 0x22   /* u16, every nth arm asks for the past; 0: never (TSC deadline only) */
#define P_SEG_START 0x24    /* u16, first segment for samples */
#define P_SEG_END 0x26	    /* u16, behind the last one: then it starts over */

/* Kept by the guest. */
#define P_CANCEL_LEFT 0x28 /* u16 */
#define P_PAST_LEFT 0x2a   /* u16 */
#define P_NEXT 0x30	   /* u64, where the grid of deadlines stands */
#define P_DUE 0x38	   /* u64, deadline of the tick that is awaited */
#define P_TICKS 0x40	   /* u32 */
#define P_N_DEADLINE 0x44  /* u32, writes of MSR 0x6e0 but zeros */
#define P_N_ZERO 0x48	   /* u32, writes of 0 to MSR 0x6e0 */
#define P_N_PAST 0x4c	   /* u32, of the deadlines: meant to be past */
#define P_N_TMICT 0x50	   /* u32, writes of TMICT but zeros */
#define P_N_TMICT_ZERO 0x54
#define P_N_LVTT 0x58
#define P_N_IGNORED 0x5c  /* u32, deadlines written while the LVTT was in another mode */
#define P_WILD 0x60	  /* u64, a deadline that is written in front of others */
#define P_WILD_EVERY 0x68 /* u16, in front of the first and then every nth; 0: never */
#define P_WILD_LEFT 0x6a  /* u16, kept by the guest */
#define P_WILD_AHEAD 0x6c /* u16, 1: so many TSC ticks from now */
#define P_FROM_NOW 0x6e	  /* u16, 1: deadlines are a period from now, 0: on a grid */
#define P_N_WILD 0x70	  /* u32 */
#define P_SIZE 0x78

#define MODE_DEADLINE 0
#define MODE_ONESHOT 1
#define MODE_PERIODIC 2

#define GUEST_VECTOR 0x40
#define GUEST_PORT 0xf4 /* a byte written here ends the vCPU */

#endif
