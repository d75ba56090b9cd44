/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/flight.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* 768 MiB. */
#define EVENTS_MAX ((size_t)1 << 24)

static void grow(struct flight *f)
{
	size_t room = f->room ? f->room * 2 : 65536;
	struct raw_event *ring = vt_alloc(room * sizeof(*ring));

	for (size_t i = 0; i < f->n; i++)
		ring[i] = *flight_at(f, i);
	free(f->ring);
	f->ring = ring;
	f->room = room;
	f->first = 0;
}

const struct raw_event *flight_at(const struct flight *f, size_t i)
{
	return &f->ring[(f->first + i) & (f->room - 1)];
}

void flight_add(struct flight *f, const struct raw_event *e)
{
	if (f->n == f->room)
		grow(f);
	f->ring[(f->first + f->n++) & (f->room - 1)] = *e;
}

bool flight_prune(struct flight *f, uint64_t since, struct raw_event *e)
{
	if (!f->n)
		return false;
	*e = *flight_at(f, 0);
	if (e->ts >= since) {
		if (f->n < EVENTS_MAX)
			return false;
		f->short_of_room = true;
	}
	f->first = (f->first + 1) & (f->room - 1);
	f->n--;
	return true;
}

void flight_free(struct flight *f)
{
	free(f->ring);
	*f = (struct flight){ 0 };
}
