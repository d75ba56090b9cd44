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

/* By itself: a result has no place for two policies of one name, as a copy and its original are. */
static int replay_one(const struct find *f, size_t side, const char *file, json_int_t *n,
		      struct vt_error *err)
{
	struct run run = *f->run;
	struct runner_signals signals;
	int failed;

	run.plugin = &f->run->plugin[side];
	run.plugins = 1;
	run.jobs = 1;
	run.timeout_ns = RUN_TIMEOUT_AUTO;
	run.memory_mib = MEMORY_MIB;
	run.quiet = true;
	runner_block(&signals);
	failed = run_open_trace(&run, file, "found", err);
	if (!failed)
		failed = runner_run(&run, &signals, err);
	runner_unblock(&signals);
	if (!failed)
		failed = number_of(&run.cell[0], f->metric, n, err);
	run_close_traces(&run);
	return failed;
}

static int check(const struct find *f, const json_int_t n[LOOK_SIDES], struct vt_error *err)
{
	enum direction better = f->metric->better;

	if (metric_badness(better, n[0]) > metric_badness(better, n[1]))
		return 0;
	return vt_error_set(err, f->run->plugin[0].spec, VT_NO_OFFSET,
			    "says %" JSON_INTEGER_FORMAT
			    " of what was found, which is no worse: its numbers differ from one "
			    "replay to the next",
			    n[0]);
}

static void print(const struct find *f, const json_int_t n[LOOK_SIDES], const struct whole *t,
		  FILE *to)
{
	say_metric(f->metric, to);
	for (size_t i = 0; i < f->run->plugins; i++)
		safe_print(SAFE_TEXT, to, "%s %s %" JSON_INTEGER_FORMAT, i ? "," : ":",
			   f->run->plugin[i].spec, n[i]);
	fputc('\n', to);
	whole_print(to, t);
	whole_print_import(to, t);
}

int show_found(const struct find *f, const struct whole *t, FILE *to, struct vt_error *err)
{
	json_int_t n[LOOK_SIDES] = { 0 };
	struct slots slots;
	int failed;

	failed = slots_open(&slots, "found.vtt", 1, err);
	if (!failed)
		failed = slots_write(&slots, 0, t, err);
	for (size_t i = 0; !failed && i < f->run->plugins; i++)
		failed = replay_one(f, i, slots.slot[0].file, &n[i], err);
	if (!failed)
		failed = check(f, n, err);
	if (!failed && to)
		print(f, n, t, to);
	slots_close(&slots);
	return failed;
}

void show_none(const struct find *f, const struct found *found, FILE *to)
{
	say_metric(f->metric, to);
	safe_print(SAFE_TEXT, to, ": none in %" PRIu64 ": on none of them is %s worse than %s",
		   found->attempts, f->run->plugin[0].spec,
		   f->run->plugins > 1 ? f->run->plugin[1].spec : "0");
	fputc('\n', to);
}
