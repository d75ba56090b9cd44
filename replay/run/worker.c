/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/run/worker_guard.h"
#include "replay/watch/witness.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* One cell as this process has it. */
struct seat {
	struct run_cell *cell;
	char *name; /* before the policy's log lines */
	struct engine *engine;
	uint64_t ended; /* at which event the policy ended the cell; NO_EVENT: at none */
	bool at_end;	/* it came to the end of the trace */
	uint64_t used;	/* bytes of address space that it took */
};

/* What the process holds until it ends by _exit(), where nothing is freed any more. */
static struct {
	struct seat *seat;
	struct survey recording;
} held;

static char *seat_name(const struct run_cell *c)
{
	size_t size = strlen(c->trace->name) + strlen(c->label) + 3;
	char *name = vt_alloc(size);

	snprintf(name, size, "%s: %s", c->trace->name, c->label);
	return name;
}

static void open_policies(struct worker_page *page, struct seat *seat, size_t n,
			  const struct trace_meta *meta)
{
	for (size_t i = 0; i < n; i++) {
		struct run_cell *c = seat[i].cell;

		seat[i].name = seat_name(c);
		page->event = NO_EVENT;
		worker_guard_enter((uint32_t)i, WORKER_OPEN, &seat[i].used);
		seat[i].engine = engine_new(meta, c->plugin->policy, c->plugin->values, &c->options,
					    seat[i].name, &page->event);
		worker_guard_leave(&seat[i].used);
	}
}

/* An illegal event is the trace's fault, so it is looked for before any policy sees the block. */
static int check_legal(struct trace_legal *legal, const struct trace_reader *r,
		       const struct trace_event *ev, size_t n, struct vt_error *err)
{
	const char *wrong;
	size_t i = trace_legal_events(legal, ev, n, &wrong);

	if (i == n)
		return 0;
	return vt_error_set(err, trace_reader_path(r), trace_reader_block_offset(r),
			    "event %" PRIu64 " (%s of vp %" PRIu32 ", lp %u) at time %" PRIu64
			    ": %s",
			    trace_reader_block_first(r) + i, trace_type_name(ev[i].type), ev[i].vp,
			    ev[i].lp, ev[i].time, wrong);
}

static bool runs(const struct seat *s)
{
	return engine_end(s->engine)->kind == ENGINE_RUNS;
}

/*
 * A SEED needs to know what comes after it. As the block in hand begins the trace, it says whether
 * there is one; then what follows is read ahead, by a reader of its own. A fault that this meets
 * is left to the replay, which comes to it in its turn.
 */
static void look_ahead(const struct trace_reader *r, struct seeds *seeds,
		       const struct trace_event *ev, size_t n)
{
	struct trace_reader *ahead;
	struct vt_error err;

	if (!seeds_look(seeds, ev, n))
		return;
	ahead = trace_reader_open(trace_reader_path(r), &err);
	if (!ahead)
		return;
	if (!trace_reader_seek(ahead, 0, &err) && trace_reader_next(ahead, &ev, &n, &err) > 0) {
		while (trace_reader_next(ahead, &ev, &n, &err) > 0 && seeds_look(seeds, ev, n))
			;
	}
	trace_reader_close(ahead);
}

static void replay_block(struct worker_page *page, const struct trace_reader *r, struct seat *s,
			 uint32_t number, const struct trace_event *ev, size_t events)
{
	if (!runs(s))
		return;
	page->event = trace_reader_block_first(r); /* the engine counts on */
	worker_guard_enter(number, WORKER_EVENTS, &s->used);
	engine_events(s->engine, ev, events);
	worker_guard_leave(&s->used);
	if (!runs(s))
		s->ended = page->event;
}

static int replay_blocks(struct worker_page *page, struct trace_reader *r, struct seat *seat,
			 size_t n)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct seeds seeds;
	const struct trace_event *ev;
	size_t events;
	int got;

	seeds_init(&seeds, meta->vps);
	for (size_t i = 0; i < n; i++)
		engine_seeds(seat[i].engine, &seeds);
	while ((got = trace_reader_next(r, &ev, &events, &page->error)) > 0) {
		if (check_legal(legal, r, ev, events, &page->error)) {
			got = -1;
			break;
		}
		if (!trace_reader_block_first(r))
			look_ahead(r, &seeds, ev, events);
		for (size_t i = 0; i < n; i++) {
			replay_block(page, r, &seat[i], (uint32_t)i, ev, events);
			page->done += events;
		}
	}
	for (size_t i = 0; i < n; i++)
		engine_seeds(seat[i].engine, NULL);
	seeds_free(&seeds);
	trace_legal_free(legal);
	return got;
}

/* What the parent makes of a cell that its policy ended: worker.h. */
static json_t *end_json(const struct seat *s)
{
	const struct engine_end *end = engine_end(s->engine);

	return json_make("{s:s, s:s, s:o, s:b}", "ended",
			 end->kind == ENGINE_MISUSED ? "misused" : "error", "why", end->why,
			 "event",
			 s->ended == NO_EVENT ? json_null() : json_integer((json_int_t)s->ended),
			 "at_end", s->at_end);
}

static json_t *close_policies(struct seat *seat, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		worker_guard_enter((uint32_t)i, WORKER_CLOSE, &seat[i].used);
		seat[i].at_end = runs(&seat[i]);

		json_t *metrics = engine_finish(seat[i].engine);

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
		if (check_legal(legal, r, ev, events, &page->error)) {
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

/* From the start: a child before this one may have begun it. */
/* What an earlier child left goes. A pipe or a device has no beginning. */
static FILE *open_fates(int fd, int64_t start)
{
	FILE *f = fdopen(fd, "w");

	if (!f)
		abort();
	if (lseek(fd, start, SEEK_SET) >= 0 && ftruncate(fd, start) && errno != EINVAL)
		abort();
	return f;
}

/* 0, or -1 with page->error: the trace is to blame. */
static int work(struct worker_page *page, struct seat *seat, size_t n, const struct run *run,
		int out)
{
	const struct run_trace *trace = seat[0].cell->trace;
	struct trace_reader *r = trace_reader_open(trace->path, &page->error);
	FILE *fates = NULL;

	if (!r)
		return -1;
	if (trace->truncated && trace_hash_file(r, page->sha256, &page->error))
		return -1;
	if (run->against && survey(page, r, &held.recording, run->window_ns))
		return -1;
	open_policies(page, seat, n, trace_reader_meta(r));
	if (run->fates_fd)
		engine_fates(seat[0].engine, fates = open_fates(run->fates_fd, run->fates_start));
	for (size_t i = 0; run->against && i < n; i++)
		witness_new(seat[i].engine, &held.recording);
	if (replay_blocks(page, r, seat, n) < 0)
		return -1;

	json_t *all = close_policies(seat, n);

	if (fates && (fflush(fates) || ferror(fates)))
		return vt_error_set(&page->error, NULL, VT_NO_OFFSET,
				    "the file of --fates cannot be written: %s", strerror(errno));

	/* json_dumpfd() would write each word by itself. */
	FILE *result = fdopen(out, "w");

	if (!result || json_dumpf(all, result, JSON_COMPACT) || fclose(result))
		abort();
	survey_free(&held.recording);
	json_decref(all);
	trace_reader_close(r);
	return 0;
}

_Noreturn void worker_main(struct worker_page *page, struct run_cell *const *cell, size_t cells,
			   const struct run *run, int out)
{
	struct seat *seat = held.seat = vt_alloc(cells * sizeof(*seat));

	for (size_t i = 0; i < cells; i++)
		seat[i] = (struct seat){ .cell = cell[i], .ended = NO_EVENT };
	worker_guard_start(page, run->memory_mib);
	page->outcome = work(page, seat, cells, run, out) ? WORKER_BAD_TRACE : WORKER_FINISHED;
	fflush(NULL); /* what policies printed */
	_exit(0);
}
