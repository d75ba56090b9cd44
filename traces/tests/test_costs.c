/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording says about its hypervisor's costs: figures that can be told from how the
 * recording is made. */
#include <criterion/criterion.h>
#include <string.h>

#include "traces/base/samples.h"
#include "traces/cost_estimate.h"

#define US UINT64_C(1000)
#define MS (1000 * US)

static struct trace_meta meta;
static struct trace_costs *costs;

static void begin(uint32_t lps, uint64_t until)
{
	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = lps;
	for (uint32_t i = 0; i < 4; i++)
		trace_meta_add_vp(&meta, i, 0, NULL);
	meta.end = until;
	costs = trace_costs_new(&meta, until);
}

static void event(uint64_t time, enum trace_type type, uint32_t vp, uint16_t lp, uint64_t value)
{
	const struct trace_event ev = {
		.time = time, .type = (uint8_t)type, .vp = vp, .lp = lp, .value = value
	};

	trace_costs_event(costs, &ev);
}

static json_t *figures(struct vt_error *err)
{
	json_t *profile = trace_costs_profile(costs, "all of it", "test.vtt", err);
	json_t *f = json_incref(json_object_get(profile, "figures"));

	json_decref(profile);
	trace_costs_free(costs);
	trace_meta_free(&meta);
	return f;
}

/* -1: it is not there. Each figure has a source. */
static json_int_t figure(const json_t *f, const char *name)
{
	const json_t *one = json_object_get(f, name);

	if (!one)
		return -1;
	cr_assert_not_null(strstr(json_string_value(json_object_get(one, "source")), "all of it"));
	return json_integer_value(json_object_get(one, "ns"));
}

/* The part of the latency with that number, -1: there is none; all of it if they are all the same.
 */
static json_int_t latency(const json_t *f, size_t part)
{
	const json_t *one = json_object_get(f, "latency_ns");
	const json_t *ns = json_array_get(json_object_get(one, "ns"), part);

	cr_assert_not_null(strstr(json_string_value(json_object_get(one, "source")), "all of it"));
	return ns ? json_integer_value(ns) : -1;
}

static bool latency_is(const json_t *f, uint64_t from, uint64_t to)
{
	size_t parts = json_array_size(json_object_get(json_object_get(f, "latency_ns"), "ns"));

	return parts && latency(f, 0) == (json_int_t)from &&
	       latency(f, parts - 1) == (json_int_t)to;
}

/* VP 0 runs on LP 0 and wants a tick every ms; VP 1, blocked, one 5 us after. */
static void tick(uint64_t k, uint64_t late)
{
	uint64_t due = k * MS;

	event(due - 500 * US, TRACE_ARM, 0, 0, due);
	event(due + late, TRACE_OBS_HV_IRQ, 0, 0, 0);
	event(due + late + 2 * US, TRACE_OBS_FIRE, 0, 0, 0);
	event(due + late + 12 * US, TRACE_OBS_FIRE, 1, 0, 0);
	event(due + late + 40 * US, TRACE_DISARM, 0, 0, 0);
}

static void start(void)
{
	event(0, TRACE_SCHED_IN, 1, 0, 0);
	event(1, TRACE_SCHED_OUT, 1, 0, 0);
	event(2, TRACE_SCHED_IN, 0, 0, 0);
}

Test(costs, latency_expiries_and_base)
{
	json_t *f;

	begin(1, 1000 * MS);
	start();
	for (uint64_t k = 1; k <= 100; k++)
		tick(k, k % 2 ? 30 * US : 50 * US);
	f = figures(NULL);
	for (size_t i = 0; i < 33; i++)
		cr_assert_eq(latency(f, i), i == 32  ? -1
					    : i < 16 ? 30 * (json_int_t)US
						     : 50 * (json_int_t)US);
	cr_assert_eq(figure(f, "per_expiry_ns"), 10 * (json_int_t)US);
	cr_assert_eq(figure(f, "base_ns"), 30 * (json_int_t)US,
		     "40 us to the guest's next act, less an expiry");
	cr_assert_eq(figure(f, "away_ns"), -1);
	cr_assert_eq(figure(f, "exit_arm_ns"), -1);
	json_decref(f);
}

Test(costs, a_machine_that_goes_away)
{
	json_t *f;

	/* Every tenth interrupt of 500 is 400 us late, the others 30. */
	begin(2, 500 * MS + 500 * US);
	start();
	for (uint64_t k = 1; k <= 500; k++)
		tick(k, k % 10 ? 30 * US : 400 * US);
	f = figures(NULL);
	cr_assert(latency_is(f, 30 * US, 30 * US));
	/* 400 us, and the ms that lies between two interrupts. */
	cr_assert_eq(figure(f, "away_ns"), 1400 * (json_int_t)US);
	/* 50 times in 500.44 ms of each of two LPs. */
	cr_assert_eq(figure(f, "away_every_ns"), 20017600);
	json_decref(f);
}

/* Where the recording says when, it is that, however late the others are. */
Test(costs, a_machine_whose_absence_is_recorded)
{
	json_t *f;

	begin(1, 500 * MS + 500 * US);
	start();
	for (uint64_t k = 1; k <= 500; k++) {
		if (k % 10 == 0)
			event(k * MS - 100 * US, TRACE_AWAY, 0, 0, k * MS + 1);
		tick(k, k % 10 == 0 ? 400 * US : k % 100 == 1 ? 900 * US : 30 * US);
	}
	f = figures(NULL);
	/* 5 of 450 are in the last of 32 parts, of which each has 14 or 15. */
	cr_assert(latency_is(f, 30 * US, (10 * 30 + 5 * 900) * US / 15));
	cr_assert_eq(figure(f, "away_ns"), 1400 * (json_int_t)US);
	cr_assert_eq(figure(f, "away_every_ns"), 10008800);
	json_decref(f);
}

/* No interrupt waited for its return: then it is away for as long as the recording says, if it says
 * so often enough. */
static json_t *stretches(uint64_t every)
{
	begin(1, 500 * MS + 500 * US);
	start();
	for (uint64_t k = 1; k <= 500; k++) {
		event(k * MS - 500 * US, TRACE_ARM, 0, 0, k * MS);
		if (k % every == 0)
			event(k * MS - 400 * US, TRACE_AWAY, 0, 0, k * MS - 200 * US);
		event(k * MS + 30 * US, TRACE_OBS_HV_IRQ, 0, 0, 0);
		event(k * MS + 32 * US, TRACE_OBS_FIRE, 0, 0, 0);
	}
	return figures(NULL);
}

Test(costs, a_machine_whose_absence_no_interrupt_waited_for)
{
	json_t *f = stretches(50);

	cr_assert(latency_is(f, 30 * US, 30 * US));
	cr_assert_eq(figure(f, "away_ns"), 200 * (json_int_t)US);
	cr_assert_eq(figure(f, "away_every_ns"), 50003200, "ten times in 500.032 ms");
	json_decref(f);

	f = stretches(150);
	cr_assert_eq(figure(f, "away_ns"), -1, "three times are too few");
	cr_assert_eq(figure(f, "away_every_ns"), -1);
	json_decref(f);
}

Test(costs, only_up_to_the_half)
{
	json_t *f;

	begin(1, 50 * MS);
	start();
	for (uint64_t k = 1; k <= 100; k++)
		tick(k, k < 50 ? 30 * US : 90 * US);
	f = figures(NULL);
	cr_assert(latency_is(f, 30 * US, 30 * US));
	json_decref(f);
}

Test(costs, expiries_where_no_interrupts_are_recorded)
{
	json_t *f;

	begin(1, 1000 * MS);
	start();
	for (uint64_t k = 1; k <= 30; k++) {
		event(k * MS - 1, TRACE_ARM, 0, 0, k * MS);
		event(k * MS + 7 * US, TRACE_OBS_FIRE, 0, 0, 0);
	}
	f = figures(NULL);
	cr_assert(latency_is(f, 7 * US, 7 * US));
	cr_assert_eq(latency(f, 29), 7 * (json_int_t)US, "as many parts as there are samples");
	cr_assert_eq(latency(f, 30), -1);
	cr_assert_eq(figure(f, "base_ns"), -1);
	json_decref(f);
}

Test(costs, counters_and_the_match_as_programmed)
{
	json_t *f;

	begin(1, 1000 * MS);
	start();
	for (uint64_t k = 1; k <= 30; k++) {
		event(k * MS, TRACE_OBS_PROG, 0, 0, k * MS + 100 * US);
		event(k * MS + 120 * US, TRACE_OBS_HV_IRQ, 0, 0, 0);
	}
	f = figures(NULL);
	cr_assert(latency_is(f, 20 * US, 20 * US));
	cr_assert_eq(figure(f, "per_expiry_ns"), 880 * (json_int_t)US,
		     "to the next write of the match");
	json_decref(f);

	begin(1, 1000 * MS);
	start();
	event(3, TRACE_COUNTER, 0, 0, 5 * MS + 3);
	for (uint64_t k = 1; k <= 30; k++) {
		event(k * MS, TRACE_ARM, 0, 0, k * MS + 5 * MS + 100 * US);
		event(k * MS + 130 * US, TRACE_OBS_FIRE, 0, 0, 0);
	}
	f = figures(NULL);
	cr_assert(latency_is(f, 30 * US, 30 * US));
	json_decref(f);
}

/*
 * VP 1's timer is due some time after VP 0's expiry, and is served in the same interrupt if that is
 * less than 40 us: the work of an expiry, whatever lies between the expiries themselves.
 */
Test(costs, what_is_served_in_the_same_interrupt)
{
	json_t *f;

	begin(1, 1000 * MS);
	start();
	for (uint64_t k = 1; k <= 99; k++) {
		uint64_t expiry = k * MS + 30 * US, due = expiry + k * US;

		event(k * MS - 1, TRACE_ARM, 0, 0, k * MS);
		event(k * MS - 1, TRACE_ARM, 1, 0, due);
		event(expiry, TRACE_OBS_HV_IRQ, 0, 0, 0);
		event(expiry, TRACE_OBS_FIRE, 0, 0, 0);
		if (k >= 40)
			event(due + 20 * US, TRACE_OBS_HV_IRQ, 0, 0, 0);
		event(due + 20 * US, TRACE_OBS_FIRE, 1, 0, 0);
	}
	f = figures(NULL);
	cr_assert_eq(figure(f, "per_expiry_ns"), 39 * (json_int_t)US);
	json_decref(f);
}

/*
 * LP 1 has no VP. The host's tick of 4 ms stops at once, or lets one pass: then what comes in the
 * first 4 ms may be that.
 */
static json_int_t own_every(const char *word)
{
	json_int_t every;
	json_t *f;

	begin(2, 400 * MS);
	json_object_set_new(meta.more, "host_model",
			    json_pack("{s:i, s:s}", "tick_hz", 250, "tick_idle", word));
	trace_costs_free(costs);
	costs = trace_costs_new(&meta, meta.end);
	event(0, TRACE_SCHED_IN, 0, 0, 0);
	event(MS, TRACE_OBS_HV_IRQ, 0, 1, 0);
	for (uint64_t k = 1; k <= 40; k++) {
		if (k % 2)
			event(k * 9 * MS, TRACE_OBS_HV_IRQ, 0, 1, 0);
		event(k * 9 * MS + 1, TRACE_ARM, 0, 0, k * 9 * MS + MS);
		event(k * 9 * MS + 2 * MS, TRACE_OBS_HV_IRQ, 0, 0, 0);
		event(k * 9 * MS + 2 * MS, TRACE_OBS_FIRE, 0, 0, 0);
	}
	event(400 * MS, TRACE_ACK, 0, 0, 0);
	f = figures(NULL);
	every = figure(f, "own_every_ns");
	json_decref(f);
	return every;
}

Test(costs, timers_of_the_host_s_own)
{
	cr_assert_eq(own_every("stop-at-once"), 400 * (json_int_t)MS / 21);
	cr_assert_eq(own_every("stop"), 396 * (json_int_t)MS / 20);
	cr_assert_eq(own_every("run"), -1);
}

Test(costs, exits_around_a_write)
{
	json_t *f;

	begin(1, 1000 * MS);
	start();
	for (uint64_t k = 1; k <= 30; k++) {
		event(k * MS, TRACE_EXIT, 0, 0, 0);
		if (k != 7)
			event(k * MS + US, TRACE_ARM, 0, 0, k * MS + 100 * US);
		event(k * MS + (k == 7 ? 900 : 3) * US, TRACE_ENTRY, 0, 0, 0);
	}
	f = figures(NULL);
	cr_assert_eq(figure(f, "exit_arm_ns"), 3 * (json_int_t)US);
	json_decref(f);
}

Test(costs, nothing_to_see)
{
	struct vt_error err;

	begin(1, 1000);
	start();
	cr_assert_null(figures(&err));
	cr_assert_not_null(strstr(err.text, "test.vtt: says nothing"));
}

Test(samples, thinned_out)
{
	struct samples s = { 0 };

	/* 2^20 are kept; of 3 * 2^20 every fourth is. */
	for (int64_t i = 0; i < 3 << 20; i++)
		samples_add(&s, i);
	cr_assert_eq(s.seen, 3u << 20);
	cr_assert_eq(s.stride, 4);
	cr_assert_eq(s.count, 3u << 18);
	samples_sort(&s);
	for (size_t i = 0; i < s.count; i++)
		cr_assert_eq(s.value[i], (int64_t)i * 4);
	cr_assert_eq(samples_percentile(&s, 50), ((int64_t)(s.count + 1) / 2 - 1) * 4);
	cr_assert_eq(samples_up_to(&s, 11), 3);
	cr_assert_eq(samples_mean(&s, 0, 2), 2);
	samples_free(&s);
}
