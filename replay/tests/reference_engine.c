/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine and its plugins, asked for the same cell as the reference. */
#include "reference_engine.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "random_trace.h"
#include "replay/engine.h"

#define PARAMS_MAX 16

static const char *policy_name(const struct reference_params *params)
{
	return params->policy == REFERENCE_PASSTHROUGH ? "passthrough" : "virtual";
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

/* The folder of the policies: BUILD/policies for BUILD/tests/TEST. */
static void folder(char path[PATH_MAX])
{
	const char *given = getenv("VTICK_POLICIES");
	ssize_t n;
	int up;

	if (given) {
		snprintf(path, PATH_MAX, "%s", given);
		return;
	}
	n = readlink("/proc/self/exe", path, PATH_MAX - 32);
	if (n < 0)
		fail("/proc/self/exe", "not readable");
	path[n] = 0;
	for (up = 0; up < 2 && strrchr(path, '/'); up++)
		*strrchr(path, '/') = 0;
	strcat(path, "/policies");
}

static const struct vtick_policy *load(const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX + 64];
	void *handle, *symbol;

	folder(dir);
	snprintf(path, sizeof(path), "%s/%s.so", dir, name);
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
	static const struct vtick_policy *loaded[2];

	if (!loaded[params->policy])
		loaded[params->policy] = load(policy_name(params));
	return loaded[params->policy];
}

/* What the test wants for a parameter of the policy's table; NULL: the default. */
static const char *wanted(const struct reference_params *p, const char *name)
{
	bool passthrough = p->policy == REFERENCE_PASSTHROUGH;

	if (passthrough && !strcmp(name, "scope"))
		return p->scope_current ? "current" : "nearest";
	if (passthrough && !strcmp(name, "switch"))
		return p->switch_none ? "none" : "rearm";
	if (!passthrough && !strcmp(name, "block"))
		return p->block_remove ? "remove" : "keep";
	if (!passthrough && !strcmp(name, "switch"))
		return p->switch_keep ? "keep" : "remove";
	return NULL;
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

static struct vtick_args args_of(const struct vtick_policy *policy, const struct reference_params *params,
				 uint64_t values[PARAMS_MAX])
{
	struct vtick_args args = { .value = values };
	const struct vtick_param *p;
	const char *value;

	for (p = policy->params; p && p->name && args.count < PARAMS_MAX; p++) {
		value = wanted(params, p->name);
		if (!value)
			value = p->value;
		values[args.count++] = p->choices ? choice(p->choices, value) : strtoull(value, NULL, 10);
	}
	return args;
}

json_t *engine_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		      const struct reference_params *params, uint64_t split)
{
	const struct vtick_policy *policy = policy_of(params);
	const struct engine_options options = { .hv_tick_hz = params->hv_tick_hz,
						.hv_slice_ns = params->hv_slice_ns,
						.slop_ns = params->slop_ns };
	uint64_t values[PARAMS_MAX];
	struct vtick_args args = args_of(policy, params, values);
	struct engine *e;
	json_t *metrics;
	size_t part;

	e = engine_new(meta, policy, &args, &options, policy_name(params), NULL);
	if (!e)
		fail(policy_name(params), "does not open");
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
	engine_free(e);
	return metrics;
}

static void say(const char *where, const json_t *a, const json_t *b)
{
	char *x = a ? json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	char *y = b ? json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	fprintf(stderr, "%s: engine %s, reference %s\n", where, x ? x : "nothing", y ? y : "nothing");
	free(x);
	free(y);
}

/* Every key below @where whose values differ. */
static void differences(const char *where, const json_t *a, const json_t *b)
{
	char below[256];
	const char *key;
	json_t *value;

	if (!json_is_object(a) || !json_is_object(b)) {
		say(where, a, b);
		return;
	}
	/* jansson's iteration takes no const object, but does not change it. */
	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		snprintf(below, sizeof(below), "%s%s%s", where, *where ? "." : "", key);
		if (!json_equal(value, json_object_get(b, key)))
			differences(below, value, json_object_get(b, key));
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		snprintf(below, sizeof(below), "%s%s%s", where, *where ? "." : "", key);
		if (!json_object_get(a, key))
			say(below, NULL, value);
	}
}

bool results_differ(const json_t *engine, const json_t *reference)
{
	if (json_equal(engine, reference))
		return false;
	differences("", engine, reference);
	return true;
}

void params_print(const struct reference_params *p)
{
	if (p->policy == REFERENCE_PASSTHROUGH)
		fprintf(stderr, "passthrough:scope=%s,switch=%s", wanted(p, "scope"), wanted(p, "switch"));
	else
		fprintf(stderr, "virtual:block=%s,switch=%s", wanted(p, "block"), wanted(p, "switch"));
	fprintf(stderr, ",hv-tick=%" PRIu64 ",hv-slice=%" PRIu64 ",slop=%" PRIu64 "\n", p->hv_tick_hz,
		p->hv_slice_ns, p->slop_ns);
}
