/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest: 16-bit real mode, because that is what every KVM can run, even one that emulates each
 * instruction of it. DS holds the parameter block (guest.h), ES the next sample: 16 bytes, a
 * segment each: deadline and the TSC at which its interrupt came. All work is done in the interrupt.
 */
#include "guest.h"

	.section .rodata
	.globl	guest_start, guest_isr, guest_end
	.code16
guest_start:
	xorl	%edx, %edx
	movl	$0x80f, %ecx		/* spurious vector: APIC on */
	movl	$0x1ff, %eax
	wrmsr
	movl	$0x83e, %ecx		/* TDCR: by 1 */
	movl	$0x0b, %eax
	wrmsr
	movl	$0x832, %ecx
	movl	P_LVTT, %eax
	wrmsr
	incl	P_N_LVTT
	cmpw	$MODE_DEADLINE, P_MODE
	je	1f
	movl	$0x6e0, %ecx		/* not in this mode: KVM ignores it, and so must a recorder */
	movl	$0x3039, %eax
	wrmsr
	incl	P_N_IGNORED
1:	rdtsc
	movl	%eax, P_NEXT
	movl	%edx, P_NEXT + 4
	call	arm
	cmpw	$MODE_PERIODIC, P_MODE
	jne	2f
	call	tmict			/* armed once */
2:	sti
	cmpw	$0, P_BUSY
	jne	4f
3:	hlt
	jmp	3b
4:	jmp	4b

guest_isr:
	rdtsc
	movl	%eax, %es:8
	movl	%edx, %es:12
	movl	P_DUE, %eax
	movl	%eax, %es:0
	movl	P_DUE + 4, %eax
	movl	%eax, %es:4
	movw	%es, %ax
	incw	%ax
	cmpw	P_SEG_END, %ax
	jb	1f
	movw	P_SEG_START, %ax
1:	movw	%ax, %es
	incl	P_TICKS
	xorl	%edx, %edx
	xorl	%eax, %eax
	movl	$0x80b, %ecx		/* EOI */
	wrmsr
	cmpw	$0, P_STOP
	jne	end
	movl	P_TICKS, %eax
	cmpl	P_LIMIT, %eax
	jae	end
	call	arm
	iret

end:
	cmpw	$MODE_PERIODIC, P_MODE
	jne	1f
	call	tmict_zero
1:	outb	%al, $GUEST_PORT
	cli
2:	hlt
	jmp	2b

/* Asks for the next tick. */
arm:
	cmpw	$MODE_PERIODIC, P_MODE
	je	grid
	cmpw	$0, P_CANCEL_EVERY
	je	1f
	decw	P_CANCEL_LEFT
	jnz	1f
	movw	P_CANCEL_EVERY, %ax
	movw	%ax, P_CANCEL_LEFT
	call	cancelled
1:	cmpw	$MODE_ONESHOT, P_MODE
	je	oneshot
	cmpw	$0, P_PAST_EVERY
	je	2f
	decw	P_PAST_LEFT
	jnz	2f
	movw	P_PAST_EVERY, %ax
	movw	%ax, P_PAST_LEFT
	rdtsc
	subl	$1000, %eax
	sbbl	$0, %edx
	movl	%eax, P_DUE
	movl	%edx, P_DUE + 4
	incl	P_N_PAST
	jmp	deadline
2:	call	wild
	call	grid
	/* the deadline in EDX:EAX to the MSR */
deadline:
	movl	$0x6e0, %ecx
	wrmsr
	incl	P_N_DEADLINE
	ret

/* What no guest waits for, if it is time for one. */
wild:
	cmpw	$0, P_WILD_EVERY
	je	2f
	decw	P_WILD_LEFT
	jnz	2f
	movw	P_WILD_EVERY, %ax
	movw	%ax, P_WILD_LEFT
	xorl	%eax, %eax
	xorl	%edx, %edx
	cmpw	$0, P_WILD_AHEAD
	je	1f
	rdtsc
1:	addl	P_WILD, %eax
	adcl	P_WILD + 4, %edx
	movl	$0x6e0, %ecx
	wrmsr
	incl	P_N_WILD
2:	ret

/* The next deadline to P_DUE and EDX:EAX: of the grid, or so far from now. */
grid:
	cmpw	$0, P_FROM_NOW
	je	1f
	rdtsc
	movl	%eax, P_NEXT
	movl	%edx, P_NEXT + 4
1:	movl	P_NEXT, %eax
	movl	P_NEXT + 4, %edx
	addl	P_PERIOD, %eax
	adcl	P_PERIOD + 4, %edx
	movl	%eax, P_NEXT
	movl	%edx, P_NEXT + 4
	movl	%eax, P_DUE
	movl	%edx, P_DUE + 4
	ret

oneshot:
	rdtsc
	addl	P_PERIOD, %eax
	adcl	P_PERIOD + 4, %edx
	movl	%eax, P_DUE
	movl	%edx, P_DUE + 4
tmict:
	movl	P_COUNT, %eax
tmict_eax:
	xorl	%edx, %edx
	movl	$0x838, %ecx
	wrmsr
	incl	P_N_TMICT
	ret

tmict_zero:
	xorl	%eax, %eax
	xorl	%edx, %edx
	movl	$0x838, %ecx
	wrmsr
	incl	P_N_TMICT_ZERO
	ret

/* Arms something far away and takes it back. */
cancelled:
	cmpw	$MODE_ONESHOT, P_MODE
	je	1f
	rdtsc
	addl	P_FAR, %eax
	adcl	$0, %edx
	call	deadline
	xorl	%eax, %eax
	xorl	%edx, %edx
	movl	$0x6e0, %ecx
	wrmsr
	incl	P_N_ZERO
	ret
1:	movl	P_FAR, %eax
	call	tmict_eax
	jmp	tmict_zero
guest_end:

	.section .note.GNU-stack, "", @progbits
