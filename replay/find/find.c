/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/find/find.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/plugin/child.h"
#include "replay/plugin/sandbox.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/meta.h"
#include "traces/reduce/children.h"
#include "traces/reduce/command.h"

/* Attempts of a child; of a trace that was given one. */
#define AT_ONCE 8u
/* When so many found something, the smallest of them will do. */
#define ENOUGH 8u
/* What a child may have. */
#define MEMORY (UINT64_C(4) << 30)

/* What a child hands over: a trace that was reduced is small. A policy may have written it, so the
 * parent looks at everything. */
#define TRAY_HEADER 65536u
#define TRAY_EVENTS 16384u

struct tray {
	uint32_t done, failed;
	uint64_t attempts, successes, traces;
	uint64_t header, events; /* of the smallest that it found; 0 events: none */
	char why[sizeof(struct vt_error)];
	char text[TRAY_HEADER];
	struct trace_event ev[TRAY_EVENTS];
};

struct batch {
	uint64_t first, behind; /* attempts */
	unsigned slot;
};

struct work {
	const struct find *f;
	struct found *found;
	struct children children;
	struct tray **tray;    /* [jobs], shared with children */
	struct batch *batch;   /* those that were begun, in order; a ring */
	struct batch starting; /* for the child */
	size_t first, batches;
	uint64_t next; /* attempt */
};

/* ---- in a child ---- */

static struct tray *forbidden_tray;

static void leave(struct tray *tray, const struct look *l)
{
	tray->failed = l->failed;
	snprintf(tray->why, sizeof(tray->why), "%s", l->err.text);
	tray->traces = l->traces;
	tray->done = 1;
	_exit(0);
}

static void on_forbidden(int number)
{
	snprintf(forbidden_tray->why, sizeof(forbidden_tray->why),
		 "a policy made a system call that the sandbox does not allow (number %d)", number);
	forbidden_tray->failed = 1;
	forbidden_tray->done = 1;
	_exit(0);
}

static void hand_over(struct tray *tray, const struct whole *t)
{
	size_t size;
	char *header = trace_meta_write(&t->meta, NULL, &size);

	if (size <= TRAY_HEADER && t->n <= TRAY_EVENTS) {
		memcpy(tray->text, header, size);
		memcpy(tray->ev, t->ev, t->n * sizeof(*t->ev));
		tray->header = size;
		tray->events = t->n;
	}
	free(header);
}

static void take_if_less(struct whole *best, struct whole *t, bool any)
{
	struct whole_size a = whole_size(t), b = whole_size(best);

	if (any && !whole_less(&a, &b)) {
		whole_free(t);
		return;
	}
	whole_free(best);
	*best = *t;
}

static void confine(const struct run *run, struct tray *tray)
{
	const struct rlimit most = { .rlim_cur = MEMORY, .rlim_max = MEMORY };
	int keep[LOOK_SIDES];

	vt_no_memory_quiet();
	for (size_t i = 0; i < run->plugins; i++)
		keep[i] = run->plugin[i].object;
	child_keep(keep, run->plugins);
	if (!SANDBOX_ASAN)
		setrlimit(RLIMIT_AS, &most);
	for (size_t i = 0; i < run->plugins; i++)
		plugin_prepare(&run->plugin[i]);
	forbidden_tray = tray;
	if (!run->no_sandbox && sandbox_enter(on_forbidden))
		abort();
}

static void in_child(void *arg, const struct whole *t, unsigned slot)
{
	const struct work *w = arg;
	const struct batch b = w->starting;
	struct tray *tray = w->tray[slot];
	struct whole best = { 0 }, one;
	struct look l;

	(void)t;
	trace_meta_init(&best.meta);
	confine(w->f->run, tray);
	if (look_open(&l, w->f->run, w->f->metric))
		leave(tray, &l);
	for (uint64_t k = b.first; k < b.behind && !l.failed; k++) {
		tray->attempts++;
		if (!try_one(&l, &w->f->from, k, &one)) {
			whole_free(&one);
			continue;
		}
		take_if_less(&best, &one, tray->successes++);
	}
	if (tray->successes)
		hand_over(tray, &best);
	whole_free(&best);
	leave(tray, &l);
}

/* ---- what it hands over ---- */

static bool is_legal(const struct whole *t)
{
	struct trace_legal *legal = trace_legal_new(t->meta.lps, t->meta.vps);
	bool is = true;

	for (size_t i = 0; i < t->n && is; i++)
		is = !trace_event_fault(&t->ev[i], t->meta.lps, t->meta.vps) &&
		     (!i || t->ev[i].time >= t->ev[i - 1].time) &&
		     !trace_legal_event(legal, &t->ev[i]);
	trace_legal_free(legal);
	return is && (!t->n || t->ev[t->n - 1].time <= t->meta.end);
}

static int take_trace(struct work *w, const struct tray *tray, struct vt_error *err)
{
	uint64_t header = tray->header, events = tray->events;
	struct whole t = { 0 };
	char sha256[65];

	trace_meta_init(&t.meta);
	if (header > TRAY_HEADER || events > TRAY_EVENTS ||
	    trace_meta_read(&t.meta, sha256, tray->text, header, NULL, VT_NO_OFFSET, err)) {
		trace_meta_free(&t.meta);
		return -1;
	}
	t.ev = vt_array(events + 1, sizeof(*t.ev));
	memcpy(t.ev, tray->ev, events * sizeof(*t.ev));
	t.n = events;
	if (!is_legal(&t)) {
		whole_free(&t);
		return -1;
	}
	take_if_less(&w->found->trace, &t, w->found->any);
	w->found->any = true;
	return 0;
}

static int lost(const struct work *w, const struct batch *b, const char *how, struct vt_error *err)
{
	const struct find *f = w->f;

	if (b->first < f->from.n)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "reduce: a policy on trace %" PRIu64 " of those given: %s",
				    b->first + 1, how);
	return vt_error_set(err, NULL, VT_NO_OFFSET,
			    "reduce: a policy on what seeds %" PRIu64 " to %" PRIu64 " make: %s",
			    b->first - f->from.n, b->behind - f->from.n - 1, how);
}

static int lost_by(const struct work *w, const struct batch *b, int status, bool late,
		   struct vt_error *err)
{
	char *most = cli_time_text(w->f->timeout_ns);
	char *how = late ? vt_format("took more than %s (--timeout)", most)
		    : WIFEXITED(status) && WEXITSTATUS(status) == VT_NO_MEMORY_EXIT
			? vt_strdup("asked for more memory than there is")
			: command_end(status);

	lost(w, b, how, err);
	free(how);
	free(most);
	return -1;
}

static int take_first(struct work *w, struct vt_error *err)
{
	const struct batch b = w->batch[w->first];
	const struct tray *tray = w->tray[b.slot];
	int status = 0;
	bool late;

	if (children_wait(&w->children, b.slot, &status, &late, err))
		return -1;
	w->first = (w->first + 1) % w->f->jobs;
	w->batches--;
	if (late || status || !tray->done)
		return lost_by(w, &b, status, late, err);
	if (tray->failed) {
		char why[sizeof(tray->why)];

		snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, tray->why);
		return vt_error_set(err, NULL, VT_NO_OFFSET, "%s", why);
	}
	w->found->attempts += b.behind - b.first;
	w->found->traces += tray->traces;
	if (!tray->successes)
		return 0;
	w->found->successes += tray->successes;
	if (!tray->header)
		return lost(
		    w, &b, "what is left of a trace on which it is worse is too much to tell", err);
	if (take_trace(w, tray, err))
		return lost(w, &b, "what it was to find is no trace", err);
	return 0;
}

/* ---- */

static struct tray *tray_new(struct vt_error *err)
{
	void *p = mmap(NULL, sizeof(struct tray), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		return p;
	vt_error_set(err, NULL, VT_NO_OFFSET, "no memory to share with a child: %s",
		     strerror(errno));
	return NULL;
}

static int start_one(struct work *w, struct vt_error *err)
{
	const struct find *f = w->f;
	uint64_t all = f->from.n + f->seeds;
	uint64_t n = w->next < f->from.n ? 1 : AT_ONCE;
	struct batch *b = &w->batch[(w->first + w->batches) % f->jobs];
	unsigned slot = 0;

	w->starting.first = w->next;
	w->starting.behind = w->next + n < all ? w->next + n : all;
	while (w->children.child[slot].pid)
		slot++;
	memset(w->tray[slot], 0, offsetof(struct tray, text));
	if (children_start(&w->children, NULL, &slot, err))
		return -1;
	w->starting.slot = slot;
	*b = w->starting;
	w->next = b->behind;
	w->batches++;
	return 0;
}

static int run(struct work *w, struct vt_error *err)
{
	const struct find *f = w->f;
	uint64_t all = f->from.n + f->seeds;
	struct cli_progress bar;
	int failed = 0;

	cli_progress_start(&bar, "find", "attempts", all);
	while (!failed && w->found->successes < ENOUGH && (w->next < all || w->batches)) {
		while (!failed && w->batches < f->jobs && w->next < all)
			failed = start_one(w, err);
		if (!failed)
			failed = take_first(w, err);
		cli_progress(&bar, w->found->attempts);
	}
	cli_progress_end(&bar);
	return failed;
}

int find(const struct find *f, struct found *found, struct vt_error *err)
{
	struct work w = { .f = f, .found = found };
	const struct reduce_test test = {
		.arg = &w, .child = in_child, .jobs = f->jobs, .timeout_ns = f->timeout_ns
	};
	int failed = 0;

	*found = (struct found){ 0 };
	trace_meta_init(&found->trace.meta);
	w.tray = vt_array(f->jobs, sizeof(*w.tray));
	w.batch = vt_array(f->jobs, sizeof(*w.batch));
	for (unsigned i = 0; i < f->jobs && !failed; i++) {
		w.tray[i] = tray_new(err);
		failed = w.tray[i] ? 0 : -1;
	}
	children_open(&w.children, &test);
	if (!failed)
		failed = run(&w, err);
	children_kill(&w.children);
	children_close(&w.children);
	for (unsigned i = 0; i < f->jobs; i++) {
		if (w.tray[i])
			munmap(w.tray[i], sizeof(struct tray));
	}
	free(w.tray);
	free(w.batch);
	return failed;
}

void found_free(struct found *found)
{
	whole_free(&found->trace);
}
