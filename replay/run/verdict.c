/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/catalogue.h"
#include "replay/engine/hook.h"
#include "replay/engine/host_view.h"
#include "replay/plugin/sandbox.h"
#include "replay/run/sound.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

/* Of a cell's result: all of it, and what each LP and each VP may add. */
#define ROOM (UINT64_C(16) << 20)
#define ROOM_EACH UINT64_C(4096)

/* Its values, likewise: a histogram has some thousand buckets. */
#define VALUES (UINT64_C(1) << 20)
#define VALUES_EACH UINT64_C(512)

static uint64_t values_most(const struct job *job)
{
	return job->cells * (VALUES + VALUES_EACH * ((uint64_t)job->trace->lps + job->trace->vps));
}

uint64_t verdict_room(const struct run_trace *trace, size_t cells)
{
	return cells * (ROOM + ROOM_EACH * ((uint64_t)trace->lps + trace->vps));
}

/* ---- a lost cell ---- */

/* Where it happened, for the end of a sentence. */
static void say_where(struct run_cell *c, const struct note *note)
{
	static const char *const where[WORKER_PHASES] = {
		[WORKER_BETWEEN] = "",
		[WORKER_SURVEY] = " in the survey of the recording",
		[WORKER_LOAD] = " while it was loaded",
		[WORKER_OPEN] = " in open()",
		[WORKER_EVENTS] = "",
		[WORKER_CLOSE] = " at the end of the trace",
	};
	size_t used = strlen(c->message);
	char *more = c->message + used;
	size_t left = sizeof(c->message) - used;

	if (note->phase == WORKER_EVENTS && note->event != NO_EVENT) {
		c->event = note->event;
		snprintf(more, left, " at event %" PRIu64, c->event);
	} else {
		snprintf(more, left, "%s", where[note->phase]);
	}
}

static void lose(struct run_cell *c, enum cell_status status, const struct note *note,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void lose(struct run_cell *c, enum cell_status status, const struct note *note,
		 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, ap);
	va_end(ap);
	c->status = status;
	say_where(c, note);
}

/* In one event all the time, or it was slow: then the event in which the time was over is not told,
 * for it is another one each time. */
static void lose_late(const struct job *job, const struct run *run, struct run_cell *c,
		      const struct note *note)
{
	uint64_t limit_ns = run_limit_ns(run, job->trace);
	bool stuck = job->event_ns >= limit_ns / 2;
	struct note where = *note;
	char *limit = cli_time_text(limit_ns);

	if (!stuck)
		where.event = NO_EVENT;
	lose(c, CELL_TIMEOUT, &where, "%s more than %s", stuck ? "stuck for" : "took", limit);
	free(limit);
}

static void lose_forbidden(struct run_cell *c, const struct note *note)
{
	bool hook = note->phase >= WORKER_OPEN && note->hook < HOOKS;
	char *name = sandbox_call_name((int)note->call);

	lose(c, CELL_MISUSED, note,
	     "%s%s%sthe system call '%s', which the sandbox forbids (--no-sandbox)",
	     hook ? "in " : "", hook ? hook_name(note->hook) : "", hook ? ": " : "", name);
	free(name);
}

/* A limit that vtick was started with is not the policy's doing. */
static void lose_no_room(const struct job *job, struct run_cell *c, const struct note *note)
{
	struct rlimit file;

	if (!getrlimit(RLIMIT_FSIZE, &file) && file.rlim_cur < verdict_room(job->trace, job->cells))
		lose(c, CELL_MEMORY, note,
		     "its result is larger than the %llu bytes that a file may have here (ulimit "
		     "-f)",
		     (unsigned long long)file.rlim_cur);
	else
		lose(c, CELL_CRASHED, note, "no room for its result");
}

static void lose_dead(const struct job *job, struct run_cell *c, const struct run *run,
		      const struct note *note, int status)
{
	if (note->forbidden) {
		lose_forbidden(c, note);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		lose(c, CELL_MISUSED, note,
		     "a system call that the sandbox forbids (--no-sandbox)");
	} else if (note->wrote) {
		lose(c, CELL_MISUSED, note,
		     "in %s: wrote to host->%s, expected no write: the host is the engine's",
		     hook_name(note->hook), host_field_name(note->wrote_at));
	} else if (note->no_memory) {
		lose(c, CELL_MEMORY, note, "more than %" PRIu64 " MiB", run->memory_mib);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == VT_NO_MEMORY_EXIT) {
		lose(c, CELL_MEMORY, note, "there is no more");
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_NO_ROOM) {
		lose_no_room(job, c, note);
	} else if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		c->signal = WTERMSIG(status);
		lose(c, CELL_CRASHED, note, "killed by signal %d (SIG%s)", c->signal,
		     name ? name : "?");
	} else if (WEXITSTATUS(status) || note->outcome == WORKER_RUNNING) {
		lose(c, CELL_CRASHED, note, "ended the process with code %d", WEXITSTATUS(status));
	} else if (note->outcome == WORKER_FINISHED) {
		lose(c, CELL_CRASHED, note, "left what is no result");
	} else {
		lose(c, CELL_CRASHED, note, "the trace could not be read any more beside it");
	}
}

/* ---- a result ---- */

/* Who writes a result of his own must not keep the parent busy, nor fill its memory. */
static json_t *load(const struct job *job)
{
	uint64_t most = verdict_room(job->trace, job->cells);
	struct stat st;
	json_t *all = NULL;
	char *text;
	size_t size, done = 0;
	ssize_t n = 1;

	if (fstat(job->out, &st) || (uint64_t)st.st_size > most)
		return NULL;
	size = (size_t)st.st_size;
	text = vt_alloc(size + 1);
	while (done < size &&
	       ((n = pread(job->out, text + done, size - done, (off_t)done)) > 0 || errno == EINTR))
		done += n > 0 ? (size_t)n : 0;
	if (done == size && json_values(text, size) <= values_most(job))
		all = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return all;
}

/* The policy itself said that it is over, or called a service as it must not. */
static int take_end(struct run_cell *c, const json_t *end)
{
	const json_t *event = json_object_get(end, "event");
	const char *how = json_string_value(json_object_get(end, "ended"));
	const char *why = json_string_value(json_object_get(end, "why"));
	json_int_t at = json_integer_value(event);
	int n;

	if (!how || !why || (strcmp(how, "misused") && strcmp(how, "error")))
		return -1;
	c->status = strcmp(how, "misused") ? CELL_ERROR : CELL_MISUSED;
	n = snprintf(c->message, sizeof(c->message), "%.200s", why);
	for (char *p = c->message; *p; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
	if (json_is_integer(event) && at >= 0 && (uint64_t)at < c->trace->events) {
		c->event = (uint64_t)at;
		snprintf(c->message + n, sizeof(c->message) - (size_t)n, " at event %" PRIu64,
			 c->event);
	} else if (json_is_true(json_object_get(end, "at_end"))) {
		snprintf(c->message + n, sizeof(c->message) - (size_t)n,
			 " at the end of the trace");
	}
	return 0;
}

static int take_cell(struct run_cell *c, json_t *metrics)
{
	if (json_object_get(metrics, "ended"))
		return take_end(c, metrics);
	if (!sound_metrics(metrics, metrics_minor()))
		return -1;
	c->status = CELL_OK;
	c->metrics = json_incref(metrics);
	return 0;
}

/* Takes the cells from the child's file; -1 if they are not there. */
static int take_cells(struct job *job)
{
	json_t *all = load(job);
	size_t n = json_array_size(all);
	size_t taken = 0;

	while (n == job->cells && taken < n &&
	       !take_cell(job->cell[taken], json_array_get(all, taken)))
		taken++;
	for (size_t i = 0; taken < job->cells && i < taken; i++) {
		struct run_cell *c = job->cell[i];

		json_decref(c->metrics);
		c->metrics = NULL;
		c->status = CELL_OPEN;
		c->event = NO_EVENT;
	}
	json_decref(all);
	return taken == job->cells ? 0 : -1;
}

/* ---- */

/* No policy was there: what the child says is true. */
static enum job_end verdict_on_trace(const struct job *job, int status, struct vt_error *err)
{
	const struct worker_page *page = job->page;

	if (WIFEXITED(status) && !WEXITSTATUS(status) && page->outcome == WORKER_FINISHED) {
		if (job->trace->truncated)
			json_put(job->trace->info, "sha256", json_text(page->sha256));
		return JOB_DONE;
	}
	if (WIFEXITED(status) && page->outcome == WORKER_BAD_TRACE)
		*err = page->error;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == VT_NO_MEMORY_EXIT)
		vt_error_set(err, job->trace->path, VT_NO_OFFSET, "out of memory as it was read");
	else
		vt_error_set(err, job->trace->path, VT_NO_OFFSET,
			     "the child that reads it died with signal %d",
			     WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return JOB_TRACE;
}

static enum job_end lose_all(const struct job *job, const struct run *run, const struct note *note,
			     int status)
{
	for (size_t i = 0; i < job->cells; i++) {
		if (job->timed_out)
			lose_late(job, run, job->cell[i], note);
		else
			lose_dead(job, job->cell[i], run, note, status);
	}
	return JOB_LOST;
}

enum job_end verdict(struct job *job, const struct run *run, int status, uint32_t *at, bool *doubt,
		     struct vt_error *err)
{
	const struct note note = note_of(job->page, job->trace, job->cells);
	bool clean = WIFEXITED(status) && !WEXITSTATUS(status);

	*at = note.cell;
	*doubt = false;
	if (!job->cells)
		return verdict_on_trace(job, status, err);
	if (clean && note.outcome == WORKER_FINISHED &&
	    (!job->fates || fates_pipe_whole(job->fates, note.fates, note.fates_hash)) &&
	    !take_cells(job))
		return JOB_DONE;
	*doubt = clean && note.outcome == WORKER_BAD_TRACE;
	if (job->timed_out && job->late_cell < job->cells && job->cells > 1) {
		*at = job->late_cell;
		lose_late(job, run, job->cell[*at], &note);
		return JOB_TIMEOUT;
	}
	/* No policy is loaded while the recording is surveyed. */
	return job->cells == 1 || note.phase == WORKER_SURVEY ? lose_all(job, run, &note, status)
							      : JOB_SUSPECT;
}
