/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/record/lanes.h"

#define EVENTS 200000

/* As the BPF side does it; false: no room. */
static bool put(struct lanes *l, uint32_t cpu, uint64_t ts)
{
	struct raw_cpu *c = &l->cpu[l->cpu[cpu].lane];
	uint64_t head = __atomic_load_n(&c->head, __ATOMIC_ACQUIRE);
	struct raw_slot *slot = &l->slot[c->base + (head & (l->slots - 1))];

	if (head - __atomic_load_n(&c->tail, __ATOMIC_ACQUIRE) >= l->slots)
		return false;
	__atomic_store_n(&c->head, head + 1, __ATOMIC_RELEASE);
	slot->ev = (struct raw_event){ .ts = ts, .cpu = (uint16_t)cpu };
	__atomic_store_n(&slot->filled, (uint32_t)(head + 1), __ATOMIC_RELEASE);
	return true;
}

static struct lanes lanes_of(uint32_t cpus, uint64_t slots, const bool *there)
{
	struct lanes l = { .cpus = cpus, .slots = slots };

	l.cpu = vt_alloc(cpus * sizeof(*l.cpu));
	l.slot = vt_alloc(cpus * slots * sizeof(*l.slot));
	lanes_give(&l, there);
	return l;
}

static void lanes_free(struct lanes *l)
{
	free(l->cpu);
	free(l->slot);
}

struct taken {
	uint64_t n, last, cpus;
	bool order;
};

static void take(void *to, const struct raw_event *e)
{
	struct taken *t = to;

	t->order &= e->ts == t->last + 1;
	t->last = e->ts;
	t->cpus |= 1u << e->cpu;
	t->n++;
}

Test(lanes, size_is_a_power_of_two_that_holds_what_was_asked_for)
{
	cr_expect(lanes_slots(1, 1) == 1);
	cr_expect(lanes_slots(64, 1) == 1);
	cr_expect(lanes_slots(65, 1) == 2);
	cr_expect(lanes_slots(8192 * 1024, 2) == 65536);
	cr_expect(lanes_slots(8192 * 1024, 3) == 65536);
}

Test(lanes, who_comes_later_shares_the_first)
{
	static const bool there[] = { false, true, false, true };
	struct lanes l = lanes_of(4, 8, there);
	struct taken t = { .order = true };

	cr_expect(l.cpu[0].lane == 1 && l.cpu[1].lane == 1 && l.cpu[2].lane == 1 &&
		  l.cpu[3].lane == 3);
	cr_expect(l.cpu[1].base == 0 && l.cpu[3].base == 8);
	for (uint64_t i = 1; i <= 8; i++)
		cr_expect(put(&l, i % 3 ? 1 : 2, i));
	cr_expect(!put(&l, 0, 9), "a full lane takes no more");
	cr_expect(put(&l, 3, 9), "another has room");
	cr_expect(lanes_drain(&l, take, &t) == 9 && t.order);
	cr_expect(t.cpus == (1 << 1 | 1 << 2 | 1 << 3));
	cr_expect(lanes_drain(&l, take, &t) == 0);
	lanes_free(&l);
}

Test(lanes, what_is_not_whole_waits_and_holds_up_what_follows)
{
	static const bool there[] = { true };
	struct lanes l = lanes_of(1, 4, there);
	struct taken t = { .order = true };

	/* The second was interrupted by the third. */
	for (uint64_t i = 1; i <= 3; i++)
		put(&l, 0, i);
	l.slot[1].filled = 0;
	cr_expect(lanes_drain(&l, take, &t) == 1);
	l.slot[1].filled = 2;
	cr_expect(lanes_drain(&l, take, &t) == 2 && t.n == 3 && t.order);
	lanes_free(&l);
}

static void *fill(void *arg)
{
	struct lanes *l = arg;

	for (uint64_t i = 1; i <= EVENTS;)
		i += put(l, 0, i);
	return NULL;
}

Test(lanes, nothing_is_lost_between_two_threads)
{
	static const bool there[] = { true };
	struct lanes l = lanes_of(1, 64, there);
	struct taken t = { .order = true };
	pthread_t filler;

	cr_assert(!pthread_create(&filler, NULL, fill, &l));
	while (t.n < EVENTS)
		lanes_drain(&l, take, &t);
	pthread_join(filler, NULL);
	cr_expect(t.n == EVENTS && t.order);
	lanes_free(&l);
}
