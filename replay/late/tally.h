/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `vtick late` counts of a trace's ticks (replay/watch/tick.h): in all, for each VM and for
 * each VP; the worst ones; and by slices of time, which are what two recordings are compared by.
 */
#ifndef VTICK_REPLAY_LATE_TALLY_H
#define VTICK_REPLAY_LATE_TALLY_H

#include <stdbool.h>

#include "replay/engine/histogram.h"
#include "replay/watch/tick.h"
#include "traces/trace.h"

/* A span of time is cut into so many slices of one length. */
#define LATE_SLICES 20u
/* A slice with fewer ticks of a VM says nothing of it. */
#define LATE_SLICE_TICKS 10u

/* Who ran while ticks waited, and for how long in all. */
struct late_behind {
	uint32_t vp; /* or TICK_NO_VP, TICK_LONG_AGO */
	uint64_t ns;
};

/* A VM's ticks in one slice; times in ns. */
struct late_slice {
	uint64_t ticks;
	int64_t mean, p99;
	int64_t part[TICK_PARTS]; /* means; with rounding they need not add up to the mean */
};

/* One delivered tick, times in ns. */
struct late_sample {
	uint32_t vp, lp;
	int64_t due, at;
	int64_t late, part[TICK_PARTS], away;
	struct late_behind *ran; /* [rans] the longest first; they add up to the wait */
	size_t rans;
};

struct late_tally {
	uint64_t count[TICK_FATES];
	struct histogram *late; /* ns, of the delivered ticks, as all that follows; NULL: none */
	__int128 part_sum[TICK_PARTS];
	__int128 away_sum;
	struct late_sample largest; /* without `ran` */
	struct late_behind *behind; /* [behinds] the longest first after late_end() */
	size_t behinds;
};

struct late_vm {
	char *name; /* as people know it */
	uint32_t domain;
	uint32_t *vp; /* [vps] their numbers */
	uint32_t vps;
	bool chosen;
	struct late_tally tally;
	struct late_slice *slice; /* [LATE_SLICES]; NULL: no tick was delivered */
	/* The slice at hand. */
	int64_t *sample;
	size_t samples, room;
	__int128 part_sum[TICK_PARTS];
};

struct late_span {
	uint64_t from, to; /* ticks; a tick counts that was delivered, or ended, in between */
	uint64_t from_ns, to_ns;
};

struct late {
	const struct trace_meta *meta;
	struct late_span span;
	uint32_t worst_most;
	struct late_vm *vm; /* [vms] in order of their first VP */
	uint32_t vms;
	uint32_t *vm_of;	    /* [VPs] */
	struct late_tally all, *vp; /* of the chosen VMs; [VPs] */
	struct late_sample *worst;  /* [worsts] the latest first, then the earliest */
	size_t worsts;
	uint32_t slice; /* at hand */
};

/* @chosen: [VPs] those that count (NULL: all); a VM counts if one of its VPs does. */
void late_begin(struct late *l, const struct trace_meta *meta, const bool *chosen,
		const struct late_span *span, uint32_t worst);
/* A tick_taker; the context is a struct late. */
void late_take(void *late, const struct tick *t);
/* After the last tick. */
void late_end(struct late *l);
void late_free(struct late *l);

/* None of its deadlines was reached, as far as is known: there is nothing to say of it. */
bool late_silent(const struct late_tally *t);

/* How many ns those ticks were late in all; the part that has the most of it, and how much of the
 * sum of the parts' magnitudes that is, in per mille. */
enum tick_part late_cause(const struct late_tally *t, unsigned *per_mille);

/* The order of struct late_behind: the longest first, of equal ones the lower VP. */
int late_longest_first(const void *a, const void *b);

#endif
