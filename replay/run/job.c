/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

struct job *job_new(struct run_cell *const *cell, size_t cells)
{
	struct job *job = vt_alloc(sizeof(*job));

	*job = (struct job){ .cells = cells, .out = -1 };
	job->cell = vt_alloc(cells * sizeof(struct run_cell *));
	memcpy(job->cell, cell, cells * sizeof(struct run_cell *));
	return job;
}

void job_release(struct job *job)
{
	if (job->page)
		munmap(job->page, sizeof(*job->page));
	if (job->out >= 0)
		close(job->out);
	job->page = NULL;
	job->out = -1;
	job->pid = 0;
}

void job_free(struct job *job)
{
	job_release(job);
	free(job->cell);
	free(job);
}

/* In the child: nothing of a policy's may reach the parent's terminal input or its standard output.
 */
static _Noreturn void child(struct job *job, const struct run *run, const sigset_t *mask,
			    pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	sigprocmask(SIG_SETMASK, mask, NULL);
	worker_main(job->page, job->cell, job->cells, run, job->out);
}

int job_start(struct job *job, const struct run *run, const sigset_t *mask, struct vt_error *err)
{
	pid_t parent = getpid();

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
	fflush(NULL);
	job->pid = fork();
	if (!job->pid)
		child(job, run, mask, parent);
	if (job->pid < 0) {
		job->pid = 0;
		return vt_error_set(err, NULL, VT_NO_OFFSET, "no child process: %s",
				    strerror(errno));
	}
	return 0;
}

void job_watch(struct job *job, const struct run *run, uint64_t ns)
{
	const struct worker_page *page = job->page;

	if (job->step != page->step || page->phase == WORKER_BETWEEN) {
		job->step = page->step;
		job->step_ns = 0;
		return;
	}
	job->step_ns += ns;
	if (run->timeout_ns && job->step_ns > run->timeout_ns && !job->timed_out) {
		job->timed_out = true;
		kill(job->pid, SIGKILL);
	}
}

void job_kill(struct job *job)
{
	if (!job->pid)
		return;
	kill(job->pid, SIGKILL);
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
	job_release(job);
}

static void lose(struct run_cell *c, enum cell_status status, const struct worker_page *page,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void lose(struct run_cell *c, enum cell_status status, const struct worker_page *page,
		 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, ap);
	va_end(ap);

	size_t used = strlen(c->message);
	char *more = c->message + used;
	size_t left = sizeof(c->message) - used;

	c->status = status;
	if (page->phase == WORKER_OPEN) {
		snprintf(more, left, " in open()");
	} else if (page->phase == WORKER_CLOSE) {
		snprintf(more, left, " at the end of the trace");
	} else if (page->event != NO_EVENT) {
		c->event = page->event;
		snprintf(more, left, " at event %" PRIu64, c->event);
	}
}

/* The policy that was alone in its child took it down. */
static enum job_end lose_alone(struct job *job, const struct run *run, int status)
{
	struct run_cell *c = job->cell[0];

	if (job->page->no_memory) {
		lose(c, CELL_MEMORY, job->page, "more than %" PRIu64 " MiB", run->memory_mib);
	} else if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		c->signal = WTERMSIG(status);
		lose(c, CELL_CRASHED, job->page, "killed by signal %d (SIG%s)", c->signal,
		     name ? name : "?");
	} else {
		lose(c, CELL_CRASHED, job->page, "ended the process with code %d",
		     WEXITSTATUS(status));
	}
	return JOB_LOST;
}

/* json_loadfd() would read byte by byte. */
static json_t *load(int file)
{
	int fd = dup(file);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	json_t *all;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	rewind(f);
	all = json_loadf(f, 0, NULL);
	fclose(f);
	return all;
}

/* The policy itself said that it is over, or called a service as it must not. */
static void take_end(struct run_cell *c, const json_t *end)
{
	const json_t *event = json_object_get(end, "event");
	const char *why = json_string_value(json_object_get(end, "why"));
	bool misused = !strcmp(json_string_value(json_object_get(end, "ended")), "misused");

	c->status = misused ? CELL_MISUSED : CELL_ERROR;
	if (json_is_integer(event)) {
		c->event = (uint64_t)json_integer_value(event);
		snprintf(c->message, sizeof(c->message), "%s at event %" PRIu64, why, c->event);
	} else {
		snprintf(c->message, sizeof(c->message), "%s%s", why,
			 json_is_true(json_object_get(end, "at_end")) ? " at the end of the trace"
								      : "");
	}
}

/* Takes the cells from the child's file; -1 if they are not there. */
static int take_cells(struct job *job)
{
	json_t *all = load(job->out);

	if (!json_is_array(all) || json_array_size(all) != job->cells) {
		json_decref(all);
		return -1;
	}
	for (size_t i = 0; i < job->cells; i++) {
		struct run_cell *c = job->cell[i];
		json_t *metrics = json_array_get(all, i);

		if (json_object_get(metrics, "ended")) {
			take_end(c, metrics);
		} else {
			c->status = CELL_OK;
			c->metrics = json_incref(metrics);
		}
	}
	json_decref(all);
	/* Every child of the trace says the same. */
	if (job->cell[0]->trace->truncated)
		json_put(job->cell[0]->trace->info, "sha256", json_text(job->page->sha256));
	return 0;
}

enum job_end job_end(struct job *job, const struct run *run, int status)
{
	const struct worker_page *page = job->page;
	bool clean = WIFEXITED(status) && !WEXITSTATUS(status);

	if (clean && page->outcome == WORKER_BAD_TRACE)
		return JOB_TRACE;
	if (clean && page->outcome == WORKER_FINISHED && !take_cells(job))
		return JOB_DONE;
	/* The step says that it is still the call that took too long. */
	if (job->timed_out && page->step == job->step && page->phase != WORKER_BETWEEN) {
		char *limit = cli_time_text(run->timeout_ns);

		lose(job->cell[page->cell], CELL_TIMEOUT, page, "stuck for more than %s", limit);
		free(limit);
		return JOB_TIMEOUT;
	}
	if (job->timed_out && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return JOB_SUSPECT;
	return job->cells == 1 ? lose_alone(job, run, status) : JOB_SUSPECT;
}
