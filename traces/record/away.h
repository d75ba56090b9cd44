/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times at which the machine under a CPU was elsewhere: a vCPU's timer expired more than a
 * millisecond late, and nothing was heard of the CPU from when it was due to the interrupt. As the
 * importer tells it from trace-cmd's captures (traces/import/kvm/away.h).
 */
#ifndef VTICK_TRACES_RECORD_AWAY_H
#define VTICK_TRACES_RECORD_AWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/record/raw.h"

#define AWAY_NS UINT64_C(1000000)

struct away_cpu;

struct away {
	struct away_cpu *cpu;
	uint32_t cpus;
};

/* Takes an event, those of each CPU in their order. True: it shows that its CPU was away, and
 * *@told is the RAW_AWAY of that; its time is long over. */
bool away_event(struct away *a, const struct raw_event *e, struct raw_event *told);
void away_free(struct away *a);

#endif
