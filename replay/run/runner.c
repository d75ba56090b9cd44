/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "replay/run/job.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* How often children are looked at that say nothing. */
#define LOOK_MS 50

struct runner {
	struct run *run;
	struct runner_signals *signals;
	int signal_fd;
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

/* ---- which jobs there are ---- */

/* Puts a job at @at of those that have not started, 0: it is the next. */
static void add_job(struct runner *r, size_t at, struct run_trace *trace,
		    struct run_cell *const *cell, size_t cells)
{
	r->job = vt_realloc(r->job, (r->jobs + 1) * sizeof(struct job *));
	at += r->started;
	memmove(&r->job[at + 1], &r->job[at], (r->jobs - at) * sizeof(struct job *));
	r->job[at] = job_new(trace, cell, cells);
	r->jobs++;
}

static void append_job(struct runner *r, struct run_cell *const *cell, size_t cells)
{
	add_job(r, r->jobs - r->started, cell[0]->trace, cell, cells);
}

/* Spreads the @n installed policies of a trace over so many children as there is room for. */
static void plan_installed(struct runner *r, size_t trace, struct run_cell *const *cell, size_t n)
{
	const struct run *run = r->run;
	size_t parts = run->jobs / run->traces + (trace < run->jobs % run->traces);

	if (parts < 1)
		parts = 1;
	if (parts > n)
		parts = n;
	for (size_t i = 0; i < parts; i++) {
		size_t from = i * n / parts, to = (i + 1) * n / parts;

		append_job(r, cell + from, to - from);
	}
}

static void plan(struct runner *r)
{
	const struct run *run = r->run;
	struct run_cell **installed = vt_array(run->plugins + 1, sizeof(struct run_cell *));

	for (size_t t = 0; t < run->traces; t++) {
		struct run_cell *cell = &run->cell[t * run->plugins];
		size_t n = 0;

		if (run->trace[t].truncated)
			add_job(r, r->jobs, &run->trace[t], NULL, 0);
		for (size_t i = 0; i < run->plugins; i++) {
			if (!cell[i].plugin->outside && !cell[i].plugin->lost)
				installed[n++] = &cell[i];
		}
		plan_installed(r, t, installed, n);
		for (size_t i = 0; i < run->plugins; i++) {
			struct run_cell *alone = &cell[i];

			if (alone->plugin->outside && !alone->plugin->lost)
				append_job(r, &alone, 1);
		}
	}
	free(installed);
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
		append_job(r, rest, n);
	if (out_too)
		append_job(r, &job->cell[out], 1);
	free(rest);
}

/* ---- running them ---- */

/* Each child takes some descriptors. */
static void raise_descriptors(const struct run *run)
{
	rlim_t want = 64 + run->plugins + 8 * (rlim_t)run->jobs;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &r);
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

static int reap(struct runner *r, struct job *job, int status, struct vt_error *err)
{
	struct run_trace *trace = job->trace;
	size_t over = job->cells;
	uint32_t cell;
	bool doubt;
	enum job_end end = job_end(job, r->run, status, &cell, &doubt, err);

	r->running--;
	if (end == JOB_TRACE)
		return -1;
	if (doubt && !trace->doubted) {
		trace->doubted = true;
		add_job(r, 0, trace, NULL, 0);
	}
	if (end == JOB_TIMEOUT || end == JOB_SUSPECT) {
		try_again(r, job, cell, end == JOB_SUSPECT);
		over = end == JOB_TIMEOUT;
	}
	r->done += over * trace->events;
	return 0;
}

/* Is the child over, and all that it said taken? *more: it is, but for what has no place yet. */
static int ended(struct job *job, bool *more, struct vt_error *err)
{
	if (!job->over && waitpid(job->pid, &job->status, WNOHANG) == job->pid)
		job->over = true;

	int left = job_listen(job, err);

	*more = left > 0;
	return left < 0 ? -1 : 0;
}

/* Looks at each child once: is it over, does it hang, how far is it. */
static int look(struct runner *r, struct vt_error *err)
{
	uint64_t now = cli_now_ns(), passed = now - r->last_ns, done = 0;
	bool more;

	/* Time that the command spent stopped (^Z) is not the policies'. */
	if (passed > 1000000000)
		passed = 1000000000;
	r->last_ns = now;
	for (size_t i = 0; i < r->started; i++) {
		struct job *job = r->job[i];

		if (!job->pid)
			continue;
		if (ended(job, &more, err))
			return -1;
		if (job->over) {
			if (!more && reap(r, job, job->status, err))
				return -1;
			continue;
		}
		job_watch(job, r->run, passed);
		done += job_done(job);
	}
	cli_progress(&r->progress, r->done + done);
	return 0;
}

/* Until a child has something to say or ended, a signal came, or it is time to look. */
static void wait_for_news(const struct runner *r)
{
	struct pollfd *fd = vt_array(1 + JOB_POLLS * r->running, sizeof(*fd));
	nfds_t n = 0;

	fd[n++] = (struct pollfd){ .fd = r->signal_fd, .events = POLLIN };
	for (size_t i = 0; i < r->started; i++) {
		if (r->job[i]->pid)
			n += job_polls(r->job[i], fd + n);
	}
	poll(fd, n, LOOK_MS);
	free(fd);
}

/* A signal that ends the command, or 0. */
static int arrived(const struct runner *r)
{
	struct signalfd_siginfo info;
	int number = 0;

	while (!number && read(r->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			number = (int)info.ssi_signo;
	}
	return number;
}

static int loop(struct runner *r, struct vt_error *err)
{
	while (r->started < r->jobs || r->running) {
		if (start_jobs(r, err))
			return -1;
		wait_for_news(r);
		r->signals->pending = arrived(r);
		if (r->signals->pending)
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "interrupted, nothing was written");
		if (look(r, err))
			return -1;
	}
	return 0;
}

int runner_run(struct run *run, struct runner_signals *signals, struct vt_error *err)
{
	struct runner r = { .run = run, .signals = signals, .last_ns = cli_now_ns() };
	uint64_t total = 0;
	int failed;

	r.signal_fd = signalfd(-1, &signals->blocked, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r.signal_fd < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no signals can be waited for: %s",
				    strerror(errno));
	for (size_t i = 0; i < run->cells; i++)
		total += run->cell[i].plugin->lost ? 0 : run->cell[i].trace->events;
	plan(&r);
	raise_descriptors(run);
	cli_progress_start(&r.progress, "replay", "events", total);
	failed = loop(&r, err);
	cli_progress_end(&r.progress);
	for (size_t i = 0; i < r.jobs; i++) {
		job_kill(r.job[i]);
		job_free(r.job[i]);
	}
	free(r.job);
	close(r.signal_fd);
	return failed;
}
