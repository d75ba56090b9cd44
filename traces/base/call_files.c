/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/call_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/mem.h"

struct input {
	char *path;
	struct stat st;
};

/* Of the process, which is one call. */
static struct {
	struct input *input;
	char **output;
	size_t inputs, outputs;
} call;

void call_files_begin(void)
{
	for (size_t i = 0; i < call.inputs; i++)
		free(call.input[i].path);
	for (size_t i = 0; i < call.outputs; i++)
		free(call.output[i]);
	call.inputs = call.outputs = 0;
	call_reads("/proc/self/exe"); /* what runs */
}

static bool counts(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISBLK(st->st_mode);
}

static bool same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) || S_ISBLK(b->st_mode))
		return (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT) && a->st_rdev == b->st_rdev;
	return counts(a) && counts(b) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

void call_reads(const char *path)
{
	bool standard = !strcmp(path, "-");
	struct input in = { .path = NULL };

	if ((standard ? fstat(STDIN_FILENO, &in.st) : stat(path, &in.st)) || !counts(&in.st))
		return;
	in.path = vt_strdup(standard ? "standard input" : path);
	call.input = vt_realloc(call.input, (call.inputs + 1) * sizeof(*call.input));
	call.input[call.inputs++] = in;
}

void call_writes(const char *path)
{
	call.output = vt_realloc(call.output, (call.outputs + 1) * sizeof(*call.output));
	call.output[call.outputs++] = vt_strdup(path);
}

static int spare(const struct stat *st, const char *path, struct vt_error *err)
{
	for (size_t i = 0; i < call.inputs; i++) {
		if (same(st, &call.input[i].st))
			return vt_error_set(
			    err, path, VT_NO_OFFSET,
			    "would be overwritten, but is also read as '%s', expected another file",
			    call.input[i].path);
	}
	return 0;
}

int call_files_spare(const struct place *p, const char *path, struct vt_error *err)
{
	return p->there ? spare(&p->st, path, err) : 0;
}

/* Two outputs are one: one descriptor, one file that is there, or one that is to be made. */
static bool collide(const struct place *a, const struct place *b)
{
	struct stat x, y;

	if (a->descriptor >= 0 && a->descriptor == b->descriptor)
		return true;
	if (a->there && b->there)
		return same(&a->st, &b->st);
	return !a->there && !b->there && !strcmp(a->name, b->name) && !fstat(a->folder, &x) &&
	       !fstat(b->folder, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int check_pair(const char *one, const struct place *p, const char *other,
		      struct vt_error *err)
{
	struct place q;
	int failed = 0;

	if (place_find(&q, other, NULL))
		return 0;
	if (collide(p, &q))
		failed =
		    vt_error_set(err, one, VT_NO_OFFSET,
				 "is written twice, also as '%s', expected another file", other);
	place_free(&q);
	return failed;
}

/* The output of that number against all inputs and the outputs before it. */
static int check_output(size_t number, struct vt_error *err)
{
	const char *path = call.output[number];
	struct place p;
	int failed;

	/* What cannot be written is told when it is. */
	if (place_find(&p, path, NULL))
		return 0;
	failed = call_files_spare(&p, path, err);
	if (!failed && p.descriptor != STDOUT_FILENO)
		failed = check_pair(path, &p, "/dev/stdout", err);
	for (size_t i = 0; !failed && i < number; i++)
		failed = check_pair(path, &p, call.output[i], err);
	place_free(&p);
	return failed;
}

int call_files_check(struct vt_error *err)
{
	struct stat st;

	if (!fstat(STDOUT_FILENO, &st) && spare(&st, "standard output", err))
		return -1;
	for (size_t i = 0; i < call.outputs; i++) {
		if (check_output(i, err))
			return -1;
	}
	return 0;
}
