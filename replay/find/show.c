/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/find/show.h"

#include <inttypes.h>

#include "replay/run/runner.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/reduce/slots.h"
#include "traces/reduce/text.h"

#define MEMORY_MIB 1024u

/* "wakeups.lost (wake-ups, lower is better)" */
static void say_metric(const struct metric *m, FILE *to)
{
	if (m->better == ZERO)
		fprintf(to, "%s (%s, nearer to zero is better)", m->name, m->unit);
	else
		fprintf(to, "%s (%s, %s is better)", m->name, m->unit, direction_name(m->better));
}

/* The number of a cell. 0 or -1. */
static int number_of(const struct run_cell *c, const struct metric *m, json_int_t *n,
		     struct vt_error *err)
{
	const json_t *value = c->status == CELL_OK ? run_cell_metric(c, m->name) : NULL;

	if (c->status != CELL_OK)
		return vt_error_set(err, c->plugin->spec, VT_NO_OFFSET, "%s on what was found: %s",
				    cell_status_name(c->status), c->message);
	if (!json_is_integer(value))
		return vt_error_set(err, c->plugin->spec, VT_NO_OFFSET,
				    "has no %s on what was found, though it had in the search",
				    m->name);
	*n = json_integer_value(value);
	return 0;
}

static int print_found(const struct run *run, const struct find *f, const struct whole *t, FILE *to,
		       struct vt_error *err)
{
	const struct metric *m = f->metric;
	json_int_t n[LOOK_SIDES] = { 0 };

	for (size_t i = 0; i < run->cells; i++) {
		if (number_of(&run->cell[i], m, &n[i], err))
			return -1;
	}
	if (metric_badness(m->better, n[0]) <= metric_badness(m->better, n[1]))
		return vt_error_set(
		    err, run->cell[0].plugin->spec, VT_NO_OFFSET,
		    "says %" JSON_INTEGER_FORMAT
		    " of what was found, which is no worse: its numbers differ from "
		    "one replay to the next",
		    n[0]);
	if (!to)
		return 0;
	say_metric(m, to);
	for (size_t i = 0; i < run->cells; i++)
		safe_print(SAFE_TEXT, to, "%s %s %" JSON_INTEGER_FORMAT, i ? "," : ":",
			   run->cell[i].label, n[i]);
	fputc('\n', to);
	whole_print(to, t);
	whole_print_import(to, t);
	return 0;
}

static int replay(struct run *run, const char *file, struct vt_error *err)
{
	struct runner_signals signals;
	int failed;

	runner_block(&signals);
	failed = run_open_trace(run, file, "found", err);
	if (!failed)
		failed = runner_run(run, &signals, err);
	runner_unblock(&signals);
	return failed;
}

int show_found(struct run *run, const struct find *f, const struct whole *t, FILE *to,
	       struct vt_error *err)
{
	struct slots slots;
	int failed;

	run->jobs = 1;
	run->timeout_ns = RUN_TIMEOUT_AUTO;
	run->memory_mib = MEMORY_MIB;
	run->quiet = true;
	failed = slots_open(&slots, "found.vtt", 1, err);
	if (!failed)
		failed = slots_write(&slots, 0, t, err);
	if (!failed)
		failed = replay(run, slots.slot[0].file, err);
	if (!failed)
		failed = print_found(run, f, t, to, err);
	run_close_traces(run);
	slots_close(&slots);
	return failed;
}

void show_none(const struct find *f, const struct found *found, FILE *to)
{
	say_metric(f->metric, to);
	safe_print(SAFE_TEXT, to, ": none in %" PRIu64 ": %s is never worse", found->attempts,
		   f->run->plugin[0].spec);
	if (f->run->plugins > 1)
		safe_print(SAFE_TEXT, to, " than %s", f->run->plugin[1].spec);
	fputc('\n', to);
}
