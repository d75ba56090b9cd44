/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a file: whole, or not at all.
 *
 * A regular file is written as a temporary beside it (FILE.tmp.PID.N) and takes FILE's place, with
 * the mode and owner of the file that was there, when all of it is on the disk. Until then FILE is
 * as it was. The temporary goes when the writer gives up, and also when SIGINT, SIGTERM, SIGHUP or
 * abort() ends the process; a file that grows over its limit (SIGXFSZ) is an error of the write.
 * A link stays and what it points at is replaced. What is no regular file (a device, a FIFO) is
 * written in place. "-" is standard output; /dev/stdout, /dev/stderr, /dev/fd/N and
 * /proc/self/fd/N are the descriptor itself, whatever stands behind it.
 */
#ifndef VTICK_TRACES_BASE_FILE_H
#define VTICK_TRACES_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

struct file;

/* Opens @path for writing, at once, so that a folder that cannot be written is known early. NULL
 * after an error. */
struct file *file_create(const char *path, struct vt_error *err);

/* Writes all of @size bytes. 0 or -1; the caller still ends @f. */
int file_write(struct file *f, const void *data, size_t size, struct vt_error *err);

/* For whoever writes by other means: the descriptor, and the name of what is being written, both
 * valid until @f ends. */
int file_fd(const struct file *f);
const char *file_name(const struct file *f);

/* What stands in the file's place when it is put there stays as NAME.old, which replaces what was
 * called that. */
void file_keep_old(struct file *f);

/* Puts the file in its place now, with what is in it; from then on it grows there, and
 * file_abort() leaves it as it is. 0 or -1; the caller still ends @f. Nothing to do for what is
 * written in place. */
int file_publish(struct file *f, struct vt_error *err);

/* Puts the file in its place and frees @f. 0, or -1 with nothing left behind. */
int file_commit(struct file *f, struct vt_error *err);

/* Gives up: nothing is left behind. Frees @f; NULL is fine. */
void file_abort(struct file *f);

/* file_create(), file_write() and file_commit() in one. */
int file_save(const char *path, const void *data, size_t size, struct vt_error *err);

/* True if @path is written in place. */
bool file_is_special(const char *path);

/* True if both are there and are the same file, by whatever names (device and inode). */
bool file_same(const char *a, const char *b);

/* 0, or -1 if writing @output would replace @input, a regular file that the same call reads. NULL
 * for either is fine. */
int file_apart(const char *output, const char *input, struct vt_error *err);

#endif
