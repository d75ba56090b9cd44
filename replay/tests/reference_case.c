/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces written by hand, and the numbers that both the engine and the reference must print for
 * them. */
#include "replay/tests/reference_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"

const struct reference_params nearest = { .policy = "passthrough" };
const struct reference_params nearest_none = { .policy = "passthrough", .value = { 0, 1 } };
const struct reference_params current = { .policy = "passthrough", .value = { 1, 0 } };
const struct reference_params keep = { .policy = "virtual" };
const struct reference_params removed = { .policy = "virtual", .value = { 1, 0 } };
const struct reference_params kept = { .policy = "virtual", .value = { 0, 1 } };
/* advance, late, min-period; advance, late, min-period, shift; late, min-period */
const struct reference_params hrtimer = { .policy = "kvm-hrtimer" };
const struct reference_params preemption = { .policy = "kvm-preemption-timer",
					     .value = { 0, 0, 0, 5 } };
const struct reference_params native = { .policy = "apic-timer-virtualization",
					 .value = { 0, 0, 0, 5 } };
const struct reference_params passed = { .policy = "passthrough-2021" };
/* mode, min-period (0, so that periods may be short), align, pv=none; min-period; -; itm-slop,
 * poll, poll-hz */
const struct reference_params vpt = { .policy = "xen-vpt", .value = { 1, 0, 0, 0 } };
const struct reference_params pv = { .policy = "xen-pv" };
const struct reference_params vtm = { .policy = "virtual-vtm" };
const struct reference_params drop = { .policy = "virtual-2005", .value = { 0, 0, 100 } };

const struct reference_params *const every_design[EVERY_DESIGN] = {
	&nearest, &current,    &keep, &removed, &kept, &hrtimer, &native,
	&passed,  &preemption, &vpt,  &pv,	&vtm,  &drop
};

struct reference_params with_tick(struct reference_params params, uint64_t hz)
{
	params.hv_tick_hz = hz;
	return params;
}

struct reference_params with_slop(struct reference_params params, uint64_t ns)
{
	params.slop_ns = ns;
	return params;
}

struct trace_event in(uint64_t time, uint32_t vp, uint16_t lp)
{
	return (struct trace_event){ .time = time, .type = TRACE_SCHED_IN, .vp = vp, .lp = lp };
}

struct trace_event out(uint64_t time, uint32_t vp, enum trace_reason reason)
{
	return (struct trace_event){
		.time = time, .type = TRACE_SCHED_OUT, .vp = vp, .sub = (uint8_t)reason
	};
}

struct trace_event wake(uint64_t time, uint32_t vp)
{
	return (struct trace_event){ .time = time, .type = TRACE_WAKE, .vp = vp };
}

struct trace_event arm(uint64_t time, uint32_t vp, enum trace_dev dev, uint64_t deadline)
{
	return (struct trace_event){
		.time = time, .type = TRACE_ARM, .vp = vp, .sub = (uint8_t)dev, .value = deadline
	};
}

struct trace_event arm_periodic(uint64_t time, uint32_t vp, uint64_t deadline, uint64_t period)
{
	struct trace_event ev = arm(time, vp, TRACE_LAPIC, deadline);

	ev.extra = period;
	return ev;
}

struct trace_event disarm(uint64_t time, uint32_t vp)
{
	return (struct trace_event){ .time = time, .type = TRACE_DISARM, .vp = vp };
}

struct trace_event mask(uint64_t time, uint32_t vp, bool masked)
{
	return (struct trace_event){ .time = time, .type = TRACE_MASK, .vp = vp, .sub = masked };
}

struct trace_event counter(uint64_t time, uint32_t vp, uint64_t value)
{
	return (
	    struct trace_event){ .time = time, .type = TRACE_COUNTER, .vp = vp, .value = value };
}

struct trace_event stop(uint64_t time)
{
	return (struct trace_event){ .time = time, .type = TRACE_TYPES };
}

/* Element number @n of a list; of a histogram the count of the bucket whose bound is @n. */
static const json_t *element(const json_t *list, int64_t n)
{
	size_t i;

	if (!json_is_array(json_array_get(list, 0)))
		return json_array_get(list, (size_t)n);
	for (i = 0; i < json_array_size(list); i++)
		if (json_integer_value(json_array_get(json_array_get(list, i), 0)) == n)
			return json_array_get(json_array_get(list, i), 1);
	return NULL;
}

/* In a result of the reference the path itself is the key. */
static const json_t *at_path(const json_t *value, const char *path)
{
	char key[64];
	size_t len;

	if (json_object_get(value, path))
		return json_object_get(value, path);
	while (*path) {
		len = strcspn(path, ".");
		cr_assert_lt(len, sizeof(key));
		memcpy(key, path, len);
		key[len] = 0;
		value = json_is_array(value) ? element(value, strtoll(key, NULL, 10))
					     : json_object_get(value, key);
		path += len + (path[len] == '.');
	}
	return value;
}

unsigned check_result(const char *who, const json_t *result, const struct expected *expected)
{
	unsigned wrong = 0;

	for (; expected->path; expected++) {
		const json_t *value = at_path(result, expected->path);
		char *text;

		if (json_is_null(value) && expected->value == EXPECT_NULL)
			continue;
		if (json_is_integer(value) && json_integer_value(value) == expected->value)
			continue;
		text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
		fprintf(stderr, "%s: %s is %s, not %" PRId64 "\n", who, expected->path,
			text ? text : "missing", expected->value);
		free(text);
		wrong++;
	}
	return wrong;
}

int64_t result_number(const json_t *result, const char *path)
{
	const json_t *value = at_path(result, path);

	cr_assert(json_is_integer(value), "%s is no number", path);
	return json_integer_value(value);
}

static json_t *check(uint32_t lps, uint32_t vps, bool one_domain, const struct trace_event *ev,
		     const struct reference_params *params, const struct expected *expected)
{
	struct trace_meta meta;
	json_t *engine, *reference;
	unsigned wrong;
	uint32_t vp;
	size_t n = 0;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = lps;
	for (vp = 0; vp < vps; vp++)
		trace_meta_add_vp(&meta, one_domain ? 0 : vp, one_domain ? vp : 0, NULL);
	while (ev[n].type != TRACE_TYPES)
		n++;
	meta.end = ev[n].time;
	cr_assert(random_trace_legal(&meta, ev, n), "the case is not legal");
	engine = engine_replay(&meta, ev, n, params, 0);
	reference = reference_replay(&meta, ev, n, params);
	wrong = check_result("reference", reference, expected);
	wrong += check_result("engine", engine, expected);
	wrong += results_differ(engine, reference);
	if (wrong) {
		params_print(params);
		random_trace_print(&meta, ev, n);
	}
	cr_assert_eq(wrong, 0);
	json_decref(reference);
	trace_meta_free(&meta);
	return engine;
}

json_t *replay_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		    const struct reference_params *params, const struct expected *expected)
{
	return check(lps, vps, false, ev, params, expected);
}

void check_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		const struct reference_params *params, const struct expected *expected)
{
	json_decref(check(lps, vps, false, ev, params, expected));
}

void check_domain_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		       const struct reference_params *params, const struct expected *expected)
{
	json_decref(check(lps, vps, true, ev, params, expected));
}
