/* SPDX-License-Identifier: GPL-2.0-only */
/* What a reduction leaves: the least, legal, the same for every number of children. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/reduce/reduce.h"

#define HZ UINT64_C(1000000000)

/* A load of 4 VPs on 2 LPs: runs of 1 ms, a write in each, a wake-up behind it. */
static void make(struct whole *t)
{
	*t = (struct whole){ 0 };
	trace_meta_init(&t->meta);
	t->meta.clock_hz = HZ;
	t->meta.lps = 2;
	for (uint32_t i = 0; i < 4; i++)
		trace_meta_add_vp(&t->meta, 7 + i, 0, "guest");
	t->ev = calloc(4000, sizeof(*t->ev));
	for (uint64_t k = 0; k < 500; k++) {
		uint32_t vp = (uint32_t)(k % 4);
		uint16_t lp = (uint16_t)(k % 2);
		uint64_t at = k * 1000003;
		const struct trace_event some[] = {
			{ .time = at, .type = TRACE_WAKE, .vp = vp, .lp = lp },
			{ .time = at, .type = TRACE_SCHED_IN, .vp = vp, .lp = lp },
			{ .time = at + 1234,
			  .type = TRACE_ARM,
			  .sub = TRACE_LAPIC,
			  .vp = vp,
			  .value = at + 700001 + k },
			{ .time = at + 2345, .type = TRACE_OBS_HV_IRQ, .lp = lp },
			{ .time = at + 3456, .type = TRACE_MASK, .vp = vp, .sub = k == 321 },
			{ .time = at + 400000,
			  .type = TRACE_SCHED_OUT,
			  .sub = TRACE_BLOCK,
			  .vp = vp },
		};

		memcpy(t->ev + t->n, some, sizeof(some));
		t->n += 6;
	}
	t->meta.end = 501 * 1000003;
}

static bool legal(const struct whole *t)
{
	struct trace_legal *l = trace_legal_new(t->meta.lps, t->meta.vps);
	bool is = true;
	uint64_t last = 0;

	for (size_t i = 0; i < t->n; i++) {
		is &= !trace_event_fault(&t->ev[i], t->meta.lps, t->meta.vps) &&
		      !trace_legal_event(l, &t->ev[i]) && t->ev[i].time >= last;
		last = t->ev[i].time;
	}
	trace_legal_free(l);
	return is && t->meta.end >= last;
}

static unsigned asked;

/* A write, and behind it a mask and another write of the same VP. */
static bool masked_between(void *arg, const struct whole *t)
{
	bool armed[8] = { 0 }, masked[8] = { 0 };

	(void)arg;
	asked++;
	cr_assert(legal(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *ev = &t->ev[i];

		if (ev->type == TRACE_MASK && ev->sub && armed[ev->vp])
			masked[ev->vp] = true;
		if (ev->type != TRACE_ARM)
			continue;
		if (masked[ev->vp])
			return true;
		armed[ev->vp] = true;
	}
	return false;
}

static bool is_zero(void *arg, int status)
{
	(void)arg;
	return !status;
}

static void in_child(void *arg, const struct whole *t, unsigned slot)
{
	(void)slot;
	_exit(!masked_between(arg, t));
}

Test(reduce, to_the_least)
{
	const struct reduce_test test = { .holds = masked_between };
	struct reduce_stats stats;
	struct vt_error err;
	struct whole t;

	make(&t);
	cr_assert(legal(&t) && masked_between(NULL, &t));
	asked = 0;
	cr_assert_eq(reduce(&t, &test, NULL, &stats, &err), 0);
	cr_assert_eq(stats.runs, asked);
	cr_assert(masked_between(NULL, &t));
	/* It runs, writes, is masked, writes. */
	cr_assert_eq(t.n, 4);
	cr_assert_eq(t.meta.vps, 1);
	cr_assert_eq(t.meta.lps, 1);
	cr_assert_eq(t.meta.end, 0);
	cr_assert_eq(t.meta.vp[0].domain, 0);
	cr_assert_str_eq(t.meta.vp[0].name, "d0v0");
	whole_free(&t);
}

Test(reduce, the_same_for_all_jobs)
{
	struct whole first;
	struct reduce_stats stats, of_first;
	struct vt_error err;

	reduce_signals_begin();
	for (unsigned jobs = 1; jobs <= 5; jobs += 2) {
		const struct reduce_test test = {
			.child = in_child, .judge = is_zero, .jobs = jobs, .timeout_ns = 60 * HZ
		};
		struct whole t;

		make(&t);
		cr_assert_eq(reduce(&t, &test, NULL, &stats, &err), 0);
		if (jobs == 1) {
			first = t;
			of_first = stats;
			continue;
		}
		cr_assert_eq(whole_hash(&t), whole_hash(&first));
		cr_assert_eq(stats.runs, of_first.runs);
		cr_assert_eq(stats.taken, of_first.taken);
		whole_free(&t);
	}
	reduce_signals_end();
	whole_free(&first);
}

/* Times are moved by steps: what lies between two moments stays between them. */
static bool late_write(void *arg, const struct whole *t)
{
	(void)arg;
	for (size_t i = 0; i < t->n; i++) {
		if (t->ev[i].type == TRACE_ARM && t->ev[i].value > t->ev[i].time + 650000 &&
		    t->ev[i].time > 1100000)
			return true;
	}
	return false;
}

Test(reduce, round_numbers)
{
	const struct reduce_test test = { .holds = late_write };
	struct reduce_stats stats;
	struct vt_error err;
	struct whole t;

	make(&t);
	cr_assert_eq(reduce(&t, &test, NULL, &stats, &err), 0);
	cr_assert_eq(t.n, 2);
	cr_assert_eq(t.ev[1].time, 2000000);
	cr_assert_eq(t.ev[1].value, 2700000);
	whole_free(&t);
}

static void sleep_long(void *arg, const struct whole *t, unsigned slot)
{
	(void)arg;
	(void)t;
	(void)slot;
	sleep(600);
	_exit(0);
}

Test(reduce, a_child_that_hangs_is_killed, .timeout = 240)
{
	const struct reduce_test test = {
		.child = sleep_long, .judge = is_zero, .jobs = 1, .timeout_ns = HZ / 20
	};
	struct vt_error err;
	struct whole t;
	bool late;
	int status;

	make(&t);
	reduce_signals_begin();
	cr_assert_eq(reduce_ask(&t, &test, &status, &late, &err), 0);
	reduce_signals_end();
	cr_assert(late);
	cr_assert(WIFSIGNALED(status));
	whole_free(&t);
}

static void lack_memory(void *arg, const struct whole *t, unsigned slot)
{
	(void)arg;
	(void)slot;
	if (t->n < 1000)
		vt_no_memory();
	_exit(0);
}

static bool is_trouble(void *arg, int status)
{
	(void)arg;
	return WIFEXITED(status) && (!WEXITSTATUS(status) || WEXITSTATUS(status) == 2);
}

/* Also where the test wants what a process without memory ends with. */
static void ends_the_reduction(void (*child)(void *, const struct whole *, unsigned),
			       const char *why)
{
	const struct reduce_test test = { .child = child, .judge = is_trouble, .jobs = 2 };
	struct reduce_stats stats;
	struct vt_error err;
	struct whole t;

	make(&t);
	reduce_signals_begin();
	cr_assert_eq(reduce(&t, &test, NULL, &stats, &err), -1);
	reduce_signals_end();
	cr_assert_str_eq(err.text, why);
	cr_assert_geq(t.n, 1000);
	whole_free(&t);
}

Test(reduce, a_child_without_memory_is_no_answer)
{
	ends_the_reduction(lack_memory, "out of memory");
}

static void lack_answer(void *arg, const struct whole *t, unsigned slot)
{
	struct vt_error err;

	(void)arg;
	(void)slot;
	vt_error_set(&err, "some.vtt", VT_NO_OFFSET, "could not be replayed");
	if (t->n < 1000)
		reduce_child_broken(&err);
	_exit(0);
}

Test(reduce, a_child_that_cannot_be_asked_is_no_answer)
{
	ends_the_reduction(lack_answer, "some.vtt: could not be replayed");
}
