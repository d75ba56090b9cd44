/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "replay/bound/cell.h"
#include "replay/loop/cell.h"
#include "replay/plugin/sandbox.h"
#include "replay/run/worker_guard.h"
#include "replay/watch/doings.h"
#include "replay/watch/fates.h"
#include "replay/watch/witness.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* One cell as this process has it. */
struct seat {
	struct run_cell *cell;
	char *name; /* before the policy's log lines */
	const struct vtick_policy *policy;
	char why[PLUGIN_WHY]; /* it was not loaded */
	struct engine *engine;
	uint64_t ended; /* at which event the policy ended the cell; NO_EVENT: at none */
	bool at_end;	/* it came to the end of the trace */
	uint64_t used;	/* bytes of address space that it took */
	json_t *loop;	/* what the closed loop says of it */
	struct bound_cell
	    *bound; /* NULL: not asked. Of cells that have the same the first owns it */
};

/* What the process holds until it ends by _exit(), where nothing is freed any more. */
static struct {
	struct seat *seat;
	struct survey recording;
	struct trace_reader *volatile trace; /* nobody reads it but who looks for leaks */
	struct trace_reader *ahead;	     /* for look_ahead() */
	FILE *result, *fates;
	struct doings_writer *doings;
	XXH64_state_t *fates_hash;
} held;

/* Before any code of theirs runs. */
static void confine(struct seat *seat, size_t n, const struct plugin *base)
{
	for (size_t i = 0; i < n; i++) {
		worker_guard_enter((uint32_t)i, WORKER_LOAD, &seat[i].used);
		plugin_prepare(seat[i].cell->plugin);
		worker_guard_leave(&seat[i].used);
	}
	if (base)
		plugin_prepare(base);
	if (sandbox_enter(worker_guard_forbidden))
		abort();
}

static void load_policies(struct seat *seat, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		worker_guard_enter((uint32_t)i, WORKER_LOAD, &seat[i].used);
		seat[i].policy = plugin_open(seat[i].cell->plugin, seat[i].why);
		worker_guard_leave(&seat[i].used);
	}
}

static void open_policies(struct worker_page *page, struct seat *seat, size_t n,
			  const struct trace_meta *meta)
{
	for (size_t i = 0; i < n; i++) {
		struct run_cell *c = seat[i].cell;

		seat[i].name = run_cell_name(c);
		page->event = NO_EVENT;
		if (!seat[i].policy)
			continue;
		worker_guard_enter((uint32_t)i, WORKER_OPEN, &seat[i].used);
		seat[i].engine = engine_new(meta, seat[i].policy, c->plugin->values, &c->options,
					    seat[i].name, &page->event);
		worker_guard_leave(&seat[i].used);
	}
}

static bool runs(const struct seat *s)
{
	return s->engine && engine_end(s->engine)->kind == ENGINE_RUNS;
}

/*
 * A SEED needs to know what comes after it. As the block in hand begins the trace, it says whether
 * there is one; then what follows is read ahead, by a reader of its own. A fault that this meets
 * is left to the replay, which comes to it in its turn.
 */
static void look_ahead(struct seeds *seeds, const struct trace_event *ev, size_t n)
{
	struct trace_reader *ahead = held.ahead;
	struct vt_error err;

	if (!seeds_look(seeds, ev, n) || !ahead)
		return;
	if (!trace_reader_seek(ahead, 0, &err) && trace_reader_next(ahead, &ev, &n, &err) > 0) {
		while (trace_reader_next(ahead, &ev, &n, &err) > 0 && seeds_look(seeds, ev, n))
			;
	}
}

static void replay_block(struct worker_page *page, const struct trace_reader *r, struct seat *s,
			 uint32_t number, const struct trace_event *ev, size_t events)
{
	if (!runs(s))
		return;
	page->event = trace_reader_block_first(r); /* the engine counts on */
	worker_guard_enter(number, WORKER_EVENTS, &s->used);
	if (held.doings)
		doings_events(held.doings, ev, events);
	else
		engine_events(s->engine, ev, events);
	worker_guard_leave(&s->used);
	if (!runs(s))
		s->ended = page->event;
}

/* Of cells in which the hypervisor needs the same the bound is the same. */
static void open_bounds(struct seat *seat, size_t n, const struct trace_meta *meta,
			const struct seeds *seeds, const struct run *run)
{
	for (size_t i = 0; run->bound && i < n; i++) {
		const struct engine_options *o = &seat[i].cell->options;
		size_t k = 0;

		while (k < i && !bound_cell_same(o, &seat[k].cell->options))
			k++;
		if (k < i) {
			seat[i].bound = seat[k].bound;
			continue;
		}
		seat[i].bound = vt_alloc(sizeof(*seat[i].bound));
		bound_cell_open(seat[i].bound, meta, seeds, o, run->rides);
	}
}

static bool owns_bound(const struct seat *seat, size_t i)
{
	size_t k = 0;

	while (k < i && seat[k].bound != seat[i].bound)
		k++;
	return seat[i].bound && k == i;
}

static int replay_blocks(struct worker_page *page, struct trace_reader *r, struct seat *seat,
			 size_t n, const struct run *run)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct seeds seeds;
	const struct trace_event *ev;
	size_t events;
	int got;

	seeds_init(&seeds, meta->vps);
	for (size_t i = 0; i < n; i++) {
		if (seat[i].engine)
			engine_seeds(seat[i].engine, &seeds);
	}
	open_bounds(seat, n, meta, &seeds, run);
	while ((got = trace_reader_next(r, &ev, &events, &page->error)) > 0) {
		/* An illegal event is the trace's fault: it is looked for before any policy sees
		 * it. */
		if (trace_legal_block(legal, r, ev, events, &page->error)) {
			got = -1;
			break;
		}
		if (!trace_reader_block_first(r))
			look_ahead(&seeds, ev, events);
		for (size_t i = 0; i < n; i++) {
			replay_block(page, r, &seat[i], (uint32_t)i, ev, events);
			page->done += events;
		}
		for (size_t i = 0; i < n; i++) {
			if (owns_bound(seat, i))
				bound_cell_events(seat[i].bound, ev, events);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (owns_bound(seat, i))
			bound_cell_end(seat[i].bound);
		if (seat[i].engine)
			engine_seeds(seat[i].engine, NULL);
	}
	seeds_free(&seeds);
	trace_legal_free(legal);
	return got;
}

/* In the closed loop each cell reads the trace by itself, and has a base beside it. */
static int loop_cells(const struct worker *w, struct trace_reader *r, struct seat *seat, size_t n)
{
	struct loop_base base = { .values = w->trace->base->values,
				  .options = w->trace->base_options,
				  .residuals = w->trace->residuals };
	const struct trace_meta *meta = trace_reader_meta(r);
	char why[PLUGIN_WHY];
	struct loop_recording *rec;
	int failed = 0;

	base.policy = plugin_open(w->trace->base, why);
	if (!base.policy)
		return vt_error_set(&w->page->error, w->trace->base->spec, VT_NO_OFFSET, "%s", why);
	rec = loop_recording_new(r, &w->page->error);
	for (size_t i = 0; rec && i < n && !failed; i++) {
		if (!runs(&seat[i]))
			continue;
		engine_seeds(seat[i].engine, loop_recording_seeds(rec));
		w->page->event = 0;
		worker_guard_enter((uint32_t)i, WORKER_EVENTS, &seat[i].used);
		seat[i].loop = loop_cell(r, rec, &base, seat[i].engine,
					 loop_quantum(&seat[i].cell->options, meta), &w->page->done,
					 &w->page->error);
		worker_guard_leave(&seat[i].used);
		engine_seeds(seat[i].engine, NULL);
		failed = !seat[i].loop;
		if (!runs(&seat[i]))
			seat[i].ended = w->page->event;
	}
	failed |= !rec;
	loop_recording_free(rec);
	return failed ? -1 : 0;
}

static json_t *ended_json(const char *how, const char *why, const struct seat *s)
{
	return json_make("{s:s, s:o, s:o, s:b}", "ended", how, "why", json_text(why), "event",
			 s->ended == NO_EVENT ? json_null() : json_integer((json_int_t)s->ended),
			 "at_end", s->at_end);
}

/* What the parent makes of a cell that its policy ended: worker.h. */
static json_t *end_json(const struct seat *s)
{
	const struct engine_end *end = engine_end(s->engine);

	return ended_json(end->kind == ENGINE_MISUSED ? "misused" : "error", end->why, s);
}

static void put_bound(json_t *metrics, const struct bound_cell *bound)
{
	const json_t *irqs = json_object_get(json_object_get(metrics, "timer_interrupts"), "total");

	json_put(metrics, "bound", bound_cell_json(bound, (uint64_t)json_integer_value(irqs)));
}

static json_t *close_policies(struct seat *seat, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		if (!seat[i].engine) {
			json_push(all, ended_json("error", seat[i].why, &seat[i]));
			continue;
		}
		worker_guard_enter((uint32_t)i, WORKER_CLOSE, &seat[i].used);
		seat[i].at_end = runs(&seat[i]);
		if (held.doings)
			doings_end(held.doings);

		json_t *metrics = engine_finish(seat[i].engine);

		if (metrics && seat[i].bound)
			put_bound(metrics, seat[i].bound);
		if (metrics && seat[i].loop) {
			json_put(metrics, "loop", seat[i].loop);
			json_put(metrics, "causality_breaks", json_null());
			seat[i].loop = NULL;
		}
		json_decref(seat[i].loop);
		json_push(all, metrics ? metrics : end_json(&seat[i]));
		engine_free(seat[i].engine);
		worker_guard_leave(&seat[i].used);
		free(seat[i].name);
	}
	return all;
}

/* Reads the trace once before any policy sees it. */
static int survey(struct worker_page *page, struct trace_reader *r, struct survey *rec,
		  uint64_t window_ns)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct engine *e = survey_new(rec, meta);
	const struct trace_event *ev;
	size_t events;
	int got;

	while ((got = trace_reader_next(r, &ev, &events, &page->error)) > 0) {
		if (trace_legal_block(legal, r, ev, events, &page->error)) {
			got = -1;
			break;
		}
		engine_events(e, ev, events);
	}
	engine_free(e);
	trace_legal_free(legal);
	survey_set_window(rec, window_ns);
	return got < 0 ? -1 : trace_reader_seek(r, 0, &page->error);
}

static int guarded_survey(const struct worker *w, struct trace_reader *r, const struct run *run)
{
	uint64_t used = 0;
	int failed;

	worker_guard_enter(0, WORKER_SURVEY, &used);
	failed = survey(w->page, r, &held.recording, run->window_ns);
	worker_guard_leave(&used);
	return failed;
}

/* ---- what becomes of each tick, on its way through a pipe ---- */

static ssize_t write_fates(void *cookie, const char *data, size_t size)
{
	const struct worker *w = cookie;
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(w->fates, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	XXH64_update(held.fates_hash, data, size);
	w->page->fates += size;
	return (ssize_t)size;
}

static void open_fates(const struct worker *w)
{
	held.fates_hash = XXH64_createState();
	if (held.fates_hash && !XXH64_reset(held.fates_hash, 0))
		held.fates =
		    fopencookie((void *)w, "w", (cookie_io_functions_t){ .write = write_fates });
	if (!held.fates)
		abort();
}

static void end_fates(const struct worker *w)
{
	if (!held.fates)
		return;
	if (fflush(held.fates))
		abort();
	w->page->fates_hash = XXH64_digest(held.fates_hash);
}

/* ---- */

/* The cells from the first look at their policies to what is written of them. */
static int replay(const struct worker *w, struct trace_reader *r, struct seat *seat,
		  const struct run *run)
{
	json_t *all;
	bool failed;
	size_t n = w->cells;

	if (!run->no_sandbox)
		confine(seat, n, w->trace->base);
	load_policies(seat, n);
	open_policies(w->page, seat, n, trace_reader_meta(r));
	if (held.fates && seat[0].engine) {
		fates_write_to(seat[0].engine, held.fates);
		if (run->doings)
			held.doings = doings_writer_new(seat[0].engine, held.fates);
	}
	for (size_t i = 0; run->against && i < n; i++) {
		if (seat[i].engine)
			witness_new(seat[i].engine, &held.recording);
	}
	if (run->closed ? loop_cells(w, r, seat, n) < 0
			: replay_blocks(w->page, r, seat, n, run) < 0)
		return -1;
	all = close_policies(seat, n);
	for (size_t i = n; i-- > 0;) {
		if (owns_bound(seat, i)) {
			bound_cell_free(seat[i].bound);
			free(seat[i].bound);
			seat[i].bound = NULL;
		}
	}
	end_fates(w);
	doings_writer_free(held.doings);
	failed = json_dumpf(all, held.result, JSON_COMPACT) || fflush(held.result);
	json_decref(all);
	if (failed)
		_exit(WORKER_NO_ROOM);
	return 0;
}

/* 0, or -1 with page->error: the trace is to blame. */
static int work(const struct worker *w, struct seat *seat, const struct run *run)
{
	struct worker_page *page = w->page;
	struct trace_reader *r = held.trace = trace_reader_open(w->trace->path, &page->error);

	if (!r)
		return -1;
	if (!w->cells) {
		if (w->trace->truncated && trace_hash_file(r, page->sha256, &page->error))
			return -1;
		return replay_blocks(page, r, NULL, 0, run);
	}
	/* Opened before a policy is there. */
	held.ahead = trace_reader_open(w->trace->path, &page->error);
	if (!held.ahead || (run->against && guarded_survey(w, r, run)))
		return -1;
	return replay(w, r, seat, run);
}

_Noreturn void worker_main(const struct worker *w, const struct run *run)
{
	struct seat *seat = held.seat = vt_array(w->cells + 1, sizeof(*seat));

	for (size_t i = 0; i < w->cells; i++)
		seat[i] = (struct seat){ .cell = w->cell[i], .ended = NO_EVENT };
	held.result = fdopen(w->out, "w");
	if (!held.result)
		abort();
	if (w->fates >= 0)
		open_fates(w);
	worker_guard_start(w->page, run->memory_mib, w->cells == 1);
	w->page->outcome = work(w, seat, run) ? WORKER_BAD_TRACE : WORKER_FINISHED;
	_exit(0);
}
