/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine and its policies against the naive reference: random traces with every parameter, and
 * the corpus (or the traces that the pattern in VTICK_TEST_TRACES finds). A trace that shows a
 * difference is printed whole, then shrunk.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"

/* Seeds of random traces, unless VTICK_TEST_SEEDS says how many: in check-all many more, and fewer
 * with sanitizers, which are there for other faults than differences. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#define SANITIZED __has_feature(address_sanitizer)
#define SEEDS (SANITIZED ? 500 : 2000)
#define SEEDS_ALL (SANITIZED ? 5000 : 30000)
/* Corpus traces up to this size run through the policies' variants too. */
#define SMALL 300000
/* Larger ones are not replayed with sanitizers but in check-all: that build replays them all as it
 * is (test_builds_agree.sh), and the reference does there nothing that it does not do on small
 * ones. */
#define SMALL_SANITIZED 20000
/* Pairs of events are left out from traces up to this size. */
#define PAIRS_MAX 80
/* The machine is looked through after each event of traces up to this size. */
#define CHECKED_MAX 3000

static bool differs(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		    const struct reference_params *params)
{
	json_t *engine = n <= CHECKED_MAX ? engine_replay_checked(meta, ev, n, params)
					  : engine_replay(meta, ev, n, params, 0);
	json_t *reference = reference_replay(meta, ev, n, params);
	bool equal = results_equal(engine, reference);

	json_decref(engine);
	json_decref(reference);
	return !equal;
}

/* Leaves out @count events at @at if what is left is legal and still shows a difference. */
static bool without(struct random_trace *t, const struct reference_params *params, size_t at,
		    size_t count)
{
	struct trace_event *less = malloc(t->n * sizeof(*less));
	bool fewer;

	cr_assert_not_null(less);
	memcpy(less, t->ev, at * sizeof(*less));
	memcpy(less + at, t->ev + at + count, (t->n - at - count) * sizeof(*less));
	fewer = random_trace_legal(&t->meta, less, t->n - count) &&
		differs(&t->meta, less, t->n - count, params);
	if (fewer) {
		memcpy(t->ev, less, (t->n - count) * sizeof(*less));
		t->n -= count;
	}
	free(less);
	return fewer;
}

/* Any two events that can only go together, as a SCHED_IN and its SCHED_OUT. */
static bool shrink_pairs(struct random_trace *t, const struct reference_params *params)
{
	struct trace_event first;
	size_t i, j;

	for (i = 0; i + 1 < t->n; i++) {
		first = t->ev[i];
		memmove(t->ev + i, t->ev + i + 1, (t->n - i - 1) * sizeof(first));
		t->n--;
		for (j = i; j < t->n; j++)
			if (without(t, params, j, 1))
				return true;
		memmove(t->ev + i + 1, t->ev + i, (t->n - i) * sizeof(first));
		t->ev[i] = first;
		t->n++;
	}
	return false;
}

/* One pass over all events by @size at a time; true if something could go. */
static bool shrink_by(struct random_trace *t, const struct reference_params *params, size_t size)
{
	bool any = false;
	size_t at = 0;

	while (at + size <= t->n)
		if (without(t, params, at, size))
			any = true;
		else
			at++;
	return any;
}

static void shrink_option(struct random_trace *t, struct reference_params *params, uint64_t *option)
{
	uint64_t was = *option;

	*option = 0;
	if (!differs(&t->meta, t->ev, t->n, params))
		*option = was;
}

static void shrink(struct random_trace *t, struct reference_params *params)
{
	size_t size;
	bool any = true;

	while (any) {
		any = false;
		shrink_option(t, params, &params->hv_tick_hz);
		shrink_option(t, params, &params->hv_tick_idle);
		shrink_option(t, params, &params->hv_slice_ns);
		shrink_option(t, params, &params->slop_ns);
		for (size = t->n / 2; size; size /= 2)
			any |= shrink_by(t, params, size);
		if (t->n <= PAIRS_MAX)
			any |= shrink_pairs(t, params);
	}
}

static void print_case(const struct random_trace *t, const struct reference_params *params)
{
	json_t *engine = engine_replay(&t->meta, t->ev, t->n, params, 0);
	json_t *reference = reference_replay(&t->meta, t->ev, t->n, params);

	params_print(params);
	random_trace_print(&t->meta, t->ev, t->n);
	results_differ(engine, reference);
	json_decref(engine);
	json_decref(reference);
}

static void same(struct random_trace *t, uint64_t seed, const struct reference_params *given)
{
	struct reference_params params = *given;

	if (!differs(&t->meta, t->ev, t->n, &params))
		return;
	fprintf(stderr, "seed %" PRIu64 ": engine and reference differ\n", seed);
	print_case(t, &params);
	fprintf(stderr, "the same difference with as few events as it takes:\n");
	shrink(t, &params);
	print_case(t, &params);
	cr_assert_fail("seed %" PRIu64 ": engine and reference differ", seed);
}

static void same_in_blocks(const struct random_trace *t, uint64_t seed,
			   const struct reference_params *params)
{
	json_t *whole = engine_replay(&t->meta, t->ev, t->n, params, 0);
	json_t *split = engine_replay(&t->meta, t->ev, t->n, params, seed | 1);

	cr_assert(json_equal(whole, split), "seed %" PRIu64 ": other blocks, another result", seed);
	json_decref(whole);
	json_decref(split);
}

/* Variants for each random trace: the default parameters, random ones, random ones with costs. */
#define VARIANTS 3

/* Valid until the next call. */
static uint64_t costs[REFERENCE_COSTS], latencies[5];

static struct reference_params variant_of(const char *policy, unsigned variant,
					  struct random_trace *t)
{
	struct reference_params params = { .policy = policy };

	uint64_t ns = random_scale_ns(t, false);
	unsigned i;

	engine_params(&params, variant ? &t->random : NULL, ns, random_scale_ns(t, true));
	for (i = 0; i < REFERENCE_COSTS; i++)
		costs[i] = random_next(&t->random) % 3 ? random_next(&t->random) % (ns + 1) : 0;
	if (costs[REFERENCE_AWAY])
		costs[REFERENCE_AWAY_EVERY] =
		    costs[REFERENCE_AWAY] + 1 + random_next(&t->random) % (8 * ns + 1);
	if (costs[REFERENCE_OWN_EVERY])
		costs[REFERENCE_OWN_EVERY] = ns / 4 + random_next(&t->random) % (4 * ns + 1);
	for (i = 0; i < 5; i++)
		latencies[i] = random_next(&t->random) % (2 * ns + 1);
	if (variant == 2)
		params.cost_ns = costs;
	if (variant == 2 && random_next(&t->random) % 2) {
		params.latency_ns = latencies;
		params.latencies = (uint32_t)(1 + random_next(&t->random) % 5);
	}
	params.away_recorded = variant && random_next(&t->random) % 2;
	random_options(t, &params);
	return params;
}

static bool thorough(void)
{
	const char *tier = getenv("VTICK_TIER");

	return tier && !strcmp(tier, "all");
}

static uint64_t seeds(void)
{
	const char *given = getenv("VTICK_TEST_SEEDS");

	if (given)
		return strtoull(given, NULL, 10);
	return thorough() ? SEEDS_ALL : SEEDS;
}

static void random_traces(const char *policy)
{
	struct reference_params params;
	struct random_trace t;
	unsigned variant;
	uint64_t seed, last = seeds();

	for (seed = 1; seed <= last; seed++) {
		random_trace_make(&t, seed);
		cr_assert(random_trace_legal(&t.meta, t.ev, t.n), "seed %" PRIu64 " is not legal",
			  seed);
		for (variant = 0; variant < VARIANTS; variant++) {
			params = variant_of(policy, variant, &t);
			same(&t, seed, &params);
			if (variant == seed % VARIANTS)
				same_in_blocks(&t, seed, &params);
		}
		random_trace_free(&t);
	}
}

/* One test per policy of the reference, so that they run side by side. The name is copied to the
 * test's process. */
struct named {
	char policy[REFERENCE_NAME];
};

ParameterizedTestParameters(reference, random)
{
	static struct named named[REFERENCE_POLICIES];
	size_t n = 0;

	for (; reference_policy(n); n++)
		snprintf(named[n].policy, sizeof(named[n].policy), "%s", reference_policy(n));
	return cr_make_param_array(struct named, named, n);
}

ParameterizedTest(struct named *named, reference, random)
{
	random_traces(named->policy);
}

/* A policy of the first tier that the reference does not know would go untested. */
Test(reference, every_policy)
{
	glob_t found = { 0 };
	size_t i, k;

	cr_assert_eq(glob("replay/policies/*.c", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		char name[REFERENCE_NAME];

		snprintf(name, sizeof(name), "%s", strrchr(found.gl_pathv[i], '/') + 1);
		*strrchr(name, '.') = '\0';
		for (k = 0; reference_policy(k) && strcmp(reference_policy(k), name); k++)
			;
		if (engine_tier(name) == 2)
			cr_assert_null(reference_policy(k), "%s has a twin: it is no second tier",
				       name);
		else
			cr_assert_not_null(reference_policy(k),
					   "the reference does not know %s, and it does not say "
					   ".tier = 2",
					   found.gl_pathv[i]);
	}
	globfree(&found);
}

static json_int_t get(const json_t *o, const char *group, const char *key)
{
	char path[64];
	const json_t *value;

	snprintf(path, sizeof(path), "%s.%s", group, key);
	value = json_object_get(o, path);

	cr_assert(json_is_integer(value), "%s.%s is no number", group, key);
	return json_integer_value(value);
}

/* RULES.md 0.3. */
#define LARGEST ((INT64_C(1) << 53) - 1)

static void adds_up(const json_t *o, const char *group, const char *total,
		    const char *const parts[])
{
	json_int_t sum = 0;
	size_t i;

	for (i = 0; parts[i]; i++)
		sum += get(o, group, parts[i]);
	if (sum > LARGEST) /* each part may be as large */
		sum = LARGEST;
	cr_assert_eq(get(o, group, total), sum,
		     "%s.%s is %" JSON_INTEGER_FORMAT ", its parts %" JSON_INTEGER_FORMAT, group,
		     total, get(o, group, total), sum);
}

/* What RESULT.md says adds up, and what DESIGN's definitions imply. */
static void check_sums(const json_t *o)
{
	static const char *const ticks[] = { "delivered", "coalesced", "missed", "pending_at_end",
					     NULL };
	static const char *const classes[] = { "guest", "hypervisor", "both", "spurious", NULL };
	static const char *const places[] = { "lp_idle", "lp_busy", NULL };
	static const char *const wakeups[] = { "on_time", "late", "lost", "open", NULL };

	adds_up(o, "ticks", "due", ticks);
	adds_up(o, "timer_interrupts", "total", classes);
	adds_up(o, "timer_interrupts", "total", places);
	adds_up(o, "wakeups", "due", wakeups);
	cr_assert_geq(get(o, "arms", "total"), get(o, "arms", "reached") +
						   get(o, "arms", "cancelled") +
						   get(o, "arms", "replaced"));
	cr_assert_eq(get(o, "exits", "fire"), get(o, "timer_interrupts", "lp_busy"));
	cr_assert_eq(get(o, "idle", "wakeups"), get(o, "timer_interrupts", "lp_idle"));
	cr_assert_eq(get(o, "firing_skew_ns", "pend.count"), get(o, "ticks", "delivered"));
	cr_assert_eq(get(o, "firing_skew_ns", "policy.count"), get(o, "ticks", "delivered"));
	cr_assert_eq(get(o, "firing_skew_ns", "delivery.count"), get(o, "ticks", "delivered"));
	/* What a SEED adds does not count, but is taken off later. */
	cr_assert_geq(get(o, "ac_timer_list", "adds") + get(o, "arms", "inferred"),
		      get(o, "ac_timer_list", "removes") + get(o, "ac_timer_list", "fires"));
	cr_assert_leq(get(o, "ticks", "inferred"), get(o, "ticks", "due"));
	cr_assert_geq(json_integer_value(json_object_get(o, "causality_breaks")),
		      get(o, "ticks", "missed"));
}

Test(reference, sums)
{
	struct reference_params params;
	struct random_trace t;
	unsigned variant;
	uint64_t seed;
	json_t *o;
	size_t k;

	for (seed = SEEDS; seed < SEEDS + 500; seed++) {
		random_trace_make(&t, seed);
		for (k = 0; reference_policy(k); k++) {
			variant = (unsigned)seed % VARIANTS;
			params = variant_of(reference_policy(k), variant, &t);
			o = reference_replay(&t.meta, t.ev, t.n, &params);
			check_sums(o);
			json_decref(o);
		}
		random_trace_free(&t);
	}
}

/* Reads a whole trace into @t. */
static void read_trace(const char *path, struct random_trace *t)
{
	const struct trace_event *ev;
	struct vt_error err = { 0 };
	struct trace_reader *r = trace_reader_open(path, &err);
	uint64_t total;
	size_t n;
	int got;

	cr_assert_not_null(r, "%s cannot be read", path);
	total = trace_reader_events(r);
	*t = (struct random_trace){ .ev = calloc(total + 1, sizeof(*ev)) };
	cr_assert_not_null(t->ev);
	trace_meta_copy(&t->meta, trace_reader_meta(r));
	while ((got = trace_reader_next(r, &ev, &n, &err)) > 0) {
		cr_assert_leq(t->n + n, total, "%s has more events than it says", path);
		memcpy(t->ev + t->n, ev, n * sizeof(*ev));
		t->n += n;
	}
	cr_assert_eq(got, 0, "%s cannot be read to its end", path);
	trace_reader_close(r);
}

/* A number of the header's host_model, or the default of a replay. */
static uint64_t host_model(const struct trace_meta *meta, const char *key, uint64_t otherwise)
{
	const json_t *value = json_object_get(json_object_get(meta->more, "host_model"), key);

	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : otherwise;
}

static void corpus_trace(const char *path, const char *policy)
{
	struct reference_params params;
	json_t *engine, *reference;
	struct random_trace t = { 0 };
	uint64_t random = 1;
	unsigned variant;
	bool differ;

	read_trace(path, &t);
	if (SANITIZED && t.n > SMALL_SANITIZED && !thorough()) {
		random_trace_free(&t);
		return;
	}
	for (variant = 0; variant < VARIANTS; variant++) {
		if (variant && t.n > SMALL)
			break;
		params = (struct reference_params){ .policy = policy };
		engine_params(&params, variant ? &random : NULL, 1000000, 1000000);
		params.hv_tick_hz = host_model(&t.meta, "tick_hz", 100);
		params.hv_slice_ns = host_model(&t.meta, "slice_ns", 30000000);
		params.slop_ns = host_model(&t.meta, "slop_ns", 50000);
		engine = engine_replay(&t.meta, t.ev, t.n, &params, 0);
		reference = reference_replay(&t.meta, t.ev, t.n, &params);
		differ = results_differ(engine, reference);
		if (differ)
			params_print(&params);
		cr_assert(!differ, "%s: engine and reference differ", path);
		json_decref(engine);
		json_decref(reference);
	}
	random_trace_free(&t);
}

Test(reference, corpus)
{
	const char *traces = getenv("VTICK_TEST_TRACES");
	glob_t found = { 0 };
	size_t i, k;

	glob(traces ? traces : "traces/corpus/*.vtt", 0, NULL, &found);
	if (!found.gl_pathc) {
		globfree(&found);
		cr_assert_fail("there is no trace, expected traces/corpus/*.vtt");
	}
	for (i = 0; i < found.gl_pathc; i++)
		for (k = 0; reference_policy(k); k++)
			corpus_trace(found.gl_pathv[i], reference_policy(k));
	globfree(&found);
}
