/* SPDX-License-Identifier: GPL-2.0-only */
/* A side of a cell that is explained, replayed, and what became of its ticks in words. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/explain_job.h"
#include "replay/plugin/child.h"
#include "replay/run/run.h"
#include "traces/base/file.h"
#include "traces/base/json.h"
#include "traces/base/process.h"
#include "traces/trace.h"

/* Replaces the child by this very command. */
static _Noreturn void run(char *const argv[])
{
	char *self;

	execv("/proc/self/exe", argv);
	self = process_path();
	if (self)
		execv(self, argv);
	_exit(127);
}

/* Runs `vtick replay`, which has the @n descriptors of @keep; what it says goes to @said. 0; -1
 * where it cannot be run; or the status with which it ends otherwise. */

static int run_replay(char *const argv[], const int *keep, size_t n, int said)
{
	int status, null;
	sigset_t mask;
	pid_t pid;

	fflush(NULL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	pid = child_fork(SIGTERM, &mask);
	if (pid < 0)
		return -1;
	if (!pid) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
			_exit(127);
		for (size_t i = 0; i < n; i++)
			fcntl(keep[i], F_SETFD, 0);
		run(argv);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}

/* The policy as it is now must do what it did when the result was made. */
static int check_result(struct explain_job *j, int side, const char *spec, const char *file,
			struct vt_error *err)
{
	const struct cell *was = j->pair->cell[side];
	struct input in;
	int failed = input_read(&in, file, err) ? EXPLAIN_FAULT : 0;

	if (!failed && strcmp(in.cell[0].sha256, was->sha256) != 0) {
		failed = EXPLAIN_CANNOT;
		vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "%s is not the trace of the results: its sha256 is %.12s..., theirs %.12s...",
		    j->trace, in.cell[0].sha256, was->sha256);
	} else if (!failed && strcmp(in.cell[0].digest, was->digest) != 0) {
		failed = EXPLAIN_CANNOT;
		vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "%s, %s: '%s' now behaves otherwise than in %s: give the file that it was made "
		    "with by --explain-%s",
		    j->pair->trace, j->pair->policy, spec, was->file, side ? "candidate" : "base");
	}
	input_free(&in);
	return failed;
}

/* The cost profile that the cell was replayed with, into @fd. False if there was none. */
static bool write_costs(const struct explain_job *j, int side, int fd)
{
	json_t *provenance = explain_provenance(&j->c->side[side], j->pair->cell[side]);
	json_t *costs = json_object_get(provenance, "costs"), *figures, *ns;
	const char *name;
	bool written = false;

	if (json_is_object(costs)) {
		figures = json_object();
		json_object_foreach(costs, name, ns)
		{
			if (json_is_integer(ns) || json_is_array(ns))
				json_put(figures, name,
					 json_make("{s:O, s:s}", "ns", ns, "source", "the result"));
		}
		costs = json_make("{s:s, s:o}", "schema", "vtick.costs/1", "figures", figures);
		written = costs && !json_dumpfd(costs, fd, JSON_COMPACT);
		json_decref(costs);
	}
	json_decref(provenance);
	return written;
}

/* Was the machine away in the cell when the trace says so? */
static bool recorded_away(const struct cell *c)
{
	for (size_t i = 0; i < c->params; i++) {
		if (!strcmp(c->param[i].name, "away"))
			return !strcmp(c->param[i].value, "recorded");
	}
	return false;
}

/* What a replay reads and writes: files without names, gone whatever happens. */
enum scratch { FATES, RESULT, COSTS, SAID, SCRATCHES };

/* The first line that the replay said, without the command's name. */
static void first_said(int fd, char *line, size_t size)
{
	const char prefix[] = "vtick: ";
	ssize_t n = pread(fd, line, size - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, prefix, sizeof(prefix) - 1))
		memmove(line, line + sizeof(prefix) - 1, strlen(line) + 2 - sizeof(prefix));
}

/* The policy lost its cell, says the result, and not for want of memory, which says nothing of it.
 */
static bool lost_by_policy(const char *file)
{
	struct vt_error none;
	struct input in;
	bool lost = !input_read(&in, file, &none) && in.cells == 1 &&
		    strcmp(in.cell[0].status, cell_status_name(CELL_OK)) != 0 &&
		    strcmp(in.cell[0].status, cell_status_name(CELL_MEMORY)) != 0;

	input_free(&in);
	return lost;
}

/* It ended with @status, or, -1, could not be run. */
static int replay_failed(const struct explain_job *j, const char *spec, int status,
			 const char *result, int said, struct vt_error *err)
{
	char why[512];

	if (status < 0)
		snprintf(why, sizeof(why), "%s", strerror(errno));
	else
		first_said(said, why, sizeof(why));
	vt_error_set(err, NULL, VT_NO_OFFSET,
		     "--explain: %s%s could not be replayed through '%s'%s%s",
		     j->made ? j->pair->trace : j->trace, j->made ? ", made smaller," : "", spec,
		     *why ? ": " : "", why);
	return status > 0 && lost_by_policy(result) ? EXPLAIN_LOST : EXPLAIN_FAULT;
}

static int replay_into(struct explain_job *j, int side, char *spec, const int fd[SCRATCHES],
		       struct vt_error *err)
{
	char name[SCRATCHES][32];
	int status;

	for (int i = 0; i < SCRATCHES; i++)
		snprintf(name[i], sizeof(name[i]), "/dev/fd/%d", fd[i]);

	const char *away = recorded_away(j->pair->cell[side]) ? "recorded" : "drawn";
	char *argv[16] = { "vtick",	"replay", "-p",		spec,	  "--fates",
			   name[FATES], "-o",	  name[RESULT], "--away", (char *)away };
	int n = 10;

	if (write_costs(j, side, fd[COSTS])) {
		argv[n++] = "--costs";
		argv[n++] = name[COSTS];
	}
	argv[n++] = "--";
	argv[n++] = j->trace;

	status = run_replay(argv, fd, SAID, fd[SAID]);
	if (status)
		return replay_failed(j, spec, status, name[RESULT], fd[SAID], err);

	int failed = j->made ? 0 : check_result(j, side, spec, name[RESULT], err);

	return failed ? failed : fates_read(&j->fates[side], name[FATES], err);
}

int explain_replay(struct explain_job *j, int side, struct vt_error *err)
{
	char *spec = explain_spec(j->o, &j->c->side[side], j->pair->cell[side], side, err);
	int fd[SCRATCHES] = { -1, -1, -1, -1 }, failed = spec ? 0 : EXPLAIN_CANNOT;

	for (int i = 0; !failed && i < SCRATCHES; i++) {
		fd[i] = file_scratch(j->trace, err);
		failed = fd[i] < 0 ? EXPLAIN_FAULT : 0;
	}
	if (!failed)
		failed = replay_into(j, side, spec, fd, err);
	if (failed == EXPLAIN_CANNOT)
		texts_add(&j->c->warnings, "--explain: %s", err->text);
	for (int i = 0; i < SCRATCHES; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
	}
	free(spec);
	return failed;
}

int64_t explain_ns(int64_t ticks, uint64_t hz)
{
	int64_t ns = (int64_t)trace_ticks_to_ns(ticks < 0 ? (uint64_t)-ticks : (uint64_t)ticks, hz);

	return ticks < 0 ? -ns : ns;
}

static void tell_fate(FILE *to, const struct fate *f, uint64_t hz)
{
	static const char *const words[FATE_KINDS] = {
		"delivered",
		"merged into a tick that still waited",
		"missed: the guest gave it up",
		"pended, and waits at the end",
	};

	if (f->count > 1)
		fprintf(to, "%" PRIu64 " periods ", f->count);
	if (f->pended != FATE_NEVER)
		fprintf(to, "pended at %+" PRId64 " ns, ", explain_ns(f->pended - f->due, hz));
	if (f->kind == FATE_PENDING && f->pended == FATE_NEVER)
		fprintf(to, "not pended until the end");
	else
		fprintf(to, "%s at %+" PRId64 " ns", words[f->kind],
			explain_ns(f->at - f->due, hz));
	if (f->lp != UINT32_MAX)
		fprintf(to, " (LP %" PRIu32 ")", f->lp);
}

static void tell_side(FILE *to, const struct explain_job *j, const struct parting *p, int side,
		      uint64_t hz)
{
	fprintf(to, "  %-9s  ", j->c->side[side].name);
	for (size_t i = 0; i < p->count[side]; i++) {
		fputs(i ? "; " : "", to);
		tell_fate(to, &j->fates[side].fate[p->first[side] + i], hz);
	}
	fputs(p->count[side] ? "\n" : "no tick of this deadline\n", to);
}

void explain_tell_sides(FILE *to, const struct explain_job *j, const struct parting *p,
			uint64_t clock_hz)
{
	tell_side(to, j, p, 0, clock_hz);
	tell_side(to, j, p, 1, clock_hz);
}
