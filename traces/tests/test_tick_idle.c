/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording says of the tick of LPs where no VP runs. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>

#include "traces/base/error.h"
#include "traces/tick_idle.h"
#include "traces/trace.h"

#define MS UINT64_C(1000000)
#define PERIOD (4 * MS)

static struct tick_idle *told;

static void event(uint64_t time, enum trace_type type, uint16_t lp)
{
	const struct trace_event ev = { .time = time, .type = (uint8_t)type, .lp = lp };

	if (type == TRACE_SCHED_OUT)
		tick_idle_leaves(told, lp);
	tick_idle_event(told, &ev);
}

/* A VP runs for 1 ms in 20, then one timer of a guest expires, which wakes it. While it sleeps
 * ticks come, from the first behind @from to the last before @to. */
static void rounds(unsigned n, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t start = i * 20 * MS;

		event(start, TRACE_OBS_HV_IRQ, 1);
		tick_idle_expiry(told, 1);
		event(start, TRACE_SCHED_IN, 1);
		event(start + MS, TRACE_SCHED_OUT, 1);
		for (uint64_t at = start + PERIOD; at < start + 20 * MS; at += PERIOD)
			if (at > start + from && at < start + to)
				event(at, TRACE_OBS_HV_IRQ, 1);
	}
}

static const char *word(uint64_t end)
{
	const char *w = tick_idle_told(told, end);

	tick_idle_free(told);
	return w ? w : "nothing";
}

#define EXPECT(n, from, to, expected)                                                              \
	do {                                                                                       \
		told = tick_idle_new(2, PERIOD);                                                   \
		event(0, TRACE_SCHED_IN, 0);                                                       \
		rounds(n, (from)*MS, (to)*MS);                                                     \
		cr_expect_str_eq(word((n)*20 * MS), expected);                                     \
	} while (0)

Test(tick_idle, words)
{
	EXPECT(40, 0, 20, "run");
	EXPECT(40, 0, 5, "stop");
	EXPECT(40, 0, 1, "stop-at-once");
	/* Busy hosts tick on idle CPUs now and then. */
	EXPECT(40, 0, 9, "stop");
	/* Of a few it is not told. */
	EXPECT(4, 0, 20, "nothing");
	/* That they stop is, that they do so at once is not. */
	EXPECT(10, 0, 1, "stop");
}

/* Of 20 ms 19 are idle: three ticks behind the first 4 ms, at 8, 12 and 16 ms, one before. */
Test(tick_idle, of_its_own)
{
	static const char *const words[] = { "stop-at-once", "stop", "run", "what" };
	const uint64_t irqs_of[] = { 160, 120, 0, 0 }, ms_of[] = { 760, 600, 0, 0 };
	uint64_t irqs, time;

	for (unsigned i = 0; i < 4; i++) {
		told = tick_idle_new(2, PERIOD);
		event(0, TRACE_SCHED_IN, 0);
		rounds(40, 0, 20 * MS);
		tick_idle_own(told, words[i], 40 * 20 * MS, &irqs, &time);
		cr_expect_eq(time, ms_of[i] * MS);
		cr_expect_eq(irqs, irqs_of[i]);
		tick_idle_free(told);
	}
}

Test(tick_idle, nothing_to_tell_by)
{
	/* No period, no interrupts, no idle LP. */
	told = tick_idle_new(2, 0);
	rounds(40, 0, 20 * MS);
	cr_expect_str_eq(word(800 * MS), "nothing");
	told = tick_idle_new(2, PERIOD);
	event(0, TRACE_SCHED_IN, 0);
	event(MS, TRACE_SCHED_OUT, 0);
	cr_expect_str_eq(word(800 * MS), "nothing");
	told = tick_idle_new(1, PERIOD);
	event(0, TRACE_SCHED_IN, 0);
	for (uint64_t at = PERIOD; at < 800 * MS; at += PERIOD)
		event(at, TRACE_OBS_HV_IRQ, 0);
	cr_expect_str_eq(word(800 * MS), "nothing");
}

/* Where events were lost interrupts may be among them. */
Test(tick_idle, lost)
{
	told = tick_idle_new(2, PERIOD);
	event(0, TRACE_SCHED_IN, 0);
	for (unsigned i = 0; i < 40; i++) {
		event(i * 20 * MS, TRACE_SCHED_IN, 1);
		event(i * 20 * MS + MS, TRACE_SCHED_OUT, 1);
		event(i * 20 * MS + 2 * MS, TRACE_LOST, 1);
		event(i * 20 * MS + 9 * MS, TRACE_OBS_HV_IRQ, 1);
	}
	cr_expect_str_eq(word(800 * MS), "nothing");
}

Test(tick_idle, copy)
{
	struct tick_idle *first;

	told = tick_idle_new(2, PERIOD);
	event(0, TRACE_SCHED_IN, 0);
	rounds(40, 0, 20 * MS);
	first = told;
	told = tick_idle_copy(first);
	tick_idle_free(first);
	cr_expect_str_eq(word(800 * MS), "run");
}

/* Traces name no LP of an expiry: it is that of the last interrupt. */
static void feed(const struct trace_event *ev, uint32_t *lp_of, uint32_t *last)
{
	if (ev->type == TRACE_SCHED_IN)
		lp_of[ev->vp] = ev->lp;
	if (ev->type == TRACE_SCHED_OUT)
		tick_idle_leaves(told, lp_of[ev->vp]);
	if (ev->type == TRACE_OBS_HV_IRQ)
		*last = ev->lp;
	if (ev->type == TRACE_OBS_FIRE)
		tick_idle_expiry(told, *last);
	tick_idle_event(told, ev);
}

static void expect_of(const char *path, const char *expected)
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);
	const struct trace_meta *meta;
	const struct trace_event *ev;
	uint32_t *lp_of, last = 0;
	size_t n;

	cr_assert_not_null(r, "%s", path);
	meta = trace_reader_meta(r);
	lp_of = calloc(meta->vps, sizeof(*lp_of));
	told = tick_idle_new(meta->lps, PERIOD);
	while (trace_reader_next(r, &ev, &n, &err) > 0) {
		for (; n; n--, ev++)
			feed(ev, lp_of, &last);
	}
	cr_expect_str_eq(word(meta->end), expected, "%s", path);
	free(lp_of);
	trace_reader_close(r);
}

/* The headers of those that record wrote before it told this say so, too. */
Test(tick_idle, corpus)
{
	expect_of("traces/corpus/kvm-live-2x2.vtt", "stop-at-once");
	expect_of("traces/corpus/kvm-live-mixed-2x3.vtt", "stop-at-once");
	expect_of("traces/corpus/kvm-unstable-tsc-1.vtt", "stop");
	expect_of("traces/corpus/kvm-4x2-all.vtt", "nothing");
}
