/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/tape.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "traces/base/mem.h"

bool tape_is_fifo(const struct trace_meta *meta)
{
	const char *scheduler = json_string_value(
	    json_object_get(json_object_get(meta->more, "host_model"), "scheduler"));

	return scheduler && !strcmp(scheduler, "fifo");
}

struct tape *tape_new(const struct trace_meta *meta, const uint64_t *unit)
{
	struct tape *t = vt_alloc(sizeof(*t));

	t->meta = meta;
	t->unit = unit;
	t->fifo = tape_is_fifo(meta);
	t->seq = TAPE_FIRST;
	t->vp = vt_array(meta->vps + 1, sizeof(*t->vp));
	t->lp = vt_array(meta->lps + 1, sizeof(*t->lp));
	t->absolute.cut = t->ended_stops.cut = RING_WHOLE;
	t->limit = meta->vps ? TAPE_ROOM / meta->vps : TAPE_ROOM;
	if (t->limit < TAPE_ROOM_LEAST)
		t->limit = TAPE_ROOM_LEAST;
	for (uint32_t i = 0; i < meta->vps; i++) {
		t->vp[i].items.cut = t->vp[i].runs.cut = RING_WHOLE;
		t->vp[i].lp = TAPE_NOBODY;
		t->vp[i].pend_time = t->vp[i].ipi_time = TAPE_NEVER;
	}
	for (uint32_t i = 0; i < meta->lps; i++)
		t->lp[i].vp = t->lp[i].left = TAPE_NOBODY;
	return t;
}

void tape_set_limit(struct tape *t, uint64_t items)
{
	t->limit = items;
}

struct tape *tape_anew(const struct tape *t)
{
	struct tape *to = tape_new(t->meta, t->unit);

	to->limit = t->limit < TAPE_NEVER / 2 ? 2 * t->limit : TAPE_NEVER;
	to->absolute_from = t->absolute.first;
	for (uint32_t i = 0; i < t->meta->vps; i++) {
		to->vp[i].done = t->vp[i].done;
		to->vp[i].items_from = t->vp[i].items.first;
		to->vp[i].runs_from = t->vp[i].runs.first;
	}
	return to;
}

void tape_replace(struct tape *t, struct tape *by)
{
	const struct tape was = *t;

	*t = *by;
	*by = was;
	/* Of what ended, who asks may not have been told yet. */
	by->ended_stops = t->ended_stops;
	t->ended_stops = was.ended_stops;
	ring_drop(&t->absolute, t->absolute_from);
	for (uint32_t i = 0; i < t->meta->vps; i++) {
		ring_drop(&t->vp[i].items, t->vp[i].items_from);
		ring_drop(&t->vp[i].runs, t->vp[i].runs_from);
	}
	tape_free(by);
}

uint64_t tape_events(const struct tape *t)
{
	return t->seq - TAPE_FIRST;
}

void tape_free(struct tape *t)
{
	for (uint32_t i = 0; t && i < t->meta->vps; i++) {
		free(t->vp[i].items.at);
		free(t->vp[i].runs.at);
	}
	if (t) {
		free(t->absolute.at);
		free(t->ended_stops.at);
		free(t->vp);
		free(t->lp);
	}
	free(t);
}

/* ---- the base ---- */

void tape_base_pends(struct tape *t, uint32_t vp, uint64_t now, uint64_t covers)
{
	struct tape_vp *v = &t->vp[vp];

	v->pended += covers;
	v->waiting_pend |= covers > 0;
	if (v->state == TAPE_IS_READY && v->ended_otherwise) {
		v->ended_otherwise = false;
		t->counts.negative++;
	}
	if ((v->state == TAPE_STOPPED || v->state == TAPE_NEW) && v->pend_time == TAPE_NEVER) {
		v->pend_time = now;
		v->pend_seq = t->seq;
	}
}

void tape_base_delivers(struct tape *t, uint32_t vp, uint64_t now)
{
	struct tape_vp *v = &t->vp[vp];

	v->taken += v->pended;
	v->given++;
	v->pended = 0;
	v->waiting_pend = false;
	v->tick_ran = tape_ran_by(v, now);
}

void tape_base_slice_over(struct tape *t, uint32_t lp, uint64_t now)
{
	struct tape_vp *v = &t->vp[t->lp[lp].vp];

	v->slice_over = true;
	v->slice_time = now;
}

/* ---- what the loop asks ---- */

static struct tape_item *item_again(struct tape *t, uint32_t vp, uint64_t behind)
{
	const struct tape_vp *v = &t->vp[vp];
	uint64_t end = v->items.end, again = end > TAPE_AGAIN ? TAPE_AGAIN : end - 1;

	/* Item 0 is none of its own. */
	if (end < 2 || behind >= end)
		return NULL;
	end += behind % again - again;
	t->lost |= ring_lacks(&v->items, end);
	return ring_get(&v->items, sizeof(struct tape_item), end);
}

/* One that is not there. */
struct tape_item *tape_item_elsewhere(struct tape *t, uint32_t vp, uint64_t n)
{
	const struct ring *items = &t->vp[vp].items;

	if (t->ended && n >= items->end)
		return item_again(t, vp, n - items->end);
	t->lost |= ring_lacks(items, n);
	return NULL;
}

bool tape_is_past(const struct tape *t, uint32_t vp, uint64_t n, uint64_t work)
{
	const struct tape_vp *v = &t->vp[vp];

	return !t->lost && (t->ended || v->items.end > n ||
			    (v->items.end == n && tape_ran_by(v, t->now) - v->item_ran > work));
}

uint64_t tape_rest(const struct tape *t, uint32_t vp)
{
	return tape_ran_by(&t->vp[vp], t->meta->end) - t->vp[vp].item_ran;
}

uint64_t tape_last_wait(const struct tape *t, uint32_t vp)
{
	const struct tape_vp *v = &t->vp[vp];

	return v->state == TAPE_IS_READY ? t->meta->end - v->ready_at + 1 : 0;
}

struct tape_open tape_open(const struct tape *t, uint32_t vp)
{
	const struct tape_vp *v = &t->vp[vp];
	uint64_t ran = tape_ran_by(v, t->now), from = v->item_ran;

	if (v->tick_ran > from)
		from = v->tick_ran;
	return (struct tape_open){ .ran = ran - v->item_ran,
				   .ran_ticks = ran > from ? ran - from : 0,
				   .ticks = v->taken - v->taken_at_act,
				   .deliveries = v->given - v->given_at_act };
}

uint64_t tape_stop_pended(const struct tape *t, uint32_t vp)
{
	return t->vp[vp].pend_time;
}

uint64_t tape_stop_ipi(const struct tape *t, uint32_t vp)
{
	return t->vp[vp].ipi_time;
}

bool tape_ended_stop(struct tape *t, struct tape_ended *ended)
{
	const struct tape_ended *e = ring_get(&t->ended_stops, sizeof(*e), t->ended_stops.first);

	if (!e)
		return false;
	*ended = *e;
	t->ended_stops.first++;
	return true;
}

const struct tape_absolute *tape_absolute(struct tape *t)
{
	return ring_get(&t->absolute, sizeof(struct tape_absolute), t->absolute.first);
}

void tape_drop_absolute(struct tape *t)
{
	ring_drop(&t->absolute, t->absolute.first + 1);
}

const struct tape_counts *tape_counts(const struct tape *t)
{
	return &t->counts;
}
