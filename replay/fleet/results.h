/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder that a fleet's results are in: NAME.json for the trace NAME, which may be in a folder
 * of it; the dots that a part of its path begins with are "%2E", so that none is hidden. Each is
 * written whole or not at all. Of a trace that cannot be read there is a result without cells that
 * says so: `unreadable` of RESULT.md.
 */
#ifndef VTICK_REPLAY_FLEET_RESULTS_H
#define VTICK_REPLAY_FLEET_RESULTS_H

#include <jansson.h>
#include <stdbool.h>

#include "traces/base/error.h"

#define RESULTS_SUFFIX ".json"

/* Makes the folder, if it is not there. 0 or -1. */
int results_folder(const char *folder, struct vt_error *err);

/* The file of that trace, malloc'ed. */
char *results_path(const char *folder, const char *name);

/* The trace of a file that is there, malloc'ed. */
char *results_name(const char *folder, const char *path);

/* True if @document says so much of itself that -O wrote it. */
bool results_ours(const json_t *document);

/* Writes the result of that trace. 0 or -1. */
int results_write(const char *folder, const char *name, const json_t *document,
		  struct vt_error *err);

/* What the file of a trace holds that cannot be read, for @wrong (fleet_wrong()). */
json_t *results_unreadable(const char *name, const char *wrong);

#endif
