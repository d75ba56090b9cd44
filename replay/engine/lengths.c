/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/lengths.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* Makes room for a length of @len in the sums of @l. */
static void make_room(struct lp_state *l, uint32_t len)
{
	uint32_t room = len * 2 + 6;

	if (len < l->lengths)
		return;
	l->by_len = vt_realloc(l->by_len, room * sizeof(*l->by_len));
	memset(l->by_len + l->lengths, 0, (room - l->lengths) * sizeof(*l->by_len));
	l->lengths = room;
}

void lengths_open(struct lp_state *l)
{
	make_room(l, 1);
}

void lengths_free(struct lp_state *l)
{
	free(l->by_len);
}

void lengths_end(const struct engine *e, struct lp_state *l)
{
	l->by_len[l->queue.len] += e->host.now;
	l->own_area += (unsigned __int128)e->host.now * l->own_len;
	l->counts.guest_len_max = l->guests_longest - l->own_len;
}

void lengths_longest(struct lp_state *l)
{
	if (l->queue.len > l->counts.len_max) {
		l->counts.len_max = l->queue.len;
		make_room(l, l->queue.len);
	}
	if (l->queue.len > l->guests_longest)
		l->guests_longest = l->queue.len;
}

void lengths_set(const struct engine *e, struct lp_state *l, uint32_t len, uint32_t guest_len)
{
	uint32_t before = l->queue.len;

	l->queue.len = len;
	lengths_own(e, l, (int32_t)(len - guest_len - l->own_len));
	lengths_longest(l);
	lengths_change(e, l, before, len);
}

unsigned __int128 lengths_area(const struct lp_state *l)
{
	unsigned __int128 sum = 0;

	for (uint32_t len = 0; len < l->lengths; len++)
		sum += (unsigned __int128)l->by_len[len] * len;
	return sum;
}

unsigned __int128 lengths_guest_area(const struct lp_state *l)
{
	return lengths_area(l) - l->own_area;
}
