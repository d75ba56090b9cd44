/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy does, told moment by moment: nothing comes out otherwise by it, and what is told
 * adds up to what the result counts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"
#include "replay/watch/doings.h"
#include "replay/watch/replayed_ticks.h"

#define SEEDS 800u

static json_int_t number(const json_t *metrics, const char *object, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(metrics, object), key));
}

struct told {
	const struct random_trace *trace;
	uint64_t irqs, waits, delivered;
	uint32_t len_max;
	uint64_t lists[64]; /* [lps] the last length */
};

/* In order, at the place that it says. */
static void check(struct told *t, const struct doing *d, const struct doing *before)
{
	const struct random_trace *trace = t->trace;

	cr_assert_leq(d->event, trace->n);
	cr_assert_geq(d->event * 2 + d->after, before->event * 2 + before->after);
	cr_assert_geq(d->time, before->time);
	if (d->after)
		cr_assert_eq(d->time, trace->ev[d->event].time);
	else if (d->event < trace->n)
		cr_assert_leq(d->time, trace->ev[d->event].time);
	else
		cr_assert_leq(d->time, trace->meta.end);
}

static void count(struct told *t, const struct doing *d)
{
	const struct trace_event *ev = d->event < t->trace->n ? &t->trace->ev[d->event] : NULL;

	switch (d->kind) {
	case DOING_IRQ:
		t->irqs++;
		break;
	case DOING_LIST:
		cr_assert_neq(d->len, t->lists[d->lp], "a length that has not changed");
		t->lists[d->lp] = d->len;
		if (d->len > t->len_max)
			t->len_max = d->len;
		break;
	case DOING_WAITS:
		t->waits++;
		cr_assert(ev && ev->vp == d->vp && !d->after);
		cr_assert(ev->type == TRACE_WAKE || ev->type == TRACE_SCHED_IN);
		break;
	}
}

static void take(void *context, const struct tick *tick)
{
	struct told *t = context;

	t->delivered += tick->fate == TICK_DELIVERED;
}

/* Both readers have the file at once, each at its own place. */
static void read_back(struct told *t, FILE *from)
{
	struct doings_reader *r = doings_reader_new(fileno(from), &t->trace->meta);
	struct replayed_ticks *ticks = replayed_ticks_new(&t->trace->meta, from, take, t);
	struct doing d, before = { 0 };
	struct vt_error err;
	int got;

	for (size_t i = 0; i < t->trace->n; i++)
		cr_assert_eq(replayed_ticks_event(ticks, &t->trace->ev[i], &err), 0, "%s",
			     err.text);
	while ((got = doings_next(r, &d, &err)) > 0) {
		check(t, &d, &before);
		count(t, &d);
		before = d;
	}
	cr_assert_eq(got, 0, "%s", err.text);
	cr_assert_eq(replayed_ticks_end(ticks, &err), 0, "%s", err.text);
	replayed_ticks_free(ticks);
	doings_reader_free(r);
}

static void one(struct random_trace *trace, const char *policy, uint64_t *waits)
{
	struct reference_params params = { .policy = policy };
	struct told t = { .trace = trace };
	uint64_t defaults = 0;
	FILE *to = tmpfile();

	engine_params(&params, &defaults, 0, 0);
	random_options(trace, &params);

	json_t *plain = engine_replay(&trace->meta, trace->ev, trace->n, &params, 0);
	json_t *told = engine_replay_told(&trace->meta, trace->ev, trace->n, &params, to);

	cr_assert(json_equal(plain, told), "%s", policy);
	rewind(to);
	read_back(&t, to);
	cr_assert_eq((json_int_t)t.irqs, number(plain, "timer_interrupts", "total"));
	cr_assert_eq((json_int_t)t.delivered, number(plain, "ticks", "delivered"));
	cr_assert_leq((json_int_t)t.len_max, number(plain, "ac_timer_list", "len_max"));
	*waits += t.waits;
	json_decref(plain);
	json_decref(told);
	fclose(to);
}

Test(doings, add_up, .timeout = 240)
{
	static const char *const policies[] = { "virtual", "passthrough", "kvm-hrtimer",
						"kvm-preemption-timer", "xen-vpt" };
	uint64_t waits = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random_trace t;

		random_trace_make(&t, seed);
		one(&t, policies[seed % 5], &waits);
		random_trace_free(&t);
	}
	cr_assert_gt(waits, SEEDS / 10, "there were ticks that waited");
}

/* ---- what must not be believed ---- */

static bool refused(const char *lines)
{
	struct trace_meta meta;
	struct vt_error err;
	struct doing d;
	FILE *from = tmpfile();
	int got;

	trace_meta_init(&meta);
	meta.lps = 1;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	fputs(lines, from);
	fflush(from);

	struct doings_reader *r = doings_reader_new(fileno(from), &meta);

	while ((got = doings_next(r, &d, &err)) > 0)
		;
	doings_reader_free(r);
	trace_meta_free(&meta);
	fclose(from);
	return got < 0;
}

Test(doings, no_lines)
{
	cr_assert(!refused("fate\tvp\n+i 1 50 0\nmissed\n+l 0 0 0 7\n+w 1 0 0 50\n"));
	cr_assert(refused("+x 1 50 0\n"), "an unknown kind");
	cr_assert(refused("+\n"));
	cr_assert(refused("+i 1 50 1\n"), "an LP that is not there");
	cr_assert(refused("+l 1 50 1 3\n"));
	cr_assert(refused("+w 1 50 1 3\n"), "a VP that is not there");
	cr_assert(refused("+w 1 50 0 51\n"), "pended in time to come");
	cr_assert(refused("+i 1 50\n"), "a number too few");
	cr_assert(refused("+i 1 50 0 0\n"), "one too many");
	cr_assert(refused("+l 1 50 0\n"));
	cr_assert(refused("+l 1 50 0 4294967295\n"));
	cr_assert(refused("+i 1 -50 0\n"));
	cr_assert(refused("+i 1 99999999999999999999 0\n"));
	cr_assert(refused("+i 1152921504606846976 1152921504606846976 0\n+i 1 1 0\n"), "2^60");
	cr_assert(refused("+i 1 50 0"), "cut off");
}
