/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/timer.h"

/* The first of @from + k * @period that is later than @now; @from is not. */
static uint64_t next(uint64_t from, uint64_t period, uint64_t now)
{
	return from + ((now - from) / period + 1) * period;
}

void cut_timer_advance(struct cut_timer *t, uint64_t now)
{
	if (!t->armed || t->due > now)
		return;
	if (t->period)
		t->due = next(t->due, t->period, now);
	else
		t->armed = false;
}

/* It is to be due at the guest's @deadline; the guest's counter is @counter = machine + @offset. */
static void set(struct cut_timer *t, uint64_t deadline, uint64_t counter, int64_t offset)
{
	if (deadline <= counter) {
		/* Over: never for an ITM, which waits for the very value; for the others at once.
		 */
		t->armed = t->dev != TRACE_ITM && t->period;
		if (!t->armed)
			return;
		deadline = next(deadline, t->period, counter);
	}
	t->armed = true;
	t->due = deadline - (uint64_t)offset;
}

void cut_timer_arm(struct cut_timer *t, const struct trace_event *ev, int64_t offset)
{
	t->dev = ev->sub;
	t->period = ev->extra;
	set(t, ev->value, ev->time + (uint64_t)offset, offset);
}

void cut_timer_counter(struct cut_timer *t, uint64_t now, int64_t offset, uint64_t value)
{
	if (t->armed)
		set(t, t->due + (uint64_t)offset, value, (int64_t)(value - now));
}
