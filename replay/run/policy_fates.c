/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/policy_fates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/run/result.h"
#include "replay/run/runner.h"
#include "traces/base/mem.h"
#include "traces/base/temporary.h"

#define MEMORY_MIB 1024u
/* As many times as long as a replay of which nothing is written down. */
#define WRITING_TAKES 5u

/* The only cell, after it ran. */
static int settle(struct policy_fates *f, const struct run_cell *c, struct vt_error *err)
{
	if (c->status != CELL_OK)
		return vt_error_set(err, c->trace->path, VT_NO_OFFSET, "policy %s: %s: %s",
				    c->label, cell_status_name(c->status), c->message);
	f->label = vt_strdup(c->label);
	f->json = result_policy(c);
	rewind(f->fates);
	return 0;
}

static int replay(struct policy_fates *f, struct run *run, const char *trace, const char *spec,
		  const struct policy_fates_options *options, struct runner_signals *signals,
		  struct vt_error *err)
{
	run->has_costs = options->costs != NULL;
	if ((options->costs && costs_read(&run->costs, options->costs, err)) ||
	    run_load_policies(run, &spec, 1, err) || run_open_traces(run, &trace, 1, err))
		return -1;
	run->timeout_ns = WRITING_TAKES * run_limit_ns(run, &run->trace[0]);
	if (runner_run(run, signals, err))
		return -1;
	return settle(f, &run->cell[0], err);
}

static int open_fates(struct policy_fates *f, struct vt_error *err)
{
	int fd = temporary_scratch();

	f->fates = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f->fates)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "no temporary file for what becomes of each tick: %s",
				    strerror(errno));
	return 0;
}

int policy_fates(struct policy_fates *f, const char *trace, const char *spec,
		 const struct policy_fates_options *options, struct vt_error *err)
{
	struct run run = { .jobs = 1,
			   .timeout_ns = RUN_TIMEOUT_AUTO,
			   .memory_mib = MEMORY_MIB,
			   .no_sandbox = options->no_sandbox,
			   .away_recorded = options->away_recorded,
			   .doings = options->doings };
	struct runner_signals signals;
	int failed;

	*f = (struct policy_fates){ 0 };
	if (open_fates(f, err))
		return -1;
	run.fates_fd = fileno(f->fates);
	runner_block(&signals);
	failed = replay(f, &run, trace, spec, options, &signals, err);
	run_free(&run);
	if (signals.pending)
		vt_error_print(err);
	runner_unblock(&signals);
	return failed;
}

void policy_fates_free(struct policy_fates *f)
{
	if (f->fates)
		fclose(f->fates);
	free(f->label);
	json_decref(f->json);
	*f = (struct policy_fates){ 0 };
}
