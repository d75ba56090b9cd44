/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* O_TMPFILE */
#include "traces/base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/copy.h"
#include "traces/base/mem.h"

/* Of the target's name in the temporary's, so that this is no longer than a name may be. */
#define NAME_MAX_KEPT 200
#define TEMPORARIES_MAX 1000

/* ---- what signals take along ---- */

static struct temporary *volatile unfinished;
static volatile pid_t owner; /* whose they are: not a forked child's */

void temporary_abandon(void)
{
	if (getpid() != owner)
		return;
	for (struct temporary *t = unfinished; t; t = t->next)
		unlinkat(t->folder, t->name, 0);
}

static const int ends[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,	  SIGPIPE, SIGABRT, SIGALRM,
			    SIGUSR1, SIGUSR2, SIGXCPU, SIGSEGV,	  SIGBUS,  SIGFPE,  SIGILL,
			    SIGTRAP, SIGSYS,  SIGPROF, SIGVTALRM, SIGIO,   SIGPWR,  SIGSTKFLT };

static void on_end(int number)
{
	temporary_abandon();
	signal(number, SIG_DFL);
	raise(number);
}

/* What is ignored stays ignored, and another's handler is another's. */
static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_NODEFER | SA_RESTART };
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!sigaction(ends[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(ends[i], &action, NULL);
	}
}

void temporary_forget(void)
{
	struct sigaction is;

	unfinished = NULL;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!sigaction(ends[i], NULL, &is) && is.sa_handler == on_end)
			signal(ends[i], SIG_DFL);
	}
}

/* Signals wait until free_signals(): what is done meanwhile is done for them as a whole. */
static void hold_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, before);
}

static void free_signals(const sigset_t *before)
{
	int code = errno;

	sigprocmask(SIG_SETMASK, before, NULL);
	errno = code;
}

/* While signals are held, as list_remove(). */
static void list_add(struct temporary *t)
{
	if (owner != getpid()) {
		owner = getpid();
		unfinished = NULL;
	}
	t->next = unfinished;
	unfinished = t;
	vt_at_no_memory(temporary_abandon);
	watch_signals();
}

static void list_remove(struct temporary *t)
{
	if (unfinished == t)
		unfinished = t->next;
	for (struct temporary *p = unfinished; p; p = p->next) {
		if (p->next == t)
			p->next = t->next;
	}
}

/* ---- names ---- */

/* Calls @make with names beside @target until one is not taken (by another file of this process, or
 * by what a killed one of its number left). The name, or NULL with errno. */
static char *free_name(const char *target, int (*make)(struct temporary *t, const char *name),
		       struct temporary *t)
{
	int kept = (int)strnlen(target, NAME_MAX_KEPT);

	for (unsigned i = 1; i <= TEMPORARIES_MAX; i++) {
		char *name = vt_format("%.*s.tmp.%ld.%u", kept, target, (long)getpid(), i);

		if (!make(t, name))
			return name;
		free(name);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

int open_high(int folder, const char *name, int flags)
{
	int fd = openat(folder, name, O_CLOEXEC | flags, 0666), high, code;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	code = errno;
	close(fd);
	errno = code;
	return high;
}

/* Gives the file without a name one; it has none of its own, so /proc has to call it. */
static int link_as(struct temporary *t, const char *name)
{
	char *self = vt_format("/proc/self/fd/%d", t->fd);
	int failed = linkat(AT_FDCWD, self, t->folder, name, AT_SYMLINK_FOLLOW);

	free(self);
	return failed;
}

static int create(struct temporary *t, const char *name)
{
	t->fd = open_high(t->folder, name, O_RDWR | O_CREAT | O_EXCL);
	return t->fd < 0 ? -1 : 0;
}

/* ---- the file ---- */

int temporary_open(struct temporary *t, int folder, const char *target)
{
	sigset_t before;

	*t = (struct temporary){ .fd = -1, .folder = folder };
	if (!access("/proc/self/fd", X_OK))
		t->fd = open_high(folder, ".", O_RDWR | O_TMPFILE);
	if (t->fd >= 0)
		return 0;
	hold_signals(&before);
	t->name = free_name(target, create, t);
	if (t->name)
		list_add(t);
	free_signals(&before);
	return t->name ? 0 : -1;
}

/* Where something is mounted on the file @target itself no name can take its place: its contents
 * do. The descriptor is the target's then. */
static int copy_onto(struct temporary *t, const char *target)
{
	int to = openat(t->folder, target, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), code;
	struct stat st, mine;
	int failed = to < 0 || fstat(to, &st) || fstat(t->fd, &mine) ? -1 : 0;

	if (!failed && !S_ISREG(st.st_mode)) {
		errno = EBUSY;
		failed = -1;
	}
	if (!failed && (st.st_mode & 0777) != (mine.st_mode & 0777))
		failed = fchmod(to, mine.st_mode & 0777);
	if (!failed)
		failed = copy_contents(t->fd, to) || dup3(to, t->fd, O_CLOEXEC) < 0 ? -1 : 0;
	code = errno;
	if (to >= 0)
		close(to);
	if (!failed && t->name)
		unlinkat(t->folder, t->name, 0);
	errno = code;
	return failed;
}

/* While signals are held. */
static int place(struct temporary *t, const char *target)
{
	int code;

	if (t->name)
		return renameat(t->folder, t->name, t->folder, target) &&
			       (errno != EBUSY || copy_onto(t, target))
			   ? -1
			   : 0;
	if (!link_as(t, target))
		return 0;
	if (errno != EEXIST)
		return -1;

	/* A link takes nobody's place: by way of a name that can. */
	char *name = free_name(target, link_as, t);

	if (!name)
		return -1;
	if (!renameat(t->folder, name, t->folder, target)) {
		free(name);
		return 0;
	}
	code = errno;
	unlinkat(t->folder, name, 0);
	free(name);
	errno = code;
	return code == EBUSY ? copy_onto(t, target) : -1;
}

/* While signals are held. */
static void forget(struct temporary *t)
{
	if (!t->name)
		return;
	list_remove(t);
	free(t->name);
	t->name = NULL;
}

int temporary_place(struct temporary *t, const char *target)
{
	sigset_t before;
	int failed;

	hold_signals(&before);
	failed = place(t, target);
	if (!failed)
		forget(t);
	free_signals(&before);
	return failed;
}

void temporary_drop(struct temporary *t)
{
	sigset_t before;

	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	hold_signals(&before);
	if (t->name)
		unlinkat(t->folder, t->name, 0);
	forget(t);
	free_signals(&before);
}

const char *temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

int temporary_scratch(void)
{
	char *name;
	sigset_t before;
	int fd = open_high(AT_FDCWD, temporary_folder(), O_RDWR | O_TMPFILE | O_EXCL);

	if (fd >= 0)
		return fd;
	name = vt_format("%s/vtick-XXXXXX", temporary_folder());
	hold_signals(&before);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free_signals(&before);
	free(name);
	return fd;
}
