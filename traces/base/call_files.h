/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of one call of vtick: none that it reads may be one that it writes, and no two that it
 * writes may be one. A file is what it is by device and inode, under whatever names. What stands in
 * the table of a command's options (OPT_FILE_IN, OPT_FILE_OUT) is noted by opt_parse(); a command
 * notes what it learns otherwise. Only regular files and block devices count: a terminal may be
 * read and written at once.
 */
#ifndef VTICK_TRACES_BASE_CALL_FILES_H
#define VTICK_TRACES_BASE_CALL_FILES_H

#include "traces/base/error.h"
#include "traces/base/place.h"

/* A new call: nothing is noted but vtick itself. */
void call_files_begin(void);

/* Notes a file; "-" is standard input, or output. What is not there is nobody's input. */
void call_reads(const char *path);
void call_writes(const char *path);

/* 0, or -1 with the first file that is wanted twice. Standard output is always one of those that
 * are written. */
int call_files_check(struct vt_error *err);

/* 0, or -1 if @p, which the user named @path and which is about to be written, is a file that was
 * noted as read. */
int call_files_spare(const struct place *p, const char *path, struct vt_error *err);

#endif
