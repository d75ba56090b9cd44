/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buffers of a trace.dat file: the top one and its instances (trace-cmd record -B), read as one
 * stream by time. What several of them recorded is told by one: for each type of event and CPU the
 * buffer that holds most. A part of the decoder's process (tracecmd_decode.h).
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_BUFFERS_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_BUFFERS_H

#include <event-parse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <trace-cmd.h>

#include "traces/import/word_map.h"

struct tracecmd_buffer {
	struct tracecmd_input *handle;
	const char *name;	 /* "" for the top one */
	struct tep_record *next; /* NULL: it is at its end */
	int cpu;		 /* of the next one */
	uint64_t records;	 /* passed so far */
	struct word_map counts;	 /* of records, by CPU and type */
};

struct tracecmd_buffers {
	struct tracecmd_buffer *buffer; /* [n] the top one first */
	size_t n;
	int cpus; /* the most that one has */
};

/*
 * Opens the instances of @top, which stays the caller's, and drops the stamps' offsets. Returns
 * NULL, or what is wrong, malloc'ed.
 */
char *tracecmd_buffers_open(struct tracecmd_buffers *b, struct tracecmd_input *top);
/* Closes the instances. */
void tracecmd_buffers_close(struct tracecmd_buffers *b);

/* The next record, of buffer @which on @cpu, for tracecmd_free_record(); NULL at the end. */
struct tep_record *tracecmd_buffers_next(struct tracecmd_buffers *b, size_t *which, int *cpu);

/* Counts a record of event type @id. */
void tracecmd_buffers_count(struct tracecmd_buffers *b, size_t which, int cpu, int id);
/* Whether buffer @which tells of events of type @id on @cpu, by @counted's counts. */
bool tracecmd_buffers_tells(const struct tracecmd_buffers *counted, size_t which, int cpu, int id);

#endif
