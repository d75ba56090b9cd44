/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/mem.h"

int output_open(struct output *o, const char *path, struct vt_error *err)
{
	struct stat st;

	*o = (struct output){ .fd = -1, .path = realpath(path, NULL) };
	if (!o->path)
		o->path = vt_strdup(path);
	if (!stat(o->path, &st) && S_ISDIR(st.st_mode))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "is a folder, expected a file to write");
	if (!stat(o->path, &st) && !S_ISREG(st.st_mode)) {
		o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
	} else {
		size_t size = strlen(o->path) + 32;

		o->temporary = vt_alloc(size);
		snprintf(o->temporary, size, "%s.tmp.%ld", o->path, (long)getpid());
		o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	}
	if (o->fd < 0) {
		vt_error_set(err, path, VT_NO_OFFSET, "cannot be written: %s", strerror(errno));
		free(o->temporary);
		o->temporary = NULL;
		return -1;
	}
	return 0;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

int output_commit(struct output *o, const char *text, struct vt_error *err)
{
	int failed = write_all(o->fd, text);

	if (close(o->fd))
		failed = -1;
	o->fd = -1;
	if (!failed && o->temporary)
		failed = rename(o->temporary, o->path);
	if (failed)
		vt_error_set(err, o->path, VT_NO_OFFSET, "cannot be written: %s", strerror(errno));
	if (!failed) {
		free(o->temporary);
		o->temporary = NULL;
	}
	output_abort(o);
	return failed ? -1 : 0;
}

void output_abort(struct output *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->temporary)
		unlink(o->temporary);
	free(o->temporary);
	free(o->path);
	*o = (struct output){ .fd = -1 };
}
