/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers of Xen's guests that were armed before a capture began. At 1 GHz: a tick is a nanosecond.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/tests/xen_build.h"

#define START UINT64_C(1000000000)
#define MS UINT64_C(1000000)

/* A host of one pCPU, and what is late on it. */
struct host {
	struct xen_build b;
	uint64_t at;	    /* TSC of the last record */
	uint64_t jitter;    /* each tick comes later by less than this */
	uint64_t seed;	    /* of random numbers */
	uint64_t switched;  /* NOW() of the last switch */
	bool logs_switches; /* SWITCH_INFPREV and _INFNEXT, which tell NOW() */
	uint32_t bends_ppm; /* so much faster runs the TSC than NOW() in the second half */
	uint64_t half;	    /* NOW() of it */
};

static uint64_t draw(struct host *h, uint64_t below)
{
	h->seed = h->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return below ? (h->seed >> 33) % below : 0;
}

static void begin(struct host *h)
{
	xb_window(&h->b, 0);
	xb_run(&h->b, START, XEN_RUNNABLE, XEN_RUNNING, IDLE(0));
	h->at = START;
	h->switched = START;
}

/* The TSC at a time of NOW(). */
static uint64_t tsc(const struct host *h, uint64_t now)
{
	if (!h->bends_ppm || now < h->half)
		return now;
	return now + (now - h->half) * h->bends_ppm / 1000000;
}

/* A record comes as soon as the one before lets it. */
static uint64_t next(struct host *h, uint64_t now)
{
	uint64_t at = tsc(h, now);

	h->at = at > h->at ? at : h->at + 100;
	return h->at;
}

static void switch_to(struct host *h, uint64_t now, uint32_t from, enum xen_runstate to,
		      uint32_t vcpu)
{
	uint64_t at = next(h, now);

	if (h->logs_switches) {
		XB(&h->b, at, XEN_SWITCH_INFPREV, from >> 16, from & 0xffff,
		   (uint32_t)(now - h->switched));
		XB(&h->b, at, XEN_SWITCH_INFNEXT, vcpu >> 16, vcpu & 0xffff, 0, UINT32_MAX);
		h->switched = now;
	}
	xb_run(&h->b, at, XEN_RUNNING, to, from);
	xb_run(&h->b, at, XEN_RUNNABLE, XEN_RUNNING, vcpu);
}

/* A vCPU that its tick wakes, which is due at @due: it takes it and halts. */
static void tick(struct host *h, uint32_t vcpu, uint64_t due)
{
	uint64_t now = due + draw(h, h->jitter);

	xb_run(&h->b, next(h, now), XEN_BLOCKED, XEN_RUNNABLE, vcpu);
	switch_to(h, now, IDLE(0), XEN_RUNNABLE, vcpu);
	XB0(&h->b, next(h, now), XEN_VMENTRY);
	XB0(&h->b, next(h, now), XEN_LAPIC_CALLBACK);
	XB(&h->b, next(h, now), XEN_VMEXIT, 12);
	switch_to(h, now + 1000, vcpu, XEN_BLOCKED, IDLE(0));
}

static uint64_t unseen(const struct xen_result *r)
{
	return (uint64_t)json_integer_value(json_object_get(r->meta.more, "unseen_ticks"));
}

/* Imports, and compares how the events begin, and the count of ticks without a SEED. */
static struct xen_result import(const char *what, struct host *h, const struct import_options *o,
				const char *events, uint64_t ticks)
{
	struct xen_result r = xb_import(&h->b, o);

	cr_assert_eq(r.ret, 0, "%s: %s", what, r.err.text);
	cr_expect(!strncmp(r.events, events, strlen(events)), "%s: %.200s", what, r.events);
	cr_expect_eq(unseen(&r), ticks, "%s: %lu", what, (unsigned long)unseen(&r));
	cr_expect(r.legal);
	xb_free(&h->b);
	return r;
}

static void expect(const char *what, struct host *h, const char *events, uint64_t ticks)
{
	struct xen_result r = import(what, h, NULL, events, ticks);

	xb_result_free(&r);
}

Test(xen_seeds, periodic_of_any_rate)
{
	static const struct {
		uint64_t period;
		const char *events;
	} rate[] = {
		{ 10 * MS, "0 seed vp0 lp0 lapic 3000" },
		{ 4 * MS, "0 seed vp0 lp0 lapic 3000" },
		{ 4001450, "0 seed vp0 lp0 lapic 3000" },
		{ MS, "0 seed vp0 lp0 lapic 3000" },
	};

	for (size_t i = 0; i < sizeof(rate) / sizeof(*rate); i++)
		for (uint64_t jitter = 0; jitter <= 20000; jitter += 20000) {
			struct host h = { .seed = i, .jitter = jitter };
			struct xen_result r;
			unsigned long deadline, period;

			begin(&h);
			for (unsigned k = 0; k < 1000; k++)
				tick(&h, VCPU(1, 0), START + 3 * MS + k * rate[i].period);
			r = import("rate", &h, NULL, rate[i].events, 0);
			cr_assert_eq(sscanf(r.events, "0 seed vp0 lp0 lapic %lu period %lu",
					    &deadline, &period),
				     2);
			/* Of round ones it is exact. */
			cr_expect(labs((long)period - (long)rate[i].period) <=
				      (rate[i].period == 4001450 && jitter ? 10 : 0),
				  "%lu", period);
			cr_expect(deadline <= 3001000, "%lu", deadline);
			cr_expect(xb_has_note(&r,
					      "timers that were armed before the capture began, "
					      "inferred from what they did later, as SEED: 1, 1 "
					      "of them periodic (d1v0)"));
			xb_result_free(&r);
		}
}

Test(xen_seeds, of_several_vcpus)
{
	struct host h = { .jitter = 5000 };

	begin(&h);
	for (unsigned ms = 1; ms < 2000; ms++) {
		tick(&h, VCPU(1, 0), START + ms * MS);
		if (ms % 4 == 0)
			tick(&h, VCPU(1, 1), START + ms * MS + 100000);
		if (ms % 10 == 0)
			tick(&h, VCPU(2, 0), START + ms * MS + 200000);
	}
	struct xen_result r = import("several", &h, NULL, "0 seed vp0 lp0 lapic 100", 0);

	cr_expect(strstr(r.events, " period 1000000\n0 seed vp1 lp0 lapic 410") != NULL, "%.200s",
		  r.events);
	cr_expect(strstr(r.events, " period 4000000\n0 seed vp2 lp0 lapic 1020") != NULL, "%.200s",
		  r.events);
	cr_expect(strstr(r.events, " period 10000000\n0 sched_in") == NULL);
	xb_result_free(&r);
}

/* Once it is written what comes is no evidence, and no unseen tick. */
Test(xen_seeds, to_one_shot_later)
{
	struct host h = { 0 };
	uint64_t at = START + 401 * MS;

	begin(&h);
	for (unsigned k = 0; k < 100; k++)
		tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
	xb_run(&h.b, next(&h, at), XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 0));
	switch_to(&h, at, IDLE(0), XEN_RUNNABLE, VCPU(1, 0));
	XB0(&h.b, next(&h, at), XEN_LAPIC_STOP);
	xb_start(&h.b, next(&h, at + 1000), 700000, 0);
	switch_to(&h, at + 2000, VCPU(1, 0), XEN_BLOCKED, IDLE(0));
	/* Periodic once more, with another period. */
	at += MS;
	xb_run(&h.b, next(&h, at), XEN_BLOCKED, XEN_RUNNABLE, VCPU(1, 0));
	switch_to(&h, at, IDLE(0), XEN_RUNNABLE, VCPU(1, 0));
	xb_start(&h.b, next(&h, at), 3 * MS, 3 * MS);
	switch_to(&h, at + 2000, VCPU(1, 0), XEN_BLOCKED, IDLE(0));
	for (unsigned k = 0; k < 100; k++)
		tick(&h, VCPU(1, 0), at + (k + 1) * 3 * MS);
	expect("one-shot", &h, "0 seed vp0 lp0 lapic 1000", 0);
}

/* What was due while the host was away comes when it is back, one after the other. */
Test(xen_seeds, a_host_that_goes_away)
{
	struct host h = { .jitter = 10000 };

	begin(&h);
	for (unsigned k = 0; k < 1000; k++) {
		uint64_t due = START + MS + k * 4 * MS, in = (due - START) % (40 * MS);

		tick(&h, VCPU(1, 0), in < 12 * MS ? due - in + 12 * MS : due);
	}
	expect("away", &h, "0 seed vp0 lp0 lapic 1000", 0);
}

/* As late as anything: no line that is straight to within Xen's slop. */
Test(xen_seeds, a_period_that_nothing_tells)
{
	struct host h = { .jitter = 30 * MS };

	begin(&h);
	for (unsigned k = 0; k < 300; k++)
		tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
	expect("late", &h, "", 300);

	h = (struct host){ 0 };
	begin(&h);
	for (unsigned k = 0; k < 8; k++)
		tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
	expect("few", &h, "1000000 wake", 8);
}

/* Xen's clock is not the TSC, and its timers are set in it: where records tell it, it counts. */
Test(xen_seeds, a_clock_that_bends)
{
	for (unsigned told = 0; told < 2; told++) {
		struct host h = { .jitter = 10000, .bends_ppm = 5000, .half = START + 2000 * MS };

		h.logs_switches = told;
		begin(&h);
		for (unsigned k = 0; k < 1000; k++)
			tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
		if (!told) {
			expect("bends, nothing tells", &h, "10", 1000);
			continue;
		}
		struct xen_result r = import("bends", &h, NULL, "0 seed vp0 lp0 lapic 1000", 0);

		cr_expect(strstr(r.events, " period 4000000\n") != NULL, "%.200s", r.events);
		cr_expect_str_eq(
		    json_string_value(json_object_get(
			json_array_get(json_object_get(r.meta.more, "seeds"), 0), "by")),
		    "its ticks, on Xen's own clock");
		xb_result_free(&r);
	}
}

/* Even on that clock alone: then a replay, whose ticks are even in the TSC, slips. Two seconds at
 * 0.5 % are 10 ms. */
Test(xen_seeds, a_phase_that_slips_is_said)
{
	static const char note[] = "timers as SEED whose ticks are even on Xen's own clock alone: "
				   "1; those of a replay and "
				   "the recorded ones drift apart by up to %u us";
	static const char line[] =
	    "warning: 1 of 1 timers that were armed before the capture began tick evenly on Xen's "
	    "own clock alone: their ticks in a replay and the recorded ones drift apart by up to "
	    "%u us (--no-infer";
	char text[300];

	for (unsigned bends = 0; bends < 2; bends++) {
		struct host h = { .jitter = 10000, .half = START + 2000 * MS };
		unsigned us = 0;

		h.bends_ppm = bends ? 5000 : 0;
		h.logs_switches = true;
		begin(&h);
		for (unsigned k = 0; k < 1000; k++)
			tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
		struct xen_result r = import("slips", &h, NULL, "0 seed vp0 lp0 lapic 1000", 0);
		const json_t *seed = json_array_get(json_object_get(r.meta.more, "seeds"), 0);
		const json_t *slip = json_object_get(seed, "slip_ns");

		if (!bends) {
			cr_expect_null(slip);
			cr_expect_null(strstr(r.said, "drift apart"), "%s", r.said);
			cr_expect_not(xb_has_note(&r, "timers as SEED whose ticks"));
		} else {
			us = (unsigned)(json_integer_value(slip) / 1000);
			cr_expect(us > 9900 && us < 10100, "%u", us);
			snprintf(text, sizeof(text), note, us);
			cr_expect(xb_has_note(&r, text));
			snprintf(text, sizeof(text), line, us);
			cr_expect_not_null(strstr(r.said, text), "%s", r.said);
		}
		xb_result_free(&r);
	}
}

/* What a guest arms itself slips as well. */
Test(xen_seeds, periods_that_are_written_on_a_clock_that_strays)
{
	for (unsigned periodic = 0; periodic < 2; periodic++) {
		struct host h = { .bends_ppm = 5000, .half = START, .logs_switches = true };
		char note[200];

		begin(&h);
		switch_to(&h, START + 1000, IDLE(0), XEN_RUNNABLE, VCPU(1, 0));
		xb_start(&h.b, next(&h, START + 2000), 4 * MS, periodic * 4 * MS);
		switch_to(&h, START + 3000, VCPU(1, 0), XEN_BLOCKED, IDLE(0));
		for (unsigned k = 1; k < 100; k++)
			tick(&h, VCPU(1, 0), START + k * 4 * MS);
		struct xen_result r = import("strays", &h, NULL, "", 0);

		snprintf(note, sizeof(note),
			 "Xen's own clock, in which its timers are set, strays by up to 19");
		cr_expect_eq(xb_has_note(&r, note), periodic);
		cr_expect_null(strstr(r.said, "drift apart"), "%s", r.said);
		xb_result_free(&r);
	}
}

/* Before a pCPU's first schedule record: its first one tells who it was. */
Test(xen_seeds, a_vcpu_that_runs_from_the_start)
{
	struct host h = { 0 };

	xb_window(&h.b, 0);
	for (unsigned k = 0; k < 50; k++)
		XB0(&h.b, START + k * 4 * MS, XEN_LAPIC_CALLBACK);
	xb_run(&h.b, START + 300 * MS, XEN_RUNNING, XEN_BLOCKED, VCPU(1, 0));
	expect("from the start", &h, "0 seed vp0 lp0 lapic 0 period 4000000\n0 sched_in vp0 lp0\n",
	       0);
}

/* A Xen that logs its PV timers says when they were due. */
Test(xen_seeds, a_pending_pv_timer)
{
	for (unsigned wrote = 0; wrote < 2; wrote++) {
		struct host h = { 0 };

		xb_window(&h.b, 0);
		xb_run(&h.b, START, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
		XB(&h.b, START + 10, XEN_PV_HYPERCALL, 29);
		if (wrote)
			XB(&h.b, START + 20, XEN_PV_SET_SINGLESHOT, VCPU(0, 0), 0, 5000, 0, 4000,
			   0);
		XB(&h.b, START + 1100, XEN_PV_FIRE, VCPU(0, 0), 0, 5000, 0, 5080, 0);
		XB(&h.b, START + 2100, XEN_PV_FIRE, VCPU(0, 0), 0, 6000, 0, 6080, 0);
		if (wrote)
			expect("written", &h, "0 sched_in", 0);
		else
			expect("pending", &h, "0 seed vp0 lp0 lapic 1020 period 0\n0 sched_in", 0);
	}
}

/* A PV vCPU has no local APIC: what comes while it runs is another's. */
Test(xen_seeds, not_of_a_pv_guest)
{
	struct host h = { 0 };

	xb_window(&h.b, 0);
	xb_run(&h.b, START, XEN_RUNNABLE, XEN_RUNNING, VCPU(0, 0));
	XB(&h.b, START + 10, XEN_PV_HYPERCALL, 29);
	for (unsigned k = 0; k < 50; k++)
		XB0(&h.b, START + MS + k * 4 * MS, XEN_LAPIC_CALLBACK);
	expect("PV", &h, "0 sched_in vp0 lp0\n", 0);
}

Test(xen_seeds, none_if_they_are_not_wanted)
{
	struct import_options o = { .cpu_hz = 1000000000, .no_infer = true };
	struct host h = { 0 };

	begin(&h);
	for (unsigned k = 0; k < 50; k++)
		tick(&h, VCPU(1, 0), START + MS + k * 4 * MS);
	struct xen_result r = import("no-infer", &h, &o, "1000000 wake", 50);

	cr_expect_null(json_object_get(r.meta.more, "seeds"));
	xb_result_free(&r);
}
