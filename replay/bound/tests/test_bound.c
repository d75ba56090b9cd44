/* SPDX-License-Identifier: GPL-2.0-only */
/* The bound is held against all sets of interrupts of small random traces, and a few are counted by
 * hand. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/bound/tests/naive_bound.h"

#define EVENTS 24u

struct small {
	struct trace_meta meta;
	struct trace_event ev[EVENTS];
	size_t n;
	uint64_t random;
};

static uint64_t below(struct small *s, uint64_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 11) % n;
}

static struct trace_event random_event(struct small *s, uint64_t time)
{
	/* Mostly what timers are about. */
	static const uint8_t often[] = { TRACE_SCHED_IN, TRACE_SCHED_OUT, TRACE_ARM, TRACE_ARM };
	unsigned type =
	    below(s, 5) < 3 ? often[below(s, sizeof(often))] : (unsigned)below(s, TRACE_TYPES);
	struct trace_event ev = { .time = time, .type = (uint8_t)type };

	if (trace_type_has_vp(type))
		ev.vp = (uint32_t)below(s, s->meta.vps);
	if (trace_type_has_lp(type))
		ev.lp = (uint16_t)below(s, s->meta.lps);
	ev.sub = (uint8_t)below(s, trace_type_subs(type));
	if (trace_type_has_value(type))
		ev.value = type == TRACE_IPI ? below(s, s->meta.vps) : time + below(s, 8);
	if (type == TRACE_ARM && !below(s, 4))
		ev.value = below(s, 12);
	if (type == TRACE_COUNTER)
		ev.value = below(s, 20);
	if (trace_type_has_extra(type) && below(s, 2))
		ev.extra = below(s, 6);
	return ev;
}

static void make(struct small *s, uint64_t seed)
{
	struct trace_legal *legal;
	uint64_t time = 0;

	*s = (struct small){ .random = seed * 2 + UINT64_C(0x9e3779b97f4a7c15) };
	for (int i = 0; i < 8; i++)
		below(s, 2);
	s->meta.clock_hz = 1000000000;
	s->meta.lps = 1 + (uint32_t)below(s, NAIVE_LPS);
	s->meta.vps = 1 + (uint32_t)below(s, 3);
	legal = trace_legal_new(s->meta.lps, s->meta.vps);
	for (int i = 0; i < 200 && s->n < EVENTS; i++) {
		struct trace_event ev;

		if (!below(s, 4))
			time += below(s, 4);
		if (time > NAIVE_TIMES - 6)
			break;
		ev = random_event(s, time);
		if (!trace_event_fault(&ev, s->meta.lps, s->meta.vps) &&
		    !trace_legal_event(legal, &ev))
			s->ev[s->n++] = ev;
	}
	trace_legal_free(legal);
	s->meta.end = time + below(s, 3);
	if (s->meta.end >= NAIVE_TIMES)
		s->meta.end = NAIVE_TIMES - 1;
}

static struct bound *run(const struct small *s, const struct bound_options *o)
{
	struct seeds seeds;
	struct bound *b;

	seeds_init(&seeds, s->meta.vps);
	seeds_look(&seeds, s->ev, s->n);
	b = bound_new(&s->meta, &seeds, o);
	bound_events(b, s->ev, s->n);
	bound_end(b);
	seeds_free(&seeds);
	return b;
}

static void print(const struct small *s)
{
	fprintf(stderr, "lps %u vps %u end %" PRIu64 "\n", s->meta.lps, s->meta.vps, s->meta.end);
	for (size_t i = 0; i < s->n; i++) {
		const struct trace_event *e = &s->ev[i];

		fprintf(
		    stderr,
		    "%2" PRIu64 " %-9s vp %u lp %u sub %u value %" PRIu64 " extra %" PRIu64 "\n",
		    e->time, trace_type_name(e->type), e->vp, e->lp, e->sub, e->value, e->extra);
	}
}

static void hold(struct small *s, const struct bound_options *o)
{
	struct naive_bound want;
	struct bound *got = run(s, o);
	struct bound_ticks ticks = bound_ticks(got);
	bool same;

	naive_bound(&s->meta, s->ev, s->n, o, &want);
	same = !memcmp(&ticks, &want.ticks, sizeof(ticks));
	for (uint32_t lp = 0; lp < s->meta.lps; lp++)
		same &= bound_lp(got, lp) == want.least[lp];
	if (!same) {
		print(s);
		fprintf(stderr, "slack %" PRIu64 " rides %s hv %d\n", o->slack_ns,
			bound_rides[o->rides], o->hypervisor != NULL);
		if (o->hypervisor)
			fprintf(stderr,
				"tick hz %" PRIu64 " phase %" PRIu64 " idle %" PRIu64
				" slice %" PRIu64 " recorded %d slop %" PRIu64 "\n",
				o->hypervisor->hv_tick_hz, o->hypervisor->hv_tick_phase_ns,
				o->hypervisor->hv_tick_idle, o->hypervisor->hv_slice_ns,
				o->hypervisor->recorded_slices, o->hypervisor->slop_ns);
		for (uint32_t lp = 0; lp < s->meta.lps; lp++)
			fprintf(stderr, "lp %u: %" PRIu64 ", all sets: %u\n", lp, bound_lp(got, lp),
				want.least[lp]);
		fprintf(stderr,
			"reached %" PRIu64 "/%" PRIu64 " at once %" PRIu64 "/%" PRIu64
			" at sched_in %" PRIu64 "/%" PRIu64 "\n",
			ticks.reached, want.ticks.reached, ticks.at_once, want.ticks.at_once,
			ticks.at_sched_in, want.ticks.at_sched_in);
	}
	cr_assert(same);
	bound_free(got);
}

Test(bound, no_set_of_interrupts_is_smaller)
{
	const char *tier = getenv("VTICK_TIER");
	unsigned seeds = tier && !strcmp(tier, "all") ? 60000 : 3000;
	uint64_t interrupts = 0;

	for (unsigned seed = 0; seed < seeds; seed++) {
		struct small s;

		make(&s, seed);
		for (unsigned with = 0; with < 2; with++) {
			const struct engine_options hv = {
				.hv_tick_hz = below(&s, 4) ? 1000000000 / (1 + below(&s, 5)) : 0,
				.hv_tick_phase_ns = below(&s, 3),
				.hv_tick_idle = below(&s, 3),
				.hv_slice_ns = below(&s, 5),
				.recorded_slices = below(&s, 2),
				.slop_ns = below(&s, 4),
			};
			const struct bound_options o = {
				.slack_ns = below(&s, 6),
				.rides = (enum bound_rides)below(&s, 3),
				.hypervisor = with ? &hv : NULL,
			};
			struct bound *b = run(&s, &o);

			interrupts += bound_total(b);
			bound_free(b);
			hold(&s, &o);
		}
	}
	/* There was something to find. */
	cr_assert_gt(interrupts, seeds);
}

static const struct trace_event dense[] = {
	{ .time = 0, .type = TRACE_SCHED_IN },
	{ .time = 1, .type = TRACE_ARM, .sub = TRACE_LAPIC, .value = 10, .extra = 7 },
};

/* Timers so dense that their interrupts cannot be taken one by one. */
Test(bound, interrupts_at_a_distance, .timeout = 120)
{
	struct small s = { .meta = { .clock_hz = 1000000000, .lps = 1, .vps = 1 }, .n = 2 };
	const struct bound_options at_once = { .slack_ns = 0, .rides = RIDES_EXITS };
	const struct bound_options later = { .slack_ns = 20, .rides = RIDES_EXITS };
	struct bound *b;

	memcpy(s.ev, dense, sizeof(dense));
	s.meta.end = 10 + 7 * ((UINT64_C(1) << 50) - 1);
	b = run(&s, &at_once);
	cr_assert_eq(bound_total(b), UINT64_C(1) << 50);
	bound_free(b);
	/* Each serves three: at 30, 51, ... */
	s.meta.end = 30 + 21 * (UINT64_C(1) << 40);
	b = run(&s, &later);
	cr_assert_eq(bound_total(b), (UINT64_C(1) << 40) + 1);
	cr_assert_eq(bound_ticks(b).reached, 3 * (UINT64_C(1) << 40) + 3);
	bound_free(b);
}
