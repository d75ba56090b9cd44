/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/by_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "traces/base/cli.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/reduce/command.h"
#include "traces/reduce/progress.h"

struct job {
	const struct by_command *q;
	struct file *output;
	struct whole trace;
	struct command command;
	struct reduce_test test;
	struct reduce_stats stats;
	uint64_t events;
	uint32_t lps, vps;
};

/* ---- what it is of ---- */

/* Of what it was made, in the header, as a cut says it (FORMAT.md). */
static void say_origin(struct whole *t, const struct trace_reader *r)
{
	const char *path = trace_reader_path(r), *slash = strrchr(path, '/');
	json_t *source = json_object_get(t->meta.more, "source"), *from = json_object();

	if (!json_is_object(source)) {
		source = json_object();
		json_put(t->meta.more, "source", source);
	}
	json_put_text(from, "of", slash ? slash + 1 : path);
	if (*trace_reader_sha256(r))
		json_put_text(from, "events_sha256", trace_reader_sha256(r));
	json_put_u64(from, "events", trace_reader_events(r));
	json_put(source, "reduced", from);
}

static int read_trace(struct job *j, struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(j->q->trace, err);

	if (!r)
		return -1;
	if (trace_reader_truncated(r))
		vt_warn(j->q->trace, "the trace is cut off: its whole blocks are reduced");
	if (whole_read(&j->trace, j->q->trace, err)) {
		trace_reader_close(r);
		return -1;
	}
	say_origin(&j->trace, r);
	trace_reader_close(r);
	j->events = j->trace.n;
	j->lps = j->trace.meta.lps;
	j->vps = j->trace.meta.vps;
	return 0;
}

static int late_on_trace(const struct job *j, struct vt_error *err)
{
	char *most = cli_time_text(j->q->timeout_ns);

	vt_error_set(err, j->q->command[0], VT_NO_OFFSET,
		     "took more than %s on the whole trace, expected it to end (--timeout)", most);
	free(most);
	return -1;
}

/* What it says of the trace as it is, and that it says so of a copy. */
static int ask_of_whole(struct job *j, struct vt_error *err)
{
	int got, copy;
	bool late;

	j->command.whole = j->q->trace;
	got = reduce_ask(&j->trace, &j->test, &j->command.status, &late, err);
	j->command.whole = NULL;
	if (got < 0)
		return -1;
	if (late)
		return late_on_trace(j, err);
	if (WIFEXITED(j->command.status) &&
	    (WEXITSTATUS(j->command.status) == 126 || WEXITSTATUS(j->command.status) == 127))
		return vt_error_set(err, j->q->command[0], VT_NO_OFFSET,
				    "ended with exit code %d, as what cannot be executed does",
				    WEXITSTATUS(j->command.status));
	got = reduce_ask(&j->trace, &j->test, &copy, &late, err);
	if (got < 0)
		return -1;
	if (late)
		return late_on_trace(j, err);
	if (!got) {
		char *first = command_end(j->command.status), *second = command_end(copy);

		vt_error_set(err, j->q->command[0], VT_NO_OFFSET,
			     "ended with %s on the trace and with %s on a copy of it, expected the "
			     "same",
			     first, second);
		free(first);
		free(second);
		return -1;
	}
	return 0;
}

/* ---- */

static void report(const struct job *j)
{
	const struct whole *t = &j->trace;
	char *end = command_end(j->command.status);
	char took[32];

	human_time(took, sizeof(took), (int64_t)j->stats.took_ns);
	safe_print(SAFE_TEXT, stderr,
		   "%s: %zu of %" PRIu64 " event%s, %" PRIu32 " of %" PRIu32 " VP%s, %" PRIu32
		   " of %" PRIu32 " LP%s; %s",
		   j->q->output, t->n, j->events, human_s(j->events), t->meta.vps, j->vps,
		   human_s(j->vps), t->meta.lps, j->lps, human_s(j->lps), end);
	fprintf(stderr, " still; %" PRIu64 " runs in %s", j->stats.runs, took);
	if (j->stats.late)
		fprintf(stderr, ", %" PRIu64 " of them killed as they took too long",
			j->stats.late);
	fputc('\n', stderr);
	if (!t->n)
		vt_warn(j->q->command[0],
			"it ends like that on a trace without events, too: is it what was meant?");
	free(end);
}

static int reduce_trace(struct job *j, struct vt_error *err)
{
	struct reduce_progress progress;
	struct reduce_watch watch;
	int failed;

	if (read_trace(j, err))
		return -1;
	if (command_open(&j->command, j->q->command, j->q->trace, j->q->jobs, err))
		return -1;
	j->test = command_test(&j->command, j->q->timeout_ns);
	if (ask_of_whole(j, err))
		return -1;
	watch = reduce_progress_begin(&progress);
	failed = reduce(&j->trace, &j->test, &watch, &j->stats, err);
	reduce_progress_end(&progress);
	return failed ? -1 : whole_write_into(&j->trace, &j->output, j->q->output, err);
}

int reduce_by_command(const struct by_command *q)
{
	struct job j = { .q = q };
	struct vt_error err;
	int failed;

	/* Who waits for an hour learns before whether it can be written; and a pipe that nobody
	 * reads is waited for while signals are an end. */
	j.output = file_create(q->output, &err);
	if (!j.output) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	reduce_signals_begin();
	failed = reduce_trace(&j, &err);
	command_close(&j.command);
	file_abort(j.output);
	reduce_signals_end();
	if (failed)
		vt_error_print(&err);
	else
		report(&j);
	whole_free(&j.trace);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

bool reduce_names_file(char *const *words)
{
	for (; *words; words++) {
		if (strstr(*words, COMMAND_FILE))
			return true;
	}
	return false;
}
