/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "traces/base/call_files.h"
#include "traces/base/copy.h"
#include "traces/base/mem.h"
#include "traces/base/place.h"
#include "traces/base/temporary.h"

struct file {
	char *path; /* as the user gave it, for messages */
	struct place place;
	struct temporary temporary; /* of what is not written in place */
	int fd;
	bool in_place, private;
	file_ours_fn *ours; /* not NULL: what stands there is kept */
};

/* Of a file that grows over RLIMIT_FSIZE: write() tells. */
static void on_limit(int number)
{
	(void)number;
}

/* A handler and not SIG_IGN, which what is executed would inherit. */
void file_ready(void)
{
	struct sigaction action = { .sa_handler = on_limit, .sa_flags = SA_RESTART }, old;

	sigemptyset(&action.sa_mask);
	if (!sigaction(SIGXFSZ, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(SIGXFSZ, &action, NULL);
}

static int fault(const struct file *f, struct vt_error *err)
{
	return vt_error_set(err, f->path, VT_NO_OFFSET, "cannot be written: %s", strerror(errno));
}

/* ---- opening ---- */

/* The temporary becomes what stands at the target: same owner, if that may be, and same mode. */
static void keep_mode(int fd, const struct stat *st)
{
	/* Who may not give a file away owns the new one, as after any other editor. */
	int given = fchown(fd, st->st_uid, st->st_gid);

	(void)given;
	fchmod(fd, st->st_mode & 0777);
}

static int connect_to(const struct place *p)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, code, n;

	/* Its folder may have a name that is too long for an address. */
	n = snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/%s", p->folder, p->name);
	if (n >= (int)sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to))) {
		code = errno;
		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

static int open_in_place(const struct place *p)
{
	int fd;

	if (p->descriptor >= 0) {
		fd = fcntl(p->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		/* Of '>>' too the place says where we begin. */
		if (fd >= 0 && fcntl(fd, F_GETFL) & O_APPEND)
			lseek(fd, 0, SEEK_END);
		return fd;
	}
	if (S_ISSOCK(p->st.st_mode) && !p->by_kernel)
		return connect_to(p);
	return open_high(p->folder, p->name, O_WRONLY | (p->by_kernel ? 0 : O_NOFOLLOW));
}

/* Nobody's but the caller's, who had root write it and is to read it. */
static void make_private(int fd)
{
	uid_t uid;
	gid_t gid;
	int given = place_caller(&uid, &gid) ? fchown(fd, uid, gid) : 0;

	(void)given;
	fchmod(fd, 0600);
}

/* Root is lured into no file of another's that it means to keep from others. */
static int check_owner(const struct file *f, struct vt_error *err)
{
	const struct place *p = &f->place;

	if (!f->private || p->descriptor >= 0 || !p->there || place_trusts(p->st.st_uid))
		return 0;
	return vt_error_set(err, f->path, VT_NO_OFFSET,
			    "belongs to user %u, expected a file of root's or the caller's",
			    p->st.st_uid);
}

static int open_file(struct file *f, struct vt_error *err)
{
	struct place *p = &f->place;

	if (check_owner(f, err) || call_files_spare(p, f->path, err))
		return -1;
	f->in_place = place_special(p);
	if (f->in_place) {
		f->fd = open_in_place(p);
		return f->fd < 0 ? fault(f, err) : 0;
	}
	/* A rename asks only the folder. */
	if (p->there && faccessat(p->folder, p->name, W_OK, AT_EACCESS))
		return fault(f, err);
	if (temporary_open(&f->temporary, p->folder, p->name))
		return fault(f, err);
	f->fd = f->temporary.fd;
	if (f->private)
		make_private(f->fd);
	else if (p->there)
		keep_mode(f->fd, &p->st);
	return 0;
}

static struct file *create(const char *path, bool private, struct vt_error *err)
{
	struct file *f = vt_alloc(sizeof(*f));

	file_ready();
	*f = (struct file){ .fd = -1, .path = vt_strdup(path), .private = private };
	f->temporary.fd = -1;
	if (place_find(&f->place, path, err) || open_file(f, err)) {
		file_abort(f);
		return NULL;
	}
	return f;
}

struct file *file_create(const char *path, struct vt_error *err)
{
	return create(path, false, err);
}

struct file *file_create_private(const char *path, struct vt_error *err)
{
	return create(path, true, err);
}

/* ---- writing ---- */

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

/* ---- into its place ---- */

void file_keep_old(struct file *f, file_ours_fn *ours)
{
	f->ours = ours;
}

/* NULL where a name of that number is taken by what is not ours. */
static char *old_name(const struct file *f, unsigned number)
{
	char *name = number == 1 ? vt_format("%s.old", f->place.name)
				 : vt_format("%s.old.%u", f->place.name, number);
	struct stat st;
	bool ours;
	int fd;

	if (fstatat(f->place.folder, name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
		return name;
	fd = openat(f->place.folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ours = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && f->ours(fd);
	if (fd >= 0)
		close(fd);
	if (ours)
		return name;
	free(name);
	return NULL;
}

/* Of what is mounted there and cannot get another name. */
static int copy_aside(const struct place *p, const char *old, mode_t mode)
{
	int from = openat(p->folder, p->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int to = from < 0
		     ? -1
		     : openat(p->folder, old, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
	int failed = to < 0 ? -1 : copy_contents(from, to), code = errno;

	if (to >= 0 && failed)
		unlinkat(p->folder, old, 0);
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	errno = code;
	return failed;
}

/* Both names at once, so that there is one at any moment; not every file system has links. */
static int put_aside(const struct file *f, struct vt_error *err)
{
	const struct place *p = &f->place;
	char *old = NULL;
	struct stat st;
	int failed = 0;

	if (fstatat(p->folder, p->name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	for (unsigned i = 1; !old; i++)
		old = old_name(f, i);
	unlinkat(p->folder, old, 0);
	if (linkat(p->folder, p->name, p->folder, old, 0) &&
	    renameat(p->folder, p->name, p->folder, old) &&
	    (errno != EBUSY || copy_aside(p, old, st.st_mode)))
		failed =
		    vt_error_set(err, old, VT_NO_OFFSET, "cannot be kept, what is '%s' now: %s",
				 f->path, strerror(errno));
	free(old);
	return failed;
}

/* What was noted since the file was opened counts, too. */
static int check_inputs(const struct file *f, struct vt_error *err)
{
	struct place now = f->place;

	now.there = !fstatat(now.folder, now.name, &now.st, AT_SYMLINK_NOFOLLOW);
	return call_files_spare(&now, f->path, err);
}

int file_publish(struct file *f, struct vt_error *err)
{
	if (f->in_place)
		return 0;
	if (check_inputs(f, err) || (f->ours && put_aside(f, err)))
		return -1;
	if (temporary_place(&f->temporary, f->place.name))
		return fault(f, err);
	f->in_place = true;
	return 0;
}

int file_commit(struct file *f, struct vt_error *err)
{
	int failed = 0, fd = f->fd;

	/* fsync() first: a file that has its name has its contents, whatever happens next. */
	if (f->temporary.fd >= 0 && fsync(fd))
		failed = fault(f, err);
	if (!failed)
		failed = file_publish(f, err);
	if (f->in_place) {
		f->fd = f->temporary.fd = -1;
		if (close(fd) && !failed)
			failed = fault(f, err);
	}
	file_abort(f);
	return failed;
}

void file_abort(struct file *f)
{
	if (!f)
		return;
	if (f->temporary.fd >= 0)
		temporary_drop(&f->temporary);
	else if (f->fd >= 0)
		close(f->fd);
	place_free(&f->place);
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

/* ---- others ---- */

bool file_is_special(const char *path)
{
	struct place p;
	bool special;

	if (place_find(&p, path, NULL))
		return false;
	special = place_special(&p);
	place_free(&p);
	return special;
}

int file_scratch(const char *path, struct vt_error *err)
{
	int fd = temporary_scratch();

	if (fd < 0)
		vt_error_set(err, path, VT_NO_OFFSET, "cannot make a temporary file in %s: %s",
			     temporary_folder(), strerror(errno));
	return fd;
}
