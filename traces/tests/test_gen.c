/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator against a plain model of what its events must obey: legality, the answer delay to
 * the tick, the wake-ups, the tick grid, the slices; and counts that a pencil can tell.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/commands.h"
#include "traces/gen/config.h"
#include "traces/summary.h"

static char folder[64];
static char path_a[96], path_b[96];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/vtick-gen-XXXXXX");
	cr_assert(mkdtemp(folder));
	snprintf(path_a, sizeof(path_a), "%s/a.vtt", folder);
	snprintf(path_b, sizeof(path_b), "%s/b.vtt", folder);
}

static void remove_folder(void)
{
	unlink(path_a);
	unlink(path_b);
	cr_expect_eq(rmdir(folder), 0, "something was left behind in %s", folder);
}

TestSuite(gen, .init = make_folder, .fini = remove_folder);

/* `vtick gen WORDS -o PATH` */
static int gen(const char *words, const char *path)
{
	char copy[1100], output[128], *argv[80], *save = NULL;
	int argc = 0;

	snprintf(copy, sizeof(copy), "gen %s", words);
	snprintf(output, sizeof(output), "--output=%s", path);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc++] = output;
	return command_gen.run(argc, argv);
}

static struct gen_config config_of(const char *words)
{
	struct gen_config c;
	struct vt_error err;

	gen_config_init(&c);
	cr_assert_eq(gen_config_words(&c, words, &err), 0, "%s", err.text);
	cr_assert_eq(gen_config_finish(&c, &err), 0, "%s: %s", words, err.text);
	return c;
}

/* ---- the model ---- */

struct model_vp {
	bool runs, waits, blocked, armed, met;
	bool in_due;	   /* the armed deadline passed, and could reach the guest at ran_at_due */
	uint64_t in;	   /* when it was last scheduled in */
	uint64_t ran;	   /* running time up to the last schedule-out */
	uint64_t deadline; /* machine ticks */
	uint64_t grid;	   /* its deadlines modulo the period */
	uint64_t offset;
	uint64_t answer_from; /* running time from which the answer is due */
	uint64_t stopped;     /* when it stopped its timer last */
	uint32_t lp;
	uint64_t arms, moved, disarms, counters, migrations;
};

struct model {
	const struct gen_config *c;
	struct model_vp *vp;
	uint32_t *running; /* [lps], VP + 1 */
	bool *switched;	   /* [lps] the first, shorter slice is over */
	uint32_t waiting;
	uint64_t now;
};

static uint64_t ran(const struct model_vp *v, uint64_t now)
{
	return v->ran + (v->runs ? now - v->in : 0);
}

/* The VP's deadline may have passed by @now: from when on can its guest know? */
static void notice(struct model_vp *v, uint64_t now)
{
	if (!v->armed || v->in_due || v->deadline > now || !v->runs)
		return;
	v->in_due = true;
	v->answer_from = ran(v, now) - (now - (v->deadline > v->in ? v->deadline : v->in));
}

static void model_in(struct model *m, const struct trace_event *ev)
{
	struct model_vp *v = &m->vp[ev->vp];

	cr_assert(!v->runs && !v->blocked && !m->running[ev->lp]);
	if (v->waits)
		m->waiting--;
	v->waits = false;
	v->migrations += v->ran && v->lp != ev->lp;
	v->runs = true;
	v->in = ev->time;
	v->lp = ev->lp;
	m->running[ev->lp] = ev->vp + 1;
	notice(v, ev->time);
}

static void model_out(struct model *m, const struct trace_event *ev)
{
	struct model_vp *v = &m->vp[ev->vp];
	uint64_t here = ev->time - v->in;

	cr_assert(v->runs && ev->time > v->in, "a stay of no length");
	v->ran += here;
	v->runs = false;
	m->running[v->lp] = 0;
	if (ev->sub == TRACE_BLOCK) {
		cr_assert(m->c->blocked && v->armed && !v->in_due && v->deadline > ev->time,
			  "a guest halts without a tick that wakes it");
		v->blocked = true;
	} else {
		cr_assert_eq(ev->sub, TRACE_PREEMPT);
		if (m->switched[v->lp])
			cr_assert_eq(here % m->c->slice_ends, 0, "preempted within its slice");
		cr_assert(m->waiting, "preempted for nobody");
		v->waits = true;
		m->waiting++;
	}
	m->switched[v->lp] = true;
}

static void model_wake(struct model *m, const struct trace_event *ev)
{
	struct model_vp *v = &m->vp[ev->vp];

	cr_assert(v->blocked);
	cr_assert_eq(ev->time, v->deadline + m->c->wake, "not woken by its tick");
	cr_assert_eq(ev->lp, v->lp);
	v->blocked = false;
	v->waits = true;
	m->waiting++;
}

static void model_arm(struct model *m, const struct trace_event *ev)
{
	const struct gen_config *c = m->c;
	struct model_vp *v = &m->vp[ev->vp];
	uint64_t deadline = ev->value - v->offset;

	cr_assert(v->runs);
	cr_assert_eq(ev->sub, c->device);
	cr_assert_eq(ev->extra, c->mode == GEN_PERIODIC ? c->period : 0);
	if (v->armed && !v->in_due) {
		cr_assert_gt(v->deadline, ev->time);
		v->moved++;
	} else {
		/* The answer to a tick, the first ARM, or the one after a cancel. */
		cr_assert_eq(ran(v, ev->time) - v->answer_from, c->answer,
			     "VP %u answers at %" PRIu64, ev->vp, ev->time);
	}
	cr_assert_gt(deadline, ev->time);
	cr_assert_leq(deadline - ev->time, (c->tickless ? 127 : 1) * c->period);
	if (v->met)
		cr_assert_eq(deadline % c->period, v->grid, "off the grid");
	v->met = true;
	v->grid = deadline % c->period;
	v->deadline = deadline;
	v->armed = true;
	v->in_due = false;
	v->arms++;
}

/* A periodic timer runs on by itself, once the guest has answered. */
static void model_periodic(struct model *m, struct model_vp *v, uint64_t now)
{
	uint64_t answered;

	if (m->c->mode != GEN_PERIODIC || !v->runs)
		return;
	for (notice(v, now); v->in_due && ran(v, now) - v->answer_from >= m->c->answer;
	     notice(v, now)) {
		answered = now - (ran(v, now) - v->answer_from - m->c->answer);
		v->in_due = false;
		while (v->deadline <= answered)
			v->deadline += m->c->period;
	}
}

static void model_event(struct model *m, const struct trace_event *ev)
{
	struct model_vp *v = &m->vp[ev->vp];

	cr_assert_lt(ev->time, m->c->end);
	/* With one LP it is plain who waits: never while the LP is idle. */
	if (m->c->lps == 1 && ev->time > m->now)
		cr_assert(m->running[0] || !m->waiting, "the LP idles while a VP waits");
	m->now = ev->time;
	if (v->runs && !(ev->type == TRACE_DISARM || ev->type == TRACE_COUNTER))
		model_periodic(m, v, ev->time);
	if (v->runs)
		notice(v, ev->time);
	switch (ev->type) {
	case TRACE_SCHED_IN:
		model_in(m, ev);
		break;
	case TRACE_SCHED_OUT:
		model_out(m, ev);
		break;
	case TRACE_WAKE:
		model_wake(m, ev);
		break;
	case TRACE_ARM:
		model_arm(m, ev);
		break;
	case TRACE_DISARM:
		cr_assert(v->runs && v->armed);
		v->armed = false;
		v->disarms++;
		v->stopped = ev->time;
		v->in_due = false;
		v->answer_from = ran(v, ev->time);
		break;
	case TRACE_COUNTER:
		cr_assert(v->runs);
		v->offset = ev->value - ev->time;
		v->counters++;
		cr_assert_geq(ev->vp / m->c->vcpus, m->c->domains - m->c->set_itc);
		/* A timer that was stopped for it is programmed anew at once. */
		if (!v->armed && v->disarms && v->stopped == ev->time)
			v->answer_from = ran(v, ev->time) - m->c->answer;
		break;
	default:
		cr_assert(false, "unexpected %s", trace_type_name(ev->type));
	}
}

/* Runs the whole of @path through the model; totals of the counts that a VP keeps. */
static struct model_vp check(const char *words, const char *path)
{
	struct gen_config c = config_of(words);
	struct model m = { .c = &c };
	struct model_vp total = { 0 };
	struct trace_legal *legal;
	struct trace_reader *r;
	const struct trace_event *ev;
	struct vt_error err;
	size_t n;
	int ret;

	r = trace_reader_open(path, &err);
	cr_assert(r, "%s", err.text);
	cr_assert_eq(trace_reader_meta(r)->end, c.end);
	cr_assert_eq(trace_reader_meta(r)->vps, c.domains * c.vcpus);
	legal = trace_legal_new(c.lps, c.domains * c.vcpus);
	m.vp = calloc((size_t)c.domains * c.vcpus, sizeof(*m.vp));
	m.running = calloc(c.lps, sizeof(*m.running));
	m.switched = calloc(c.lps, sizeof(*m.switched));
	cr_assert(m.vp && m.running && m.switched);
	for (uint32_t i = 0; i < c.domains * c.vcpus; i++)
		m.vp[i].waits = true;
	m.waiting = c.domains * c.vcpus;
	while ((ret = trace_reader_next(r, &ev, &n, &err)) > 0) {
		for (size_t i = 0; i < n; i++) {
			const char *fault = trace_legal_event(legal, &ev[i]);

			cr_assert_null(fault, "%s: %s", words, fault);
			model_event(&m, &ev[i]);
		}
	}
	cr_assert_eq(ret, 0);
	for (uint32_t i = 0; i < c.domains * c.vcpus; i++) {
		total.arms += m.vp[i].arms;
		total.moved += m.vp[i].moved;
		total.disarms += m.vp[i].disarms;
		total.counters += m.vp[i].counters;
		total.migrations += m.vp[i].migrations;
	}
	free(m.vp);
	free(m.running);
	free(m.switched);
	trace_legal_free(legal);
	trace_reader_close(r);
	return total;
}

static bool same_bytes(const char *a, const char *b)
{
	FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
	int x, y;

	cr_assert(f && g);
	do {
		x = getc(f);
		y = getc(g);
	} while (x == y && x != EOF);
	fclose(f);
	fclose(g);
	return x == y;
}

static struct trace_summary summary_of(const char *path)
{
	struct trace_summary s;
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);
	const struct trace_event *ev;
	size_t n;

	cr_assert(r, "%s", err.text);
	trace_summary_init(&s, trace_reader_meta(r));
	while (trace_reader_next(r, &ev, &n, &err) > 0)
		for (size_t i = 0; i < n; i++)
			trace_summary_event(&s, &ev[i]);
	trace_summary_end(&s, trace_reader_meta(r)->end);
	trace_reader_close(r);
	return s;
}

static uint64_t rng = 88172645463325252u;

static unsigned rnd(unsigned bound)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned)(rng % bound);
}

static void random_words(char *words, size_t size)
{
	static const char *const clocks[] = { "1G", "2596.122M", "400M", "1M", "999999937" };
	static const char *const phases[] = { "random", "aligned", "spread" };
	static const char *const devices[] = { "itm", "tsc-deadline", "lapic" };
	static const unsigned ticks[] = { 100, 250, 1000, 1024 };
	unsigned domains = 1 + rnd(8), tick = ticks[rnd(4)];
	bool periodic = rnd(3) == 0, tickless = !periodic && rnd(3) == 0;
	unsigned blocked = rnd(2) ? rnd(tick > 500 ? 90 : 97) : 0;
	int n;

	n = snprintf(
	    words, size,
	    "--domains %u --vcpus %u --lps %u --tick %u --phase %s --duration %ums --slice %uus "
	    "--switch-delay %uus --migrate %u --blocked %u --clock-hz %s --seed %u --cancel %u "
	    "--set-itc %u --set-itc-every %ums --answer-delay %uus --wake-delay %uus",
	    domains, 1 + rnd(5), 1 + rnd(6), tick, phases[rnd(3)], 1 + rnd(2000), 50 + rnd(40000),
	    rnd(40), rnd(2) ? rnd(101) : 0, blocked, clocks[rnd(5)], rnd(1000000),
	    rnd(3) ? 0 : rnd(51), rnd(3) ? 0 : rnd(domains + 1), rnd(2) ? rnd(200) : 0, 1 + rnd(95),
	    rnd(90));
	if (periodic)
		snprintf(words + n, size - (size_t)n, " --mode periodic");
	else
		snprintf(words + n, size - (size_t)n, " --device %s --moves %u%s", devices[rnd(3)],
			 rnd(2) ? rnd(50) : 0, tickless ? " --tickless" : "");
}

Test(gen, random_options_obey_the_model)
{
	char words[1000];

	for (unsigned i = 0; i < 150; i++) {
		random_words(words, sizeof(words));
		cr_assert_eq(gen(words, path_a), 0, "%s", words);
		check(words, path_a);
		if (i % 8)
			continue;
		cr_assert_eq(gen(words, path_b), 0);
		cr_assert(same_bytes(path_a, path_b), "not reproducible: %s", words);
	}
}

Test(gen, presets_obey_the_model_and_equal_their_expansion)
{
	for (unsigned i = 0; i < gen_presets_count; i++) {
		char words[1000];

		snprintf(words, sizeof(words), "--preset %s --duration 4", gen_presets[i].name);
		cr_assert_eq(gen(words, path_a), 0);
		check(words, path_a);
		snprintf(words, sizeof(words), "%s --duration 4s", gen_presets[i].words);
		cr_assert_eq(gen(words, path_b), 0);
		cr_assert(same_bytes(path_a, path_b), "%s is not its expansion",
			  gen_presets[i].name);
	}
}

Test(gen, the_command_in_the_header_makes_the_same_trace)
{
	for (unsigned i = 0; i < 20; i++) {
		char words[1000];
		struct gen_config c;
		char *command;

		random_words(words, sizeof(words));
		c = config_of(words);
		command = gen_config_command(&c);
		cr_assert_eq(strncmp(command, "vtick gen ", 10), 0);
		cr_assert_eq(gen(words, path_a), 0);
		cr_assert_eq(gen(command + 10, path_b), 0);
		cr_assert(same_bytes(path_a, path_b), "%s", command);
		free(command);
	}
}

Test(gen, another_seed_is_another_trace)
{
	cr_assert_eq(gen("--domains 4 --duration 1 --seed 1", path_a), 0);
	cr_assert_eq(gen("--domains 4 --duration 1 --seed 2", path_b), 0);
	cr_assert_not(same_bytes(path_a, path_b));
}

Test(gen, counts_of_a_lone_busy_guest)
{
	struct trace_summary s;

	/* Ticks at k ms, answered 100 us later, the first ARM too: k = 0 .. 999. */
	cr_assert_eq(gen("--phase aligned --duration 1", path_a), 0);
	s = summary_of(path_a);
	cr_assert_eq(s.events[TRACE_ARM], 1000);
	cr_assert_eq(s.events[TRACE_SCHED_IN], 1);
	cr_assert_eq(s.total, 1001);
	trace_summary_free(&s);
	cr_assert_eq(gen("--phase aligned --duration 1 --mode periodic", path_a), 0);
	s = summary_of(path_a);
	cr_assert_eq(s.events[TRACE_ARM], 1);
	cr_assert_eq(s.arms_periodic, 1);
	cr_assert_eq(s.total, 2);
	trace_summary_free(&s);
}

Test(gen, counts_of_busy_guests_that_share_an_lp)
{
	struct trace_summary s;

	/* One switch every 30.005 ms: floor((10 s - 1 ns) / 30.005 ms) = 333 of them. */
	cr_assert_eq(gen("--domains 8 --vcpus 2 --duration 10", path_a), 0);
	s = summary_of(path_a);
	cr_assert_eq(s.events[TRACE_SCHED_IN], 334);
	cr_assert_eq(s.sched_out[TRACE_PREEMPT], 333);
	cr_assert_eq(s.lp[0].busy, 10000000000);
	trace_summary_free(&s);
}

Test(gen, counts_of_a_halting_guest)
{
	struct trace_summary s;

	/* It halts in every period (it runs at most 900 us), and each tick wakes it: 1 .. 999 ms.
	 */
	cr_assert_eq(gen("--phase aligned --duration 1 --blocked 50", path_a), 0);
	s = summary_of(path_a);
	cr_assert_eq(s.events[TRACE_WAKE], 999);
	cr_assert_eq(s.events[TRACE_ARM], 1000);
	cr_assert_eq(s.events[TRACE_SCHED_IN], 1000);
	cr_assert_geq(s.sched_out[TRACE_BLOCK], 999);
	trace_summary_free(&s);
}

Test(gen, halting_guests_are_blocked_for_the_share_asked_for)
{
	static const unsigned shares[] = { 10, 50, 80, 97 };
	static const char *const kinds[] = { "", "--mode periodic", "--tickless --cancel 10" };

	for (unsigned i = 0; i < 12; i++) {
		unsigned share = shares[i % 4], slack = i < 8 ? 10 : 40;
		char words[256];
		struct trace_summary s;

		snprintf(words, sizeof(words),
			 "--domains 4 --lps 4 --tick 1000 --answer-delay 20us --duration 100 "
			 "--blocked %u %s",
			 share, kinds[i / 4]);
		cr_assert_eq(gen(words, path_a), 0);
		s = summary_of(path_a);
		for (uint32_t v = 0; v < s.vps; v++) {
			uint64_t permille = s.vp[v].ticks[SUMMARY_BLOCKED] / 100000000;

			cr_assert(permille + slack >= share * 10 && permille <= share * 10 + slack,
				  "%s: VP %u is blocked for %" PRIu64 " of 1000", words, v,
				  permille);
		}
		trace_summary_free(&s);
	}
}

Test(gen, cancels_and_moves_are_as_frequent_as_asked_for)
{
	const char *words = "--duration 100 --cancel 30 --moves 20 --tickless";
	struct model_vp t;

	cr_assert_eq(gen(words, path_a), 0);
	t = check(words, path_a);
	cr_assert(t.arms > 1000);
	cr_assert(t.disarms * 100 > t.arms * 25 && t.disarms * 100 < t.arms * 35);
	cr_assert(t.moved * 100 > t.arms * 16 && t.moved * 100 < t.arms * 24);
}

Test(gen, the_last_domains_set_their_counter)
{
	struct trace_summary s;

	cr_assert_eq(gen("--domains 4 --vcpus 2 --lps 8 --duration 10 --set-itc 1", path_a), 0);
	s = summary_of(path_a);
	cr_assert_eq(s.events[TRACE_COUNTER], 2);
	cr_assert_eq(s.arms_past, 0);
	trace_summary_free(&s);
	/* At the start, and then every 0.5 to 1.5 s. */
	cr_assert_eq(
	    gen("--domains 4 --vcpus 2 --lps 8 --duration 10 --set-itc 3 --set-itc-every 1s",
		path_a),
	    0);
	s = summary_of(path_a);
	cr_assert_geq(s.events[TRACE_COUNTER], 6 * 7);
	cr_assert_leq(s.events[TRACE_COUNTER], 6 * 20);
	cr_assert_eq(s.arms_past, 0);
	trace_summary_free(&s);
}

Test(gen, migration_follows_the_option)
{
	struct trace_summary s;

	cr_assert_eq(gen("--domains 8 --lps 4 --duration 10", path_a), 0);
	s = summary_of(path_a);
	for (uint32_t v = 0; v < s.vps; v++)
		cr_assert_eq(s.vp[v].lp, v % 4);
	trace_summary_free(&s);
	/* 331 preemptions on each LP, of which every second one may move the VP. */
	cr_assert_eq(gen("--domains 8 --lps 4 --duration 10 --migrate 50", path_a), 0);
	cr_assert_gt(check("--domains 8 --lps 4 --duration 10 --migrate 50", path_a).migrations,
		     300);
}
