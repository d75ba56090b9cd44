/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/plugin/child.h"
#include "replay/run/verdict.h"
#include "traces/base/mem.h"

struct job *job_new(struct run *run, struct run_trace *trace, struct run_cell *const *cell,
		    size_t cells)
{
	struct job *job = vt_alloc(sizeof(*job));

	*job = (struct job){ .run = run, .trace = trace, .cells = cells, .out = -1, .said = -1 };
	job->cell = vt_array(cells + 1, sizeof(struct run_cell *));
	if (cells)
		memcpy(job->cell, cell, cells * sizeof(struct run_cell *));
	job->cell_ns = vt_array(cells + 1, sizeof(*job->cell_ns));
	return job;
}

/* Gives back what a child that ended used. */
static void release(struct job *job)
{
	if (job->page)
		munmap(job->page, sizeof(*job->page));
	if (job->out >= 0)
		close(job->out);
	if (job->said >= 0)
		close(job->said);
	fates_pipe_free(job->fates);
	job->page = NULL;
	job->out = job->said = -1;
	job->fates = NULL;
	job->pid = 0;
}

void job_free(struct job *job)
{
	release(job);
	free(job->cell);
	free(job->cell_ns);
	free(job);
}

/* ---- the start ---- */

/* No core, and no file that is longer than the result may be. */
static void set_limits(const struct job *job)
{
	const rlim_t most = verdict_room(job->trace, job->cells);
	const struct rlimit none = { 0 }, file = { .rlim_cur = most, .rlim_max = most };

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &file);
}

/* In the child: it has what it needs, and nothing of the parent's or of its other children. */
static _Noreturn void child(struct job *job, int saying, int fates)
{
	const struct worker w = { .page = job->page,
				  .trace = job->trace,
				  .cell = job->cell,
				  .cells = job->cells,
				  .out = job->out,
				  .fates = fates };
	int *keep = vt_array(job->cells + 3, sizeof(*keep));
	size_t n = 0;

	child_stdio(saying);
	keep[n++] = job->out;
	if (fates >= 0)
		keep[n++] = fates;
	for (size_t i = 0; i < job->cells; i++)
		keep[n++] = job->cell[i]->plugin->object;
	if (job->trace->base)
		keep[n++] = job->trace->base->object;
	child_keep(keep, n);
	free(keep);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!job->run->no_sandbox)
		set_limits(job);
	worker_main(&w, job->run);
}

/* The page that the child and its parent share, and no later child. */
static int make_page(struct job *job, struct vt_error *err)
{
	job->page = mmap(NULL, sizeof(*job->page), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job->page == MAP_FAILED) {
		job->page = NULL;
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no memory to share with a child: %s",
				    strerror(errno));
	}
	job->page->event = NO_EVENT;
	job->out = memfd_create("vtick-cells", MFD_CLOEXEC);
	if (job->out < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no file for a child's results: %s",
				    strerror(errno));
	return 0;
}

static int fork_child(struct job *job, const sigset_t *mask, int saying, int fates,
		      struct vt_error *err)
{
	fflush(NULL);
	job->pid = child_fork(SIGKILL, mask);
	if (!job->pid)
		child(job, saying, fates);
	if (job->pid < 0) {
		job->pid = 0;
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no child process: %s",
				    strerror(errno));
	}
	madvise(job->page, sizeof(*job->page), MADV_DONTFORK);
	return 0;
}

int job_start(struct job *job, const sigset_t *mask, struct vt_error *err)
{
	int saying[2], fates = -1, failed = -1;
	bool wants_fates;

	job->event = NO_EVENT;
	job->late_cell = (uint32_t)job->cells;
	job->chatter = (struct chatter){ .cell = job->cell, .cells = job->cells };
	if (make_page(job, err))
		return -1;
	if (pipe2(saying, O_CLOEXEC))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no pipe to a child: %s",
				    strerror(errno));
	job->said = saying[0];
	fcntl(job->said, F_SETFL, O_NONBLOCK);
	wants_fates = job->run->fates_fd && job->cells;
	if (wants_fates)
		job->fates = fates_pipe_new(job->run->fates_fd, &fates, err);
	if (job->fates || !wants_fates)
		failed = fork_child(job, mask, saying[1], fates, err);
	close(saying[1]);
	if (fates >= 0)
		close(fates);
	return failed;
}

/* ---- while it runs ---- */

size_t job_polls(const struct job *job, struct pollfd fd[JOB_POLLS])
{
	bool output;

	fd[0] = (struct pollfd){ .fd = job->said, .events = POLLIN };
	if (!job->fates)
		return 1;
	fd[1].fd = fates_pipe_poll(job->fates, &output);
	fd[1].events = output ? POLLOUT : POLLIN;
	return 2;
}

/* The pipe holds less; who floods it must not keep the parent from all else. */
#define SAID_AT_ONCE (1 << 20)

int job_listen(struct job *job, struct vt_error *err)
{
	char text[4096];

	for (size_t all = 0; job->said >= 0 && all < SAID_AT_ONCE;) {
		ssize_t n = read(job->said, text, sizeof(text));

		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			close(job->said);
			job->said = -1;
		}
		if (n <= 0)
			break;
		chatter_take(&job->chatter, text, (size_t)n);
		all += (size_t)n;
	}
	return job->fates ? fates_pipe_move(job->fates, err) : 0;
}

uint64_t job_done(const struct job *job)
{
	uint64_t done = job->page->done, most = job->trace->events * job->cells;

	return done < most ? done : most;
}

static void too_late(struct job *job, uint32_t cell)
{
	job->timed_out = true;
	job->late_cell = cell;
	kill(job->pid, SIGKILL);
}

void job_watch(struct job *job, uint64_t ns)
{
	const struct note note = note_of(job->page, job->trace, job->cells);
	uint64_t limit = run_limit_ns(job->run, job->trace);

	if (job->timed_out || !limit || !job->cells)
		return;
	job->all_ns += ns;
	if (note.step != job->step || note.event != job->event)
		job->event_ns = 0;
	job->step = note.step;
	job->event = note.event;
	job->event_ns += ns;
	if (note.phase == WORKER_SURVEY)
		job->survey_ns += ns;
	else if (note.phase != WORKER_BETWEEN)
		job->cell_ns[note.cell] += ns;
	/* Alone in its process it is to blame for whatever takes time there. */
	if (job->cells == 1 && job->all_ns > limit)
		too_late(job, 0);
	else if (job->cells > 1 && job->cell_ns[note.cell] > limit)
		too_late(job, note.cell);
	else if (job->survey_ns > limit || job->all_ns > limit * (job->cells + 2))
		too_late(job, (uint32_t)job->cells);
}

void job_kill(struct job *job)
{
	if (!job->pid)
		return;
	if (!job->over) {
		kill(job->pid, SIGKILL);
		while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	release(job);
}

enum job_end job_end(struct job *job, int status, uint32_t *at, bool *doubt, struct vt_error *err)
{
	enum job_end end = verdict(job, job->run, status, at, doubt, err);

	chatter_end(&job->chatter);
	release(job);
	return end;
}
