/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind kvm; the numbers are those of Intel's manual. */
#ifndef TEST_APICDEF_H
#define TEST_APICDEF_H

#define APIC_SPIV 0xf0
#define APIC_SPIV_APIC_ENABLED (1 << 8)
#define APIC_LVTT 0x320
#define APIC_LVT_MASKED (1 << 16)
#define APIC_LVT_TIMER_ONESHOT (0 << 17)
#define APIC_LVT_TIMER_PERIODIC (1 << 17)
#define APIC_LVT_TIMER_TSCDEADLINE (2 << 17)
#define APIC_TMICT 0x380
#define APIC_TDCR 0x3e0
#define APIC_BASE_MSR 0x800

#endif
