/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every small world (small_worlds.h) through every policy and its variants: no wake-up is lost and
 * no tick comes early but where a rule of RULES.md says so, each tick that was due is accounted
 * for, and the engine says what the reference says.
 *
 *   VTICK_TEST_EVENTS   traces of up to so many events (else 4; in check 5, in check-all 6;
 *                       with sanitizers, which are there for other faults, one fewer)
 *   VTICK_TEST_POLICY   this policy alone
 *
 * Of what is wrong the first is shown, which has as few events as any: sizes come in order.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"
#include "replay/tests/small_worlds.h"

/* The rules by which a variant may lose wake-ups, or be early; NULL: it may not. */
struct variant {
	char spec[72];
	char loses[24], early[24];
	int64_t advance; /* ns that it is early by intent */
};

/* clang-format off */
static const struct variant variants[] = {
	{ "passthrough", "7.9", "", 0 },
	{ "passthrough:switch=none", "7.9", "", 0 },
	{ "passthrough:scope=current", "7.2", "", 0 },
	{ "passthrough:scope=current,switch=none", "7.2", "", 0 },
	{ "virtual", "", "", 0 },
	{ "virtual:switch=keep", "", "", 0 },
	{ "virtual:block=remove", "8.9", "", 0 },
	{ "virtual:block=remove,switch=keep", "", "", 0 },
	{ "virtual-vtm", "", "15.4", 0 },
	{ "virtual-2005:itm-slop=0", "16.8", "", 0 },
	{ "virtual-2005:itm-slop=2", "16.8", "", 0 },
	{ "virtual-2005:itm-slop=0,poll=tick,poll-hz=300000000", "16.8", "", 0 },
	{ "kvm-hrtimer:advance=0,min-period=0", "9.6", "", 0 },
	{ "kvm-hrtimer:advance=0,min-period=0,late=catchup", "9.6", "", 0 },
	{ "kvm-hrtimer:advance=2,min-period=0,late=drop", "9.6", "", 2 },
	{ "kvm-preemption-timer:advance=0,min-period=0,shift=0", "9.6", "", 0 },
	{ "kvm-preemption-timer:advance=0,min-period=0,shift=0,late=catchup", "9.6", "", 0 },
	{ "kvm-preemption-timer:advance=2,min-period=2,shift=1,late=drop", "9.6", "", 2 },
	{ "apic-timer-virtualization:advance=0,min-period=0,shift=0", "9.6", "", 0 },
	{ "apic-timer-virtualization:advance=2,min-period=0,shift=0", "9.6", "", 2 },
	{ "passthrough-2021:min-period=0", "9.6", "", 0 },
	{ "passthrough-2021:min-period=0,late=catchup", "9.6", "", 0 },
	{ "passthrough-2021:min-period=0,late=drop", "9.6", "", 0 },
	{ "xen-vpt:mode=0,min-period=0,align=no,pv=none", "13.7", "", 0 },
	{ "xen-vpt:mode=1,min-period=0,align=yes", "13.7", "", 0 },
	{ "xen-vpt:mode=1,min-period=0,align=no,pv=none", "13.7", "", 0 },
	{ "xen-vpt:mode=2,min-period=0,align=no,pv=none", "13.7", "", 0 },
	{ "xen-vpt:mode=3,min-period=0,align=no,pv=none", "13.7", "", 0 },
	{ "xen-pv:min-period=0", "14.5", "", 0 },
};
/* clang-format on */

/* A variant on its way through the worlds. */
struct trial {
	const struct variant *variant;
	struct reference_params params;
	uint64_t lost, early; /* traces in which it was so */
	char wrong[120];
};

static json_int_t number(const json_t *cell, const char *group, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(cell, group), key));
}

static json_int_t skew(const json_t *cell, const char *key)
{
	const json_t *pend = json_object_get(json_object_get(cell, "firing_skew_ns"), "pend");

	return json_integer_value(json_object_get(pend, key));
}

static void say(struct trial *t, const char *what)
{
	if (!t->wrong[0])
		snprintf(t->wrong, sizeof(t->wrong), "%s", what);
}

static void look(struct trial *t, const json_t *cell)
{
	bool lost = number(cell, "wakeups", "lost") || number(cell, "wakeups", "open");
	bool early = skew(cell, "count") && skew(cell, "min") < -t->variant->advance;

	t->lost += lost;
	t->early += early;
	if (lost && !t->variant->loses[0])
		say(t, "a wake-up is lost");
	if (early && !t->variant->early[0])
		say(t, "a tick comes early");
	if (number(cell, "ticks", "due") !=
	    number(cell, "ticks", "delivered") + number(cell, "ticks", "coalesced") +
		number(cell, "ticks", "missed") + number(cell, "ticks", "pending_at_end"))
		say(t, "a tick is not accounted for");
}

static bool trace(void *arg, const struct trace_meta *meta, const struct trace_event *ev, size_t n)
{
	struct trial *t = arg;
	json_t *engine = engine_replay(meta, ev, n, &t->params, 0);
	json_t *reference = reference_replay(meta, ev, n, &t->params);

	look(t, engine);
	if (!results_equal(engine, reference))
		say(t, "engine and reference differ");
	if (t->wrong[0]) {
		fprintf(stderr, "%s: %s\n", t->variant->spec, t->wrong);
		random_trace_print(meta, ev, n);
		results_differ(engine, reference);
	}
	json_decref(engine);
	json_decref(reference);
	return !t->wrong[0];
}

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#define FEWER (__has_feature(address_sanitizer) ? 1 : 0)

static unsigned events_max(void)
{
	const char *given = getenv("VTICK_TEST_EVENTS"), *tier = getenv("VTICK_TIER");

	if (given)
		return (unsigned)strtoul(given, NULL, 10);
	return (!tier || !strcmp(tier, "test") ? 4 : strcmp(tier, "all") ? 5 : 6) - FEWER;
}

ParameterizedTestParameters(small_worlds, every_trace)
{
	return cr_make_param_array(struct variant, (void *)(uintptr_t)variants,
				   sizeof(variants) / sizeof(*variants));
}

ParameterizedTest(struct variant *v, small_worlds, every_trace)
{
	const char *alone = getenv("VTICK_TEST_POLICY");
	size_t name = strcspn(v->spec, ":");
	struct trial t = { .variant = v };
	const struct small_world *w;
	unsigned events, last = events_max();
	uint64_t traces = 0;

	if (alone && (strlen(alone) != name || strncmp(v->spec, alone, name)))
		return;
	/* Each trace takes and gives back as much: keep it. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most that it takes */
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	engine_spec(&t.params, v->spec);
	for (events = 1; events <= last; events++)
		for (w = small_worlds; w->name && !t.wrong[0]; w++)
			traces += small_world_each(w, events, trace, &t);
	fprintf(stderr,
		"%s: %" PRIu64 " traces of up to %u events; %" PRIu64 " lose a wake-up, %" PRIu64
		" have an early tick\n",
		v->spec, traces, last, t.lost, t.early);
	cr_assert(!t.wrong[0], "%s: %s", v->spec, t.wrong);
	if (last < 6) /* some take as many */
		return;
	cr_assert(t.lost || !v->loses[0], "%s loses nothing: rule %s is not to be excused", v->spec,
		  v->loses);
	cr_assert(t.early || !v->early[0], "%s is never early: rule %s is not to be excused",
		  v->spec, v->early);
}
