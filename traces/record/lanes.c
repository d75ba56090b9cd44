/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/lanes.h"

uint64_t lanes_slots(uint64_t bytes, uint32_t lanes)
{
	uint64_t slots = 1;

	while (slots * sizeof(struct raw_slot) * lanes < bytes)
		slots *= 2;
	return slots;
}

void lanes_give(struct lanes *l, const bool *there)
{
	uint32_t given = 0, first = 0;

	while (first + 1 < l->cpus && !there[first])
		first++;
	for (uint32_t i = 0; i < l->cpus; i++) {
		bool own = there[i] || i == first;

		l->cpu[i].lane = own ? i : first;
		l->cpu[i].base = own ? (uint32_t)(given * l->slots) : 0;
		given += own;
	}
}

/* The event whose number is @number, if it is there and whole. */
static const struct raw_slot *next(const struct lanes *l, const struct raw_cpu *c, uint64_t number)
{
	const struct raw_slot *slot = &l->slot[c->base + (number & (l->slots - 1))];

	return __atomic_load_n(&slot->filled, __ATOMIC_ACQUIRE) == (uint32_t)(number + 1) ? slot
											  : NULL;
}

uint64_t lanes_drain(struct lanes *l, void (*take)(void *to, const struct raw_event *e), void *to)
{
	uint64_t taken = 0;

	for (uint32_t i = 0; i < l->cpus; i++) {
		struct raw_cpu *c = &l->cpu[i];
		const struct raw_slot *slot;
		uint64_t tail = c->tail;

		if (c->lane != i)
			continue;
		for (; (slot = next(l, c, tail)); tail++) {
			take(to, &slot->ev);
			taken++;
			/* Room again, now and then: a lane may be filled while it is emptied. */
			if (!(tail % 256))
				__atomic_store_n(&c->tail, tail, __ATOMIC_RELEASE);
		}
		__atomic_store_n(&c->tail, tail, __ATOMIC_RELEASE);
	}
	return taken;
}
