/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/cc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "replay/plugin/child.h"
#include "replay/policy.h"
#include "traces/base/mem.h"

/*
 * The header goes into the command itself, so that a policy is always compiled against the
 * interface of the engine that will run it, wherever the command was installed or moved to.
 */
__asm__(".section .rodata\n"
	"vtick_policy_h:\n"
	".incbin \"replay/policy.h\"\n"
	"vtick_policy_h_end:\n"
	".previous\n");
extern const char vtick_policy_h[] __attribute__((visibility("hidden")));
extern const char vtick_policy_h_end[] __attribute__((visibility("hidden")));

static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = vt_alloc(size);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static int write_header(const char *folder, const char *name)
{
	char *path = join(folder, name);
	size_t size = (size_t)(vtick_policy_h_end - vtick_policy_h);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, vtick_policy_h, size);

	if (fd >= 0)
		close(fd);
	free(path);
	return n == (ssize_t)size ? 0 : -1;
}

/* Both `#include "policy.h"` and `#include "replay/policy.h"` find the header. */
static int fill_folder(const char *folder)
{
	char *sub = join(folder, "replay");
	int failed = mkdir(sub, 0700) || write_header(folder, "policy.h") ||
		     write_header(folder, "replay/policy.h");

	free(sub);
	return failed ? -1 : 0;
}

/*
 * The compiler works below a process of its own, the builder, which has the folder and removes it
 * whatever becomes of the compiler, and of vtick.
 */
struct builder {
	const char *source;
	char *folder; /* NULL: none was made */
	char *object;
	int result;	      /* where the object goes in the end */
	sigset_t mask;	      /* the compiler's */
	struct vt_error *err; /* shared with the parent */
};

/* How long a compiler may take to go when it is asked to. */
static const struct timespec grace = { .tv_sec = 1 };

/*
 * $CC may be a compiler with options ("ccache gcc"): the shell splits it. In a process group of its
 * own, so that what it starts can be ended with it.
 */
static _Noreturn void run_cc(const struct builder *b)
{
	static const char script[] = "exec ${CC:-cc} \"$@\"";

	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", script, "cc", "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra",
	      "-Wno-unused-parameter", "-fPIC", "-shared", "-Wl,--build-id=sha1", "-I", b->folder,
	      "-o", b->object, b->source, (char *)NULL);
	_exit(127);
}

static void stop_cc(pid_t pid)
{
	sigset_t chld;
	int status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	kill(-pid, SIGTERM);
	if (!waitpid(pid, &status, WNOHANG))
		sigtimedwait(&chld, NULL, &grace);
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* Waits for the compiler, or for SIGTERM. Its wait status, or -1. */
static int await_cc(pid_t pid)
{
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got)
			return got == pid ? status : -1;
		if (sigwaitinfo(&set, NULL) == SIGTERM) {
			stop_cc(pid);
			return -1;
		}
	}
}

static int compile(const struct builder *b)
{
	const char *cc = getenv("CC");
	pid_t pid = fork();

	if (!pid)
		run_cc(b);
	if (pid < 0)
		return vt_error_set(b->err, b->source, VT_NO_OFFSET,
				    "no process for the compiler: %s", strerror(errno));
	setpgid(pid, pid); /* whoever of the two comes first */
	if (await_cc(pid))
		return vt_error_set(b->err, b->source, VT_NO_OFFSET,
				    "'%s' could not compile it, its messages are above",
				    cc && *cc ? cc : "cc");
	return 0;
}

/* The object goes where it outlives the folder. */
static int keep_object(const struct builder *b)
{
	int fd = open(b->object, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0)
		n = sendfile(b->result, fd, NULL, 1 << 20);
	if (n < 0)
		vt_error_set(b->err, b->source, VT_NO_OFFSET,
			     "what the compiler made of it cannot be kept: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static int build(struct builder *b)
{
	const char *tmp = getenv("TMPDIR");

	if (access(b->source, R_OK))
		return vt_error_set(b->err, b->source, VT_NO_OFFSET, "cannot be read: %s",
				    strerror(errno));
	b->folder = join(tmp && *tmp ? tmp : "/tmp", "vtick-policy-XXXXXX");
	if (!mkdtemp(b->folder)) {
		vt_error_set(b->err, b->folder, VT_NO_OFFSET, "no temporary folder: %s",
			     strerror(errno));
		b->folder = NULL;
		return -1;
	}
	b->object = join(b->folder, "policy.so");
	if (fill_folder(b->folder))
		return vt_error_set(b->err, b->folder, VT_NO_OFFSET, "cannot be written: %s",
				    strerror(errno));
	return compile(b) || keep_object(b) ? -1 : 0;
}

static void remove_folder(const struct builder *b)
{
	static const char *const content[] = { "policy.so", "policy.h", "replay/policy.h" };

	if (!b->folder)
		return;
	for (size_t i = 0; i < sizeof(content) / sizeof(*content); i++)
		unlink(join(b->folder, content[i]));
	rmdir(join(b->folder, "replay"));
	rmdir(b->folder);
}

/* What becomes of the builder as the parent sees it. 0, or -1. */
static int end_of(const struct builder *b, enum child_end end, int status, struct vt_error *err)
{
	if (end == CHILD_INTERRUPTED)
		return vt_error_set(err, b->source, VT_NO_OFFSET,
				    "interrupted while it was compiled");
	if (end != CHILD_ENDED || !WIFEXITED(status))
		return vt_error_set(err, b->source, VT_NO_OFFSET, "the compiler got lost");
	if (!WEXITSTATUS(status))
		return 0;
	if (err)
		*err = *b->err;
	return -1;
}

static int run_builder(struct builder *b, struct vt_error *err)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
	enum child_end end;
	int status = 0;
	sigset_t mask;
	pid_t pid;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	b->mask = mask;
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
		sigdelset(&b->mask, held[i]);
		sigaddset(&mask, held[i]);
	}
	fflush(NULL);
	pid = child_fork(SIGTERM, &mask);
	if (!pid) {
		int failed = build(b);

		remove_folder(b);
		_exit(failed ? 1 : 0);
	}
	if (pid < 0)
		return vt_error_set(err, b->source, VT_NO_OFFSET, "no process for the compiler: %s",
				    strerror(errno));
	end = child_wait(pid, SIGTERM, 0, &status);
	return end_of(b, end, status, err);
}

int plugin_cc(const char *source, struct vt_error *err)
{
	struct builder b = { .source = source, .result = memfd_create("policy.so", MFD_CLOEXEC) };
	int failed = -1;

	b.err =
	    mmap(NULL, sizeof(*b.err), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b.result < 0 || b.err == MAP_FAILED)
		vt_error_set(err, source, VT_NO_OFFSET, "no room for what it is compiled to: %s",
			     strerror(errno));
	else
		failed = run_builder(&b, err);
	if (b.err != MAP_FAILED)
		munmap(b.err, sizeof(*b.err));
	if (failed && b.result >= 0) {
		close(b.result);
		b.result = -1;
	}
	return b.result;
}
