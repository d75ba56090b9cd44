/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that appears whole or not at all. */
#ifndef VTICK_REPLAY_RUN_OUTPUT_H
#define VTICK_REPLAY_RUN_OUTPUT_H

#include "traces/base/error.h"

struct output {
	char *path;	 /* what a link points at; written itself if it is no regular file */
	char *temporary; /* NULL: none */
	int fd;
};

/* Opens a temporary beside @path at once, so that a folder that cannot be written is known early. 0
 * or -1. */
int output_open(struct output *o, const char *path, struct vt_error *err);
/* Writes all of @text and puts the file in place. 0, or -1 with nothing left behind. Ends @o. */
int output_commit(struct output *o, const char *text, struct vt_error *err);
/* Gives up; nothing is left behind. Fine after a failed open and after a commit. */
void output_abort(struct output *o);

#endif
