/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/ticks.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void ticks_open(struct ticks *t, struct tracks *tracks, const struct export_window *window)
{
	*t = (struct ticks){ .tracks = tracks, .window = *window };
	t->lane = vt_array(tracks->meta->vps, sizeof(*t->lane));
}

void ticks_close(struct ticks *t)
{
	free(t->lane);
}

static uint64_t ns_of(const struct ticks *t, int64_t ticks)
{
	return ticks < 0 ? 0 : trace_ticks_to_ns((uint64_t)ticks, t->tracks->meta->clock_hz);
}

static void say(struct packet *p, enum export_arg name, int64_t value)
{
	p->arg[p->args++] = (struct packet_arg){ name, value };
}

/* The first lane on which no slice is any more at @from; else the one that is free soonest. */
static unsigned find_lane(const struct ticks *t, uint32_t vp, uint64_t from)
{
	const uint64_t *end = t->lane[vp];
	unsigned best = 0;

	for (unsigned i = 0; i < TICK_LANES; i++) {
		if (end[i] <= from)
			return i;
		if (end[i] < end[best])
			best = i;
	}
	return best;
}

static void slice(struct ticks *t, struct packet *p, uint32_t vp, uint64_t to)
{
	unsigned lane = find_lane(t, vp, p->time);
	uint64_t *end = &t->lane[vp][lane];

	if (p->time < t->window.from)
		p->time = t->window.from;
	if (to > t->window.to)
		to = t->window.to;
	/* More at once than there are lanes, which no timer of one VP brings about by itself. */
	if (p->time < *end)
		p->time = *end;
	if (to < p->time)
		to = p->time;
	*end = to;
	p->type = PACKET_BEGIN;
	p->track = tracks_id(t->tracks, TRACK_VP_TICKS + lane, vp);
	packets_put(t->tracks->to, p);
	packets_put(t->tracks->to,
		    &(struct packet){ .type = PACKET_END, .time = to, .track = p->track });
}

static void instant(struct ticks *t, struct packet *p, uint32_t vp)
{
	if (p->time < t->window.from || p->time > t->window.to)
		return;
	p->type = PACKET_INSTANT;
	p->track = tracks_id(t->tracks, TRACK_VP_TICKS, vp);
	packets_put(t->tracks->to, p);
}

static void show_delivered(struct ticks *t, const struct tick *tick, struct packet *p)
{
	int64_t ns[TICK_PARTS];
	int64_t late = tick_split(tick, t->tracks->meta->clock_hz, ns);
	uint64_t to = ns_of(t, tick->at);

	say(p, ARG_HOST, ns[TICK_HOST]);
	say(p, ARG_WAIT, ns[TICK_WAIT]);
	say(p, ARG_INJECT, ns[TICK_INJECT]);
	if (late <= 0) {
		p->time = to;
		p->name = late ? NAME_EARLY : NAME_ON_TIME;
		instant(t, p, tick->vp);
		return;
	}
	p->time = ns_of(t, tick->due);
	p->name = NAME_LATE + (uint64_t)tick_largest(ns);
	if (p->time <= t->window.to && to >= t->window.from)
		slice(t, p, tick->vp, to);
}

void ticks_show(struct ticks *t, const struct tick *tick)
{
	struct packet p = { 0 };

	/* Nothing was recorded of any tick of this VP. */
	if (tick->fate == TICK_UNRECORDED)
		return;
	say(&p, ARG_DUE, (int64_t)ns_of(t, tick->due));
	if (tick->fate == TICK_DELIVERED) {
		show_delivered(t, tick, &p);
		return;
	}
	p.time = ns_of(t, tick->at);
	p.name = NAME_OF_FATE + (uint64_t)tick->fate;
	say(&p, ARG_COUNT, (int64_t)tick->count);
	instant(t, &p, tick->vp);
}
