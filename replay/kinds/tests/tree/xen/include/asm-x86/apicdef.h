/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: registers of a local APIC. */
#ifndef TEST_TREE_APICDEF_H
#define TEST_TREE_APICDEF_H

#define APIC_EOI 0xB0
#define APIC_SPIV 0xF0
#define APIC_SPIV_APIC_ENABLED (1 << 8)
#define APIC_ISR 0x100
#define APIC_IRR 0x200
#define APIC_LVTT 0x320
#define APIC_LVT_MASKED (1 << 16)
#define APIC_TIMER_MODE_MASK (3 << 17)
#define APIC_TIMER_MODE_ONESHOT (0 << 17)
#define APIC_TIMER_MODE_PERIODIC (1 << 17)
#define APIC_TIMER_MODE_TSC_DEADLINE (2 << 17)
#define APIC_TMICT 0x380
#define APIC_TDCR 0x3E0

#endif
