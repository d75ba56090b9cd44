/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* As many links on the way to a file as the kernel follows. */
#define LINKS_MAX 40
/* Of the file's name in the temporary's, so that this is no longer than a name may be. */
#define NAME_MAX_KEPT 200
#define TEMPORARIES_MAX 1000

struct file {
	char *path;	 /* as the user gave it, for messages */
	char *target;	 /* what the links lead to */
	char *temporary; /* NULL: written in place */
	int fd;
	bool keep_old;
	struct file *next; /* of those with a temporary */
};

/* ---- temporaries that a signal takes along ---- */

static struct file *volatile unfinished;
static volatile pid_t owner; /* whose they are: not a forked child's */

static void on_end(int number)
{
	if (getpid() == owner) {
		for (struct file *f = unfinished; f; f = f->next)
			unlink(f->temporary);
	}
	signal(number, SIG_DFL);
	raise(number);
}

/* Of a file that grows over RLIMIT_FSIZE: write() tells. */
static void on_limit(int number)
{
	(void)number;
}

/* What is ignored stays ignored, and another's handler is another's. */
static void handle(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER | SA_RESTART };
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	if (!sigaction(number, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(number, &action, NULL);
}

static void list_add(struct file *f)
{
	if (owner != getpid()) {
		owner = getpid();
		unfinished = NULL;
	}
	f->next = unfinished;
	unfinished = f;
}

static void list_remove(struct file *f)
{
	if (unfinished == f)
		unfinished = f->next;
	for (struct file *p = unfinished; p; p = p->next) {
		if (p->next == f)
			p->next = f->next;
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
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* While signals are held. */
static void watch(struct file *f)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGABRT };

	list_add(f);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		handle(ends[i], on_end);
	handle(SIGXFSZ, on_limit);
}

/* ---- names ---- */

/* The descriptor that @path is a name of, or -1. */
static int descriptor(const char *path)
{
	static const char *const folder[] = { "/dev/fd/", "/proc/self/fd/" };
	uint32_t n;

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(folder) / sizeof(*folder); i++) {
		size_t len = strlen(folder[i]);

		if (!strncmp(path, folder[i], len) && !cli_parse_u32(path + len, &n) &&
		    n <= INT_MAX)
			return (int)n;
	}
	return -1;
}

/* Where a link that stands at @path leads, allocated; NULL if it is none. */
static char *link_target(const char *path)
{
	char text[PATH_MAX];
	ssize_t len = readlink(path, text, sizeof(text) - 1);
	const char *slash = strrchr(path, '/');

	if (len < 0)
		return NULL;
	text[len] = '\0';
	if (text[0] == '/' || !slash)
		return vt_strdup(text);
	return vt_format("%.*s/%s", (int)(slash - path), path, text);
}

/* What @path leads to, which need not be there yet. */
static char *follow(const char *path)
{
	char *at = vt_strdup(path);

	for (unsigned i = 0; i < LINKS_MAX; i++) {
		char *next = link_target(at);

		if (!next)
			break;
		free(at);
		at = next;
	}
	return at;
}

bool file_is_special(const char *path)
{
	struct stat st;

	return descriptor(path) >= 0 || (!stat(path, &st) && !S_ISREG(st.st_mode));
}

bool file_same(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int file_apart(const char *output, const char *input, struct vt_error *err)
{
	if (!output || !input || file_is_special(output) || !file_same(output, input))
		return 0;
	return vt_error_set(err, output, VT_NO_OFFSET,
			    "would be overwritten, but is also read as '%s', expected another file",
			    input);
}

/* ---- writing ---- */

static int fault(const struct file *f, struct vt_error *err)
{
	return vt_error_set(err, f->path, VT_NO_OFFSET, "cannot be written: %s", strerror(errno));
}

/* As open(), but the descriptor is none of the standard ones: whoever closed those does not get
 * what others print into the file. */
static int open_high(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0666), high, code;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	code = errno;
	close(fd);
	errno = code;
	return high;
}

/* The temporary becomes what stands at the target: same owner, if that may be, and same mode. */
static void keep_mode(int fd, const struct stat *st)
{
	/* Who may not give a file away owns the new one, as after any other editor. */
	int given = fchown(fd, st->st_uid, st->st_gid);

	(void)given;
	fchmod(fd, st->st_mode & 0777);
}

static int open_temporary(struct file *f)
{
	const char *slash = strrchr(f->target, '/');
	const char *name = slash ? slash + 1 : f->target;
	struct stat st;
	int kept = (int)strnlen(name, NAME_MAX_KEPT);
	sigset_t before;

	if (!*name) {
		errno = EISDIR;
		return -1;
	}
	/* A name that is taken: another file of this process, or what a killed one of its number
	 * left. */
	hold_signals(&before);
	for (unsigned i = 1; i <= TEMPORARIES_MAX; i++) {
		char *temporary = vt_format("%.*s%.*s.tmp.%ld.%u", (int)(name - f->target),
					    f->target, kept, name, (long)getpid(), i);

		f->fd = open_high(temporary, O_CREAT | O_EXCL);
		if (f->fd >= 0) {
			f->temporary = temporary;
			watch(f);
			break;
		}
		free(temporary);
		if (errno != EEXIST)
			break;
	}
	free_signals(&before);
	if (f->fd >= 0 && !stat(f->target, &st))
		keep_mode(f->fd, &st);
	return f->fd;
}

static int open_file(struct file *f)
{
	int fd = descriptor(f->path);
	struct stat st;

	if (fd >= 0) {
		f->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		/* Of '>>' too the place says where we begin. */
		if (f->fd >= 0 && fcntl(f->fd, F_GETFL) & O_APPEND)
			lseek(f->fd, 0, SEEK_END);
		return f->fd;
	}
	if (file_is_special(f->path))
		return f->fd = open_high(f->path, 0);
	f->target = follow(f->path);
	/* A circle of links. */
	if (!lstat(f->target, &st) && S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	return open_temporary(f);
}

struct file *file_create(const char *path, struct vt_error *err)
{
	struct file *f = vt_alloc(sizeof(*f));
	struct stat st;

	f->fd = -1;
	f->path = vt_strdup(path);
	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		vt_error_set(err, path, VT_NO_OFFSET, "is a folder, expected a file to write");
		file_abort(f);
		return NULL;
	}
	if (open_file(f) < 0) {
		fault(f, err);
		file_abort(f);
		return NULL;
	}
	return f;
}

int file_write(struct file *f, const void *data, size_t size, struct vt_error *err)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(f->fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault(f, err);
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int file_fd(const struct file *f)
{
	return f->fd;
}

const char *file_name(const struct file *f)
{
	return f->temporary ? f->temporary : f->path;
}

/* It is a temporary no more. */
static void settle(struct file *f)
{
	sigset_t before;

	hold_signals(&before);
	list_remove(f);
	free_signals(&before);
	free(f->temporary);
	f->temporary = NULL;
}

void file_keep_old(struct file *f)
{
	f->keep_old = true;
}

/* Both names at once, so that there is one at any moment; not every file system has links. */
static int put_aside(const struct file *f, struct vt_error *err)
{
	char *old = vt_format("%s.old", f->target);
	struct stat st;
	int failed = 0;

	if (!lstat(f->target, &st)) {
		unlink(old);
		if (link(f->target, old) && rename(f->target, old))
			failed = vt_error_set(err, old, VT_NO_OFFSET,
					      "cannot be kept, what is '%s' now: %s", f->path,
					      strerror(errno));
	}
	free(old);
	return failed;
}

int file_publish(struct file *f, struct vt_error *err)
{
	if (!f->temporary || !f->target)
		return 0; /* written in place */
	if (f->keep_old && put_aside(f, err))
		return -1;
	if (rename(f->temporary, f->target))
		return fault(f, err);
	settle(f);
	return 0;
}

int file_commit(struct file *f, struct vt_error *err)
{
	int failed = 0, fd = f->fd;

	/* fsync() first: a file that has its name has its contents, whatever happens next. */
	if (f->target && fsync(fd))
		failed = fault(f, err);
	f->fd = -1;
	if (close(fd) && !failed)
		failed = fault(f, err);
	if (!failed)
		failed = file_publish(f, err);
	file_abort(f);
	return failed;
}

void file_abort(struct file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->temporary) {
		unlink(f->temporary);
		settle(f);
	}
	free(f->target);
	free(f->path);
	free(f);
}

int file_save(const char *path, const void *data, size_t size, struct vt_error *err)
{
	struct file *f = file_create(path, err);

	if (!f)
		return -1;
	if (file_write(f, data, size, err)) {
		file_abort(f);
		return -1;
	}
	return file_commit(f, err);
}
