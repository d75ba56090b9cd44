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
	const struct runner_source *source;
	struct runner_signals *signals;
	int signal_fd;
	struct job **job; /* those that are not over, in the order in which they start */
	size_t jobs;
	size_t running; /* the first of them */
	bool dry;	/* the source has no more */
	uint64_t done;	/* events of jobs that ended, over their cells */
	uint64_t last_ns;
	struct cli_progress progress;
};

/* Signals that end the command. */
static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

void runner_block(struct runner_signals *s)
{
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

bool runner_signalled(struct runner_signals *s)
{
	sigset_t now;

	sigpending(&now);
	for (size_t i = 0; !s->pending && i < sizeof(ends) / sizeof(*ends); i++) {
		if (sigismember(&s->blocked, ends[i]) && sigismember(&now, ends[i]))
			s->pending = ends[i];
	}
	return s->pending;
}

/* ---- which jobs there are ---- */

/* Puts a job at @at of those that have not started, 0: it is the next. */
static void add_job(struct runner *r, size_t at, struct run *run, struct run_trace *trace,
		    struct run_cell *const *cell, size_t cells)
{
	r->job = vt_realloc(r->job, (r->jobs + 1) * sizeof(struct job *));
	at += r->running;
	memmove(&r->job[at + 1], &r->job[at], (r->jobs - at) * sizeof(struct job *));
	r->job[at] = job_new(run, trace, cell, cells);
	r->jobs++;
	run->open++;
}

static void append_job(struct runner *r, struct run *run, struct run_cell *const *cell,
		       size_t cells)
{
	add_job(r, r->jobs - r->running, run, cell[0]->trace, cell, cells);
}

/* Job number @i is over. */
static void remove_job(struct runner *r, size_t i)
{
	struct job *job = r->job[i];

	job->run->open--;
	if (i < r->running)
		r->running--;
	r->jobs--;
	memmove(&r->job[i], &r->job[i + 1], (r->jobs - i) * sizeof(struct job *));
	job_kill(job);
	job_free(job);
}

/* Spreads the @n installed policies of a trace over so many children as there is room for. */
static void plan_installed(struct runner *r, struct run *run, size_t trace,
			   struct run_cell *const *cell, size_t n)
{
	size_t among = run->among ? run->among : run->traces;
	size_t parts = run->jobs / among + (trace < run->jobs % among);

	if (parts < 1)
		parts = 1;
	if (parts > n)
		parts = n;
	for (size_t i = 0; i < parts; i++) {
		size_t from = i * n / parts, to = (i + 1) * n / parts;

		append_job(r, run, cell + from, to - from);
	}
}

static void plan(struct runner *r, struct run *run)
{
	struct run_cell **installed = vt_array(run->plugins + 1, sizeof(struct run_cell *));

	for (size_t t = 0; t < run->traces; t++) {
		struct run_cell *cell = &run->cell[t * run->plugins];
		size_t n = 0;

		if (run->trace[t].truncated)
			add_job(r, r->jobs - r->running, run, &run->trace[t], NULL, 0);
		for (size_t i = 0; i < run->plugins; i++) {
			if (!cell[i].plugin->outside && !cell[i].plugin->lost)
				installed[n++] = &cell[i];
		}
		plan_installed(r, run, t, installed, n);
		for (size_t i = 0; i < run->plugins; i++) {
			struct run_cell *alone = &cell[i];

			if (alone->plugin->outside && !alone->plugin->lost)
				append_job(r, run, &alone, 1);
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
		append_job(r, job->run, rest, n);
	if (out_too)
		append_job(r, job->run, &job->cell[out], 1);
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

static uint64_t events_of(const struct run *run)
{
	uint64_t all = 0;

	for (size_t i = 0; i < run->cells; i++)
		all += run->cell[i].plugin->lost ? 0 : run->cell[i].trace->events;
	return all;
}

/* It is through, or, with the error @broken, one of its traces is. */
static int end_run(struct runner *r, struct run *run, const struct vt_error *broken,
		   struct vt_error *err)
{
	for (size_t i = r->jobs; broken && i-- > 0;) {
		if (r->job[i]->run == run)
			remove_job(r, i);
	}
	r->done += events_of(run) - run->done;
	return r->source->done(r->source->arg, run, broken, err);
}

static int start_jobs(struct runner *r, struct vt_error *err)
{
	while (r->running < r->source->jobs) {
		struct run *run;

		if (r->running < r->jobs) {
			if (job_start(r->job[r->running], &r->signals->before, err))
				return -1;
			r->running++;
			continue;
		}
		if (r->dry)
			break;
		if (r->source->next(r->source->arg, &run, err))
			return -1;
		r->dry = !run;
		if (r->dry)
			break;
		raise_descriptors(run);
		plan(r, run);
		if (!run->open && end_run(r, run, NULL, err))
			return -1;
	}
	return 0;
}

/* Takes what job number @i left, and the job itself. */
static int reap(struct runner *r, size_t i, struct vt_error *err)
{
	struct job *job = r->job[i];
	struct run *run = job->run;
	struct run_trace *trace = job->trace;
	struct vt_error broken;
	size_t over = job->cells;
	uint32_t cell;
	bool doubt;
	enum job_end end = job_end(job, job->status, &cell, &doubt, &broken);

	if (end == JOB_TRACE)
		return end_run(r, run, &broken, err);
	if (doubt && !trace->doubted) {
		trace->doubted = true;
		add_job(r, 0, run, trace, NULL, 0);
	}
	if (end == JOB_TIMEOUT || end == JOB_SUSPECT) {
		try_again(r, job, cell, end == JOB_SUSPECT);
		over = end == JOB_TIMEOUT;
	}
	remove_job(r, i);
	run->done += over * trace->events;
	r->done += over * trace->events;
	return run->open ? 0 : end_run(r, run, NULL, err);
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
	for (size_t i = 0; i < r->running;) {
		struct job *job = r->job[i];

		if (ended(job, &more, err))
			return -1;
		if (job->over) {
			if (!more && reap(r, i, err))
				return -1;
			continue;
		}
		job_watch(job, passed);
		done += job_done(job);
		i++;
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
	for (size_t i = 0; i < r->running; i++)
		n += job_polls(r->job[i], fd + n);
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
	for (;;) {
		if (start_jobs(r, err))
			return -1;
		if (!r->running)
			return 0;
		wait_for_news(r);
		r->signals->pending = arrived(r);
		if (r->signals->pending)
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "interrupted, nothing was written");
		if (look(r, err))
			return -1;
	}
}

int runner_stream(const struct runner_source *source, struct runner_signals *signals,
		  struct vt_error *err)
{
	struct runner r = { .source = source, .signals = signals, .last_ns = cli_now_ns() };
	int failed;

	r.signal_fd = signalfd(-1, &signals->blocked, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r.signal_fd < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no signals can be waited for: %s",
				    strerror(errno));
	cli_progress_start(&r.progress, "replay", "events", source->events);
	failed = loop(&r, err);
	cli_progress_end(&r.progress);
	while (r.jobs)
		remove_job(&r, r.jobs - 1);
	free(r.job);
	close(r.signal_fd);
	return failed;
}

/* ---- a run alone ---- */

struct alone {
	struct run *run;
	bool given;
};

static int give(void *arg, struct run **run, struct vt_error *err)
{
	struct alone *a = arg;

	(void)err;
	*run = a->given ? NULL : a->run;
	a->given = true;
	return 0;
}

static int given_back(void *arg, struct run *run, const struct vt_error *broken,
		      struct vt_error *err)
{
	(void)arg;
	(void)run;
	if (broken)
		*err = *broken;
	return broken ? -1 : 0;
}

int runner_run(struct run *run, struct runner_signals *signals, struct vt_error *err)
{
	struct alone alone = { .run = run };
	const struct runner_source source = { .jobs = run->jobs,
					      .events = events_of(run),
					      .next = give,
					      .done = given_back,
					      .arg = &alone };

	return runner_stream(&source, signals, err);
}
