/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hand-written traces that say what their hypervisor did, replayed by a policy that is as late as
 * the case wants: what of it was recorded. The clock is 1 GHz, so that ticks are ns.
 */
#include <criterion/criterion.h>

#include "replay/engine/engine.h"
#include "replay/tests/reference_case.h"
#include "replay/watch/witness.h"

#define LPS 2
#define VPS 2

/* ---- the policy: a timer for each deadline, that comes `late` after it ---- */

static uint64_t late;

static int open_late(struct vtick_host *h)
{
	for (uint32_t vp = 0; vp < h->vps; vp++)
		((struct vtick_timer *)vtick_vp(h, vp))->vp = vp;
	return 0;
}

static void arm_late(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	h->timer_add(h, vtick_vp(h, vp), h->lp_of(h, vp), a->deadline + late, 0);
}

static void due_late(struct vtick_host *h, struct vtick_timer *timer)
{
	h->pend(h, timer->vp, timer->expiry - late);
}

static const struct vtick_policy policy = {
	VTICK_POLICY_HEAD, .name = "late",  .vp_size = sizeof(struct vtick_timer),
	.open = open_late, .arm = arm_late, .timer_due = due_late
};

/* ---- a case ---- */

static struct trace_event fire(uint64_t time, uint32_t vp)
{
	return (struct trace_event){ .type = TRACE_OBS_FIRE, .time = time, .vp = vp };
}

static struct trace_event pended(uint64_t time, uint32_t vp)
{
	return (struct trace_event){ .type = TRACE_OBS_PEND, .time = time, .vp = vp };
}

static struct trace_event irq(uint64_t time, uint16_t lp)
{
	return (struct trace_event){ .type = TRACE_OBS_HV_IRQ, .time = time, .lp = lp };
}

static struct trace_event lost(uint64_t time, uint64_t until)
{
	return (struct trace_event){ .type = TRACE_LOST, .time = time, .value = until, .extra = 1 };
}

static struct trace_event tsc(uint64_t time, uint32_t vp, uint64_t deadline)
{
	return arm(time, vp, TRACE_TSC_DEADLINE, deadline);
}

/* A list ends with stop(), which is no event. */
static size_t length(const struct trace_event *ev)
{
	size_t n = 0;

	while (ev[n].type != TRACE_TYPES)
		n++;
	return n;
}

static struct engine *new_engine(const struct trace_meta *meta)
{
	static const struct engine_options quiet = { 0 };

	return engine_new(meta, &policy, NULL, &quiet, "case", NULL);
}

/* The object `fidelity`; @hypervisor may be NULL. */
static json_t *fidelity(const struct trace_event *ev, uint64_t window_ns, const char *hypervisor)
{
	struct survey rec = { 0 };
	struct trace_meta meta;
	size_t n = length(ev);

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = LPS;
	meta.end = ev[n].time;
	for (uint32_t vp = 0; vp < VPS; vp++)
		trace_meta_add_vp(&meta, vp, 0, NULL);
	if (hypervisor)
		json_object_set_new(meta.more, "source",
				    json_pack("{s:s}", "hypervisor", hypervisor));

	struct engine *e = survey_new(&rec, &meta);

	engine_events(e, ev, n);
	engine_free(e);
	survey_set_window(&rec, window_ns);
	e = new_engine(&meta);
	witness_new(e, &rec);
	engine_events(e, ev, n);

	json_t *metrics = engine_finish(e), *o = json_incref(json_object_get(metrics, "fidelity"));

	json_decref(metrics);
	engine_free(e);
	survey_free(&rec);
	trace_meta_free(&meta);
	return o;
}

static void check(const struct trace_event *ev, uint64_t window_ns, const char *hypervisor,
		  const struct expected *want)
{
	json_t *o = fidelity(ev, window_ns, hypervisor);

	cr_assert_eq(check_result("fidelity", o, want), 0u);
	json_decref(o);
}

#define ALL_OF(kind, n)                                                                            \
	{ kind ".precision_ppm", 1000000 }, { kind ".recall_ppm", 1000000 },                       \
	    { kind ".predicted", n },                                                              \
	{                                                                                          \
		kind ".matched", n                                                                 \
	}

Test(fidelity, perfect)
{
	const struct trace_event ev[] = { in(0, 0, 0),	     in(0, 1, 1),	 tsc(100, 0, 1000),
					  tsc(200, 1, 3000), irq(1000, 0),	 fire(1000, 0),
					  pended(1000, 0),   tsc(1500, 0, 8000), irq(3000, 1),
					  fire(3000, 1),     pended(3000, 1),	 irq(8000, 0),
					  fire(8000, 0),     pended(8000, 0),	 stop(10000) };
	const struct expected want[] = { ALL_OF("expiries", 3),
					 ALL_OF("injections", 3),
					 ALL_OF("machine_interrupts", 3),
					 ALL_OF("expiries.first_half", 2),
					 ALL_OF("expiries.second_half", 1),
					 ALL_OF("expiries.running", 3),
					 ALL_OF("machine_interrupts.busy", 3),
					 { "expiries.blocked.predicted", 0 },
					 { "expiries.blocked.recall_ppm", EXPECT_NULL },
					 { "expiries.count_error_ppm", 0 },
					 { "expiries.dt_ns.max", 0 },
					 { "lateness_ns.count", 3 },
					 { "lateness_ns.max", 0 },
					 { "window_ns", 10000 },
					 { NULL, 0 } };

	late = 0;
	check(ev, WINDOW_OF_RECORDING, NULL, want);
}

Test(fidelity, one_missing_one_extra)
{
	/* VP 0's deadline at 3000 is not observed; VP 1 is seen to expire at 4000 though its
	 * deadline is 9000. */
	const struct trace_event ev[] = { in(0, 0, 0),	    in(0, 1, 1),   tsc(10, 0, 1000),
					  tsc(20, 1, 9000), fire(1000, 0), tsc(1100, 0, 3000),
					  fire(4000, 1),    fire(9000, 1), stop(10000) };
	const struct expected want[] = { { "expiries.predicted", 3 },
					 { "expiries.observed", 3 },
					 { "expiries.count_error_ppm", 0 },
					 { "expiries.matched", 2 },
					 { "expiries.precision_ppm", 666666 },
					 { "expiries.recall_ppm", 666666 },
					 { "expiries.first_half.matched", 1 },
					 { "expiries.first_half.predicted", 2 },
					 { "expiries.second_half.precision_ppm", 1000000 },
					 { "injections", EXPECT_NULL },
					 { "machine_interrupts", EXPECT_NULL },
					 { NULL, 0 } };

	late = 0;
	check(ev, 100, NULL, want);
}

Test(fidelity, shifted_by_less_and_by_more_than_the_window)
{
	const struct trace_event ev[] = { in(0, 0, 0),	   tsc(10, 0, 1000),   fire(1000, 0),
					  pended(1030, 0), tsc(2000, 0, 3000), fire(3000, 0),
					  pended(3030, 0), stop(10000) };
	const struct expected near[] = { ALL_OF("expiries", 2),
					 { "expiries.dt_ns.min", 50 },
					 { "expiries.dt_ns.abs_p99", 50 },
					 ALL_OF("injections", 2),
					 { "injections.dt_ns.max", 20 },
					 { "window_ns", 50 },
					 /* 50 on each side of 1050 and of 3050, of 10000 ns. */
					 { "expiries.by_chance_ppm", 20000 },
					 { NULL, 0 } };
	const struct expected far[] = { { "expiries.precision_ppm", 0 },
					{ "expiries.recall_ppm", 0 },
					{ "expiries.matched", 0 },
					{ "expiries.predicted", 2 },
					{ "expiries.dt_ns.p50", EXPECT_NULL },
					ALL_OF("injections", 2),
					{ NULL, 0 } };

	late = 50;
	check(ev, 50, NULL, near);
	check(ev, 49, NULL, far);
}

Test(fidelity, what_the_vp_did_at_the_deadline)
{
	/*
	 * Running at 1000, preempted at 3000, blocked at 5000, woken but not yet run at 7000. The
	 * injections come later, when it runs, and belong to the same states.
	 */
	const struct trace_event ev[] = { in(0, 0, 0),
					  tsc(10, 0, 1000),
					  irq(1000, 0),
					  fire(1000, 0),
					  pended(1000, 0),
					  tsc(2000, 0, 3000),
					  out(2500, 0, TRACE_PREEMPT),
					  irq(3000, 0),
					  fire(3000, 0),
					  in(3500, 0, 0),
					  pended(3500, 0),
					  tsc(4000, 0, 5000),
					  out(4500, 0, TRACE_BLOCK),
					  irq(5000, 0),
					  fire(5000, 0),
					  wake(5000, 0),
					  in(5500, 0, 0),
					  pended(5500, 0),
					  tsc(6000, 0, 7000),
					  out(6100, 0, TRACE_BLOCK),
					  wake(6500, 0),
					  fire(7000, 0),
					  in(7500, 0, 0),
					  pended(7500, 0),
					  stop(10000) };
	const struct expected want[] = { ALL_OF("expiries.running", 1),
					 ALL_OF("expiries.preempted", 2),
					 ALL_OF("expiries.blocked", 1),
					 ALL_OF("injections.running", 1),
					 ALL_OF("injections.preempted", 2),
					 ALL_OF("injections.blocked", 1),
					 { "machine_interrupts.busy.matched", 1 },
					 { "machine_interrupts.idle.matched", 2 },
					 { "machine_interrupts.idle.predicted", 3 },
					 { NULL, 0 } };

	late = 0;
	check(ev, 10, NULL, want);
}

Test(fidelity, the_recording_s_lateness_is_the_window)
{
	/* Late by 20000 and by 30000, early by 5; one expiry is of no deadline. */
	const struct trace_event ev[] = { in(0, 0, 0),		tsc(10, 0, 1000),
					  fire(21000, 0),	fire(22000, 0),
					  tsc(30000, 0, 40000), fire(70000, 0),
					  tsc(80000, 0, 90000), fire(89995, 0),
					  stop(100000) };
	const struct expected want[] = {
		{ "lateness_ns.count", 3 },  { "lateness_ns.without_deadline", 1 },
		{ "lateness_ns.min", -5 },   { "lateness_ns.max", 30000 },
		{ "window_ns", 30000 }, /* not the end of its bucket, 30079 */
		{ "expiries.predicted", 3 }, { "expiries.observed", 4 },
		{ "expiries.matched", 3 },   { NULL, 0 }
	};

	late = 0;
	check(ev, WINDOW_OF_RECORDING, NULL, want);
}

Test(fidelity, no_expiries_no_lateness)
{
	const struct trace_event ev[] = { in(0, 0, 0), tsc(10, 0, 1000), pended(1000, 0),
					  stop(10000) };
	const struct expected want[] = { { "window_ns", 1000000 },
					 { "lateness_ns.p99", EXPECT_NULL },
					 { "expiries", EXPECT_NULL },
					 ALL_OF("injections", 1),
					 { NULL, 0 } };

	late = 0;
	check(ev, WINDOW_OF_RECORDING, NULL, want);
}

Test(fidelity, timers_armed_before_the_recording)
{
	const struct trace_event ev[] = { in(0, 0, 0),	     fire(50, 0),   pended(60, 0),
					  tsc(100, 0, 1000), fire(1000, 0), pended(1000, 0),
					  stop(10000) };
	const struct expected want[] = { ALL_OF("expiries", 1),
					 ALL_OF("injections", 1),
					 { "expiries.left_out.unseen_observed", 1 },
					 { "injections.left_out.unseen_observed", 1 },
					 { NULL, 0 } };

	late = 0;
	check(ev, 10, NULL, want);
}

Test(fidelity, near_lost_events)
{
	/* Lost from 2000 to 3000: what is within 10 of that is left out, matched or not. */
	const struct trace_event ev[] = { in(0, 0, 0),	      tsc(10, 0, 1000),	  fire(1000, 0),
					  tsc(1100, 0, 1991), fire(1991, 0),	  lost(2000, 3000),
					  tsc(2500, 0, 3010), tsc(3020, 0, 3030), fire(3030, 0),
					  stop(10000) };
	const struct expected want[] = { ALL_OF("expiries", 2),
					 { "expiries.left_out.lost_predicted", 2 },
					 { "expiries.left_out.lost_observed", 1 },
					 { NULL, 0 } };

	late = 0;
	check(ev, 10, NULL, want);
}

/* A Xen logs expiries of PV timers and injections of periodic timers, no others. */
Test(fidelity, what_a_hypervisor_does_not_log)
{
	const struct trace_event ev[] = { in(0, 0, 0),	    in(0, 1, 1),   tsc(10, 0, 1000),
					  tsc(10, 1, 1000), fire(1000, 1), stop(10000) };
	const struct expected xen[] = { ALL_OF("expiries", 1),
					{ "expiries.left_out.unrecorded_predicted", 1 },
					{ "injections", EXPECT_NULL },
					{ NULL, 0 } };
	const struct expected kvm[] = { { "expiries.precision_ppm", 500000 },
					{ "expiries.left_out.unrecorded_predicted", 0 },
					{ NULL, 0 } };

	late = 0;
	check(ev, 10, "Xen", xen);
	check(ev, 10, "KVM", kvm);
}

Test(fidelity, nobody_asked)
{
	struct trace_meta meta;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	struct engine *e = new_engine(&meta);
	json_t *metrics = engine_finish(e);

	cr_assert_null(json_object_get(metrics, "fidelity"));
	json_decref(metrics);
	engine_free(e);
	trace_meta_free(&meta);
}
