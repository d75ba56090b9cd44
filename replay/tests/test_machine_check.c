/* SPDX-License-Identifier: GPL-2.0-only */
/* What machine_check() would notice: each of its invariants is broken by hand, and mended. */
#include <criterion/criterion.h>
#include <string.h>

#include "replay/engine/machine.h"
#include "replay/engine/machine_check.h"
#include "replay/tests/reference_case.h"

static struct trace_meta meta;
static struct engine *e;

/* A VP's timers: its deadline in the list, and one half a second later as match-only. */
struct timers {
	struct vtick_timer in_list, match_only;
};

static void set_up(void)
{
	static struct timers timers[4];
	static const struct vtick_policy policy = { VTICK_POLICY_HEAD, .name = "none" };
	static const struct engine_options options = { .hv_tick_hz = 100, .hv_slice_ns = 30000000 };
	const struct trace_event ev[] = { in(1, 0, 0), in(1, 1, 1), in(2, 2, 2),
					  out(5, 1, TRACE_PREEMPT), in(6, 3, 1) };

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 5;
	meta.end = 1000000000;
	for (uint32_t vp = 0; vp < 4; vp++)
		trace_meta_add_vp(&meta, vp, 0, NULL);
	e = engine_new(&meta, &policy, NULL, &options, "none", NULL);
	engine_events(e, ev, sizeof(ev) / sizeof(*ev));
	memset(timers, 0, sizeof(timers));
	for (uint32_t vp = 0; vp < 4; vp++) {
		machine_timer_put(e, &timers[vp].in_list, 0, 400000000 + vp, 0);
		machine_timer_put(e, &timers[vp].match_only, 0, 900000000 - vp,
				  VTICK_TIMER_MATCH_ONLY);
	}
	machine_settle(e);
	cr_assert_null(machine_check(e), "%s", machine_check(e));
}

static void tear_down(void)
{
	engine_free(e);
	trace_meta_free(&meta);
}

TestSuite(machine_check, .init = set_up, .fini = tear_down);

/* @field has the value @wrong for a moment, and machine_check() speaks of @what. */
#define BROKEN(field, wrong, what)                                                                 \
	do {                                                                                       \
		__typeof__(field) was = (field);                                                   \
		(field) = (wrong);                                                                 \
		const char *said = machine_check(e);                                               \
		cr_assert(said &&strstr(said, what), "%s: %s", #field, said ? said : "nothing");   \
		(field) = was;                                                                     \
		cr_assert_null(machine_check(e));                                                  \
	} while (0)

Test(machine_check, queues)
{
	struct queue *q = &e->lp[0].queue;

	cr_assert_gt(q->len, 3);
	BROKEN(q->entry[1].timer->position, 1, "position");
	BROKEN(q->entry[1].timer->lp, 2, "another LP");
	BROKEN(q->entry[1].timer->flags, VTICK_TIMER_MATCH_ONLY, "another queue");
	BROKEN(q->entry[2].seq, e->seq, "later add");
	BROKEN(q->entry[0].expiry, 0, "expiry");
	q->entry[0].expiry += 800000000;
	q->entry[0].timer->expiry += 800000000;
	cr_assert_str_eq(machine_check(e), "LP 0: queue[1] comes before queue[0]");
	q->entry[0].expiry -= 800000000;
	q->entry[0].timer->expiry -= 800000000;
	BROKEN(e->lp[0].match_only.entry[2].timer->position, 1, "match_only[2]");
}

Test(machine_check, lengths)
{
	BROKEN(e->lp[0].own_len, e->lp[0].own_len + 1, "own_len");
	BROKEN(e->lp[0].counts.len_max, 1, "longest");
}

Test(machine_check, who_runs)
{
	BROKEN(e->lp[2].running, 3, "does not run there");
	BROKEN(e->vp[3].running, false, "does not run there");
}

Test(machine_check, matches)
{
	BROKEN(e->matches.node[1], e->matches.node[1] + 1, "node 1");
	BROKEN(e->matches.earliest, e->matches.earliest + 1, "earliest");
}

Test(machine_check, dirty)
{
	BROKEN(e->lp[1].dirty, true, "dirty");
	BROKEN(e->dirty_count, 1, "not settled");
}
