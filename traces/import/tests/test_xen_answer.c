/* SPDX-License-Identifier: GPL-2.0-only */
/* What an xentrace capture cannot answer, and what the import says of it. At 1 GHz. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/tests/xen_build.h"

#define EMULATED_IRQ 0x0084002u /* of the subclass that LAPIC_START is of, too */

/* The verdict of the capture, to be freed; "" if it is none. */
static char *verdict(struct xen_build *b, bool legal)
{
	struct import_verdict v = { 0 };
	struct import_options o = { .cpu_hz = 1000000000, .verdict = &v };
	struct xen_result r = xb_import(b, &o);

	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_eq(r.legal, legal);
	xb_result_free(&r);
	xb_free(b);
	return strdup(v.why);
}

/* It says @what, and behind it what is @expected instead. */
static void says(struct xen_build *b, const char *what, const char *expected)
{
	char *why = verdict(b, true), *behind = strstr(why, "; expected ");

	cr_expect(strstr(why, what), "'%s' does not say '%s'", why, what);
	cr_expect(behind && strstr(behind, expected), "'%s' does not expect '%s'", why, expected);
	free(why);
}

/* A VP runs, is preempted and runs again. */
static void schedule(struct xen_build *b)
{
	xb_window(b, 0);
	xb_run(b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_run(b, 1100, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(b, 1200, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
}

Test(answer, the_scheduler_alone)
{
	struct xen_build b = { 0 };

	schedule(&b);
	says(&b,
	     "nothing to compare: no guest timer write with a known deadline (no records of "
	     "guests, of the classes HVM 0x0008f000 and PV 0x0020f000)",
	     "0x00aaf000");
}

Test(answer, exits_without_the_emulated_apic)
{
	struct xen_build b = { 0 };

	schedule(&b);
	XB(&b, 1210, XEN_VMEXIT, 1, 0, 0);
	XB(&b, 1220, XEN_MSR_WRITE, 0x6e0, 5, 0);
	says(&b, "subclass 0x00084000", "0x00aaf000");
}

Test(answer, a_guest_that_wrote_nothing)
{
	struct xen_build b = { 0 };

	schedule(&b);
	XB(&b, 1210, EMULATED_IRQ, 1);
	says(&b, "(no guest wrote one)", "a longer recording");
}

Test(answer, timers_of_before)
{
	struct xen_build b = { 0 };

	schedule(&b);
	XB0(&b, 1210, XEN_LAPIC_CALLBACK);
	says(&b, "(1 ticks are of timers that were armed before", "begins before its guests");
}

Test(answer, pv_guests_whose_deadlines_nobody_logs)
{
	struct xen_build b = { 0 };

	schedule(&b);
	XB(&b, 1210, XEN_PV_HYPERCALL, 15);
	XB(&b, 1220, XEN_PV_HYPERCALL, 29);
	says(&b, "(1 timer writes of PV guests", "HVM or PVH guests");
}

Test(answer, nobody_is_shown_to_run)
{
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB(&b, 1210, XEN_VMEXIT, 1, 0, 0);
	says(&b, "nothing to replay: no records of the scheduler (class 0x0002f000)", "0x00aaf000");
}

/* Two pCPUs whose TSCs lie apart: a vCPU that moves starts there before it stops here. */
Test(answer, stamps_that_do_not_go_together)
{
	struct xen_build b = { 0 };

	for (uint32_t pcpu = 0; pcpu < 2; pcpu++) {
		xb_window(&b, pcpu);
		for (uint64_t i = 0; i < 40; i++) {
			uint64_t at = 1000 + 2000 * i + pcpu * 950;

			xb_run(&b, at, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
			xb_start(&b, at + 10, 500, 0);
			xb_run(&b, at + 1000, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
		}
	}
	says(&b, "who ran is not known: ", "TSCs reliable");
}

/*
 * A vCPU that moves at once from one pCPU to the other and back, now and then: of ten thousand runs
 * few moves, and pCPU 1's TSC is @apart ahead.
 */
static void movers(struct xen_build *b, uint64_t apart, unsigned moves)
{
	xb_window(b, 0);
	for (uint64_t i = 0; i < 400; i++) {
		uint64_t at = (1 + i) * 10000000;

		xb_run(b, at, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
		xb_start(b, at + 10, 500, 0);
		xb_run(b, at + 5000000, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	}
	xb_window(b, 1);
	for (uint64_t i = 0; i < moves; i++) {
		uint64_t at = (1 + i) * 10000000 + 5000100 + apart;

		xb_run(b, at, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
		xb_run(b, at + 4999800, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	}
}

Test(answer, stamps_that_are_apart_by_less_than_a_tick)
{
	static const struct {
		uint64_t apart;
		unsigned moves;
		const char *why, *said;
	} row[] = {
		{ 3000000, 20, "woken as they run, so the pCPUs' TSCs are at least 2999 us apart",
		  "" },
		{ 200000, 20, "", "at least 199 us apart; expected" },
		{ 200000, 2, "", "" }, /* too few */
		{ 40000, 20, "", "" }, /* within the slop */
		{ 0, 20, "", "" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct import_verdict v = { 0 };
		struct import_options o = { .cpu_hz = 1000000000, .verdict = &v };
		struct xen_build b = { 0 };
		struct xen_result r;

		movers(&b, row[i].apart, row[i].moves);
		r = xb_import(&b, &o);
		cr_assert_eq(r.ret, 0);
		cr_expect(r.legal);
		cr_expect(strstr(v.why, row[i].why) && !*v.why == !*row[i].why, "%zu: '%s'", i,
			  v.why);
		cr_expect(strstr(r.said, row[i].said) && !*r.said == !*row[i].said, "%zu: '%s'", i,
			  r.said);
		cr_expect_eq(xb_has_note(&r, "the pCPUs' TSCs are at least"),
			     *row[i].why || *row[i].said);
		xb_result_free(&r);
		xb_free(&b);
	}
}

/* Woken by a pCPU whose TSC is ahead: after it ran on; or behind: before it halted. */
Test(answer, wake_ups_that_come_too_late_or_too_early)
{
	for (unsigned ahead = 0; ahead < 2; ahead++) {
		struct import_verdict v = { 0 };
		struct import_options o = { .cpu_hz = 1000000000, .verdict = &v };
		struct xen_build b = { 0 };
		struct xen_result r;

		xb_window(&b, 0);
		for (uint64_t i = 1; i < 20; i++) {
			xb_run(&b, i * 10000000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
			xb_start(&b, i * 10000000, 500, 0);
			xb_run(&b, i * 10000000 + 6000000, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
		}
		xb_window(&b, 1);
		for (uint64_t i = 1; i < 20; i++)
			xb_run(&b, i * 10000000 + (ahead ? 9995000 + 2000000 : 6005000 - 2000000),
			       XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 0));
		r = xb_import(&b, &o);
		cr_assert_eq(r.ret, 0);
		cr_expect_not_null(strstr(v.why, "at least 1995 us apart"), "'%s'", v.why);
		xb_result_free(&r);
		xb_free(&b);
	}
}

Test(answer, one_that_can)
{
	struct xen_build b = { 0 };
	char *why;

	schedule(&b);
	xb_start(&b, 1210, 500, 0);
	why = verdict(&b, true);
	cr_expect_str_eq(why, "");
	free(why);
}

Test(answer, no_rate_without_the_scheduler)
{
	struct import_options o = { 0 };
	struct xen_build b = { 0 };

	xb_window(&b, 0);
	XB(&b, 1210, XEN_VMEXIT, 1, 0, 0);
	struct xen_result r = xb_import(&b, &o);

	cr_expect_neq(r.ret, 0);
	cr_expect(strstr(r.err.text, "no records of the scheduler (class 0x0002f000), which tell "
				     "who ran and how fast the TSC is; expected xentrace"),
		  "%s", r.err.text);
	xb_result_free(&r);
	xb_free(&b);
}
