/* SPDX-License-Identifier: GPL-2.0-only */
/* Each kind of xentrace record, and what it becomes. At 1 GHz: a tick is a nanosecond. */
#include <criterion/criterion.h>

#include "traces/import/tests/xen_build.h"

/* Imports, compares the events, and leaves the result for a closer look. */
static struct xen_result expect(struct xen_build *b, const struct import_options *o,
				const char *events)
{
	struct xen_result r = xb_import(b, o);

	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_str_eq(r.events, events);
	cr_expect(r.legal);
	xb_free(b);
	return r;
}

static void expect_only(struct xen_build *b, const char *events)
{
	struct xen_result r = expect(b, NULL, events);

	xb_result_free(&r);
}

static uint64_t number(const struct xen_result *r, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(r->meta.more, key));
}

Test(xen, schedule_with_all_reasons)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNING, XEN_RUNNABLE,
	       VCPU(1, 0)); /* who ran when the capture began */
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	xb_run(&b, 1100, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 1));
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_RUNNING, IDLE(0));
	xb_run(&b, 1200, XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 1));
	xb_run(&b, 1210, XEN_RUNNING, XEN_RUNNABLE, IDLE(0));
	xb_run(&b, 1210, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	XB(&b, 1300, XEN_YIELD, 1, 1);
	xb_run(&b, 1310, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 1));
	xb_run(&b, 1310, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB(&b, 1400, XEN_YIELD, 1, 0);
	XB(&b, 1401, XEN_CONTINUE_RUNNING, VCPU(1, 0)); /* nobody else wanted the pCPU */
	xb_run(&b, 1500, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(&b, 1500, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
	xb_run(&b, 1600, XEN_RUNNING, XEN_OFFLINE, VCPU(0, 0));
	xb_run(&b, 1700, XEN_OFFLINE, XEN_RUNNABLE, VCPU(0, 0));
	xb_run(&b, 1800, XEN_RUNNABLE, XEN_OFFLINE, VCPU(0, 0));
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp1 lp0\n"
				     "0 sched_out vp1 preempt\n"
				     "0 sched_in vp2 lp0\n"
				     "100 sched_out vp2 block\n"
				     "200 wake vp2 lp0\n"
				     "210 sched_in vp2 lp0\n"
				     "310 sched_out vp2 yield\n"
				     "310 sched_in vp1 lp0\n"
				     "500 sched_out vp1 preempt\n"
				     "500 sched_in vp0 lp0\n"
				     "600 sched_out vp0 offline\n");

	cr_expect_eq(r.meta.vps, 3u, "the idle vCPU is no VP");
	cr_expect_str_eq(r.meta.vp[2].name, "d1v1");
	cr_expect_eq(r.meta.end, 800u);
	cr_expect_eq(r.meta.lps, 1u);
	cr_expect_not(xb_has_note(&r, "changes to offline of a VP that did not run"));
	xb_result_free(&r);
}

/* Paused or destroyed as it waits for a pCPU or halts, for good: Xen says so sooner or later. */
Test(xen, offline_while_it_does_not_run_is_the_end_of_its_last_run)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_start(&b, 1010, 90, 100);
	xb_run(&b, 1050, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(&b, 1050, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	xb_run(&b, 1060, XEN_RUNNABLE, XEN_OFFLINE, VCPU(1, 0)); /* paused */
	xb_run(&b, 1070, XEN_OFFLINE, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(&b, 1080, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 1));
	xb_run(&b, 1080, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1090, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0)); /* and once more */
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_OFFLINE, VCPU(1, 0));
	xb_run(&b, 1110, XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 1)); /* woken, then paused */
	xb_run(&b, 1120, XEN_RUNNABLE, XEN_OFFLINE, VCPU(1, 1));
	xb_run(&b, 1130, XEN_RUNNABLE, XEN_RUNNING, VCPU(2, 0));
	xb_run(&b, 1140, XEN_RUNNING, XEN_BLOCKED, VCPU(2, 0)); /* its timer, while it is paused */
	xb_run(&b, 1150, XEN_BLOCKED, XEN_OFFLINE, VCPU(2, 0));
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "10 arm vp0 lapic 100 period 100\n"
				     "50 sched_out vp0 preempt\n"
				     "50 sched_in vp1 lp0\n"
				     "80 sched_out vp1 offline\n"
				     "80 sched_in vp0 lp0\n"
				     "90 sched_out vp0 offline\n"
				     "130 sched_in vp2 lp0\n"
				     "140 sched_out vp2 offline\n");

	cr_expect(xb_has_note(&r, "changes to offline of a VP that did not run, without an event "
				  "(its timer stays armed): 1"));
	cr_expect(xb_has_note(&r, "VPs that never ran again, and Xen took them offline as they did "
				  "not run: their last SCHED_OUT is offline: 3"));
	xb_result_free(&r);
}

/* What a VP does last before it halts for the rest of the capture, and whether it is gone then. */
static const struct asleep {
	const char *why;
	uint64_t delta, period; /* ms; of the write 1 ms before it halts */
	uint64_t end;		/* ms after it halted the capture ends, */
	uint64_t lost;		/* or records are lost so many ms after; 0: none */
	bool masked, stopped, woken, cut;
	bool gone;
} asleep[] = {
	{ "due, and nothing came of it", 101, 0, 200, .gone = true },
	{ "due, but a moment ago", 101, 0, 199, .gone = false },
	{ "due after the end", 301, 0, 200, .gone = false },
	{ "due before it halted", 1, 0, 5000, .gone = false },
	{ "a period", 1, 4, 110, .gone = true },
	{ "a period, the last halt before the capture ends", 1, 4, 3, .gone = false },
	{ "a period that is long", 1, 400, 450, .gone = false },
	{ "a period that is long, and over", 1, 400, 501, .gone = true },
	{ "masked", 11, 10, 5000, .masked = true },
	{ "stopped", 11, 10, 5000, .stopped = true },
	{ "woken, and not run", 11, 10, 5000, .woken = true },
	{ "the records of that are lost", 11, 10, 5000, .lost = 300 },
	{ "never", UINT64_MAX / 1000000, 0, 5000, .gone = false },
	{ "no timer", 0, 0, 5000, .gone = false },
	{ "who knows, after a cut", 11, 10, 5000, .cut = true },
};

Test(xen, a_halt_that_its_timer_does_not_end_is_for_good)
{
	enum { MS = 1000000 };

	for (size_t i = 0; i < sizeof(asleep) / sizeof(*asleep); i++) {
		const struct asleep *a = &asleep[i];
		struct xen_build b = { 0 };
		uint64_t at = 1000 * MS;

		xb_window(&b, 0);
		xb_run(&b, at - 2 * MS, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
		if (a->delta)
			xb_start(&b, at - MS, a->delta * MS, a->period * MS);
		if (a->masked)
			XB(&b, at, XEN_IOMEM_WRITE, 0xfee00320, 0x10040);
		if (a->stopped)
			XB0(&b, at, XEN_LAPIC_STOP);
		xb_run(&b, at, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
		if (a->cut)
			XB0(&b, at + MS, XEN_MACHINE_TIMER_IRQ);
		xb_window(&b, 1);
		if (a->woken)
			xb_run(&b, at + 10 * MS, XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 0));
		if (a->lost)
			XB(&b, at + a->lost * MS, XEN_LOST_RECORDS, 3, 0x7fff, (uint32_t)at, 0);
		XB0(&b, at + a->end * MS, XEN_MACHINE_TIMER_IRQ);
		XB0(&b, at + a->end * MS, XEN_MACHINE_TIMER_IRQ);
		xb_end(&b);
		struct xen_result r = xb_import_bytes(b.p, a->cut ? b.n - 1 : b.n, NULL);

		cr_assert_eq(r.ret, 0, "%s: %s", a->why, r.err.text);
		cr_expect_eq(strstr(r.events, "sched_out vp0 offline") != NULL, a->gone, "%s:\n%s",
			     a->why, r.events);
		cr_expect_eq(strstr(r.events, "sched_out vp0 block") != NULL, !a->gone, "%s",
			     a->why);
		cr_expect_eq(xb_has_note(&r,
					 "VPs that never woke again, though their timer was due: "
					 "their last SCHED_OUT is offline: 1"),
			     a->gone, "%s", a->why);
		cr_expect(r.legal, "%s", a->why);
		xb_result_free(&r);
		xb_free(&b);
	}
}

/* The device model emulates its I/O, or it is paused: offline to Xen, but it comes back. */
Test(xen, offline_until_it_runs_again_is_a_wait)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_start(&b, 1010, 900, 0);
	xb_run(&b, 1100, XEN_RUNNING, XEN_OFFLINE, VCPU(1, 0));
	xb_run(&b, 1150, XEN_OFFLINE, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(&b, 1150, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1200, XEN_RUNNING, XEN_OFFLINE, VCPU(1, 0)); /* it comes back elsewhere */
	xb_run(&b, 1200, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	xb_run(&b, 1300, XEN_RUNNING, XEN_OFFLINE, VCPU(1, 1)); /* what follows is no run */
	xb_run(&b, 1350, XEN_OFFLINE, XEN_RUNNABLE, VCPU(1, 1));
	xb_run(&b, 1350, XEN_RUNNABLE, XEN_RUNNING, VCPU(2, 0));
	xb_run(&b, 1360, XEN_RUNNING, XEN_OFFLINE, VCPU(2, 0)); /* seen once more, as it runs */
	XB(&b, 1400, XEN_CONTINUE_RUNNING, VCPU(2, 0));
	xb_window(&b, 1);
	xb_run(&b, 1250, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1280, XEN_RUNNING, XEN_OFFLINE, VCPU(1, 0)); /* gone for good */
	expect_only(&b, "0 sched_in vp0 lp0\n"
			"10 arm vp0 lapic 910 period 0\n"
			"100 sched_out vp0 wait\n"
			"150 sched_in vp0 lp0\n"
			"200 sched_out vp0 wait\n"
			"200 sched_in vp1 lp0\n"
			"250 sched_in vp0 lp1\n"
			"280 sched_out vp0 offline\n"
			"300 sched_out vp1 offline\n"
			"350 sched_in vp2 lp0\n"
			"360 sched_out vp2 wait\n");
}

/* Still running at the end: the record that begins the run is the last one of it. */
Test(xen, a_run_that_the_capture_ends_is_one)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1100, XEN_RUNNING, XEN_OFFLINE, VCPU(1, 0));
	xb_window(&b, 1);
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0)); /* on the very tick */
	XB0(&b, 1200, XEN_MACHINE_TIMER_IRQ);
	expect_only(&b, "0 sched_in vp0 lp0\n"
			"100 sched_out vp0 wait\n"
			"100 sched_in vp0 lp1\n"
			"200 obs_hv_irq lp1\n");
}

/* The toolstack restores a guest: Xen starts that guest's timer while dom0 runs. */
Test(xen, a_restored_timer_is_not_the_toolstacks)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
	XB(&b, 1010, XEN_PV_HYPERCALL, 36); /* domctl */
	xb_start(&b, 1020, 500, 1000);
	XB0(&b, 1030, XEN_LAPIC_STOP);
	XB0(&b, 1040, XEN_LAPIC_CALLBACK);
	xb_run(&b, 1100, XEN_RUNNING, XEN_BLOCKED, VCPU(0, 0));
	xb_run(&b, 1200, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB0(&b, 1205, XEN_VMENTRY);
	xb_start(&b, 1210, 5, 0);
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "100 sched_out vp0 block\n"
				     "200 sched_in vp1 lp0\n"
				     "210 arm vp1 lapic 215 period 0\n");

	cr_expect(xb_has_note(&r, "local APIC timer records while a PV VP ran, which has none: of "
				  "a guest that it restores, left out: 3"));
	cr_expect_eq(number(&r, "unseen_ticks"), 0u);
	xb_result_free(&r);
}

/*
 * The toolstack's domain is no PV one: Xen starts the timer in its hypercall, at whose exit it also
 * takes ticks of its own. What it writes itself comes at another exit.
 */
Test(xen, a_restored_timer_is_not_a_pvh_toolstacks)
{
	static const struct {
		uint32_t event, reason;
	} call[] = { { XEN_VMEXIT, 18 },
		     { XEN_VMEXIT | XEN_EXIT_FLAGS, 18 },
		     { XEN_VMEXIT, 0x81 },
		     { XEN_SVM_EXIT | XEN_EXIT_FLAGS, 0x81 } };

	for (unsigned i = 0; i < 2 * sizeof(call) / sizeof(*call); i++) {
		struct xen_build b = { 0 };

		xb_window(&b, 0);
		xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
		XB0(&b, 1005, XEN_VMENTRY);
		XB(&b, 1010, XEN_VMEXIT, 32, 0x1000); /* WRMSR */
		xb_start(&b, 1012, 500, 0);
		XB0(&b, 1015, XEN_VMENTRY);
		XB(&b, 1020, call[i / 2].event, call[i / 2].reason, 0x1000);
		xb_start(&b, 1022, 500, 1000);
		XB0(&b, 1023, XEN_LAPIC_STOP);
		XB0(&b, 1024, XEN_LAPIC_CALLBACK);
		/* Its next run begins in the guest, whether the entry is seen or not. */
		if (i % 2)
			XB0(&b, 1025, XEN_VMENTRY);
		xb_run(&b, 1030, XEN_RUNNING, XEN_RUNNABLE, VCPU(0, 0));
		xb_run(&b, 1040, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
		xb_start(&b, 1050, 5, 0);
		struct xen_result r = expect(&b, NULL,
					     "0 sched_in vp0 lp0\n"
					     "12 arm vp0 lapic 512 period 0\n"
					     "24 obs_pend vp0\n"
					     "30 sched_out vp0 preempt\n"
					     "40 sched_in vp1 lp0\n"
					     "50 arm vp1 lapic 55 period 0\n");

		cr_expect(xb_has_note(&r, "local APIC timer writes in a hypercall, of a guest that "
					  "the VP restores, left out: 2"));
		xb_result_free(&r);
	}
}

/* A capture without hypercalls: dom0 is a PV domain unless it is seen in guest mode. */
Test(xen, which_domain_0_has_a_local_apic)
{
	for (unsigned pvh = 0; pvh < 2; pvh++) {
		struct xen_build b = { 0 };

		xb_window(&b, 0);
		xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
		xb_start(&b, 1010, 5, 0);
		XB0(&b, 1020, pvh ? XEN_VMENTRY : XEN_MACHINE_TIMER_IRQ);
		xb_run(&b, 1100, XEN_RUNNING, XEN_BLOCKED, VCPU(0, 0));
		expect_only(&b, pvh ? "0 sched_in vp0 lp0\n"
				      "10 arm vp0 lapic 15 period 0\n"
				      "100 sched_out vp0 block\n"
				    : "0 sched_in vp0 lp0\n"
				      "20 obs_hv_irq lp0\n"
				      "100 sched_out vp0 block\n");
	}
}

Test(xen, seeds_at_time_0)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 50, XEN_BLOCKED, XEN_RUNNABLE,
	       VCPU(3, 0)); /* a wake says nothing of this pCPU */
	XB(&b, 60, XEN_CONTINUE_RUNNING, VCPU(2, 0));
	xb_window(&b, 1);
	xb_run(&b, 70, XEN_RUNNING, XEN_RUNNABLE, IDLE(1));
	xb_run(&b, 70, XEN_RUNNABLE, XEN_RUNNING, VCPU(3, 0));
	xb_window(&b, 2);
	XB(&b, 40, XEN_CONTINUE_RUNNING, IDLE(2));
	xb_window(&b, 3);
	xb_run(&b, 80, XEN_RUNNING, XEN_BLOCKED, VCPU(4, 0));
	expect_only(&b, "0 sched_in vp0 lp0\n"
			"0 sched_in vp2 lp3\n"
			"10 wake vp1 lp0\n"
			"30 sched_in vp1 lp1\n"
			"40 sched_out vp2 block\n");
}

Test(xen, local_apic_timer)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB(&b, 1010, XEN_VMEXIT, 0x7c, 0x1000);
	XB(&b, NO_TSC, XEN_MSR_WRITE, 0x6e0, 77, 0);
	XB0(&b, 1015, XEN_MACHINE_TIMER_IRQ); /* may come between the two */
	xb_start(&b, 1020, 500, 0);	      /* absolute: now + 500 */
	XB0(&b, 1030, XEN_VMENTRY);
	xb_start(&b, 1040, 5, 0); /* no MSR write goes with it */
	XB(&b, 1050, XEN_MSR_WRITE, 0x6e0, 1, 0);
	xb_start(&b, 1050, 0, 0); /* past */
	XB(&b, 1060, XEN_MSR_WRITE, 0x6e0, 9, 0);
	XB0(&b, 1065, XEN_VMENTRY); /* ignored by the vLAPIC: not in deadline mode */
	xb_start(&b, 1070, 100, 1000);
	XB0(&b, 2070, XEN_LAPIC_CALLBACK);
	XB(&b, 2100, XEN_MSR_WRITE, 0x6e0, 0, 0);
	XB0(&b, 2110, XEN_LAPIC_STOP);
	xb_start(&b, 2120, UINT64_MAX, UINT64_MAX);
	struct xen_result r =
	    expect(&b, NULL,
		   "0 sched_in vp0 lp0\n"
		   "15 obs_hv_irq lp0\n"
		   "20 arm vp0 tsc-deadline 520 period 0\n"
		   "40 arm vp0 lapic 45 period 0\n"
		   "50 arm vp0 tsc-deadline 50 period 0\n"
		   "70 arm vp0 lapic 170 period 1000\n"
		   "1070 obs_pend vp0\n"
		   "1110 disarm vp0\n"
		   "1120 arm vp0 lapic 1152921504606846975 period 1152921504606846975\n");

	cr_expect_eq(number(&r, "unseen_ticks"), 0u);
	xb_result_free(&r);
}

Test(xen, what_no_vp_can_have_done_is_counted)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_start(&b, 1000, 5, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	XB0(&b, 1000, XEN_LAPIC_CALLBACK);
	XB(&b, 1000, XEN_IOMEM_WRITE, 0xfee00320, 0x400ec);
	xb_run(&b, 1010, XEN_RUNNABLE, XEN_RUNNING, IDLE(0));
	xb_start(&b, 1020, 5, 0);
	struct xen_result r = expect(&b, NULL, "");

	cr_expect(xb_has_note(&r, "timer starts while no VP ran there, skipped: 2"));
	cr_expect(xb_has_note(&r, "timer stops while no VP ran there, skipped: 1"));
	cr_expect(xb_has_note(&r, "timer callbacks while no VP ran there, skipped: 1"));
	cr_expect(xb_has_note(&r, "LVTT writes while no VP ran there, skipped: 1"));
	xb_result_free(&r);
}

Test(xen, masks_from_register_writes)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB(&b, 1010, XEN_IOMEM_WRITE, 0xfee00320, 0x10040);
	XB(&b, 1020, XEN_IOMEM_WRITE, 0xfee00320, 0x20041);
	XB(&b, 1030, XEN_IOMEM_WRITE_64, 0xfee00320, 0, 0x10042);
	XB(&b, 1040, XEN_IOMEM_WRITE_64, 0xfee00320, 1, 0x10042); /* not the APIC */
	XB(&b, 1050, XEN_MSR_WRITE, 0x832, 0x500ec, 0);
	XB(&b, 1060, XEN_MSR_WRITE, 0x832, 0x400ec, 0);
	XB(&b, 1070, XEN_IOMEM_WRITE, 0xfee00380, 0x10000); /* TMICT: the LAPIC_START tells */
	XB(&b, 1080, XEN_MSR_WRITE, 0x10, 0, 0);	    /* the guest's TSC */
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "10 mask vp0 1 vector 64\n"
				     "20 mask vp0 0 vector 65\n"
				     "30 mask vp0 1 vector 66\n"
				     "50 mask vp0 1 vector 236\n"
				     "60 mask vp0 0 vector 236\n");

	cr_expect(xb_has_note(&r, "guest TSC writes, converted away: 1"));
	xb_result_free(&r);
}

Test(xen, pv_timers)
{
	struct xen_build b = { 0 };
	uint32_t self = 1u << 16 | 2;

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 2));
	XB(&b, 1001, XEN_PV_FIRE, self, 0, 900, 0, 901, 0); /* armed before the capture began */
	XB(&b, 1005, XEN_PV_HYPERCALL, 0x500018, 8, 2);
	XB(&b, 1010, XEN_PV_SET_SINGLESHOT, self, 0, 5100, 0, 5000, 0);
	XB(&b, 1110, XEN_PV_FIRE, self, 0, 5100, 0, 5101, 0);
	XB(&b, 1120, XEN_PV_HYPERCALL, 15); /* set_timer_op */
	XB(&b, 1120, XEN_PV_SET_TIMER_OP, self, 0, 5000, 0, 5020, 0);
	XB(&b, 1130, XEN_PV_SET_TIMER_OP, self, 0, 0, 0, 5030, 0);
	XB(&b, 1140, XEN_PV_STOP, self, 0, 0, 0, 5040, 0);
	XB(&b, 1150, XEN_PV_HYPERCALL, 15);
	XB(&b, 1151, XEN_PV_HYPERCALL, 15);
	XB(&b, 1152, XEN_PV_HYPERCALL, 0x500018, 7, 2);
	XB(&b, 1153, XEN_PV_HYPERCALL, 0x500018, 1, 2); /* no timer command */
	XB(&b, 1154, XEN_PV_SUBCALL, 15);
	XB(&b, 1155, XEN_PV_HYPERCALL, 29);
	xb_run(&b, 1160, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 2));
	XB(&b, 1170, XEN_PV_SET_SINGLESHOT, self, 0, 5100, 0, 5000, 0); /* it does not run */
	struct xen_result r = expect(&b, NULL,
				     "0 seed vp0 lp0 lapic 0 period 0\n"
				     "0 sched_in vp0 lp0\n"
				     "1 obs_fire vp0\n"
				     "10 arm vp0 lapic 110 period 0\n"
				     "110 obs_fire vp0\n"
				     "120 arm vp0 lapic 100 period 0\n"
				     "130 disarm vp0\n"
				     "140 disarm vp0\n"
				     "160 sched_out vp0 block\n");

	cr_expect_eq(number(&r, "unseen_ticks"), 0u);
	cr_expect(xb_has_note(&r, "PV timer writes without a deadline: 4"));
	cr_expect(xb_has_note(&r, "timer starts while no VP ran there, skipped: 1"));
	xb_result_free(&r);
}

Test(xen, machine_timer)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_MACHINE_TIMER_IRQ);
	XB(&b, 1010, XEN_MACHINE_TIMER_SET, 5100, 0, 5000, 0);
	XB(&b, 1020, XEN_MACHINE_TIMER_SET, 0, 0, 5010, 0);
	expect_only(&b, "0 obs_hv_irq lp0\n"
			"10 obs_prog lp0 110\n"
			"20 obs_prog lp0 1152921504606846975\n");
}

Test(xen, unseen_ticks_are_those_of_timers_armed_before)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB0(&b, 1010, XEN_LAPIC_CALLBACK);
	XB0(&b, 1020, XEN_LAPIC_CALLBACK);
	xb_start(&b, 1030, 10, 10);
	XB0(&b, 1040, XEN_LAPIC_CALLBACK);
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "10 obs_pend vp0\n"
				     "20 obs_pend vp0\n"
				     "30 arm vp0 lapic 40 period 10\n"
				     "40 obs_pend vp0\n");

	cr_expect_eq(number(&r, "unseen_ticks"), 2u);
	xb_result_free(&r);
}

Test(xen, lost_records)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB(&b, 1300, XEN_LOST_RECORDS, 42, 2u | 1u << 16, 1100, 0); /* domain 2, vCPU 1 runs now */
	xb_run(&b, 1400, XEN_RUNNING, XEN_BLOCKED, VCPU(2, 1));
	XB(&b, 1500, XEN_LOST_RECORDS, 7, 0x7fff, 900, 0); /* earlier than what came before it */
	xb_window(&b, 1);
	xb_run(&b, 1200, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0)); /* it moved in the gap */
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "100 sched_out vp0 lost\n"
				     "100 lost lp0 until 300 count 42\n"
				     "200 sched_in vp0 lp1\n"
				     "300 sched_in vp1 lp0\n"
				     "400 sched_out vp1 block\n"
				     "400 lost lp0 until 500 count 7\n");

	cr_expect(xb_has_note(&r, "gaps of lost records: 2"));
	xb_result_free(&r);
}

Test(xen, lost_first_record_seeds_nothing)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB(&b, 1300, XEN_LOST_RECORDS, 3, 1u, 1100, 0);
	xb_run(&b, 1400, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
	xb_window(&b, 1);
	xb_run(&b, 1000, XEN_RUNNING, XEN_BLOCKED, VCPU(2, 0));
	expect_only(&b, "0 sched_in vp1 lp1\n"
			"0 sched_out vp1 block\n"
			"100 lost lp0 until 300 count 3\n"
			"300 sched_in vp0 lp0\n"
			"400 sched_out vp0 block\n");
}

Test(xen, ties_go_to_the_lower_pcpu_but_out_precedes_in)
{
	struct xen_build b = { 0 };

	xb_window(&b, 1);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB0(&b, 1050, XEN_MACHINE_TIMER_IRQ);
	xb_run(&b, 1100, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_window(&b, 0);
	XB0(&b, 1050, XEN_MACHINE_TIMER_IRQ);
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0)); /* moves on the same tick */
	expect_only(&b, "0 sched_in vp0 lp1\n"
			"50 obs_hv_irq lp0\n"
			"50 obs_hv_irq lp1\n"
			"100 sched_out vp0 preempt\n"
			"100 sched_in vp0 lp0\n");
}

Test(xen, windows)
{
	struct xen_build b = { 0 };
	const uint32_t junk[] = { 0xffffffff, 0xffffffff };

	xb_window(&b, 5);		    /* in any order of pCPUs, of any size */
	XB(&b, NO_TSC, XEN_INJ_VIRQ, 1, 0); /* before the pCPU's first TSC */
	xb_run(&b, 1200, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_window(&b, 2);
	xb_window(&b, 2);
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_RUNNING, VCPU(2, 0));
	xb_record(&b, 5, XEN_WRAP_BUFFER, 2, junk); /* padding has no time */
	xb_record(&b, NO_TSC, XEN_WRAP_BUFFER, 0, NULL);
	xb_window(&b, 5);
	XB(&b, NO_TSC, XEN_MSR_WRITE, 0x832, 0xec, 0); /* at the pCPU's last TSC, windows ago */
	xb_window(&b, 2);
	xb_run(&b, 1300, XEN_RUNNING, XEN_BLOCKED, VCPU(2, 0));
	xb_window(&b, 0); /* late */
	xb_run(&b, 1250, XEN_RUNNABLE, XEN_RUNNING, VCPU(3, 0));
	xb_window(&b, 0);
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp1 lp1\n"
				     "100 sched_in vp0 lp2\n"
				     "100 mask vp0 0 vector 236\n"
				     "150 sched_in vp2 lp0\n"
				     "200 sched_out vp1 block\n");

	cr_expect_eq(r.meta.lps, 3u);
	cr_expect_eq(r.meta.end, 200u);
	cr_expect(xb_has_note(&r, "records of a pCPU before its first TSC, skipped: 1"));
	cr_expect_eq(json_array_size(json_object_get(r.meta.more, "lp_pcpu")), 3u);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(r.meta.more, "lp_pcpu"), 1)),
		     2);
	xb_result_free(&r);
}

Test(xen, exits_and_entries_when_asked_for)
{
	for (int exits = 0; exits < 2; exits++) {
		struct import_options o = { .cpu_hz = 1000000000, .exits = exits };
		struct xen_build b = { 0 };

		xb_window(&b, 0);
		xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
		XB0(&b, 1010, XEN_VMENTRY);
		XB(&b, 1020, XEN_VMEXIT | 0x100, 120, 0, 0); /* 64-bit rip */
		XB0(&b, 1030, XEN_VMENTRY | 0x400);	     /* nested */
		XB(&b, 1040, XEN_SVM_EXIT, 97, 0);
		struct xen_result r = expect(&b, &o,
					     exits ? "0 sched_in vp0 lp0\n"
						     "10 entry vp0\n"
						     "20 exit vp0 120\n"
						     "30 entry vp0\n"
						     "40 exit vp0 97\n"
						   : "0 sched_in vp0 lp0\n");

		xb_result_free(&r);
	}
}

Test(xen, ids_without_use_are_counted)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB(&b, 1000, 0x0082fff, 1, 2, 3, 4, 5, 6, 7);
	XB0(&b, NO_TSC, 0x0082fff);
	XB0(&b, 1010, 0x8000abc);
	struct xen_result r = expect(&b, NULL, "");
	const json_t *skipped = json_object_get(r.meta.more, "skipped");

	cr_expect_eq(json_object_size(skipped), 2u);
	cr_expect_eq(json_integer_value(json_object_get(skipped, "0x00082fff")), 2);
	cr_expect_eq(json_integer_value(json_object_get(skipped, "0x08000abc")), 1);
	xb_result_free(&r);
}

Test(xen, contradictions_are_closed_as_lost_and_counted)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1010, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(&b, 1020, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	xb_run(&b, 1030, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
	xb_window(&b, 1);
	xb_run(&b, 1040, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	struct xen_result r = expect(&b, NULL,
				     "0 sched_in vp0 lp0\n"
				     "20 sched_out vp0 lost\n"
				     "20 sched_in vp1 lp0\n"
				     "40 sched_out vp1 lost\n"
				     "40 sched_in vp1 lp1\n");

	cr_expect(xb_has_note(&r, "runs closed as lost because"));
	cr_expect(xb_has_note(&r, "changes from running of a VP that did not run, skipped: 1"));
	xb_result_free(&r);
}

Test(xen, header)
{
	static const struct {
		uint32_t event;
		const char *scheduler;
		int tick_hz;
	} kind[] = { { 0x22009, "credit", 100 },
		     { 0x22202, "credit2", 0 },
		     { 0x22801, "rtds", 0 } };

	for (size_t i = 0; i < sizeof(kind) / sizeof(*kind); i++) {
		struct import_options o = { .cpu_hz = 2000000000, .class_name = "emulated" };
		struct xen_build b = { 0 };

		xb_window(&b, 0);
		XB(&b, 1000, kind[i].event, 0);
		XB(&b, 1010, XEN_SWITCH_INFNEXT, 1, 0, 5, 30000000);
		XB(&b, 1010, XEN_SWITCH_INFNEXT, 0x7fff, 0, 5, 0xffffffff);
		struct xen_result r = expect(&b, &o, "");
		const json_t *model = json_object_get(r.meta.more, "host_model");
		const json_t *source = json_object_get(r.meta.more, "source");

		cr_expect_eq(r.meta.clock_hz, 2000000000u);
		cr_expect_str_eq(json_string_value(json_object_get(model, "scheduler")),
				 kind[i].scheduler);
		cr_expect_eq(json_integer_value(json_object_get(model, "tick_hz")),
			     kind[i].tick_hz);
		cr_expect_eq(json_integer_value(json_object_get(model, "slice_ns")), 30000000);
		cr_expect_eq(json_integer_value(json_object_get(model, "slop_ns")), 50000);
		cr_expect_str_eq(json_string_value(json_object_get(r.meta.more, "class")),
				 "emulated");
		cr_expect_str_eq(json_string_value(json_object_get(source, "capture")), "x.trc");
		cr_expect_str_eq(
		    json_string_value(json_object_get(source, "command")),
		    "vtick import xentrace x.trc -o x.vtt --cpu-hz 2000000000 --class emulated");
		xb_result_free(&r);
	}
}

Test(xen, slices)
{
	struct import_options o = { .cpu_hz = 2000000000, .class_name = "emulated" };
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB(&b, 1000, XEN_SWITCH_INFNEXT, 1, 0, 5, 1000000);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	/* Without a slice; with one that is another VP's; of the idle domain. */
	XB(&b, 1010, XEN_SWITCH_INFNEXT, 1, 1, 5, 0xffffffff);
	xb_run(&b, 1010, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(&b, 1010, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	XB(&b, 1020, XEN_SWITCH_INFNEXT, 1, 1, 5, 2000000);
	xb_run(&b, 1020, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 1));
	xb_run(&b, 1020, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	XB(&b, 1030, XEN_SWITCH_INFNEXT, 0x7fff, 0, 5, 3000000);
	xb_run(&b, 1030, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
	struct xen_result r = expect(&b, &o,
				     "0 sched_in vp0 lp0 for 2000000\n"
				     "10 sched_out vp0 preempt\n"
				     "10 sched_in vp1 lp0\n"
				     "20 sched_out vp1 preempt\n"
				     "20 sched_in vp0 lp0\n"
				     "30 sched_out vp0 block\n");
	const json_t *model = json_object_get(r.meta.more, "host_model");

	cr_expect_str_eq(json_string_value(json_object_get(model, "slices")), "recorded");
	xb_result_free(&r);
}
