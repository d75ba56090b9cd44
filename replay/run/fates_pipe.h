/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of each tick, from the child that knows it to the file of --fates. */
#ifndef VTICK_REPLAY_RUN_FATES_PIPE_H
#define VTICK_REPLAY_RUN_FATES_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/error.h"

struct fates_pipe;

/* Into the file @to, from a pipe whose other end is *from. NULL after an error. */
struct fates_pipe *fates_pipe_new(int to, int *from, struct vt_error *err);
void fates_pipe_free(struct fates_pipe *p);

/* The descriptor to wait for, and *output: for writing. */
int fates_pipe_poll(const struct fates_pipe *p, bool *output);
/* Moves what can be moved without waiting. 0: all that there is, 1: not all, -1: an error. */
int fates_pipe_move(struct fates_pipe *p, struct vt_error *err);
/* True if what came is what the child wrote: so many bytes with this hash. */
bool fates_pipe_whole(const struct fates_pipe *p, uint64_t bytes, uint64_t hash);

#endif
