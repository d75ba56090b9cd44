/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose timer an hrtimer is: a map from its address to the vCPU that is most often seen to start
 * it. When a VM is gone the next one gets its memory: then an address has one owner after another.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TIMER_MAP_H
#define VTICK_TRACES_IMPORT_KVM_TIMER_MAP_H

#include <stddef.h>
#include <stdint.h>

struct timer_owner {
	uint64_t timer; /* its address; 0: a free slot */
	uint32_t vp;
	uint32_t votes;
	size_t from;   /* as of this record */
	size_t before; /* number + 1 of the owner before it; 0: none */
};

struct timer_map {
	struct timer_owner *slot;
	size_t slots; /* a power of two, or 0 */
	size_t n;
	struct timer_owner *gone; /* those that others followed */
	size_t gones, gone_room;
};

/* @vp was seen to start @timer: a majority vote (Boyer and Moore's). */
void timer_map_vote(struct timer_map *m, uint64_t timer, uint32_t vp);
/* The VP that has @timer at record @at, or UINT32_MAX. */
uint32_t timer_map_owner(const struct timer_map *m, uint64_t timer, size_t at);
/* From record @from on the timer at this address is another one. */
void timer_map_renew(struct timer_map *m, uint64_t timer, size_t from);
void timer_map_free(struct timer_map *m);

#endif
