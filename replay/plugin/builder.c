/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
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
#include "traces/base/call_files.h"
#include "traces/base/mem.h"
#include "traces/base/process.h"
#include "traces/base/safe_text.h"

/* ---- files ---- */

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

char *builder_path(const struct builder *b, const char *name)
{
	return vt_format("%s/%s", b->folder, name);
}

static int make_folders(char *path, size_t from)
{
	for (char *slash = path + from; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';

		int failed = mkdir(path, 0700) && errno != EEXIST;

		*slash = '/';
		if (failed)
			return -1;
	}
	return 0;
}

int builder_write(const struct builder *b, const char *name, const void *data, size_t size)
{
	char *path = builder_path(b, name);
	int failed = make_folders(path, strlen(b->folder));
	int fd = failed ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;

	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n < 0 ? 0 : (size_t)n;
	}
	if (fd < 0 || done < size)
		failed = vt_error_set(b->err, path, VT_NO_OFFSET, "cannot be written: %s",
				      strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return failed ? -1 : 0;
}

int builder_write_policy_h(const struct builder *b, const char *name)
{
	return builder_write(b, name, vtick_policy_h,
			     (size_t)(vtick_policy_h_end - vtick_policy_h));
}

/* ---- tools ---- */

#define SAID_MAX ((size_t)64 << 20)

/* How long a tool may take to go when it is asked to. */
static const struct timespec grace = { .tv_sec = 1 };

/* In a process group of its own, so that what it starts can be ended with it. */
static _Noreturn void run_tool(const struct builder *b, enum builder_output output,
			       const char *folder, const char *const *argv, int to, pid_t builder)
{
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	process_dies_with(builder);
	/* A tree may be a stranger's: git reads what is there, and fetches nothing by its settings.
	 */
	setenv("GIT_ALLOW_PROTOCOL", "none", 1);
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
	if (folder && chdir(folder))
		_exit(126);
	dup2(null, STDIN_FILENO);
	if (output != BUILDER_SHOWN)
		setenv("LC_ALL", "C", 1);
	dup2(output == BUILDER_STDERR ? null : to, STDOUT_FILENO);
	dup2(output == BUILDER_STDOUT ? null : to, STDERR_FILENO);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The tool that runs. */
static volatile pid_t at_work;

static void on_no_memory(void)
{
	if (at_work > 0)
		kill(-at_work, SIGKILL);
	_exit(VT_NO_MEMORY_EXIT);
}

static void stop_tool(pid_t pid)
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

/* Was the builder asked to end? */
static int is_to_end(void)
{
	sigset_t pending;

	return !sigpending(&pending) && sigismember(&pending, SIGTERM) == 1;
}

/* Reads what there is. 1: more may come, 0: that was all, -1: it is too much. */
static int read_some(int fd, struct builder_said *said, size_t *room)
{
	ssize_t n;

	if (said->size + 1 >= *room) {
		*room = *room ? *room * 2 : 65536;
		said->text = vt_realloc(said->text, *room);
	}
	n = read(fd, said->text + said->size, *room - said->size - 1);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : 0;
	said->size += (size_t)n;
	said->text[said->size] = '\0';
	if (said->size > SAID_MAX)
		return -1;
	return n > 0;
}

/* Until the tool has closed it. 0, or -1: it is too much, or the builder is to end. */
static int listen_to(int fd, struct builder_said *said)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t room = 0;
	int more = 1;

	while (more > 0) {
		int ready = poll(&p, 1, 100);

		if (is_to_end())
			return -1;
		if (ready > 0)
			more = read_some(fd, said, &room);
	}
	return more;
}

/* Waits for the tool, or for SIGTERM. 0 with its wait status, or -1. */
static int await_tool(pid_t pid, int *status)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);
		const struct timespec pause = { .tv_nsec = 100000000 };

		if (got)
			return got == pid ? 0 : -1;
		if (is_to_end())
			return -1;
		sigtimedwait(&set, NULL, &pause);
	}
}

static int follow(const struct builder *b, const char *name, pid_t pid, int fd,
		  struct builder_said *said)
{
	int status;

	setpgid(pid, pid); /* whoever of the two comes first */
	at_work = pid;
	if (listen_to(fd, said) || await_tool(pid, &status)) {
		stop_tool(pid);
		return vt_error_set(b->err, name, VT_NO_OFFSET,
				    is_to_end() ? "interrupted" : "got lost, or says too much");
	}
	at_work = 0;
	said->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!said->text)
		said->text = vt_strdup("");
	return 0;
}

int builder_tool(const struct builder *b, enum builder_output output, const char *folder,
		 const char *const *argv, struct builder_said *said)
{
	int ends[2], failed;
	pid_t builder = getpid(), pid;

	*said = (struct builder_said){ 0 };
	if (pipe2(ends, O_CLOEXEC))
		return vt_error_set(b->err, argv[0], VT_NO_OFFSET, "no pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		run_tool(b, output, folder, argv, ends[1], builder);
	close(ends[1]);
	failed =
	    pid < 0 ? vt_error_set(b->err, argv[0], VT_NO_OFFSET, "no process: %s", strerror(errno))
		    : follow(b, argv[0], pid, ends[0], said);
	close(ends[0]);
	/* It cites what a stranger wrote. */
	if (output == BUILDER_SHOWN && said->text)
		safe_lines(SAFE_TEXT, stderr, said->text);
	return failed;
}

void builder_said_free(struct builder_said *said)
{
	free(said->text);
	*said = (struct builder_said){ 0 };
}

/* ---- the builder ---- */

static int make_folder(struct builder *b)
{
	const char *tmp = getenv("TMPDIR");

	b->folder = vt_format("%s/vtick-policy-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(b->folder)) {
		snprintf(b->shared->folder, sizeof(b->shared->folder), "%s", b->folder);
		return 0;
	}
	vt_error_set(b->err, b->folder, VT_NO_OFFSET, "no temporary folder: %s", strerror(errno));
	b->folder = NULL;
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

static void remove_folder(struct builder_shared *shared)
{
	if (*shared->folder)
		nftw(shared->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	*shared->folder = '\0';
}

/* The object goes where it outlives the folder. */
static int keep_object(const struct builder *b)
{
	char *object = builder_path(b, "policy.so");
	int fd = open(object, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0)
		n = sendfile(b->result, fd, NULL, 1 << 20);
	if (n < 0)
		vt_error_set(b->err, object, VT_NO_OFFSET,
			     "what the compiler made cannot be kept: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(object);
	return n < 0 ? -1 : 0;
}

static _Noreturn void be_builder(struct builder *b, builder_work_fn *work, void *arg)
{
	int failed;

	vt_no_memory_is(on_no_memory);
	failed = make_folder(b) || work(b, arg) || call_files_check(b->err) || keep_object(b);
	remove_folder(b->shared);
	fflush(NULL);
	_exit(failed ? 1 : 0);
}

/* What becomes of the builder as the parent sees it. 0, or -1. */
static int end_of(const struct builder *b, const char *what, enum child_end end, int status,
		  struct vt_error *err)
{
	if (end == CHILD_INTERRUPTED)
		return vt_error_set(err, what, VT_NO_OFFSET, "interrupted while it was compiled");
	if (end != CHILD_ENDED || !WIFEXITED(status))
		return vt_error_set(err, what, VT_NO_OFFSET, "the compiler got lost");
	if (!WEXITSTATUS(status))
		return 0;
	if (WEXITSTATUS(status) == VT_NO_MEMORY_EXIT)
		return vt_error_set(err, what, VT_NO_OFFSET, "out of memory as it was compiled");
	if (err)
		*err = *b->err;
	return -1;
}

static int run_builder(struct builder *b, const char *what, builder_work_fn *work, void *arg,
		       struct vt_error *err)
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
	if (!pid)
		be_builder(b, work, arg);
	if (pid < 0)
		return vt_error_set(err, what, VT_NO_OFFSET, "no process for the compiler: %s",
				    strerror(errno));
	end = child_wait(pid, SIGTERM, 0, &status);
	remove_folder(b->shared); /* of a builder that died */
	return end_of(b, what, end, status, err);
}

int builder_run(const char *what, builder_work_fn *work, void *arg, struct vt_error *err)
{
	struct builder b = { .result = memfd_create("policy.so", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
	int failed = -1;

	b.shared = mmap(NULL, sizeof(*b.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (b.result < 0 || b.shared == MAP_FAILED) {
		vt_error_set(err, what, VT_NO_OFFSET, "no room for what it is compiled to: %s",
			     strerror(errno));
	} else {
		b.err = &b.shared->err;
		failed = run_builder(&b, what, work, arg, err);
	}
	if (b.shared != MAP_FAILED)
		munmap(b.shared, sizeof(*b.shared));
	/* Who runs it cannot change what the next one runs. */
	if (!failed)
		fcntl(b.result, F_ADD_SEALS,
		      F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	if (failed && b.result >= 0) {
		close(b.result);
		b.result = -1;
	}
	return b.result;
}
