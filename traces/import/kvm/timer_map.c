/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/timer_map.h"
#include "traces/base/mem.h"

#include <stdlib.h>

/* More timers than any host has vCPUs: only a broken file gets there. */
enum { TIMERS_MAX = 1 << 21 };

static size_t place(const struct timer_map *m, uint64_t timer)
{
	size_t i = (timer * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (m->slots - 1);

	while (m->slot[i].timer && m->slot[i].timer != timer)
		i = (i + 1) & (m->slots - 1);
	return i;
}

static void grow(struct timer_map *m)
{
	struct timer_map bigger = { .slots = m->slots ? 2 * m->slots : 64, .n = m->n };

	bigger.slot = vt_array(bigger.slots, sizeof(*bigger.slot));
	for (size_t i = 0; i < m->slots; i++)
		if (m->slot[i].timer)
			bigger.slot[place(&bigger, m->slot[i].timer)] = m->slot[i];
	free(m->slot);
	*m = bigger;
}

void timer_map_vote(struct timer_map *m, uint64_t timer, uint32_t vp)
{
	struct timer_owner *o;

	if (!timer)
		return;
	if (m->n * 2 >= m->slots)
		grow(m);
	o = &m->slot[place(m, timer)];
	if (!o->timer) {
		if (m->n >= TIMERS_MAX)
			return;
		m->n++;
		*o = (struct timer_owner){ .timer = timer, .vp = vp };
	}
	if (o->vp == vp) {
		o->votes += o->votes < UINT32_MAX;
	} else if (o->votes) {
		o->votes--;
	} else {
		o->vp = vp;
		o->votes = 1;
	}
}

uint32_t timer_map_owner(const struct timer_map *m, uint64_t timer, size_t at)
{
	const struct timer_owner *o;

	if (!m->slots || !timer)
		return UINT32_MAX;
	o = &m->slot[place(m, timer)];
	if (!o->timer)
		return UINT32_MAX;
	while (o->from > at && o->before)
		o = &m->gone[o->before - 1];
	return o->vp;
}

void timer_map_renew(struct timer_map *m, uint64_t timer, size_t from)
{
	struct timer_owner *o;

	if (!m->slots || !timer)
		return;
	o = &m->slot[place(m, timer)];
	if (!o->timer || o->from >= from)
		return;
	if (m->gones == m->gone_room) {
		m->gone_room = m->gone_room ? 2 * m->gone_room : 16;
		m->gone = vt_realloc(m->gone, m->gone_room * sizeof(*m->gone));
	}
	m->gone[m->gones++] = *o;
	*o = (struct timer_owner){
		.timer = timer, .vp = UINT32_MAX, .from = from, .before = m->gones
	};
}

void timer_map_free(struct timer_map *m)
{
	free(m->gone);
	free(m->slot);
	*m = (struct timer_map){ 0 };
}
