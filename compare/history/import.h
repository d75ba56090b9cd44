/* SPDX-License-Identifier: GPL-2.0-only */
/* From a folder of results to the index. */
#ifndef VTICK_COMPARE_HISTORY_IMPORT_H
#define VTICK_COMPARE_HISTORY_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

/*
 * Adds the nights of @folder that the index at @path lacks. If they do not simply follow those that
 * it has (a file has gone, or came in between), or @anew, it is made from all of them and put in
 * place when it is whole. A night that cannot be read is left out with a warning, the first time;
 * *left_out says how many are so for the first time. 0, or -1 with *err set: the folder or the
 * index fails.
 */
int store_import(const char *path, const char *folder, bool anew, size_t *left_out,
		 struct vt_error *err);

#endif
