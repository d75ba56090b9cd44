/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF programs in the running kernel: which of them it has, their ring, their counters. */
#ifndef VTICK_TRACES_RECORD_PROBES_H
#define VTICK_TRACES_RECORD_PROBES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "traces/base/error.h"
#include "traces/record/raw.h"

struct probes;

struct probes_options {
	uint64_t buffer_kib;
	const pid_t *vmm; /* the VMMs to record; none: all */
	size_t vmms;
	bool stats; /* have the kernel count the programs' run time */
};

/* What was seen of each type, and what became of it. */
struct probes_count {
	uint64_t hits[RAW_TYPES];
	uint64_t lost[RAW_TYPES];
	uint64_t all_hits, all_lost;
	uint64_t missed;  /* a program was skipped because it was running on that CPU already */
	uint64_t no_room; /* vCPUs that the kernel side had no room for */
};

/* Loads and attaches; nothing is recorded yet. NULL with a sentence that says what is missing. */
struct probes *probes_open(const struct probes_options *o, struct vt_error *err);
void probes_close(struct probes *p);

/* From now on; notes the vCPUs that are there. */
int probes_start(struct probes *p, struct vt_error *err);
/* After this every event is in the ring. */
void probes_stop(struct probes *p);

/* Number of CPUs that events can name. */
uint32_t probes_cpus(const struct probes *p);

/* Hands over all that is in the ring; @vcpu for first sights, @event for everything else. */
struct probes_sink {
	void *to;
	void (*event)(void *to, const struct raw_event *e);
	void (*vcpu)(void *to, const struct raw_vcpu *v);
};

/* Number of records, or -1. */
int probes_drain(struct probes *p, const struct probes_sink *sink);
/* Hands over what was lost since the last call, as RAW_LOST events; returns their sum. */
uint64_t probes_losses(struct probes *p, const struct probes_sink *sink);

void probes_counts(const struct probes *p, struct probes_count *c);
uint64_t probes_recorded(const struct probes *p);

/* {"used": [...], "left_out": [...]} */
json_t *probes_json(const struct probes *p);
/* Runs and mean run time of each program, on stderr. */
void probes_print_stats(const struct probes *p);

#endif
