/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace as a whole, in memory. */
#ifndef VTICK_TRACES_REDUCE_WHOLE_H
#define VTICK_TRACES_REDUCE_WHOLE_H

#include "traces/base/file.h"
#include "traces/trace.h"

struct whole {
	struct trace_meta meta;
	struct trace_event *ev;
	size_t n;
};

/* Reads @path; one that is cut off as far as its whole blocks go. 0 or -1; whole_free() in any
 * case. */
int whole_read(struct whole *t, const char *path, struct vt_error *err);
/* Writes it to @path. 0 or -1. */
int whole_write(const struct whole *t, const char *path, struct vt_error *err);
/* The same into *@f, which file_create() opened as @path: ends it, and *@f is NULL then. */
int whole_write_into(const struct whole *t, struct file **f, const char *path,
		     struct vt_error *err);

void whole_copy(struct whole *to, const struct whole *from);
void whole_free(struct whole *t);

/*
 * Makes it legal: an event that is not legal behind those before it goes, and the end is not before
 * the last event. Events must be in order of time.
 */
void whole_legalize(struct whole *t);

/* The same for equal traces, header included. */
uint64_t whole_hash(const struct whole *t);

/* How much there is to it: less is less in this order. */
struct whole_size {
	uint64_t events;
	uint64_t members; /* VPs, LPs, values of the header */
	uint64_t fields;  /* of events: `sub` and `extra` that are not 0 */
	uint64_t digits; /* that say when: of the steps from each time that is named to the next, */
	uint64_t bits;	 /* and how large those are */
};

struct whole_size whole_size(const struct whole *t);
bool whole_less(const struct whole_size *a, const struct whole_size *b);

/*
 * The times that it names, ascending and each once, from 0 on: of events, deadlines, counters and
 * ends. malloc'ed; *@n of them.
 */
uint64_t *whole_times(const struct whole *t, size_t *n);
/* Replaces time number i of whole_times() by @to[i], which ascend. */
void whole_move(struct whole *t, const uint64_t *from, const uint64_t *to, size_t n);

#endif
