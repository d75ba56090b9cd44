/* SPDX-License-Identifier: GPL-2.0-only */
/* The queue of timers against a list that is searched, short and long, growing and shrinking. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "replay/engine/queue.h"

#define TIMERS 200u

struct model {
	struct queue q;
	struct vtick_timer timer[TIMERS];
	uint64_t seq[TIMERS]; /* 0: not in the queue */
	uint64_t next_seq;
	uint32_t len;
	bool was_heap;
	uint64_t random;
};

static uint32_t below(struct model *m, uint32_t n)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->random >> 33) % n;
}

/* The timer that is next; TIMERS: none. */
static uint32_t next(const struct model *m)
{
	uint32_t best = TIMERS;

	for (uint32_t i = 0; i < TIMERS; i++) {
		if (!m->seq[i])
			continue;
		if (best == TIMERS || m->timer[i].expiry < m->timer[best].expiry ||
		    (m->timer[i].expiry == m->timer[best].expiry && m->seq[i] < m->seq[best]))
			best = i;
	}
	return best;
}

static void check(struct model *m)
{
	uint32_t head = next(m);

	m->was_heap |= m->q.heap;
	cr_assert_eq(m->q.len, m->len);
	cr_assert(m->q.first + m->q.len <= m->q.room);
	cr_assert_eq(queue_head_expiry(&m->q),
		     head == TIMERS ? VTICK_NEVER : m->timer[head].expiry);
	if (m->len)
		cr_assert_eq(m->q.entry[0].timer, &m->timer[head]);
	for (uint32_t i = 0; i < TIMERS; i++) {
		cr_assert_eq(vtick_timer_active(&m->timer[i]), m->seq[i] != 0);
		cr_assert_eq(queue_find(&m->q, &m->timer[i]) != NULL, m->seq[i] != 0);
	}
}

/* Times are few, so that many are equal; a third comes before all others, a third behind. */
static void add(struct model *m, uint32_t i)
{
	uint64_t head = m->len ? queue_head_expiry(&m->q) : 1000;
	uint64_t expiry = below(m, 3) ? head + below(m, 40) : head - below(m, 2);
	uint32_t before = next(m);
	bool first = before == TIMERS || expiry < m->timer[before].expiry;

	m->seq[i] = ++m->next_seq;
	m->len++;
	if (queue_is_ahead(&m->q, expiry)) {
		cr_assert(first);
		queue_add_ahead(&m->q, &m->timer[i], expiry, m->seq[i]);
	} else {
		cr_assert_eq(queue_add(&m->q, &m->timer[i], expiry, m->seq[i]), first);
	}
}

static void drop(struct model *m, uint32_t i)
{
	bool first = next(m) == i;

	m->seq[i] = 0;
	m->len--;
	if (first && below(m, 2))
		queue_shift(&m->q, &m->timer[i]);
	else
		cr_assert_eq(queue_remove(&m->q, &m->timer[i]), first);
}

/* Up to @most timers, then down again, @steps steps each. */
static void swing(struct model *m, uint32_t most, uint32_t steps)
{
	for (uint32_t step = 0; step < 2 * steps; step++) {
		uint32_t i = below(m, most), up = step < steps ? 3 : 1;

		if (m->len && below(m, 8) >= 2 * up)
			drop(m, below(m, 2) ? next(m) : m->seq[i] ? i : next(m));
		else if (!m->seq[i])
			add(m, i);
		check(m);
	}
}

Test(queue, is_in_order)
{
	struct model *m = calloc(1, sizeof(*m));

	queue_init(&m->q);
	m->random = 1;
	for (uint32_t most = 1; most <= TIMERS; most += most < 40 ? 1 : 40) {
		swing(m, most, 100 + 2 * most);
		while (m->len)
			drop(m, next(m));
		check(m);
	}
	cr_assert(m->was_heap && !m->q.heap);
	swing(m, TIMERS, 2);
	queue_free(&m->q);
	cr_assert_eq(m->q.len, 0);
	free(m);
}
