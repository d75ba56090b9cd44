/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* O_PATH */
#include "traces/base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* As many links on the way to a file as the kernel follows. */
#define LINKS_MAX 40
/* Who owns what belongs to nobody in this user namespace. */
#define OVERFLOW_UID 65534u

/* ---- whose links root follows ---- */

/* Whether a user of this user namespace has that number; of a process that cannot tell: yes. */
static bool is_mapped(uid_t uid)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned inside, outside, count;
	bool mapped = !f;

	while (f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		mapped |= uid >= inside && uid - inside < count;
	if (f)
		fclose(f);
	return mapped;
}

bool place_caller(uid_t *uid, gid_t *gid)
{
	const char *user = getenv("SUDO_UID"), *group = getenv("SUDO_GID");
	uint32_t id;

	if (geteuid() || !user || cli_parse_u32(user, &id))
		return false;
	*uid = id;
	*gid = group && !cli_parse_u32(group, &id) ? id : (gid_t)-1;
	return true;
}

bool place_trusts(uid_t uid)
{
	uid_t caller;
	gid_t group;

	if (geteuid() || !uid)
		return true;
	if (place_caller(&caller, &group) && uid == caller)
		return true;
	/* In a container: the host's own files. */
	return uid == OVERFLOW_UID && !is_mapped(uid);
}

/* ---- names of descriptors ---- */

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

/* ---- the way ---- */

struct walk {
	struct place *p;
	char *left; /* what is still to go, allocated */
	unsigned links;
	struct vt_error *err;
	const char *path; /* as the user gave it */
};

static int fault(const struct walk *w, int code)
{
	if (code == EISDIR)
		return vt_error_set(w->err, w->path, VT_NO_OFFSET,
				    "is a folder, expected a file to write");
	return vt_error_set(w->err, w->path, VT_NO_OFFSET, "cannot be written: %s", strerror(code));
}

static int start(struct walk *w, const char *left)
{
	int folder = open(*left == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return fault(w, errno);
	if (w->p->folder >= 0)
		close(w->p->folder);
	w->p->folder = folder;
	return 0;
}

/* Goes where the link @fd leads; what is left to go follows behind it. */
static int follow(struct walk *w, int fd, const struct stat *st)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(fd, "", text, sizeof(text) - 1);
	char *left;

	if (len < 0)
		return fault(w, errno);
	text[len] = '\0';
	if (!place_trusts(st->st_uid))
		return vt_error_set(w->err, w->path, VT_NO_OFFSET,
				    "leads through a link that belongs to user %u, expected one of "
				    "root's or the caller's: root follows no other",
				    st->st_uid);
	if (++w->links > LINKS_MAX)
		return fault(w, ELOOP);
	left = vt_format("%s%s", text, w->left);
	free(w->left);
	w->left = left;
	return *left == '/' ? start(w, left) : 0;
}

/* /proc/PID/fd/N reads as a name, but that of a pipe or of a file that is gone leads nowhere. */
static bool only_by_kernel(const struct walk *w, int fd, const char *name)
{
	struct place *p = w->p;
	struct statfs fs;

	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC ||
	    fstatat(p->folder, name, &p->st, 0) || S_ISREG(p->st.st_mode) || S_ISDIR(p->st.st_mode))
		return false;
	p->by_kernel = p->there = true;
	return true;
}

/* Goes to @name, behind which w->left is to go. 1: that was the end; 0; -1. */
static int step(struct walk *w, const char *name)
{
	struct place *p = w->p;
	int fd = openat(p->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), got = 0;
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT || *w->left)
			return fault(w, errno);
		p->name = vt_strdup(name);
		return 1;
	}
	if (fstat(fd, &st)) {
		got = fault(w, errno);
	} else if (S_ISLNK(st.st_mode) && !(!*w->left && only_by_kernel(w, fd, name))) {
		got = follow(w, fd, &st);
	} else if (S_ISLNK(st.st_mode) || !*w->left) {
		p->name = vt_strdup(name);
		p->there = true;
		if (!p->by_kernel)
			p->st = st;
		got = 1;
	} else if (!S_ISDIR(st.st_mode)) {
		got = fault(w, ENOTDIR);
	} else {
		close(p->folder);
		p->folder = fd;
		return 0;
	}
	close(fd);
	return got;
}

static int walk(struct walk *w)
{
	int got = start(w, w->left);

	while (!got) {
		char *at = w->left + strspn(w->left, "/");
		char *name = vt_strndup(at, strcspn(at, "/")), *rest = vt_strdup(at + strlen(name));

		free(w->left);
		w->left = rest;
		if (*name)
			got = step(w, name);
		else /* "", "/", "a/" */
			got = fault(w, *w->path ? EISDIR : ENOENT);
		free(name);
	}
	return got < 0 ? -1 : 0;
}

int place_find(struct place *p, const char *path, struct vt_error *err)
{
	struct walk w = { .p = p, .path = path, .err = err };
	int failed;

	*p = (struct place){ .descriptor = descriptor(path), .folder = -1 };
	if (p->descriptor >= 0) {
		p->there = !fstat(p->descriptor, &p->st);
		return p->there ? 0 : fault(&w, errno);
	}
	w.left = vt_strdup(path);
	failed = walk(&w);
	free(w.left);
	if (!failed && p->there && S_ISDIR(p->st.st_mode))
		failed = fault(&w, EISDIR);
	if (failed)
		place_free(p);
	return failed;
}

void place_free(struct place *p)
{
	if (p->folder >= 0)
		close(p->folder);
	free(p->name);
	*p = (struct place){ .descriptor = -1, .folder = -1 };
}

bool place_special(const struct place *p)
{
	return p->descriptor >= 0 || (p->there && !S_ISREG(p->st.st_mode));
}
