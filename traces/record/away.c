/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/away.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* What was heard of a CPU: last, before its last timer interrupt, and when that was. */
struct away_cpu {
	uint64_t last, before, irq;
	uint32_t seq; /* of the last event */
	bool heard;
	bool open; /* no expiry of that interrupt showed anything yet */
};

static struct away_cpu *cpu_of(struct away *a, uint32_t cpu)
{
	if (cpu >= a->cpus) {
		a->cpu = vt_realloc(a->cpu, (cpu + 1) * sizeof(*a->cpu));
		memset(&a->cpu[a->cpus], 0, (cpu + 1 - a->cpus) * sizeof(*a->cpu));
		a->cpus = cpu + 1;
	}
	return &a->cpu[cpu];
}

/* An interrupt; what was lost before it may have been anything. */
static void interrupted(struct away_cpu *c, const struct raw_event *e)
{
	c->open = c->heard && e->seq == c->seq + 1;
	c->before = c->last;
	c->irq = e->ts;
}

/*
 * Of the timers that expire in an interrupt the first is the one that was due first. The CPU was
 * away before it was due: what may be due at any time of a stretch finds, in the mean, as much of
 * it behind as ahead. Not, of course, before the CPU was heard of last.
 */
static bool expired(struct away_cpu *c, const struct raw_event *e, struct raw_event *told)
{
	uint64_t due = e->a, known;
	bool away = c->open && due && due >= c->before && due + AWAY_NS < c->irq &&
		    e->ts - c->irq < AWAY_NS;

	c->open = false;
	if (!away)
		return false;
	known = c->irq - due;
	*told = (struct raw_event){
		.type = RAW_AWAY,
		.ts = due - c->before > known ? due - known : c->before,
		.a = c->irq,
		.cpu = e->cpu,
	};
	return true;
}

bool away_event(struct away *a, const struct raw_event *e, struct raw_event *told)
{
	struct away_cpu *c = cpu_of(a, e->cpu);
	bool shows = false;

	if (e->type == RAW_TIMER_IRQ)
		interrupted(c, e);
	else if (e->type == RAW_FIRE)
		shows = expired(c, e, told);
	c->last = e->ts;
	c->seq = e->seq;
	c->heard = true;
	return shows;
}

void away_free(struct away *a)
{
	free(a->cpu);
	*a = (struct away){ 0 };
}
