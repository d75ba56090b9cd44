/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick cut` on random traces: every cut is legal, the whole cut is the trace, and a cut's guests
 * take the ticks that they take in the whole trace.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"
#include "traces/cut/cut.h"
#include "traces/meta.h"

/* Seeds of random traces in `make test`; in check five times, in check-all fifty times as many:
 * each writes files that are to be on the disk. */
#define SEEDS 200
#define CUTS 4
/* No trace here has more VPs. */
#define VPS 64
/* Traces up to this size are printed where a cut is wrong. */
#define PRINTED_MAX 1000

struct loaded {
	struct trace_meta meta;
	struct trace_event *ev;
	size_t n;
	char sha256[65];
};

static char whole_path[] = "/tmp/vtick-test-whole-XXXXXX",
	    cut_path[] = "/tmp/vtick-test-cut-XXXXXX";

static void temporary(void)
{
	close(mkstemp(whole_path));
	close(mkstemp(cut_path));
}

static void clean(void)
{
	unlink(whole_path);
	unlink(cut_path);
}

static void save(const struct random_trace *t)
{
	/* Blocks of a few events, so that a cut begins in one that is not the first. */
	const struct trace_writer_options o = { .block_events = 1 + (uint32_t)(t->random % 50) };
	struct vt_error err;
	struct trace_writer *w = trace_writer_open(whole_path, &t->meta, &o, &err);

	cr_assert(w, "%s", err.text);
	for (size_t i = 0; i < t->n; i++)
		cr_assert_eq(trace_writer_add(w, &t->ev[i], &err), 0, "%s", err.text);
	cr_assert_eq(trace_writer_finish(w, &t->meta, &err), 0, "%s", err.text);
}

/* Reads a trace and holds it legal. */
static void load(const char *path, struct loaded *l, uint64_t seed)
{
	const struct trace_event *ev;
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);
	size_t n;
	int more;

	cr_assert(r, "seed %" PRIu64 ": %s", seed, err.text);
	*l = (struct loaded){ .ev = calloc(trace_reader_events(r) + 1, sizeof(*l->ev)) };
	cr_assert_not_null(l->ev);
	trace_meta_copy(&l->meta, trace_reader_meta(r));
	strcpy(l->sha256, trace_reader_sha256(r));
	while ((more = trace_reader_next(r, &ev, &n, &err)) > 0) {
		memcpy(l->ev + l->n, ev, n * sizeof(*ev));
		l->n += n;
	}
	cr_assert_eq(more, 0, "seed %" PRIu64 ": %s", seed, err.text);
	trace_reader_close(r);
	cr_assert_null(trace_meta_fault(&l->meta), "seed %" PRIu64, seed);
	if (!random_trace_legal(&l->meta, l->ev, l->n)) {
		random_trace_print(&l->meta, l->ev, l->n);
		cr_assert_fail("seed %" PRIu64 ": the cut is not legal", seed);
	}
}

static void unload(struct loaded *l)
{
	trace_meta_free(&l->meta);
	free(l->ev);
}

/* ---- what became of the ticks of a VP ---- */

struct fate {
	char name[16];
	uint32_t vp;
	int64_t due, pended, at; /* pended: INT64_MIN: never */
	uint64_t count;
};

struct fates {
	struct fate *fate;
	size_t n;
	bool owed; /* a tick that was due at or before the time was still to be taken behind it */
};

/* All fates of a cell. */
struct all_fates {
	struct fate *fate;
	size_t n;
};

static struct all_fates parse_fates(const char *text)
{
	const char *line = strchr(text, '\n') + 1;
	struct all_fates all = { 0 };
	size_t room = 0;

	for (; *line; line = strchr(line, '\n') + 1) {
		char lp[16], pended[24];
		struct fate one;

		cr_assert_eq(sscanf(line,
				    "%15s %" SCNu32 " %15s %" SCNd64 " %23s %" SCNd64 " %" SCNu64,
				    one.name, &one.vp, lp, &one.due, pended, &one.at, &one.count),
			     7, "%s", line);
		one.pended = strcmp(pended, "-") ? strtoll(pended, NULL, 10) : INT64_MIN;
		if (all.n == room) {
			room = room ? 2 * room : 64;
			all.fate = realloc(all.fate, room * sizeof(one));
			cr_assert_not_null(all.fate);
		}
		all.fate[all.n++] = one;
	}
	return all;
}

/* Those of @vp whose tick was due behind @after, less @shift. Free its list. */
static struct fates fates_of(const struct all_fates *all, uint32_t vp, int64_t after, int64_t shift)
{
	struct fates f = { .fate = calloc(all->n + 1, sizeof(*f.fate)) };

	cr_assert_not_null(f.fate);
	for (size_t i = 0; i < all->n; i++) {
		struct fate one = all->fate[i];

		if (one.vp != vp)
			continue;
		if (one.due <= after) {
			f.owed |= one.at > after;
			continue;
		}
		if (one.pended != INT64_MIN)
			one.pended -= shift;
		one.due -= shift;
		one.at -= shift;
		f.fate[f.n++] = one;
	}
	return f;
}

static bool same_fates(const struct fates *a, const struct fates *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct fate *x = &a->fate[i], *y = &b->fate[i];

		if (strcmp(x->name, y->name) || x->due != y->due || x->pended != y->pended ||
		    x->at != y->at || x->count != y->count)
			return false;
	}
	return true;
}

static void print_fates(const char *what, const struct fates *f)
{
	fprintf(stderr, "%s:\n", what);
	for (size_t i = 0; i < f->n; i++)
		fprintf(stderr,
			"%-10s due %" PRId64 " pended %" PRId64 " at %" PRId64 " (%" PRIu64 ")\n",
			f->fate[i].name, f->fate[i].due, f->fate[i].pended, f->fate[i].at,
			f->fate[i].count);
}

static struct all_fates replay_fates(const struct trace_meta *meta, const struct trace_event *ev,
				     size_t n, size_t ahead)
{
	struct reference_params params;
	struct all_fates all;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	cr_assert_not_null(to);
	engine_spec(&params, "virtual");
	engine_write_fates(meta, ev, n, ahead, &params, to);
	fclose(to);
	all = parse_fates(text);
	free(text);
	return all;
}

/* ---- cuts ---- */

struct window {
	uint64_t from, to;    /* ticks */
	uint32_t number[VPS]; /* of the trace's VPs in the cut, or UINT32_MAX */
	bool some;	      /* VPs are left out */
};

static bool thorough(void)
{
	const char *tier = getenv("VTICK_TIER");

	return tier && strcmp(tier, "test");
}

static uint64_t first_tick(uint64_t ns, uint64_t hz)
{
	return (uint64_t)(((unsigned __int128)ns * hz + 999999999) / 1000000000);
}

/* Asks for a random window and perhaps for some domains; @domains is room for their list. */
static void choose(struct random_trace *t, struct cut_request *q, struct window *w, char *domains)
{
	uint64_t hz = t->meta.clock_hz, kept = 0;
	uint64_t a = random_next(&t->random) % (t->meta.end + 1),
		 b = random_next(&t->random) % (t->meta.end + 1);

	q->from_ns = trace_ticks_to_ns(a < b ? a : b, hz);
	q->to_ns = trace_ticks_to_ns(a < b ? b : a, hz);
	if (random_next(&t->random) % 3 == 0)
		q->to_ns = UINT64_MAX;
	*w = (struct window){ .from = first_tick(q->from_ns, hz), .to = t->meta.end };
	if (q->to_ns < UINT64_MAX && first_tick(q->to_ns + 1, hz) - 1 < w->to)
		w->to = first_tick(q->to_ns + 1, hz) - 1;
	if (random_next(&t->random) % 3 == 0) {
		w->some = true;
		sprintf(domains, "%" PRIu32, t->meta.vp[0].domain);
		opt_list_add(&q->vms, domains);
	}
	q->anonymous = random_next(&t->random) % 2;
	for (uint32_t i = 0; i < t->meta.vps; i++) {
		bool in = !w->some || t->meta.vp[i].domain == t->meta.vp[0].domain;

		w->number[i] = in ? (uint32_t)kept++ : UINT32_MAX;
	}
}

/* When @vp first writes its timer in the window; NEVER_WRITES: it does not. */
#define NEVER_WRITES UINT64_MAX

static uint64_t first_write(const struct random_trace *t, const struct window *w, uint32_t vp)
{
	for (size_t i = 0; i < t->n && t->ev[i].time <= w->to; i++) {
		const struct trace_event *ev = &t->ev[i];

		if (ev->time >= w->from && ev->vp == vp && ev->type == TRACE_ARM)
			return ev->time;
	}
	return NEVER_WRITES;
}

/* A policy has its own idea of a period over which a counter was set. */
static bool counter_was_set(const struct random_trace *t, const struct window *w, uint32_t vp)
{
	for (size_t i = 0; i < t->n && t->ev[i].time < w->from; i++) {
		if (t->ev[i].vp == vp && t->ev[i].type == TRACE_COUNTER)
			return true;
	}
	return false;
}

/*
 * The ticks that are due in the window are taken as in the whole trace. Where one of before is
 * still to be taken, with which others may merge, or where the policy's state is more than the
 * guest's, only those behind the next write.
 */
static void hold_vp(const struct random_trace *t, const struct window *w, const struct loaded *cut,
		    const struct all_fates *whole, const struct all_fates *part, uint32_t vp,
		    uint64_t seed)
{
	uint64_t after = w->from, write = first_write(t, w, vp);
	struct fates a = fates_of(whole, vp, (int64_t)after, (int64_t)w->from), b;

	if (a.owed || counter_was_set(t, w, vp)) {
		free(a.fate);
		if (write == NEVER_WRITES)
			return;
		after = write;
		a = fates_of(whole, vp, (int64_t)after, (int64_t)w->from);
	}
	b = fates_of(part, w->number[vp], (int64_t)(after - w->from), 0);
	if (!same_fates(&a, &b)) {
		if (t->n <= PRINTED_MAX)
			random_trace_print(&t->meta, t->ev, t->n);
		fprintf(stderr, "cut from %" PRIu64 " to %" PRIu64 ":\n", w->from, w->to);
		if (t->n <= PRINTED_MAX)
			random_trace_print(&cut->meta, cut->ev, cut->n);
		print_fates("the whole trace", &a);
		print_fates("the cut", &b);
		cr_assert_fail("seed %" PRIu64 ": VP %" PRIu32 " takes other ticks", seed, vp);
	}
	free(a.fate);
	free(b.fate);
}

static void hold_ticks(const struct random_trace *t, const struct window *w,
		       const struct loaded *cut, uint64_t seed)
{
	struct trace_meta meta = t->meta;
	struct all_fates whole, part;
	size_t n = 0;

	/* The whole trace up to where the cut ends. */
	while (n < t->n && t->ev[n].time <= w->to)
		n++;
	meta.end = w->to;
	whole = replay_fates(&meta, t->ev, n, t->n - n);
	part = replay_fates(&cut->meta, cut->ev, cut->n, 0);
	for (uint32_t vp = 0; vp < t->meta.vps; vp++) {
		if (w->number[vp] != UINT32_MAX)
			hold_vp(t, w, cut, &whole, &part, vp, seed);
	}
	free(whole.fate);
	free(part.fate);
}

static void one_cut(const char *path, struct random_trace *t, uint64_t seed)
{
	struct cut_request q = { .path = path, .output = cut_path };
	struct vt_error err;
	struct window w;
	struct loaded cut;
	char domains[16];

	choose(t, &q, &w, domains);
	if (w.from > w.to) { /* the clock has no tick there */
		cr_assert_neq(cut_trace(&q, &err), 0);
	} else if (cut_trace(&q, &err)) {
		/* Counters that jump to the end of the world can't be carried there. */
		cr_assert(strstr(err.text, "2^60"), "seed %" PRIu64 ": %s", seed, err.text);
	} else {
		load(cut_path, &cut, seed);
		cr_assert_eq(cut.meta.end, w.to - w.from, "seed %" PRIu64, seed);
		hold_ticks(t, &w, &cut, seed);
		unload(&cut);
	}
	opt_list_free(&q.vms);
}

static void whole_cut(const struct random_trace *t, uint64_t seed)
{
	struct cut_request q = { .path = whole_path, .output = cut_path, .to_ns = UINT64_MAX };
	struct loaded cut;
	struct vt_error err;

	cr_assert_eq(cut_trace(&q, &err), 0, "%s", err.text);
	load(cut_path, &cut, seed);
	cr_assert_eq(cut.n, t->n, "seed %" PRIu64, seed);
	cr_assert_eq(memcmp(cut.ev, t->ev, t->n * sizeof(*t->ev)), 0, "seed %" PRIu64, seed);
	unload(&cut);
}

Test(cut, random, .init = temporary, .fini = clean)
{
	const char *tier = getenv("VTICK_TIER");
	uint64_t seeds = SEEDS;

	if (tier && !strcmp(tier, "all"))
		seeds *= 50;
	else if (tier && !strcmp(tier, "check"))
		seeds *= 5;
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct random_trace t;

		random_trace_make(&t, seed);
		save(&t);
		whole_cut(&t, seed);
		for (unsigned i = 0; i < CUTS; i++)
			one_cut(whole_path, &t, seed);
		random_trace_free(&t);
	}
}

/* Recorded schedules: halts, migrations, VPs that wait, gaps. */
Test(cut, corpus, .init = temporary, .fini = clean)
{
	glob_t found = { 0 };

	cr_assert_eq(glob("traces/corpus/*.vtt", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct random_trace t = { .random = i };
		struct loaded whole;

		load(found.gl_pathv[i], &whole, i);
		cr_assert_leq(whole.meta.vps, VPS);
		t.meta = whole.meta;
		t.ev = whole.ev;
		t.n = whole.n;
		for (unsigned k = 0; k < (thorough() ? CUTS : 1); k++)
			one_cut(found.gl_pathv[i], &t, i);
		unload(&whole);
	}
	globfree(&found);
}
