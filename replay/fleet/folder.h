/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the paths of a fleet's traces stand: in folders and in lists. */
#ifndef VTICK_REPLAY_FLEET_FOLDER_H
#define VTICK_REPLAY_FLEET_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

struct paths {
	char **path;
	size_t n;
};

void paths_add(struct paths *p, char *path);
void paths_free(struct paths *p);

bool folder_is(const char *path);

/*
 * Adds each file below the folder @path whose name has @end behind it, in no order. Neither
 * hidden ones nor what links to folders lead to. 0 or -1.
 */
int folder_walk(struct paths *p, const char *path, const char *end, struct vt_error *err);

/* Adds the paths that stand in the file @list ("-": standard input), a line each, or, if there is
 * a NUL in it, ended by NULs. 0 or -1. */
int folder_list(struct paths *p, const char *list, struct vt_error *err);

#endif
