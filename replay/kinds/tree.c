/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/kinds/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/call_files.h"
#include "traces/base/mem.h"

/* More than any source file has. */
#define FILE_MAX ((off_t)16 << 20)

static char *first_line(const struct builder_said *o)
{
	size_t n = o->text ? strcspn(o->text, "\n") : 0;

	return !o->status && n ? vt_strndup(o->text, n) : NULL;
}

int tree_open(struct tree *t, const char *folder, const char *rev, const struct builder *b)
{
	struct stat st;
	struct builder_said o;
	char *commit;

	*t = (struct tree){ .folder = folder, .builder = b };
	if (stat(folder, &st))
		return vt_error_set(b->err, folder, VT_NO_OFFSET, "cannot be opened: %s",
				    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return vt_error_set(b->err, folder, VT_NO_OFFSET,
				    "is no folder, expected a tree of source files");
	if (!rev)
		return 0;
	if (!*rev || *rev == '-')
		return vt_error_set(b->err, folder, VT_NO_OFFSET,
				    "'%s' is no revision, expected what git knows: v6.12, a "
				    "branch, a hash",
				    rev);
	commit = vt_format("%s^{commit}", rev);

	const char *const argv[] = {
		"git",	"-C", folder, "rev-parse", "--verify", "--quiet", "--end-of-options",
		commit, NULL
	};
	int failed = builder_tool(b, BUILDER_STDOUT, NULL, argv, &o);

	free(commit);
	if (!failed && o.status == 127)
		failed = vt_error_set(b->err, folder, VT_NO_OFFSET,
				      "git is not installed, a revision needs it");
	else if (!failed && !(t->commit = first_line(&o)))
		failed = vt_error_set(b->err, folder, VT_NO_OFFSET,
				      "git finds no revision '%s' there", rev);
	builder_said_free(&o);
	return failed;
}

void tree_close(struct tree *t)
{
	free(t->commit);
	*t = (struct tree){ 0 };
}

static char *read_blob(const struct tree *t, const char *path, size_t *size, bool *missing)
{
	char *blob = vt_format("%s:%s", t->commit, path), *text = NULL;
	const char *const argv[] = { "git", "-C", t->folder, "cat-file", "blob", blob, NULL };
	struct builder_said o;
	int failed = builder_tool(t->builder, BUILDER_STDOUT, NULL, argv, &o);

	if (!failed && !o.status) {
		text = o.text;
		*size = o.size;
		o.text = NULL;
	} else if (!failed) {
		*missing = true;
	}
	builder_said_free(&o);
	free(blob);
	return text;
}

static char *read_fd(const struct tree *t, int fd, const char *name, size_t *size)
{
	struct stat st;
	char *text;
	ssize_t n = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		vt_error_set(t->builder->err, name, VT_NO_OFFSET, "is no source file");
		return NULL;
	}
	text = vt_alloc((size_t)st.st_size + 1);
	*size = 0;
	while (*size < (size_t)st.st_size &&
	       (n = read(fd, text + *size, (size_t)st.st_size - *size)) > 0)
		*size += (size_t)n;
	if (n < 0) {
		vt_error_set(t->builder->err, name, VT_NO_OFFSET, "cannot be read: %s",
			     strerror(errno));
		free(text);
		return NULL;
	}
	return text;
}

static char *read_file(const struct tree *t, const char *path, size_t *size, bool *missing)
{
	char *name = vt_format("%s/%s", t->folder, path), *text = NULL;
	/* A FIFO would wait for somebody to write. */
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		*missing = true;
	else if (fd < 0)
		vt_error_set(t->builder->err, name, VT_NO_OFFSET, "cannot be read: %s",
			     strerror(errno));
	else
		call_reads(name);
	if (fd >= 0)
		text = read_fd(t, fd, name, size);
	if (fd >= 0)
		close(fd);
	free(name);
	return text;
}

char *tree_read(const struct tree *t, const char *path, size_t *size, bool *missing)
{
	*missing = false;
	*size = 0;
	return t->commit ? read_blob(t, path, size, missing) : read_file(t, path, size, missing);
}

char *tree_describe(const struct tree *t)
{
	const char *const argv[] = { "git",
				     "-C",
				     t->folder,
				     "describe",
				     "--tags",
				     "--always",
				     t->commit ? t->commit : "HEAD",
				     NULL };
	struct builder_said o;
	char *name = NULL;

	if (!builder_tool(t->builder, BUILDER_STDOUT, NULL, argv, &o))
		name = first_line(&o);
	builder_said_free(&o);
	return name;
}
