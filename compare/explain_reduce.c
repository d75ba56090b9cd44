/* SPDX-License-Identifier: GPL-2.0-only */
/* The first tick whose fate differs, as a trace of a few events. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/explain_job.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/reduce/progress.h"
#include "traces/reduce/slots.h"
#include "traces/reduce/text.h"

#define JOBS_MAX 64
#define TIMEOUT_NS UINT64_C(60000000000)

/* How the fates of a tick differ, whatever the tick and the times. */
struct difference {
	bool any;
	struct side_of {
		bool there;
		enum fate_kind kind;
	} side[2];
	int pended, at; /* which side is later: -1 the first, 1 the second */
};

static int order(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static struct difference difference_of(const struct fates fates[2])
{
	struct difference d;
	const struct fate *f[2];
	struct parting p;

	memset(&d, 0, sizeof(d));
	if (!fates_part(fates, &p))
		return d;
	d.any = true;
	for (int side = 0; side < 2; side++) {
		f[side] = &fates[side].fate[p.first[side]];
		d.side[side].there = p.count[side];
		if (p.count[side])
			d.side[side].kind = f[side]->kind;
	}
	if (p.count[0] && p.count[1]) {
		d.pended = order(f[0]->pended, f[1]->pended);
		d.at = order(f[0]->at, f[1]->at);
	}
	return d;
}

static bool same(const struct difference *a, const struct difference *b)
{
	for (int side = 0; side < 2; side++) {
		if (a->side[side].there != b->side[side].there ||
		    a->side[side].kind != b->side[side].kind)
			return false;
	}
	return a->any == b->any && a->pended == b->pended && a->at == b->at;
}

struct reduction {
	struct explain_job *job;
	struct difference wanted;
	struct slots slots;
};

/* @j on the trace of a slot. */
static struct explain_job job_of_slot(const struct reduction *r, unsigned slot)
{
	struct explain_job j = *r->job;

	j.trace = r->slots.slot[slot].file;
	j.made = true;
	memset(j.fates, 0, sizeof(j.fates));
	return j;
}

static int replay_both(struct explain_job *j, struct vt_error *err)
{
	int failed = explain_replay(j, 0, err);

	return failed ? failed : explain_replay(j, 1, err);
}

static int prepare(void *arg, const struct whole *t, unsigned slot, struct vt_error *err)
{
	const struct reduction *r = arg;

	return slots_write(&r->slots, slot, t, err);
}

static void in_child(void *arg, const struct whole *t, unsigned slot)
{
	const struct reduction *r = arg;
	struct explain_job j = job_of_slot(r, slot);
	struct difference is;
	struct vt_error err;
	int failed;

	(void)t;
	slots_forget();
	failed = replay_both(&j, &err);
	if (failed && failed != EXPLAIN_LOST)
		reduce_child_broken(&err);
	if (failed)
		_exit(1);
	is = difference_of(j.fates);
	_exit(!same(&is, &r->wanted));
}

static bool judge(void *arg, int status)
{
	(void)arg;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static unsigned jobs(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > JOBS_MAX ? JOBS_MAX : (unsigned)cpus;
}

/* ---- what is told ---- */

static void tell_tick(FILE *to, const struct explain_job *j, const struct whole *t)
{
	const struct fate *f;
	struct parting p;

	if (!fates_part(j->fates, &p))
		return;
	f = &j->fates[p.count[0] ? 0 : 1].fate[p.first[p.count[0] ? 0 : 1]];
	fprintf(to, "  the tick of VP %" PRIu32 ", due at tick %" PRId64 " of the clock\n", f->vp,
		f->due);
	explain_tell_sides(to, j, &p, t->meta.clock_hz);
}

static int tell(struct reduction *r, const struct whole *t, size_t events,
		const struct reduce_stats *stats, FILE *to, struct vt_error *err)
{
	struct explain_job small = job_of_slot(r, 0);
	int failed = slots_write(&r->slots, 0, t, err);

	if (!failed)
		failed = replay_both(&small, err);
	if (!failed) {
		safe_print(SAFE_UTF8, to,
			   "%s, %s: the same on %zu of %zu event%s (%" PRIu64 " trace%s tried)\n",
			   r->job->pair->trace, r->job->pair->policy, t->n, events, human_s(events),
			   stats->runs, human_s(stats->runs));
		tell_tick(to, &small, t);
		whole_print(to, t);
		whole_print_import(to, t);
	}
	fates_free(&small.fates[0]);
	fates_free(&small.fates[1]);
	return failed ? -1 : 0;
}

/* Of the results' trace only what a replay looks at is told to others. */
static int reduce_job(struct reduction *r, struct whole *t, FILE *to, struct vt_error *err)
{
	const struct reduce_test test = { .arg = r,
					  .prepare = prepare,
					  .child = in_child,
					  .judge = judge,
					  .jobs = r->slots.n,
					  .timeout_ns = TIMEOUT_NS };
	struct reduce_progress progress;
	struct reduce_stats stats;
	struct reduce_watch watch;
	size_t events = t->n;
	bool late;
	int got = reduce_ask(t, &test, NULL, &late, err);

	if (got < 0)
		return -1;
	if (!got) {
		texts_add(&r->job->c->warnings,
			  "--reduce: %s: the tick's fate does not differ on a copy of the trace%s",
			  r->job->pair->trace, late ? ", whose replay took too long" : "");
		return 0;
	}
	watch = reduce_progress_begin(&progress);
	got = reduce(t, &test, &watch, &stats, err);
	reduce_progress_end(&progress);
	return got ? -1 : tell(r, t, events, &stats, to, err);
}

int explain_reduce(struct explain_job *j, FILE *to, struct vt_error *err)
{
	struct reduction r = { .job = j, .wanted = difference_of(j->fates) };
	struct whole t;
	int failed;

	if (!r.wanted.any)
		return 0;
	failed = whole_read(&t, j->trace, err);
	reduce_signals_begin();
	if (!failed)
		failed =
		    slots_open(&r.slots, "small.vtt", jobs(), err) || reduce_job(&r, &t, to, err);
	slots_close(&r.slots);
	reduce_signals_end();
	whole_free(&t);
	return failed ? -1 : 0;
}
