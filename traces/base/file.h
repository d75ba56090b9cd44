/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a file: whole, or not at all.
 *
 * A regular file is written without a name (or, where the file system cannot do that, as a
 * temporary FILE.tmp.PID.N beside it, which signals take along) and takes FILE's place, with the
 * mode and owner of the file that was there, when all of it is on the disk. Until then FILE is as
 * it was. A file that grows over its limit (SIGXFSZ) is an error of the write. Where a name leads
 * says place.h: a link stays and what it points at is replaced; what is no regular file (a device,
 * a FIFO, a socket, a descriptor) is written in place. A file that is itself a mount point, as in a
 * container, gets the new contents when they are whole. What this call reads is not written
 * (call_files.h), nor is a file that its mode protects.
 */
#ifndef VTICK_TRACES_BASE_FILE_H
#define VTICK_TRACES_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

struct file;

/* Before the first write, and at the start of a program, for the sake of its standard output: a
 * limit of file size is an error of the write, not the end. */
void file_ready(void);

/* Opens @path for writing, at once, so that a folder that cannot be written is known early. NULL
 * after an error. */
struct file *file_create(const char *path, struct vt_error *err);

/* The same for what others may not read: mode 0600, whatever was there, the caller's behind sudo,
 * and not where root would write into what belongs to others than place_trusts(). */
struct file *file_create_private(const char *path, struct vt_error *err);

/* Writes all of @size bytes. 0 or -1; the caller still ends @f. */
int file_write(struct file *f, const void *data, size_t size, struct vt_error *err);

/* For whoever writes by other means: valid until @f ends. */
int file_fd(const struct file *f);

/* What stands in the file's place when it is put there stays as NAME.old. What was called that goes
 * if it is @ours, by its first bytes; else it is NAME.old.2, and so on. */
typedef bool file_ours_fn(int fd);
void file_keep_old(struct file *f, file_ours_fn *ours);

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

/* A temporary file without a name, in TMPDIR, for reading and writing; or -1 with @err, which names
 * @path, the file that it is for. */
int file_scratch(const char *path, struct vt_error *err);

#endif
