/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* pipe2 */
#include "traces/import/kvm/tracecmd_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/process.h"
#include "traces/import/guard.h"
#include "traces/import/kvm/tracecmd_decode.h"
#include "traces/trace.h"

enum {
	SILENCE_MS = 120000,	/* a decoder that says nothing for so long hangs */
	REPORT_MAX = 256 << 20, /* a name, a thread each: far less in earnest */
	COPY = 1 << 16,
};

/* A copy of the capture with @l's patches, of @l's size. */
static int patched_copy(const struct capture *c, uint64_t size, const struct tracecmd_layout *l,
			const char *path, struct vt_error *err)
{
	int fd = file_scratch(path, err);
	static const char cannot[] = "cannot write to the temporary file (TMPDIR): %s";
	uint8_t buf[COPY];

	if (fd < 0)
		return -1;
	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < COPY ? (size_t)(size - at) : COPY;

		if (capture_pread(c, buf, n, at, err))
			goto fail;
		if (pwrite(fd, buf, n, (off_t)at) != (ssize_t)n) {
			vt_error_set(err, path, VT_NO_OFFSET, cannot, strerror(errno));
			goto fail;
		}
		at += n;
	}
	if (l->size > size && ftruncate(fd, (off_t)l->size)) {
		vt_error_set(err, path, VT_NO_OFFSET, cannot, strerror(errno));
		goto fail;
	}
	for (size_t i = 0; i < l->patches; i++)
		if (pwrite(fd, l->patch[i].byte, l->patch[i].n, (off_t)l->patch[i].offset) !=
		    (ssize_t)l->patch[i].n) {
			vt_error_set(err, path, VT_NO_OFFSET, cannot, strerror(errno));
			goto fail;
		}
	return fd;
fail:
	close(fd);
	return -1;
}

/* None of the files that the library unpacks into, nor @spool, grows over @most. */
static void __attribute__((noreturn))
child(pid_t parent, int data, int spool, int report, uint64_t most)
{
	int null = open("/dev/null", O_RDWR);
	struct rlimit none = { 0, 0 };

	process_dies_with(parent);
	vt_memory_end_up_to(VT_MEMORY_LARGE);
	/* What the library has to say about a broken file is not for the user. */
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	import_guard_child(most);
	tracecmd_decode(data, spool, report);
}

/* Reads all that the child reports. Returns its text, malloc'ed, or NULL: it hangs, or says too
 * much. */
static char *listen(int fd, size_t *n)
{
	struct cli_progress progress;
	size_t room = COPY, done = 0;
	char *text = vt_alloc(room);
	uint64_t alive = 0;

	cli_progress_start(&progress, "decoding", "records", 0);
	*n = 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int ready = poll(&p, 1, SILENCE_MS);
		ssize_t got;

		if (ready < 0 && errno == EINTR)
			continue;
		got = ready > 0 ? read(fd, text + done, room - 1 - done) : -1;
		if (got < 0 && ready > 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(text);
			text = NULL;
			break;
		}
		if (!got)
			break;
		/* Signs of life are not kept: they come before the report. */
		if (!done) {
			ssize_t skip = 0;

			while (skip < got && text[skip] == '\n')
				skip++;
			alive += (uint64_t)skip;
			memmove(text, text + skip, (size_t)(got - skip));
			got -= skip;
			cli_progress(&progress, alive << 15);
		}
		done += (size_t)got;
		if (done == room - 1) {
			if (room >= REPORT_MAX) {
				free(text);
				text = NULL;
				break;
			}
			room *= 2;
			text = vt_realloc(text, room);
		}
	}
	cli_progress_end(&progress);
	if (text)
		text[done] = '\0';
	*n = done;
	return text;
}

static uint64_t field(const json_t *report, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(report, key));

	return v > 0 ? (uint64_t)v : 0;
}

static int understand(struct tracecmd_file *f, const char *text, size_t n, int status,
		      const char *path, struct vt_error *err)
{
	const char *error;
	uint64_t cpus;

	if (text && WIFEXITED(status) && import_guard_blame(WEXITSTATUS(status), path, err))
		return -1;
	if (text && WIFSIGNALED(status))
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "damaged: libtracecmd died of it (signal %d), expected a whole trace.dat file",
		    WTERMSIG(status));
	if (!text)
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "damaged: libtracecmd hangs on it, expected a whole trace.dat file");
	f->report = json_loadb(text, n, 0, NULL);
	if (WEXITSTATUS(status) || !json_is_object(f->report))
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "damaged: libtracecmd gave up on it, expected a whole trace.dat file");
	error = json_string_value(json_object_get(f->report, "error"));
	if (error)
		return vt_error_set(err, path, VT_NO_OFFSET, "%s", error);
	cpus = field(f->report, "cpus");
	f->cpus = cpus <= TRACE_LPS_MAX ? (uint32_t)cpus : TRACE_LPS_MAX;
	f->t0 = field(f->report, "t0");
	f->t1 = field(f->report, "t1");
	/* json holds signed 64 bits; no clock gets there. */
	if (f->t1 < f->t0 || f->t1 - f->t0 >= TRACE_TICK_LIMIT || f->t1 >= UINT64_C(1) << 62)
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "damaged: time stamps from %" PRIu64 " to %" PRIu64
				    ", expected a span of less than 2^60",
				    f->t0, f->t1);
	return 0;
}

static int map(struct tracecmd_file *f, int spool, const char *path, struct vt_error *err)
{
	off_t size = lseek(spool, 0, SEEK_END);

	if (size < 0 || (uint64_t)size / sizeof(*f->record) != field(f->report, "spooled"))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "the temporary file (TMPDIR) is not whole");
	f->n = (size_t)size / sizeof(*f->record);
	if (!f->n)
		return 0;
	f->record =
	    mmap(NULL, f->n * sizeof(*f->record), PROT_READ | PROT_WRITE, MAP_SHARED, spool, 0);
	if (f->record == MAP_FAILED) {
		f->record = NULL;
		return vt_error_set(err, path, VT_NO_OFFSET, "cannot map the temporary file: %s",
				    strerror(errno));
	}
	return 0;
}

static int decode(struct tracecmd_file *f, int data, uint64_t size, const char *path,
		  struct vt_error *err)
{
	int spool = file_scratch(path, err), report[2], status = 0, ret = -1;
	char *text;
	pid_t pid, parent;
	size_t n;

	if (spool < 0)
		return -1;
	if (pipe2(report, O_CLOEXEC)) {
		vt_error_set(err, path, VT_NO_OFFSET, "cannot make a pipe: %s", strerror(errno));
		goto out;
	}
	parent = getpid();
	pid = fork();
	if (!pid) {
		close(report[0]);
		child(parent, data, spool, report[1], limit_unpacked(size));
	}
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		vt_error_set(err, path, VT_NO_OFFSET, "cannot start the decoder: %s",
			     strerror(errno));
		goto out;
	}
	text = listen(report[0], &n);
	close(report[0]);
	if (!text)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ret = understand(f, text, n, status, path, err);
	free(text);
	if (!ret)
		ret = map(f, spool, path, err);
out:
	close(spool);
	return ret;
}

int tracecmd_run(struct tracecmd_file *f, const struct capture *c, const struct tracecmd_layout *l,
		 const char *path, struct vt_error *err)
{
	int data, ret;

	*f = (struct tracecmd_file){ 0 };
	if (l->no_data) {
		f->report = json_object();
		return 0;
	}
	/* The library closes what it is given. */
	data = l->cut ? patched_copy(c, capture_bytes(c), l, path, err) : capture_dup(c, path, err);
	if (data < 0)
		return -1;
	ret = decode(f, data, capture_bytes(c), path, err);
	close(data);
	return ret;
}

void tracecmd_file_free(struct tracecmd_file *f)
{
	if (f->record)
		munmap(f->record, f->n * sizeof(*f->record));
	json_decref(f->report);
	*f = (struct tracecmd_file){ 0 };
}
