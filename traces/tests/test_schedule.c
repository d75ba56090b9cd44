/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs where: what comes out of schedule.c is legal whatever goes in, and is what a second,
 * naive program makes of the same.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/schedule.h"

enum { LPS_MAX = 5, VPS_MAX = 9, EVENTS_MAX = 8192 };
#define NOBODY SCHEDULE_NOBODY

struct run {
	uint32_t lp, vp;
};

/* What the sink got, and what the naive program says that it should have got. */
struct log {
	struct trace_event got[EVENTS_MAX], want[EVENTS_MAX];
	size_t n_got, n_want;
	struct run ended[EVENTS_MAX]; /* by run_ends() */
	size_t n_ended;
	int fail_at; /* put() fails at that event; 0: never */
};

/* The naive program: those that run are a list, in no order. */
struct model {
	struct run run[LPS_MAX];
	unsigned n;
	uint32_t lps, vps;
	bool blind[LPS_MAX];
	uint64_t last;
	struct schedule_tally tally;
	struct log *log;
};

static int take(void *arg, const struct trace_event *ev, struct vt_error *err)
{
	struct log *log = arg;

	cr_assert_lt(log->n_got, (size_t)EVENTS_MAX);
	log->got[log->n_got++] = *ev;
	if (log->fail_at && log->n_got == (size_t)log->fail_at)
		return vt_error_set(err, "x", VT_NO_OFFSET, "no room");
	return 0;
}

static void ended(void *arg, uint32_t lp, uint32_t vp, enum trace_reason reason)
{
	struct log *log = arg;

	(void)reason;
	log->ended[log->n_ended++] = (struct run){ lp, vp };
}

static struct schedule_sink into(struct log *log)
{
	return (struct schedule_sink){ .put = take, .run_ends = ended, .arg = log };
}

/* ---- the naive program ---- */

static void want(struct model *m, struct trace_event ev)
{
	m->log->want[m->log->n_want++] = ev;
	m->last = ev.time;
}

/* Ends the run of @vp, if it is one, or on @lp. */
static bool stop(struct model *m, uint64_t time, uint32_t lp, uint32_t vp, unsigned reason)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->run[i].lp == lp || m->run[i].vp == vp) {
			want(m, (struct trace_event){ .type = TRACE_SCHED_OUT,
						      .time = time,
						      .vp = m->run[i].vp,
						      .sub = (uint8_t)reason });
			m->run[i] = m->run[--m->n];
			return true;
		}
	return false;
}

static uint32_t model_lp(const struct model *m, uint32_t vp)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->run[i].vp == vp)
			return m->run[i].lp;
	return NOBODY;
}

static uint32_t model_vp(const struct model *m, uint32_t lp)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->run[i].lp == lp)
			return m->run[i].vp;
	return NOBODY;
}

static void model_in(struct model *m, uint64_t time, uint32_t lp, uint32_t vp, uint64_t slice)
{
	if (vp >= m->vps) {
		m->tally.unplaced[TRACE_SCHED_IN]++;
		return;
	}
	if (model_lp(m, vp) == lp) {
		m->tally.in_again++;
		return;
	}
	m->tally.forced_out += stop(m, time, lp, NOBODY, TRACE_LOST_VP);
	m->tally.forced_out += stop(m, time, NOBODY, vp, TRACE_LOST_VP);
	m->run[m->n++] = (struct run){ lp, vp };
	want(m, (struct trace_event){ .type = TRACE_SCHED_IN,
				      .time = time,
				      .vp = vp,
				      .lp = (uint16_t)lp,
				      .extra = slice });
}

static void model_out(struct model *m, uint64_t time, uint32_t vp, unsigned reason)
{
	if (vp >= m->vps)
		m->tally.unplaced[TRACE_SCHED_OUT]++;
	else if (!stop(m, time, NOBODY, vp, reason))
		m->tally.out_again++;
}

static void model_seed(struct model *m, uint32_t lp, uint32_t vp)
{
	if (vp == NOBODY)
		return;
	if (model_lp(m, vp) != NOBODY) {
		m->tally.seeds_twice++;
		return;
	}
	m->tally.seeds++;
	model_in(m, 0, lp, vp, 0);
}

static void model_sees(struct model *m, uint64_t time, uint32_t lp, uint32_t vp)
{
	bool blind = m->blind[lp];

	m->blind[lp] = false;
	if (model_vp(m, lp) == vp)
		return;
	if (vp == NOBODY) {
		m->tally.forced_out += stop(m, time, lp, NOBODY, TRACE_LOST_VP);
		return;
	}
	if (!blind)
		m->tally.forced_in++;
	model_in(m, time, lp, vp, 0);
}

static void model_lost(struct model *m, uint64_t time, uint32_t lp, uint64_t until, uint64_t count)
{
	uint64_t at = time > m->last ? time : m->last;

	m->blind[lp] = true;
	m->tally.gaps++;
	m->tally.lost += count;
	stop(m, at, lp, NOBODY, TRACE_LOST_VP);
	want(m, (struct trace_event){ .type = TRACE_LOST,
				      .time = at,
				      .lp = (uint16_t)lp,
				      .value = until > at ? until : at,
				      .extra = count });
}

static void model_emit(struct model *m, const struct trace_event *ev)
{
	bool vp_ok = !trace_type_has_vp(ev->type) || ev->vp < m->vps;
	bool lp_ok = !trace_type_has_lp(ev->type) || ev->lp < m->lps;
	bool runs = false;

	switch (ev->type) {
	case TRACE_ARM:
	case TRACE_DISARM:
	case TRACE_MASK:
	case TRACE_ACK:
	case TRACE_ENTRY:
		runs = true;
		break;
	default:
		break;
	}
	if (!vp_ok || !lp_ok || (runs && model_lp(m, ev->vp) == NOBODY))
		m->tally.unplaced[ev->type]++;
	else if (ev->type == TRACE_SCHED_IN)
		model_in(m, ev->time, ev->lp, ev->vp, ev->extra);
	else if (ev->type == TRACE_SCHED_OUT)
		model_out(m, ev->time, ev->vp, ev->sub);
	else
		want(m, *ev);
}

/* ---- random sequences ---- */

static uint64_t state;

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state % n);
}

/* A VP, now and then one that there is not. */
static uint32_t some_vp(const struct model *m)
{
	if (!rnd(12))
		return rnd(2) ? NOBODY : m->vps + rnd(3);
	return m->vps ? rnd(m->vps) : NOBODY;
}

/* No SEED and no AWAY: these are the caller's to keep legal. */
static struct trace_event some_event(const struct model *m, uint64_t time)
{
	struct trace_event ev = { .time = time, .type = (uint8_t)rnd(TRACE_FIRST_NEWER) };

	if (trace_type_has_vp(ev.type))
		ev.vp = some_vp(m);
	if (trace_type_has_lp(ev.type))
		ev.lp = (uint16_t)(rnd(20) ? rnd(m->lps) : m->lps);
	if (ev.type == TRACE_SCHED_OUT)
		ev.sub = (uint8_t)rnd(TRACE_REASONS);
	if (ev.type == TRACE_LOST)
		ev.value = time + rnd(50);
	return ev;
}

static void step(struct schedule *s, struct model *m, uint64_t time)
{
	uint32_t lp = rnd(m->lps), vp = some_vp(m), x = rnd(100);
	struct trace_event ev = some_event(m, time);
	struct vt_error err;
	int ret = 0;

	switch (rnd(7)) {
	case 0:
		ret = schedule_in(s, time, lp, vp, x, &err);
		model_in(m, time, lp, vp, x);
		break;
	case 1:
		ret = schedule_out(s, time, vp, x % TRACE_REASONS, &err);
		model_out(m, time, vp, x % TRACE_REASONS);
		break;
	case 2:
		ret = schedule_sees(s, time, lp, vp, &err);
		model_sees(m, time, lp, vp);
		break;
	case 3:
		if (x > 30)
			break;
		/* Known late, and perhaps over before it is known. */
		ret = schedule_lost(s, time > x ? time - x : 0, lp, time - time % 40, x, &err);
		model_lost(m, time > x ? time - x : 0, lp, time - time % 40, x);
		break;
	case 4:
		if (x > 3)
			break;
		m->vps += m->vps < VPS_MAX;
		schedule_grow(s, m->vps);
		break;
	default:
		ret = schedule_emit(s, &ev, &err);
		model_emit(m, &ev);
	}
	cr_assert_eq(ret, 0);
}

/* All that is said of who runs agrees, and so do the events since the last look. */
static void compare(const struct schedule *s, const struct model *m, struct trace_legal *legal,
		    size_t *seen, unsigned seed)
{
	const struct log *log = m->log;

	for (uint32_t lp = 0; lp < m->lps; lp++)
		cr_assert_eq(schedule_vp(s, lp), model_vp(m, lp), "seed %u", seed);
	for (uint32_t vp = 0; vp < m->vps; vp++)
		cr_assert_eq(schedule_lp(s, vp), model_lp(m, vp), "seed %u", seed);
	cr_assert_eq(log->n_got, log->n_want, "seed %u", seed);
	for (; *seen < log->n_got; ++*seen) {
		const struct trace_event *ev = &log->got[*seen];
		const char *fault = trace_legal_event(legal, ev);

		cr_assert(!fault, "seed %u: event %zu (%s): %s", seed, *seen,
			  trace_type_name(ev->type), fault ? fault : "");
		cr_assert(!memcmp(ev, &log->want[*seen], sizeof(*ev)), "seed %u: event %zu (%s)",
			  seed, *seen, trace_type_name(ev->type));
		cr_assert(!*seen || ev->time >= ev[-1].time, "seed %u: event %zu runs backward",
			  seed, *seen);
	}
	cr_assert(!memcmp(schedule_tally(s), &m->tally, sizeof(m->tally)), "seed %u", seed);
}

static void drive(struct log *log, unsigned seed)
{
	struct model m = { .lps = 1 + rnd(LPS_MAX), .vps = rnd(VPS_MAX + 1), .log = log };
	struct schedule_sink sink = into(log);
	struct schedule *s = schedule_new(m.lps, m.vps, &sink);
	struct trace_legal *legal = trace_legal_new(m.lps, VPS_MAX);
	uint64_t time = 0;
	size_t seen = 0;
	struct vt_error err;

	for (uint32_t lp = 0; lp < m.lps; lp++) {
		uint32_t vp = some_vp(&m);

		cr_assert_eq(schedule_seed(s, lp, vp, &err), 0);
		model_seed(&m, lp, vp);
	}
	for (unsigned i = 0; i < 400; i++) {
		time = m.last + (rnd(3) ? rnd(40) : 0);
		step(s, &m, time);
		compare(s, &m, legal, &seen, seed);
	}
	trace_legal_free(legal);
	schedule_free(s);
}

Test(schedule, random_sequences_against_a_naive_model)
{
	struct log *log = calloc(1, sizeof(*log));
	size_t lost = 0, ended_lost = 0, events = 0;

	cr_assert_not_null(log);
	for (unsigned seed = 1; seed <= 600; seed++) {
		state = seed * UINT64_C(0x9e3779b97f4a7c15);
		log->n_got = log->n_want = log->n_ended = 0;
		drive(log, seed);
		events += log->n_got;
		for (size_t i = 0; i < log->n_got; i++) {
			lost += log->got[i].type == TRACE_LOST;
			ended_lost +=
			    log->got[i].type == TRACE_SCHED_OUT && log->got[i].sub == TRACE_LOST_VP;
		}
	}
	/* The sequences are worth something: a good part of them is trouble. */
	cr_expect_gt(events, 60000u);
	cr_expect_gt(lost, 2000u);
	cr_expect_gt(ended_lost, 5000u);
	free(log);
}

/* ---- single rules ---- */

struct bench {
	struct log *log;
	struct schedule *s;
	struct vt_error err;
};

static struct bench begin(void)
{
	struct bench b = { .log = calloc(1, sizeof(*b.log)) };
	struct schedule_sink sink = into(b.log);

	cr_assert_not_null(b.log);
	b.s = schedule_new(2, 3, &sink);
	return b;
}

static void done(struct bench *b)
{
	schedule_free(b->s);
	free(b->log);
}

/* A run's end is told before its SCHED_OUT, once, with where it was. */
Test(schedule, the_end_of_a_run_is_told)
{
	struct bench b = begin();

	cr_assert(!schedule_in(b.s, 1, 0, 2, 0, &b.err));
	cr_assert(!schedule_in(b.s, 2, 1, 1, 0, &b.err));
	cr_assert(!schedule_in(b.s, 3, 1, 2, 0, &b.err)); /* ends both */
	cr_assert_eq(b.log->n_ended, 2u);
	cr_expect(b.log->ended[0].lp == 1 && b.log->ended[0].vp == 1, "the LP's first");
	cr_expect(b.log->ended[1].lp == 0 && b.log->ended[1].vp == 2, "the VP's own then");
	cr_assert(!schedule_out(b.s, 4, 2, TRACE_BLOCK, &b.err));
	cr_assert(!schedule_out(b.s, 5, 2, TRACE_BLOCK, &b.err));
	cr_expect_eq(b.log->n_ended, 3u);
	cr_expect_eq(b.log->n_got, 6u);
	cr_expect_eq(schedule_tally(b.s)->out_again, 1u);
	done(&b);
}

Test(schedule, a_copy_goes_on_alone)
{
	struct bench b = begin();
	struct log *other = calloc(1, sizeof(*other));
	struct schedule_sink sink = into(other);
	struct schedule *copy;

	cr_assert_not_null(other);
	cr_assert(!schedule_in(b.s, 1000, 1, 2, 0, &b.err));
	copy = schedule_copy(b.s, &sink);
	/* A trace of its own: it begins at 0, with who runs. */
	cr_assert(!schedule_begin(copy, &b.err));
	cr_assert_eq(other->n_got, 1u);
	cr_expect(other->got[0].type == TRACE_SCHED_IN && other->got[0].time == 0 &&
		  other->got[0].vp == 2 && other->got[0].lp == 1);
	cr_assert(!schedule_lost(copy, 5, 1, 7, 1, &b.err));
	cr_expect_eq(other->got[1].time, 5u, "not behind an event of the other");
	cr_expect_eq(schedule_lp(copy, 2), NOBODY);
	cr_expect_eq(schedule_lp(b.s, 2), 1u);
	cr_expect_eq(b.log->n_got, 1u);
	schedule_free(copy);
	free(other);
	done(&b);
}

/* The first LP that says so of a VP is believed. */
Test(schedule, seeds)
{
	struct bench b = begin();

	cr_assert(!schedule_seed(b.s, 0, 1, &b.err));
	cr_assert(!schedule_seed(b.s, 1, 1, &b.err));
	cr_assert(!schedule_seed(b.s, 1, NOBODY, &b.err));
	cr_expect_eq(schedule_vp(b.s, 0), 1u);
	cr_expect_eq(schedule_vp(b.s, 1), NOBODY);
	cr_expect(schedule_tally(b.s)->seeds == 1 && schedule_tally(b.s)->seeds_twice == 1);
	cr_expect_eq(b.log->n_got, 1u);
	done(&b);
}

/* What the sink refuses, the caller hears, from each function that may hand on an event. */
Test(schedule, a_sink_that_fails)
{
	static const char *const name[] = { "in",   "in, first out", "out",   "sees",
					    "lost", "emit",	     "begin", "seed" };

	for (unsigned i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct bench b = begin();
		struct trace_event wake = { .type = TRACE_WAKE, .time = 9, .vp = 1 };
		int ret = 0;

		if (i != 0 && i != 7)
			cr_assert(!schedule_in(b.s, 1, 0, 0, 0, &b.err));
		b.log->fail_at = (int)b.log->n_got + 1;
		switch (i) {
		case 0:
		case 1:
			ret = schedule_in(b.s, 9, 0, 1, 0, &b.err);
			break;
		case 2:
			ret = schedule_out(b.s, 9, 0, TRACE_BLOCK, &b.err);
			break;
		case 3:
			ret = schedule_sees(b.s, 9, 0, NOBODY, &b.err);
			break;
		case 4:
			ret = schedule_lost(b.s, 9, 0, 9, 1, &b.err);
			break;
		case 5:
			ret = schedule_emit(b.s, &wake, &b.err);
			break;
		case 6:
			ret = schedule_begin(b.s, &b.err);
			break;
		default:
			ret = schedule_seed(b.s, 0, 0, &b.err);
		}
		cr_expect_eq(ret, -1, "%s", name[i]);
		cr_expect_eq(b.log->n_got, (size_t)b.log->fail_at, "%s went on", name[i]);
		done(&b);
	}
}
