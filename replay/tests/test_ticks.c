/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ticks of a recording and of a replay (replay/watch/tick.h) against ones that are found word
 * by word as LATE.md says: per VP, each deadline for itself, who ran by a look at the whole trace.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"
#include "replay/watch/lp_past.h"
#include "replay/watch/recorded_ticks.h"
#include "replay/watch/replayed_ticks.h"
#include "traces/base/mem.h"

#define SEEDS 4000
/* More deadlines than a test has patience for: such a trace is passed over. */
#define OUTSTANDING_MAX 2000
#define STEPS_MAX 100000

/* ---- what is compared: a text for each VP ---- */

struct texts {
	FILE *to[16];
	char *text[16];
	size_t size[16];
	uint64_t count[TICK_FATES];
	const struct trace_meta *meta;
	int64_t before;
};

static void texts_open(struct texts *t, const struct trace_meta *meta)
{
	*t = (struct texts){ .meta = meta };
	for (uint32_t vp = 0; vp < meta->vps; vp++)
		t->to[vp] = vt_text_open(&t->text[vp], &t->size[vp]);
}

static void texts_close(struct texts *t)
{
	for (uint32_t vp = 0; vp < t->meta->vps; vp++)
		vt_text_close(t->to[vp]);
}

static void texts_free(struct texts *t)
{
	for (uint32_t vp = 0; vp < t->meta->vps; vp++)
		free(t->text[vp]);
}

static void write_tick(struct texts *x, const struct tick *t)
{
	FILE *to = x->to[t->vp];
	bool sample = t->fate == TICK_DELIVERED || t->fate == TICK_LOST;

	x->count[t->fate] += t->count;
	fprintf(to, "%s %" PRIu64 " due %" PRId64 " at %" PRId64, tick_fate_name(t->fate), t->count,
		t->due, t->at);
	if (sample) {
		fprintf(to, " lp %d expired %" PRId64 " starts %" PRId64 " away %" PRIu64,
			(int)t->lp, t->expired, t->starts, t->away);
		for (size_t i = 0; i < t->rans; i++)
			fprintf(to, " %d:%" PRIu64, (int)t->ran[i].vp, t->ran[i].ticks);
	}
	fputc('\n', to);
}

/* What holds of every sample. */
static void check_sample(const struct trace_meta *meta, const struct tick *t)
{
	int64_t ns[TICK_PARTS], ran[16], waited = 0;
	int64_t late = tick_split(t, meta->clock_hz, ns);
	uint64_t ticks = 0;

	cr_assert_eq(ns[TICK_HOST] + ns[TICK_WAIT] + ns[TICK_INJECT], late);
	cr_assert_geq(ns[TICK_WAIT], 0);
	cr_assert_geq(ns[TICK_INJECT], 0);
	cr_assert_leq(t->rans, 16u);
	tick_ran_ns(t, meta->clock_hz, ran);
	for (size_t i = 0; i < t->rans; i++) {
		waited += ran[i];
		ticks += t->ran[i].ticks;
		cr_assert(!i || t->ran[i].ticks <= t->ran[i - 1].ticks);
	}
	cr_assert_eq(ticks, (uint64_t)(t->starts - t->expired));
	cr_assert_eq(waited, ns[TICK_WAIT]);
}

static void take(void *context, const struct tick *t)
{
	struct texts *x = context;

	cr_assert_geq(t->at, x->before, "in order");
	x->before = t->at;
	if (t->fate == TICK_DELIVERED)
		check_sample(x->meta, t);
	write_tick(x, t);
}

/* ---- who ran, by a look at the whole trace ---- */

struct whole {
	const struct trace_meta *meta;
	const struct trace_event *ev;
	size_t n;
};

static uint64_t common(uint64_t from, uint64_t to, uint64_t begin, uint64_t end)
{
	begin = begin < from ? from : begin;
	end = end > to ? to : end;
	return end > begin ? end - begin : 0;
}

/* For how long of [@from, @to) did @vp run on @lp, as the first @n events tell? */
static uint64_t ran_for(const struct whole *w, size_t n, uint32_t vp, uint32_t lp, uint64_t from,
			uint64_t to)
{
	uint64_t since = 0, ticks = 0;
	bool on = false;

	for (size_t i = 0; i < n; i++) {
		const struct trace_event *ev = &w->ev[i];

		if (ev->type == TRACE_SCHED_IN && ev->vp == vp) {
			on = ev->lp == lp;
			since = ev->time;
		} else if (ev->type == TRACE_SCHED_OUT && ev->vp == vp) {
			ticks += on ? common(from, to, since, ev->time) : 0;
			on = false;
		}
	}
	return ticks + (on ? common(from, to, since, to) : 0);
}

static uint64_t away_for(const struct whole *w, size_t n, uint32_t lp, uint64_t from, uint64_t to)
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < n; i++) {
		if (w->ev[i].type == TRACE_AWAY && w->ev[i].lp == lp)
			ticks += common(from, to, w->ev[i].time, w->ev[i].value);
	}
	return ticks;
}

/* Fills in a tick whose due, expired and at are known, as the first @n events tell. */
static void fill(const struct whole *w, size_t n, struct tick *t, struct tick_ran *ran)
{
	uint64_t all = 0;

	t->lp = TICK_NO_LP;
	t->starts = t->expired;
	for (size_t i = 0; i < n; i++) {
		if (w->ev[i].type != TRACE_SCHED_IN || w->ev[i].vp != t->vp)
			continue;
		t->lp = w->ev[i].lp;
		if ((int64_t)w->ev[i].time > t->expired)
			t->starts = (int64_t)w->ev[i].time;
	}
	t->ran = ran;
	if (t->lp == TICK_NO_LP)
		return;
	if (t->expired > t->due)
		t->away = away_for(w, n, t->lp, (uint64_t)t->due, (uint64_t)t->expired);
	for (uint32_t vp = 0; vp < w->meta->vps; vp++) {
		uint64_t ticks =
		    ran_for(w, n, vp, t->lp, (uint64_t)t->expired, (uint64_t)t->starts);

		all += ticks;
		if (ticks)
			ran[t->rans++] = (struct tick_ran){ .vp = vp, .ticks = ticks };
	}
	if (all < (uint64_t)(t->starts - t->expired))
		ran[t->rans++] =
		    (struct tick_ran){ TICK_NO_VP, (uint64_t)(t->starts - t->expired) - all };
	/* The longest first; equal ones stay in order. */
	for (size_t i = 1; i < t->rans; i++) {
		for (size_t k = i; k && ran[k].ticks > ran[k - 1].ticks; k--) {
			struct tick_ran swap = ran[k];

			ran[k] = ran[k - 1];
			ran[k - 1] = swap;
		}
	}
}

/* ---- the ticks of a recording, a VP at a time ---- */

struct naive {
	struct whole w;
	struct texts *out;
	uint32_t vp;
	size_t i; /* the event at hand */
	int64_t off;
	bool armed, masked, runs, injections;
	unsigned dev;
	uint64_t due, period;
	uint64_t list[OUTSTANDING_MAX];
	size_t n, steps;
	bool too_many;
	bool expired, injected;
	uint64_t expired_at, expired_due;
	uint64_t expiries_of_none, injections_of_none;
};

static uint64_t now_of(const struct naive *m)
{
	return m->i < m->w.n ? m->w.ev[m->i].time : m->w.meta->end;
}

static void say(struct naive *m, enum tick_fate fate, uint64_t due, uint64_t count)
{
	struct tick_ran ran[16];
	struct tick t = { .fate = fate,
			  .vp = m->vp,
			  .count = count,
			  .due = (int64_t)due,
			  .expired = (int64_t)m->expired_at,
			  .at = (int64_t)now_of(m) };
	bool fires = false;

	if (!count)
		return;
	for (size_t i = 0; i < m->w.n; i++)
		fires |= m->w.ev[i].type == TRACE_OBS_FIRE && m->w.ev[i].vp == m->vp;
	if (fate == TICK_DELIVERED) {
		fill(&m->w, m->i + 1, &t, ran);
		for (size_t i = 0; i <= m->i; i++) {
			const struct trace_event *ev = &m->w.ev[i];

			if (ev->type == TRACE_LOST && ev->value > ev->time && ev->value >= due)
				t.fate = TICK_LOST;
		}
	}
	if (!fires)
		t.fate = TICK_UNRECORDED;
	write_tick(m->out, &t);
}

static void reached(struct naive *m, uint64_t due)
{
	if (++m->steps > STEPS_MAX || m->n == OUTSTANDING_MAX)
		m->too_many = true;
	else if (!m->masked)
		m->list[m->n++] = due;
}

/* RULES.md 1.3 */
static void advance(struct naive *m, uint64_t t)
{
	while (m->armed && m->due <= t && !m->too_many) {
		reached(m, m->due);
		m->armed = m->period != 0;
		m->due += m->period;
	}
}

/* RULES.md 1.4, 1.10 */
static void write_timer(struct naive *m, const struct trace_event *ev)
{
	uint64_t c = (uint64_t)((int64_t)ev->time + m->off), d = ev->value;

	m->period = ev->extra;
	m->dev = ev->sub;
	m->armed = d > c;
	m->due = (uint64_t)((int64_t)d - m->off);
	if (m->armed || ev->sub == TRACE_ITM)
		return;
	reached(m, ev->time);
	m->armed = m->period != 0;
	if (m->armed)
		m->due = (uint64_t)((int64_t)(d + ((c - d) / m->period + 1) * m->period) - m->off);
}

/* RULES.md 1.7 */
static void set_counter(struct naive *m, const struct trace_event *ev)
{
	uint64_t d = (uint64_t)((int64_t)m->due + m->off), v = ev->value;

	m->off = (int64_t)v - (int64_t)ev->time;
	if (!m->armed)
		return;
	m->due = (uint64_t)((int64_t)d - m->off);
	if (d > v)
		return;
	m->armed = false;
	if (m->dev == TRACE_ITM)
		return;
	do {
		reached(m, ev->time);
		d += m->period;
	} while (m->period && d <= v && !m->too_many);
	m->armed = m->period != 0;
	m->due = (uint64_t)((int64_t)d - m->off);
}

static void take_away(struct naive *m)
{
	if (m->n)
		say(m, TICK_MISSED, m->list[0], m->n);
	m->n = 0;
	if (m->expired)
		say(m, TICK_MISSED, m->expired_due, 1);
	m->expired = false;
}

/* The deadlines that an expiry or injection serves now. */
static size_t served(struct naive *m, uint64_t *due)
{
	uint64_t t = now_of(m), near = trace_ns_to_ticks(50000, m->w.meta->clock_hz);
	size_t n = m->n;

	if (n) {
		*due = m->list[0];
		m->n = 0;
		return n;
	}
	if (!m->armed || m->masked || m->due - t > near ||
	    (m->period && m->due - t > m->period / 2))
		return 0;
	*due = m->due;
	m->armed = m->period != 0;
	m->due += m->period;
	return 1;
}

static void deliver(struct naive *m)
{
	m->expired = false;
	say(m, TICK_DELIVERED, m->expired_due, 1);
}

static void expiry(struct naive *m)
{
	uint64_t due;
	size_t n = served(m, &due);

	if (!n) {
		m->expiries_of_none++;
	} else if (m->expired) {
		say(m, TICK_COALESCED, due, n);
	} else {
		say(m, TICK_COALESCED, due, n - 1);
		m->expired = true;
		m->injected = false;
		m->expired_due = due;
		m->expired_at = now_of(m);
		if (!m->injections && m->runs)
			deliver(m);
	}
}

static void injection(struct naive *m)
{
	uint64_t due;
	size_t n;

	if (m->expired && !m->injected) {
		m->injected = true;
		if (m->runs)
			deliver(m);
		return;
	}
	n = served(m, &due);
	m->injections_of_none += !n;
	if (n) {
		say(m, TICK_COALESCED, due, n - 1);
		say(m, TICK_NO_EXPIRY, due, 1);
	}
}

static void naive_event(struct naive *m, const struct trace_event *ev)
{
	if (!trace_type_has_vp(ev->type) || ev->vp != m->vp)
		return;
	advance(m, ev->time);
	switch (ev->type) {
	case TRACE_SCHED_IN:
		m->runs = true;
		if (m->expired && (m->injected || !m->injections))
			deliver(m);
		break;
	case TRACE_SCHED_OUT:
		m->runs = false;
		if (ev->sub == TRACE_OFFLINE) {
			take_away(m);
			m->armed = false;
		}
		break;
	case TRACE_ARM:
		take_away(m);
		write_timer(m, ev);
		break;
	case TRACE_SEED:
		write_timer(m, ev);
		break;
	case TRACE_DISARM:
		take_away(m);
		m->armed = false;
		break;
	case TRACE_MASK:
		m->masked = ev->sub;
		break;
	case TRACE_COUNTER:
		set_counter(m, ev);
		break;
	case TRACE_OBS_FIRE:
		expiry(m);
		break;
	case TRACE_OBS_PEND:
		injection(m);
		break;
	default:
		break;
	}
}

/* False: it has more deadlines than the test has patience for. */
static bool naive_recorded(const struct whole *w, struct texts *out, struct recorded_extra *extra)
{
	struct naive *m = malloc(sizeof(*m));
	bool some = false, fits = true;

	for (size_t i = 0; i < w->n; i++)
		some |= w->ev[i].type == TRACE_OBS_PEND;
	for (uint32_t vp = 0; vp < w->meta->vps && fits; vp++) {
		*m = (struct naive){ .w = *w, .out = out, .vp = vp, .injections = some };
		for (m->i = 0; m->i < w->n && !m->too_many; m->i++)
			naive_event(m, &w->ev[m->i]);
		advance(m, w->meta->end);
		fits = !m->too_many;
		if (m->expired)
			say(m, TICK_PENDING, m->expired_due, 1);
		if (m->n)
			say(m, TICK_PENDING, m->list[0], m->n);
		extra->expiries += m->expiries_of_none;
		extra->injections += m->injections_of_none;
	}
	free(m);
	return fits;
}

/* ---- recordings: random traces with more of what a hypervisor does ---- */

static size_t observe(struct random_trace *t, struct trace_event *to)
{
	size_t n = 0;
	uint64_t before = 0, many = 1 + random_next(&t->random) % 4;
	bool injects = random_next(&t->random) % 4;

	for (size_t i = 0; i < t->n; i++) {
		while (i && t->ev[i - 1].type != TRACE_AWAY && t->ev[i - 1].type != TRACE_SEED &&
		       random_next(&t->random) % 5 < many) {
			uint64_t gap = t->ev[i].time - before;
			struct trace_event ev = { .type = random_next(&t->random) % 2
							      ? TRACE_OBS_FIRE
							      : TRACE_OBS_PEND };

			if (!injects)
				ev.type = TRACE_OBS_FIRE;
			before += random_next(&t->random) % 3 && gap
				      ? random_next(&t->random) % (gap + 1)
				      : 0;
			ev.time = before;
			ev.vp = (uint32_t)(random_next(&t->random) % t->meta.vps);
			if (random_next(&t->random) % 40 == 0) {
				ev = (struct trace_event){ .type = TRACE_LOST, .time = before };
				ev.value = before + random_next(&t->random) % (4 * t->gap);
				if (ev.value >= TRACE_TICK_LIMIT)
					ev.value = before;
			}
			to[n++] = ev;
		}
		if (t->ev[i].type == TRACE_OBS_PEND && !injects)
			continue;
		before = t->ev[i].time;
		to[n++] = t->ev[i];
	}
	return n;
}

static void run_recorded(const struct whole *w, struct texts *out, struct recorded_extra *extra)
{
	struct recorded_facts facts;
	struct recorded_ticks *r;

	recorded_facts_begin(&facts, w->meta);
	for (size_t i = 0; i < w->n; i++)
		recorded_facts_event(&facts, &w->ev[i]);
	recorded_facts_end(&facts, w->meta->vps);
	r = recorded_ticks_new(w->meta, &facts, take, out);
	for (size_t i = 0; i < w->n; i++)
		recorded_ticks_event(r, &w->ev[i]);
	recorded_ticks_end(r);
	*extra = *recorded_ticks_extra(r);
	recorded_ticks_free(r);
	recorded_facts_free(&facts);
}

static void compare(uint64_t seed, const struct whole *w, const struct texts *a,
		    const struct texts *b)
{
	for (uint32_t vp = 0; vp < w->meta->vps; vp++) {
		if (!strcmp(a->text[vp], b->text[vp]))
			continue;
		random_trace_print(w->meta, w->ev, w->n);
		cr_assert_fail("seed %" PRIu64 ", vp %" PRIu32 ":\n%s\nexpected:\n%s", seed, vp,
			       a->text[vp], b->text[vp]);
	}
}

Test(ticks, recorded, .timeout = 240)
{
	uint64_t seen[TICK_FATES] = { 0 }, passed_over = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random_trace t;
		struct recorded_extra extra, expected = { 0 };
		struct texts got, want;

		random_trace_make(&t, seed);

		struct trace_event *ev = calloc(t.n * 100, sizeof(*ev));
		struct whole w = { .meta = &t.meta, .ev = ev };

		w.n = observe(&t, ev);
		cr_assert(random_trace_legal(&t.meta, ev, w.n), "seed %" PRIu64, seed);
		texts_open(&got, &t.meta);
		texts_open(&want, &t.meta);
		run_recorded(&w, &got, &extra);
		bool fits = naive_recorded(&w, &want, &expected);
		texts_close(&got);
		texts_close(&want);
		passed_over += !fits;
		if (fits) {
			compare(seed, &w, &got, &want);
			cr_assert_eq(extra.expiries, expected.expiries, "seed %" PRIu64, seed);
			cr_assert_eq(extra.injections, expected.injections, "seed %" PRIu64, seed);
		}
		for (int f = 0; fits && f < TICK_FATES; f++)
			seen[f] += got.count[f];
		texts_free(&got);
		texts_free(&want);
		free(ev);
		random_trace_free(&t);
	}
	cr_assert_leq(passed_over, SEEDS / 10u);
	for (int f = 0; f < TICK_FATES; f++)
		cr_assert_geq(seen[f], 200u, "%s: %" PRIu64, tick_fate_name((enum tick_fate)f),
			      seen[f]);
}

/* ---- the ticks of replays ---- */

/* The ticks that the lines @fates tell of. */
static void naive_replayed(const struct whole *w, FILE *fates, struct texts *out)
{
	static const char *const names[] = { "delivered", "coalesced", "missed", "pending" };
	static const enum tick_fate fate[] = { TICK_DELIVERED, TICK_COALESCED, TICK_MISSED,
					       TICK_PENDING };
	char line[200], name[20], lp[20], pended[30];
	struct tick_ran ran[16];

	rewind(fates);
	cr_assert_not_null(fgets(line, sizeof(line), fates));
	while (fgets(line, sizeof(line), fates)) {
		struct tick t = { 0 };
		size_t n = 0, f = 0;

		cr_assert_eq(sscanf(line,
				    "%19s %" SCNu32 " %19s %" SCNd64 " %29s %" SCNd64 " %" SCNu64,
				    name, &t.vp, lp, &t.due, pended, &t.at, &t.count),
			     7);
		while (strcmp(name, names[f]))
			f++;
		t.fate = fate[f];
		t.expired = strcmp(pended, "-") ? atoll(pended) : TICK_NEVER;
		while (n < w->n && (int64_t)w->ev[n].time <= t.at)
			n++;
		if (t.fate == TICK_DELIVERED)
			fill(w, n, &t, ran);
		write_tick(out, &t);
	}
}

static void one_replay(uint64_t seed, const struct random_trace *t, const char *policy)
{
	struct whole w = { &t->meta, t->ev, t->n };
	struct reference_params params = { .policy = policy };
	struct replayed_ticks *r;
	struct texts got, want;
	struct vt_error err;
	uint64_t defaults = 0;
	FILE *fates = tmpfile();

	engine_params(&params, &defaults, 0, 0);
	engine_write_fates(&t->meta, t->ev, t->n, 0, &params, fates);
	rewind(fates);
	texts_open(&got, &t->meta);
	texts_open(&want, &t->meta);
	r = replayed_ticks_new(&t->meta, fates, take, &got);
	for (size_t i = 0; i < t->n; i++)
		cr_assert_eq(replayed_ticks_event(r, &t->ev[i], &err), 0);
	cr_assert_eq(replayed_ticks_end(r, &err), 0, "%s", err.text);
	replayed_ticks_free(r);
	naive_replayed(&w, fates, &want);
	texts_close(&got);
	texts_close(&want);
	compare(seed, &w, &got, &want);
	texts_free(&got);
	texts_free(&want);
	fclose(fates);
}

Test(ticks, replayed, .timeout = 240)
{
	static const char *const policies[] = { "virtual", "passthrough", "kvm-hrtimer",
						"xen-vpt" };

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random_trace t;

		random_trace_make(&t, seed);
		if (!t.wide)
			one_replay(seed, &t, policies[seed % 4]);
		random_trace_free(&t);
	}
}

/* ---- what must not be believed ---- */

static bool refused(const char *fates)
{
	struct trace_meta meta;
	struct trace_event ev = { .type = TRACE_SCHED_IN, .time = 100 };
	struct vt_error err;
	struct texts out;
	FILE *from = tmpfile();
	int failed;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	meta.end = 1000;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	fputs("fate\tvp\tlp\tdue\tpended\tat\tcount\n", from);
	fputs(fates, from);
	rewind(from);
	texts_open(&out, &meta);

	struct replayed_ticks *r = replayed_ticks_new(&meta, from, take, &out);

	failed = replayed_ticks_event(r, &ev, &err) || replayed_ticks_end(r, &err);
	replayed_ticks_free(r);
	texts_close(&out);
	texts_free(&out);
	trace_meta_free(&meta);
	fclose(from);
	return failed;
}

Test(ticks, no_fates)
{
	cr_assert(!refused("delivered\t0\t0\t50\t60\t100\t1\n"));
	cr_assert(!refused("missed\t0\t-\t50\t-\t100\t1\ndelivered\t0\t0\t50\t60\t1000\t1\n"));
	cr_assert(refused("lost\t0\t0\t50\t60\t100\t1\n"), "an unknown fate");
	cr_assert(refused("delivered\t1\t0\t50\t60\t100\t1\n"), "a VP that is not there");
	cr_assert(refused("delivered\t0\t1\t50\t60\t100\t1\n"), "an LP that is not there");
	cr_assert(refused("delivered\t0\t0\t50\t-\t100\t1\n"), "delivered without a pend");
	cr_assert(refused("delivered\t0\t0\t50\t160\t100\t1\n"), "before its pend");
	cr_assert(!refused("delivered\t0\t0\t50\t60\t1001\t1\n"), "done behind the end");
	cr_assert(refused("delivered\t0\t0\t-9223372036854775808\t60\t100\t1\n"), "no deadline");
	cr_assert(!refused("delivered\t0\t0\t5\t6\t90\t1\ndelivered\t0\t0\t5\t6\t80\t1\n"),
		  "earlier, as of another LP");
	cr_assert(refused("delivered\t0\t0\t50\t60\t100\n"), "a field too few");
	cr_assert(refused("delivered\t0\t0\t50\t60\t100\t1\tx\n"), "one too many");
}

/* So far back nobody knows who ran; the rest adds up all the same. */
Test(ticks, long_ago)
{
	struct trace_meta meta;
	const uint64_t switches = 3 * LP_PAST_KEPT;
	struct recorded_facts facts;
	struct texts out;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	meta.end = 100 * switches;
	for (uint32_t vp = 0; vp < 3; vp++)
		trace_meta_add_vp(&meta, 0, vp, NULL);
	recorded_facts_begin(&facts, &meta);
	facts.fired[0] = true;
	texts_open(&out, &meta);

	struct recorded_ticks *r = recorded_ticks_new(&meta, &facts, take, &out);
	struct trace_event ev = { .type = TRACE_SEED, .sub = TRACE_LAPIC, .value = 5 };

	recorded_ticks_event(r, &ev);
	recorded_ticks_event(r, &(struct trace_event){ .type = TRACE_OBS_FIRE, .time = 10 });
	for (uint64_t i = 0; i < switches; i++) {
		uint32_t vp = 1 + (uint32_t)(i % 2);

		ev = (struct trace_event){ .type = TRACE_SCHED_IN, .time = 20 + 10 * i, .vp = vp };
		recorded_ticks_event(r, &ev);
		ev = (struct trace_event){ .type = TRACE_SCHED_OUT, .time = 30 + 10 * i, .vp = vp };
		recorded_ticks_event(r, &ev);
	}
	ev = (struct trace_event){ .type = TRACE_SCHED_IN, .time = 20 + 10 * switches };
	recorded_ticks_event(r, &ev);
	recorded_ticks_end(r);
	recorded_ticks_free(r);
	texts_close(&out);
	cr_assert_eq(out.count[TICK_DELIVERED], 1u);
	cr_assert_not_null(strstr(out.text[0], " -2:"), "%s", out.text[0]);
	cr_assert_not_null(strstr(out.text[0], " 1:"), "%s", out.text[0]);
	texts_free(&out);
	recorded_facts_free(&facts);
	trace_meta_free(&meta);
}

/* Of a VP that runs still, too. */
Test(ticks, who_runs_now)
{
	struct trace_meta meta;
	const struct tick_ran *ran;
	struct lp_past *p;

	trace_meta_init(&meta);
	meta.lps = 1;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	trace_meta_add_vp(&meta, 0, 1, NULL);
	p = lp_past_new(&meta);
	lp_past_event(p, &(struct trace_event){ .type = TRACE_SCHED_IN, .time = 10, .vp = 1 });
	lp_past_event(p, &(struct trace_event){ .type = TRACE_SCHED_OUT, .time = 20, .vp = 1 });
	lp_past_event(p, &(struct trace_event){ .type = TRACE_SCHED_IN, .time = 25 });
	cr_assert_eq(lp_past_ran(p, 0, 5, 60, &ran), 3u);
	cr_assert(ran[0].vp == 0 && ran[0].ticks == 35);
	cr_assert(ran[1].vp == 1 && ran[1].ticks == 10);
	cr_assert(ran[2].vp == TICK_NO_VP && ran[2].ticks == 10);
	lp_past_free(p);
	trace_meta_free(&meta);
}
