/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine and its plugins, asked for the same cell as the reference. */
#include "replay/tests/reference_engine.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/engine/engine.h"
#include "replay/engine/machine_check.h"
#include "replay/tests/random_trace.h"
#include "replay/watch/doings.h"
#include "replay/watch/fates.h"
#include "traces/meta_keys.h"

#define LOADED_MAX 32

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

/* BUILD, for BUILD/tests/TEST. */
static void build_folder(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	int up;

	if (n < 0)
		fail("/proc/self/exe", "not readable");
	path[n] = 0;
	for (up = 0; up < 2 && strrchr(path, '/'); up++)
		*strrchr(path, '/') = 0;
}

/* A policy of the tree, or one of the tests'. */
static void find(const char *name, char *path, size_t size)
{
	const char *given = getenv("VTICK_POLICIES");
	char build[PATH_MAX];

	build_folder(build);
	snprintf(path, size, "%s/tests/plugins/%s.so", build, name);
	if (!access(path, R_OK))
		return;
	if (given)
		snprintf(path, size, "%s/%s.so", given, name);
	else
		snprintf(path, size, "%s/policies/%s.so", build, name);
}

static const struct vtick_policy *load(const char *name)
{
	char path[PATH_MAX + 80];
	void *handle, *symbol;

	find(name, path, sizeof(path));
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		fail(path, dlerror());
	symbol = dlsym(handle, "vtick_policy");
	if (!symbol)
		fail(path, "has no vtick_policy");
	return symbol;
}

/* Each policy is loaded once and stays. */
static const struct vtick_policy *policy_of(const struct reference_params *params)
{
	static const struct vtick_policy *loaded[LOADED_MAX];
	size_t i;

	for (i = 0; i < LOADED_MAX && loaded[i]; i++)
		if (!strcmp(loaded[i]->name, params->policy))
			return loaded[i];
	if (i == LOADED_MAX)
		fail(params->policy, "is one policy too many for this test");
	return loaded[i] = load(params->policy);
}

unsigned engine_tier(const char *name)
{
	const struct reference_params params = { .policy = name };

	return policy_of(&params)->tier == 2 ? 2 : 1;
}

static uint64_t choice(const char *choices, const char *value)
{
	size_t len = strlen(value);
	uint64_t index = 0;

	for (;;) {
		if (!strncmp(choices, value, len) && (choices[len] == '|' || !choices[len]))
			return index;
		choices = strchr(choices, '|');
		if (!choices)
			fail(value, "is no choice of this parameter");
		choices++;
		index++;
	}
}

static uint64_t choices_of(const struct vtick_param *p)
{
	const char *at;
	uint64_t n = 1;

	for (at = p->choices; *at; at++)
		n += *at == '|';
	return n;
}

static uint64_t default_of(const struct vtick_param *p)
{
	return p->choices ? choice(p->choices, p->value) : strtoull(p->value, NULL, 10);
}

/* At least one comes in a second, so in such a time this many at most. */
#define RATE_NS_MAX (40 * UINT64_C(1000000000))

/* Rates (-hz) are such that about one to a few come in @rate_ns. */
static uint64_t any_of(const struct vtick_param *p, uint64_t *random, uint64_t ns, uint64_t rate_ns)
{
	size_t len = strlen(p->name);
	bool rate = len > 3 && !strcmp(p->name + len - 3, "-hz");

	if (p->choices)
		return random_next(random) % choices_of(p);
	if (rate && rate_ns > RATE_NS_MAX)
		return 0;
	switch (random_next(random) % 4) {
	case 0:
		return default_of(p);
	case 1:
		return 0;
	default:
		return 1 + random_next(random) %
			       (rate ? UINT64_C(4000000000) / (rate_ns + 1) + 1 : ns + 1);
	}
}

void engine_params(struct reference_params *params, uint64_t *random, uint64_t ns, uint64_t rate_ns)
{
	const struct vtick_param *p = policy_of(params)->params;
	size_t i;

	for (i = 0; p && p[i].name; i++) {
		if (i == REFERENCE_PARAMS)
			fail(params->policy, "has one parameter too many for this test");
		params->value[i] = random ? any_of(&p[i], random, ns, rate_ns) : default_of(&p[i]);
	}
}

/* The value of the parameter @pair, "key=value", among those of @policy. */
static void set_param(const struct vtick_policy *policy, struct reference_params *params,
		      const char *pair)
{
	const struct vtick_param *p = policy->params;
	size_t len = strcspn(pair, "="), i;

	for (i = 0; p && p[i].name; i++) {
		if (strlen(p[i].name) != len || strncmp(p[i].name, pair, len) || !pair[len])
			continue;
		params->value[i] = p[i].choices ? choice(p[i].choices, pair + len + 1)
						: strtoull(pair + len + 1, NULL, 10);
		return;
	}
	fail(pair, "is no parameter of this policy");
}

void engine_spec(struct reference_params *params, const char *spec)
{
	char copy[200], *rest = copy;
	const struct vtick_policy *policy;

	snprintf(copy, sizeof(copy), "%s", spec);
	*params = (struct reference_params){ .policy = strsep(&rest, ":") };
	policy = policy_of(params);
	params->policy = policy->name;
	engine_params(params, NULL, 0, 0);
	while (rest)
		set_param(policy, params, strsep(&rest, ","));
}

static struct costs costs_of(const struct reference_params *params)
{
	struct costs costs = { 0 };

	for (size_t i = 0; params->cost_ns && i < REFERENCE_COSTS; i++)
		costs.ns[i] = params->cost_ns[i];
	for (uint32_t i = 0; i < params->latencies; i++)
		costs.latency_ns[costs.latencies++] = params->latency_ns[i];
	return costs;
}

struct engine *engine_of(const struct trace_meta *meta, const struct reference_params *params,
			 struct costs *costs)
{
	const struct engine_options options = { .hv_tick_hz = params->hv_tick_hz,
						.hv_tick_idle = params->hv_tick_idle,
						.hv_tick_phase_ns = params->hv_tick_phase_ns,
						.hv_slice_ns = params->hv_slice_ns,
						.slop_ns = params->slop_ns,
						.recorded_slices = params->recorded_slices,
						.costs = params->cost_ns ? costs : NULL,
						.away_recorded = params->away_recorded };

	*costs = costs_of(params);
	return engine_new(meta, policy_of(params), params->value, &options, params->policy, NULL);
}

static json_t *replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		      const struct reference_params *params, uint64_t split, bool checked,
		      FILE *doings)
{
	struct costs costs;
	struct seeds seeds;
	struct doings_writer *w = NULL;
	struct engine *e;
	json_t *metrics;
	size_t part;

	e = engine_of(meta, params, &costs);
	seeds_init(&seeds, meta->vps);
	seeds_look(&seeds, ev, n);
	engine_seeds(e, &seeds);
	if (doings) {
		fates_write_to(e, doings);
		w = doings_writer_new(e, doings);
		doings_events(w, ev, n);
		doings_end(w);
		n = 0;
	}
	for (; checked && n; n--) {
		engine_events(e, ev++, 1);
		if (machine_check(e))
			fail(params->policy, machine_check(e));
	}
	while (split && n) {
		part = (size_t)(random_next(&split) % (n < 40 ? n + 1 : 40));
		engine_events(e, ev, part);
		ev += part;
		n -= part;
		split |= 1;
	}
	if (n)
		engine_events(e, ev, n);
	metrics = engine_finish(e);
	if (!metrics)
		fail(params->policy, engine_end(e)->why);
	seeds_free(&seeds);
	engine_free(e);
	doings_writer_free(w);
	return metrics;
}

json_t *engine_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		      const struct reference_params *params, uint64_t split)
{
	return replay(meta, ev, n, params, split, false, NULL);
}

json_t *engine_replay_checked(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			      const struct reference_params *params)
{
	return replay(meta, ev, n, params, 0, true, NULL);
}

json_t *engine_replay_told(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			   const struct reference_params *params, FILE *to)
{
	return replay(meta, ev, n, params, 0, false, to);
}

void engine_write_fates(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			size_t ahead, const struct reference_params *params, FILE *to)
{
	const struct engine_options options = { .slop_ns = params->slop_ns };
	struct engine *e =
	    engine_new(meta, policy_of(params), params->value, &options, params->policy, NULL);
	struct seeds seeds;

	seeds_init(&seeds, meta->vps);
	seeds_look(&seeds, ev, n + ahead);
	engine_seeds(e, &seeds);
	fates_write_to(e, to);
	engine_events(e, ev, n);
	json_decref(engine_finish(e));
	engine_free(e);
	seeds_free(&seeds);
}

static void say(const char *path, const json_t *a, const json_t *b)
{
	char *x = a ? json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	char *y = b ? json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	fprintf(stderr, "%s: engine %s, reference %s\n", path, x ? x : "nothing",
		y ? y : "nothing");
	free(x);
	free(y);
}

#define PATH_SIZE 256

/* A look at a result of the engine, path for path. */
struct look {
	const json_t *reference;
	json_t *left; /* of it, what the engine does not have; NULL: differences are not told */
	size_t same, differ;
	char path[PATH_SIZE]; /* of what is looked at */
};

static void look_at(struct look *l, const json_t *value, size_t len);

/* Goes on at @key below the path, which is @len long. */
static void look_below(struct look *l, const json_t *value, size_t len, const char *key)
{
	size_t n = strlen(key);

	if (len + n + 2 > PATH_SIZE)
		fail(key, "stands too deep for this test");
	if (len)
		l->path[len++] = '.';
	memcpy(l->path + len, key, n + 1);
	look_at(l, value, len + n);
}

/* An element of a list stands at its number, the count of a histogram's bucket at its bound. */
static void look_at_list(struct look *l, const json_t *list, size_t len)
{
	char key[24];
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);
		json_int_t at = (json_int_t)i;

		if (json_is_array(value)) {
			at = json_integer_value(json_array_get(value, 0));
			value = json_array_get(value, 1);
		}
		snprintf(key, sizeof(key), "%" JSON_INTEGER_FORMAT, at);
		look_below(l, value, len, key);
	}
}

static void look_at(struct look *l, const json_t *value, size_t len)
{
	const json_t *other;
	const char *key;
	json_t *member;

	if (json_is_array(value)) {
		look_at_list(l, value, len);
	} else if (json_is_object(value)) {
		/* jansson's iteration takes no const object, but does not change it. */
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		    look_below(l, member, len, key);
	} else {
		other = json_object_get(l->reference, l->path);
		if (l->left)
			json_object_del(l->left, l->path);
		if (other && json_equal(value, other)) {
			l->same++;
			return;
		}
		l->differ++;
		if (l->left)
			say(l->path, value, other);
	}
}

bool results_equal(const json_t *engine, const json_t *reference)
{
	struct look l = { .reference = reference };

	look_at(&l, engine, 0);
	return !l.differ && l.same == json_object_size(reference);
}

bool results_differ(const json_t *engine, const json_t *reference)
{
	struct look l = { .reference = reference };
	const char *path;
	json_t *value;

	if (results_equal(engine, reference))
		return false;
	l.left = json_copy((json_t *)(uintptr_t)reference);
	look_at(&l, engine, 0);
	json_object_foreach(l.left, path, value) say(path, NULL, value);
	json_decref(l.left);
	return true;
}

void params_print(const struct reference_params *p)
{
	const struct vtick_param *param = policy_of(p)->params;
	size_t i;

	fprintf(stderr, "%s:", p->policy);
	for (i = 0; param && param[i].name; i++)
		fprintf(stderr, "%s=%" PRIu64 ",", param[i].name, p->value[i]);
	fprintf(stderr,
		"hv-tick=%" PRIu64 ",hv-tick-idle=%s,hv-slice=%" PRIu64 ",slop=%" PRIu64 "\n",
		p->hv_tick_hz, meta_tick_idle[p->hv_tick_idle], p->hv_slice_ns, p->slop_ns);
}
