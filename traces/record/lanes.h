/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lanes between the BPF programs and the recorder: one of each CPU that is there when the
 * recording begins, as parts of one array that both map. One side counts what it put in (head), the
 * other what it took out (tail); nobody waits. CPUs that come later share the first one's.
 */
#ifndef VTICK_TRACES_RECORD_LANES_H
#define VTICK_TRACES_RECORD_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/record/raw.h"

struct lanes {
	struct raw_cpu *cpu; /* [cpus]; the owner's */
	struct raw_slot *slot;
	uint32_t cpus;
	uint64_t slots; /* of a lane, a power of two */
};

/* Slots of each of @lanes lanes that have @bytes together, rounded up to a power of two. */
uint64_t lanes_slots(uint64_t bytes, uint32_t lanes);
/* Gives the CPUs of @there ([l->cpus], one of them at least) a lane each, the others the first. */
void lanes_give(struct lanes *l, const bool *there);

/* Hands over, lane by lane, what is whole; returns how many. */
uint64_t lanes_drain(struct lanes *l, void (*take)(void *to, const struct raw_event *e), void *to);

#endif
