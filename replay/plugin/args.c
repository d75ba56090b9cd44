/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* A tick of more than this would not be one: the queue would do nothing else. */
#define HV_TICK_MAX UINT64_C(1000000)
/* Results hold integers below 2^53. */
#define TIME_MAX ((UINT64_C(1) << 53) - 1)

const struct plugin_option plugin_option[PLUGIN_OPTIONS] = {
	{ "hv-tick", "HZ", "100", "rate of the hypervisor's own tick on every LP; 0: none" },
	{ "hv-tick-phase", "TIME", "a period",
	  "when the first tick comes, at most a period after the start" },
	{ "hv-slice", "TIME", "30ms",
	  "the scheduler's time slice of a running VP; 0: none; recorded: as the trace has them" },
	{ "slop", "TIME", "50us",
	  "how much later than its expiry a queued timer may be programmed; 0: none" },
};

uint32_t plugin_args_count(const struct plugin *p)
{
	uint32_t n = 0;

	while (p->policy->params && p->policy->params[n].name)
		n++;
	return n;
}

/* The index of the choice @value (@len bytes) of "a|b|c"; -1: none. */
static int choice_index(const char *choices, const char *value, size_t len, uint64_t *out)
{
	for (uint64_t i = 0;; i++) {
		size_t n = strcspn(choices, "|");

		if (n == len && !strncmp(choices, value, n)) {
			*out = i;
			return 0;
		}
		if (!choices[n])
			return -1;
		choices += n + 1;
	}
}

static int parse_value(const struct vtick_param *param, const char *value, uint64_t *out)
{
	return param->choices ? choice_index(param->choices, value, strlen(value), out)
			      : cli_parse_u64(value, out);
}

static bool is_option(const char *name)
{
	for (size_t i = 0; i < PLUGIN_OPTIONS; i++) {
		if (!strcmp(name, plugin_option[i].name))
			return true;
	}
	return !strcmp(name, "hv_tick_hz") || !strcmp(name, "hv_slice_ns") ||
	       !strcmp(name, "slop_ns") || !strcmp(name, "hv_tick_phase_ns") ||
	       !strcmp(name, "costs");
}

int plugin_args_check(const struct plugin *p, struct vt_error *err)
{
	const struct vtick_param *params = p->policy->params;

	for (uint32_t i = 0; i < plugin_args_count(p); i++) {
		const struct vtick_param *a = &params[i];
		uint64_t value;

		if (!*a->name || a->name[strspn(a->name, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "parameter %" PRIu32
					    " has the name '%s', expected a-z, 0-9, '_' and '-'",
					    i, a->name);
		if (is_option(a->name))
			return vt_error_set(
			    err, p->path, VT_NO_OFFSET,
			    "parameter '%s' has the name of a cell's option, expected another",
			    a->name);
		for (uint32_t j = 0; j < i; j++) {
			if (!strcmp(params[j].name, a->name))
				return vt_error_set(err, p->path, VT_NO_OFFSET,
						    "parameter '%s' is there twice", a->name);
		}
		if (!a->value)
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "parameter '%s' has no default, expected one", a->name);
		if (parse_value(a, a->value, &value))
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "parameter '%s' has the default '%s', expected %s",
					    a->name, a->value,
					    a->choices ? a->choices : "a decimal number");
	}
	return 0;
}

static int unknown_key(const struct plugin *p, const char *key, struct vt_error *err)
{
	char known[300] = "";

	for (uint32_t i = 0; i < p->args.count; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, "%s, ", p->policy->params[i].name);
	}
	return vt_error_set(
	    err, p->spec, VT_NO_OFFSET,
	    "'%s' is no parameter of %s, expected one of %shv-tick, hv-tick-phase, hv-slice, slop",
	    key, p->policy->name, known);
}

/* Takes key=value if it is an option of the cell: 1; 0 if it is none; -1. */
static int set_option(struct plugin *p, const char *key, const char *value, struct vt_error *err)
{
	struct plugin_overrides *o = &p->overrides;
	bool tick = !strcmp(key, "hv-tick");
	bool *given;
	uint64_t *to;

	if (tick) {
		given = &o->hv_tick;
		to = &o->value.hv_tick_hz;
	} else if (!strcmp(key, "hv-tick-phase")) {
		given = &o->hv_tick_phase;
		to = &o->value.hv_tick_phase_ns;
	} else if (!strcmp(key, "hv-slice")) {
		given = &o->hv_slice;
		to = &o->value.hv_slice_ns;
	} else if (!strcmp(key, "slop")) {
		given = &o->slop;
		to = &o->value.slop_ns;
	} else {
		return 0;
	}
	if (*given)
		return vt_error_set(err, p->spec, VT_NO_OFFSET, "'%s' is given twice", key);
	*given = true;
	if (to == &o->value.hv_slice_ns && !strcmp(value, "recorded")) {
		o->value.recorded_slices = true;
		return 1;
	}
	if (tick && (cli_parse_frequency(value, to) || *to > HV_TICK_MAX))
		return vt_error_set(
		    err, p->spec, VT_NO_OFFSET,
		    "hv-tick is '%s', expected a frequency up to 1M (100, 1k; 0: none)", value);
	if (!tick && (cli_parse_time_ns(value, to) || *to > TIME_MAX))
		return vt_error_set(err, p->spec, VT_NO_OFFSET,
				    "%s is '%s', expected a time (50us, 30ms; 0: none)", key,
				    value);
	return 1;
}

static int set_pair(struct plugin *p, const char *key, const char *value, bool *given,
		    struct vt_error *err)
{
	int option = set_option(p, key, value, err);

	if (option)
		return option < 0 ? -1 : 0;
	for (uint32_t i = 0; i < p->args.count; i++) {
		const struct vtick_param *a = &p->policy->params[i];

		if (strcmp(a->name, key))
			continue;
		if (given[i])
			return vt_error_set(err, p->spec, VT_NO_OFFSET, "'%s' is given twice", key);
		given[i] = true;
		if (parse_value(a, value, &p->values[i]))
			return vt_error_set(err, p->spec, VT_NO_OFFSET, "%s is '%s', expected %s",
					    key, value,
					    a->choices ? a->choices : "a decimal number");
		return 0;
	}
	return unknown_key(p, key, err);
}

int plugin_args_parse(struct plugin *p, const char *list, struct vt_error *err)
{
	uint32_t count = plugin_args_count(p);
	bool *given = vt_alloc((count + 1) * sizeof(*given));
	char *copy = vt_strdup(list ? list : "");
	char *rest = list ? copy : NULL;
	int failed = 0;

	p->values = vt_alloc((count + 1) * sizeof(*p->values));
	p->args = (struct vtick_args){ .count = count, .value = p->values };
	for (uint32_t i = 0; i < count; i++) {
		given[i] = false;
		parse_value(&p->policy->params[i], p->policy->params[i].value, &p->values[i]);
	}
	while (!failed && rest) {
		char *key = strsep(&rest, ",");
		char *value = strchr(key, '=');

		if (!value || value == key) {
			failed = vt_error_set(err, p->spec, VT_NO_OFFSET,
					      "'%s' behind the policy, expected key=value", key);
			break;
		}
		*value++ = '\0';
		failed = set_pair(p, key, value, given, err);
	}
	free(copy);
	free(given);
	return failed;
}

/* What the trace says about its hypervisor; @fallback if it says nothing usable. */
static uint64_t host_model(const struct trace_meta *meta, const char *key, uint64_t max,
			   uint64_t fallback)
{
	const json_t *v = json_object_get(json_object_get(meta->more, "host_model"), key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max)
		return fallback;
	return (uint64_t)json_integer_value(v);
}

static bool slices_recorded(const struct trace_meta *meta)
{
	const json_t *v = json_object_get(json_object_get(meta->more, "host_model"), "slices");

	return json_is_string(v) && !strcmp(json_string_value(v), "recorded");
}

struct engine_options plugin_options(const struct plugin *p, const struct trace_meta *meta)
{
	const struct plugin_overrides *o = &p->overrides;
	struct engine_options e = o->value;

	if (!o->hv_tick) {
		e.hv_tick_hz = host_model(meta, "tick_hz", HV_TICK_MAX, 100);
		if (!o->hv_tick_phase)
			e.hv_tick_phase_ns = host_model(meta, "tick_phase_ns", TIME_MAX, 0);
	}
	if (!o->hv_slice) {
		e.recorded_slices = slices_recorded(meta);
		e.hv_slice_ns = host_model(meta, "slice_ns", TIME_MAX, 30000000);
	}
	if (!o->slop)
		e.slop_ns = host_model(meta, "slop_ns", TIME_MAX, 50000);
	return e;
}

static json_t *param_json(const struct vtick_param *a, uint64_t value)
{
	char number[24];
	const char *c = a->choices;

	if (!c) {
		snprintf(number, sizeof(number), "%" PRIu64, value);
		return json_text(number);
	}
	while (value--)
		c += strcspn(c, "|") + 1;
	return json_text_of(c, strcspn(c, "|"));
}

json_t *plugin_params(const struct plugin *p, const struct engine_options *options)
{
	json_t *params = json_object();

	for (uint32_t i = 0; i < p->args.count; i++)
		json_put(params, p->policy->params[i].name,
			 param_json(&p->policy->params[i], p->values[i]));
	json_put(params, "hv_tick_hz", json_integer((json_int_t)options->hv_tick_hz));
	if (options->hv_tick_phase_ns)
		json_put(params, "hv_tick_phase_ns",
			 json_integer((json_int_t)options->hv_tick_phase_ns));
	json_put(params, "hv_slice_ns",
		 options->recorded_slices ? json_text("recorded")
					  : json_integer((json_int_t)options->hv_slice_ns));
	json_put(params, "slop_ns", json_integer((json_int_t)options->slop_ns));
	return params;
}
