/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "replay/run/job.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* How often children are looked at that say nothing. */
#define LOOK_NS 50000000L

struct runner {
	struct run *run;
	struct runner_signals *signals;
	struct job **job; /* in the order in which they start */
	size_t jobs;
	size_t started;
	size_t running;
	uint64_t done; /* events of jobs that ended, over their cells */
	uint64_t last_ns;
	struct cli_progress progress;
};

void runner_block(struct runner_signals *s)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old;

	*s = (struct runner_signals){ 0 };
	sigemptyset(&s->blocked);
	sigaddset(&s->blocked, SIGCHLD);
	signal(SIGCHLD, SIG_DFL); /* ignored, it would hide how children end */
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!sigaction(ends[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(&s->blocked, ends[i]);
	}
	sigprocmask(SIG_BLOCK, &s->blocked, &s->before);
}

void runner_unblock(struct runner_signals *s)
{
	if (s->pending)
		raise(s->pending);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

static void add_job(struct runner *r, struct run_cell *const *cell, size_t cells)
{
	r->job = vt_realloc(r->job, (r->jobs + 1) * sizeof(struct job *));
	r->job[r->jobs++] = job_new(cell, cells);
}

/* Spreads each trace's policies over as many children as there is room for. */
static void plan(struct runner *r)
{
	const struct run *run = r->run;
	struct run_cell **cell = vt_alloc((run->plugins + 1) * sizeof(struct run_cell *));

	for (size_t t = 0; t < run->traces; t++) {
		size_t parts = run->jobs / run->traces + (t < run->jobs % run->traces);

		if (parts < 1)
			parts = 1;
		if (parts > run->plugins)
			parts = run->plugins;
		for (size_t i = 0; i < run->plugins; i++)
			cell[i] = &run->cell[t * run->plugins + i];
		for (size_t i = 0; i < parts; i++) {
			size_t from = i * run->plugins / parts, to = (i + 1) * run->plugins / parts;

			add_job(r, cell + from, to - from);
		}
	}
	free(cell);
}

static int start_jobs(struct runner *r, struct vt_error *err)
{
	while (r->started < r->jobs && r->running < r->run->jobs) {
		if (job_start(r->job[r->started], r->run, &r->signals->before, err))
			return -1;
		r->started++;
		r->running++;
	}
	return 0;
}

/* Puts the cells of @job but @out into a job of their own, and @out, if it is to be tried again,
 * into another. */
static void try_again(struct runner *r, const struct job *job, uint32_t out, bool out_too)
{
	struct run_cell **rest = vt_alloc(job->cells * sizeof(struct run_cell *));
	size_t n = 0;

	for (size_t i = 0; i < job->cells; i++) {
		if (i != out)
			rest[n++] = job->cell[i];
	}
	if (n)
		add_job(r, rest, n);
	if (out_too)
		add_job(r, &job->cell[out], 1);
	free(rest);
}

static int reap(struct runner *r, struct job *job, int status, struct vt_error *err)
{
	enum job_end end = job_end(job, r->run, status);
	uint32_t cell = job->page->cell < job->cells ? job->page->cell : 0;
	size_t over = job->cells;

	r->running--;
	if (end == JOB_TRACE)
		*err = job->page->error;
	job_release(job);
	if (end == JOB_TRACE)
		return -1;
	if (end == JOB_TIMEOUT || end == JOB_SUSPECT) {
		try_again(r, job, cell, end == JOB_SUSPECT);
		over = end == JOB_TIMEOUT;
	}
	r->done += over * job->cell[0]->trace->events;
	return 0;
}

/* Looks at each child once: is it over, does it hang, how far is it. */
static int look(struct runner *r, struct vt_error *err)
{
	uint64_t now = cli_now_ns(), passed = now - r->last_ns, done = 0;

	/* Time that the command spent stopped (^Z) is not the policies'. */
	if (passed > 1000000000)
		passed = 1000000000;
	r->last_ns = now;
	for (size_t i = 0; i < r->started; i++) {
		struct job *job = r->job[i];
		int status;

		if (!job->pid)
			continue;
		if (waitpid(job->pid, &status, WNOHANG) == job->pid) {
			if (reap(r, job, status, err))
				return -1;
			continue;
		}
		job_watch(job, r->run, passed);
		done += job->page->done;
	}
	cli_progress(&r->progress, r->done + done);
	return 0;
}

static int loop(struct runner *r, struct vt_error *err)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };

	while (r->started < r->jobs || r->running) {
		if (start_jobs(r, err))
			return -1;

		int got = sigtimedwait(&r->signals->blocked, NULL, &pause);

		if (got > 0 && got != SIGCHLD) {
			r->signals->pending = got;
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "interrupted, nothing was written");
		}
		if (look(r, err))
			return -1;
	}
	return 0;
}

int runner_run(struct run *run, struct runner_signals *signals, struct vt_error *err)
{
	struct runner r = { .run = run, .signals = signals, .last_ns = cli_now_ns() };
	uint64_t total = 0;

	for (size_t i = 0; i < run->cells; i++)
		total += run->cell[i].trace->events;
	plan(&r);
	cli_progress_start(&r.progress, "replay", "events", total);

	int failed = loop(&r, err);

	cli_progress_end(&r.progress);
	for (size_t i = 0; i < r.jobs; i++) {
		job_kill(r.job[i]);
		job_free(r.job[i]);
	}
	free(r.job);
	return failed;
}
