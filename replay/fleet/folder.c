/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/base/read_whole.h"

void paths_add(struct paths *p, char *path)
{
	if (!(p->n & (p->n - 1)))
		p->path = vt_realloc(p->path, (p->n ? p->n * 2 : 1) * sizeof(*p->path));
	p->path[p->n++] = path;
}

void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->path[i]);
	free(p->path);
	*p = (struct paths){ 0 };
}

bool folder_is(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static int unreadable(const char *path, struct vt_error *err)
{
	return vt_error_set(err, path, VT_NO_OFFSET, "the folder cannot be read: %s",
			    strerror(errno));
}

/* The folders that were found are walked one after the other, however deep they lie. */
static int walk_one(struct paths *p, struct paths *folders, const char *path, const char *end,
		    struct vt_error *err)
{
	size_t n = strlen(path);
	DIR *d = opendir(path);
	const struct dirent *e;

	if (!d)
		return unreadable(path, err);
	while (errno = 0, (e = readdir(d))) {
		struct stat st;
		char *at;

		if (*e->d_name == '.')
			continue;
		at = vt_format("%s%s%s", path, n && path[n - 1] == '/' ? "" : "/", e->d_name);
		if (!lstat(at, &st) && S_ISDIR(st.st_mode))
			paths_add(folders, at);
		else if (ends_with(e->d_name, end))
			paths_add(p, at);
		else
			free(at);
	}

	int failed = errno ? unreadable(path, err) : 0;

	closedir(d);
	return failed;
}

int folder_walk(struct paths *p, const char *path, const char *end, struct vt_error *err)
{
	struct paths folders = { 0 };
	int failed = 0;

	paths_add(&folders, vt_strdup(path));
	for (size_t i = 0; !failed && i < folders.n; i++) {
		char *at = folders.path[i]; /* the list may move */

		failed = walk_one(p, &folders, at, end, err);
	}
	paths_free(&folders);
	return failed;
}

int folder_list(struct paths *p, const char *list, struct vt_error *err)
{
	bool standard = !strcmp(list, "-");
	const char *file = standard ? "standard input" : list;
	int fd = standard ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC);
	char *text, part;
	size_t len;

	if (fd < 0)
		return vt_error_set(err, list, VT_NO_OFFSET, "cannot be opened: %s",
				    strerror(errno));
	text = read_whole(fd, file, LIMIT_JSON_SIZE, &len, err);
	if (!standard)
		close(fd);
	if (!text)
		return -1;
	part = memchr(text, '\0', len) ? '\0' : '\n';
	for (size_t at = 0; at < len;) {
		const char *stop = memchr(text + at, part, len - at);
		size_t n = stop ? (size_t)(stop - text) - at : len - at;

		if (n)
			paths_add(p, vt_strndup(text + at, n));
		at += n + 1;
	}
	free(text);
	return 0;
}
