/* SPDX-License-Identifier: GPL-2.0-only */
/* The last seconds of sorted events, in memory. */
#ifndef VTICK_TRACES_RECORD_FLIGHT_H
#define VTICK_TRACES_RECORD_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/record/raw.h"

struct flight {
	struct raw_event *ring;
	size_t first, n, room;
	bool short_of_room; /* more was dropped than the time asked for */
};

void flight_add(struct flight *f, const struct raw_event *e);
/* Takes the oldest event if it is before @since, or if there is no more room. */
bool flight_prune(struct flight *f, uint64_t since, struct raw_event *e);
const struct raw_event *flight_at(const struct flight *f, size_t i);
void flight_free(struct flight *f);

#endif
