/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least that a replay has to compute: the same trace, read as vtick reads it, and its ARMs
 * through one 4-ary heap of the VPs' deadlines. No policy, no LPs, nothing is counted but the
 * deadlines that were reached. Its heap is its own, so that it stays what it is when vtick's
 * changes. Usage: heap_loop FILE.vtt
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/trace.h"

#define ARITY 4u
#define ABSENT UINT32_MAX

struct timer {
	uint64_t due;
	uint32_t vp;
};

static struct timer *heap;
static uint32_t len, *place; /* [vps] where in the heap, or ABSENT */

static void put(uint32_t at, struct timer t)
{
	heap[at] = t;
	place[t.vp] = at;
}

/* From the hole at @at up, or down, to where @t belongs. */
static void settle(uint32_t at, struct timer t)
{
	while (at && t.due < heap[(at - 1) / ARITY].due) {
		put(at, heap[(at - 1) / ARITY]);
		at = (at - 1) / ARITY;
	}
	for (;;) {
		uint32_t best = at * ARITY + 1, last = best + ARITY < len ? best + ARITY : len;

		for (uint32_t i = best + 1; i < last; i++)
			best = heap[i].due < heap[best].due ? i : best;
		if (best >= len || heap[best].due >= t.due)
			break;
		put(at, heap[best]);
		at = best;
	}
	put(at, t);
}

static void disarm(uint32_t vp)
{
	uint32_t at = place[vp];

	if (at == ABSENT)
		return;
	place[vp] = ABSENT;
	if (at != --len)
		settle(at, heap[len]);
}

static void arm(uint32_t vp, uint64_t due)
{
	settle(place[vp] == ABSENT ? len++ : place[vp], (struct timer){ .due = due, .vp = vp });
}

/* Takes what is due by @now; how many there were. */
static uint64_t expire(uint64_t now)
{
	uint64_t count = 0;

	for (; len && heap[0].due <= now; count++)
		disarm(heap[0].vp);
	return count;
}

static uint64_t replay(struct trace_reader *r, struct vt_error *err)
{
	uint64_t reached = 0;
	const struct trace_event *ev;
	size_t n;
	int got;

	while ((got = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n; i++) {
			reached += expire(ev[i].time);
			if (ev[i].type == TRACE_ARM)
				arm(ev[i].vp, ev[i].value);
			else if (ev[i].type == TRACE_DISARM)
				disarm(ev[i].vp);
		}
	}
	return got < 0 ? UINT64_MAX : reached + expire(trace_reader_meta(r)->end);
}

int main(int argc, char **argv)
{
	struct vt_error err = { 0 };
	struct trace_reader *r = argc == 2 ? trace_reader_open(argv[1], &err) : NULL;
	uint64_t reached = UINT64_MAX;

	if (r) {
		heap = vt_array(trace_reader_meta(r)->vps, sizeof(*heap));
		place = vt_array(trace_reader_meta(r)->vps, sizeof(*place));
		for (uint32_t vp = 0; vp < trace_reader_meta(r)->vps; vp++)
			place[vp] = ABSENT;
		reached = replay(r, &err);
		trace_reader_close(r);
	}
	if (reached == UINT64_MAX) {
		fprintf(stderr, "heap_loop: usage: heap_loop FILE.vtt, or it cannot be read\n");
		return 2;
	}
	printf("%" PRIu64 "\n", reached);
	free(place);
	free(heap);
	return 0;
}
