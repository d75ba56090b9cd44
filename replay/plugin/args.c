/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/plugin/spec.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

/* Of a parameter's name. */
static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

uint32_t plugin_params_count(const struct vtick_policy *policy)
{
	uint32_t n = 0;

	while (policy->params && policy->params[n].name)
		n++;
	return n;
}

/* The index of the choice @value of "a|b|c". 0, or -1: it is none. */
static int choice_index(const char *choices, const char *value, uint64_t *out)
{
	size_t len = strlen(value);

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
	return param->choices ? choice_index(param->choices, value, out)
			      : cli_parse_u64(value, out);
}

static const char *expected(const struct vtick_param *param)
{
	return param->choices ? param->choices : "a decimal number";
}

/* What is wrong with the parameter's place in the struct, or NULL. */
static const char *bad_field(const struct vtick_policy *policy, const struct vtick_param *a)
{
	if (a->kind > VTICK_NS)
		return "is of no known kind";
	if ((a->kind == VTICK_CHOICE) != (a->choices != NULL))
		return "has choices and is none, or the other way round";
	if (a->offset % sizeof(uint64_t) || a->offset + sizeof(uint64_t) > policy->params_size)
		return "lies outside the struct of .params_size bytes";
	return NULL;
}

static int check_param(const struct plugin *p, const struct vtick_param *a, struct vt_error *err)
{
	const char *wrong = bad_field(p->policy, a);
	uint64_t value;

	if (cell_option_named(a->name) || cell_option_keyed(a->name))
		return vt_error_set(
		    err, p->path, VT_NO_OFFSET,
		    "parameter '%s' has the name of a cell's option, expected another", a->name);
	for (const struct vtick_param *b = p->policy->params; b < a; b++) {
		if (!strcmp(b->name, a->name))
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "parameter '%s' is there twice", a->name);
	}
	if (wrong)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "parameter '%s' %s", a->name,
				    wrong);
	if (!a->value)
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "parameter '%s' has no default, expected one", a->name);
	if (parse_value(a, a->value, &value))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "parameter '%s' has the default '%s', expected %s", a->name,
				    a->value, expected(a));
	return 0;
}

int plugin_args_check(const struct plugin *p, struct vt_error *err)
{
	for (uint32_t i = 0; i < plugin_params_count(p->policy); i++) {
		const struct vtick_param *a = &p->policy->params[i];

		if (!*a->name || a->name[strspn(a->name, letters)])
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "parameter %" PRIu32
					    " has the name '%s', expected a-z, 0-9, '_' and '-'",
					    i, a->name);
		if (check_param(p, a, err))
			return -1;
	}
	return 0;
}

static int unknown_key(const struct plugin *p, const char *key, struct vt_error *err)
{
	char *known = vt_strdup("");
	int failed;

	for (uint32_t i = 0; i < p->params; i++) {
		char *more = vt_format("%s%s, ", known, p->policy->params[i].name);

		free(known);
		known = more;
	}
	for (size_t i = 0; i < cell_options; i++) {
		if (!cell_option_of_policy(&cell_option[i]))
			continue;
		char *more = vt_format("%s%s, ", known, cell_option[i].name);

		free(known);
		known = more;
	}
	known[strlen(known) - 2] = '\0';
	failed = vt_error_set(err, p->spec, VT_NO_OFFSET,
			      "'%s' is no parameter of %s, expected one of %s", key,
			      p->policy->name, known);
	free(known);
	return failed;
}

static int twice(const struct plugin *p, const char *key, struct vt_error *err)
{
	return vt_error_set(err, p->spec, VT_NO_OFFSET, "'%s' is given twice", key);
}

static int set_option(struct plugin *p, const struct cell_option *o, const char *value,
		      struct vt_error *err)
{
	if (p->given[o - cell_option])
		return twice(p, o->name, err);
	p->given[o - cell_option] = true;
	if (cell_option_parse(o, value, &p->options))
		return vt_error_set(err, p->spec, VT_NO_OFFSET, "%s is '%s', expected %s", o->name,
				    value, cell_option_expected(o));
	return 0;
}

/* Of a lost policy: that it would take it is taken for granted. */
static int keep_unread(struct plugin *p, const char *key, const char *value, struct vt_error *err)
{
	if (!*key || key[strspn(key, letters)] || cell_option_keyed(key))
		return unknown_key(p, key, err);
	if (!p->unread)
		p->unread = json_object();
	if (json_object_get(p->unread, key))
		return twice(p, key, err);
	json_put_text(p->unread, key, value);
	return 0;
}

/* @given says which of the policy's parameters were. */
static int set_pair(struct plugin *p, const char *key, const char *value, bool *given,
		    struct vt_error *err)
{
	const struct cell_option *option = cell_option_named(key);

	if (option && cell_option_of_policy(option))
		return set_option(p, option, value, err);
	for (uint32_t i = 0; i < p->params; i++) {
		const struct vtick_param *a = &p->policy->params[i];

		if (strcmp(a->name, key))
			continue;
		if (given[i])
			return twice(p, key, err);
		given[i] = true;
		if (parse_value(a, value, &p->values[i]))
			return vt_error_set(err, p->spec, VT_NO_OFFSET, "%s is '%s', expected %s",
					    key, value, expected(a));
		return 0;
	}
	return p->lost ? keep_unread(p, key, value, err) : unknown_key(p, key, err);
}

int plugin_args_parse(struct plugin *p, const char *list, struct vt_error *err)
{
	char *copy = vt_strdup(list ? list : "");
	char *rest = list ? copy : NULL;
	int failed = 0;
	bool *given;

	p->params = plugin_params_count(p->policy);
	p->values = vt_alloc(p->params * sizeof(*p->values));
	p->given = vt_alloc(cell_options * sizeof(*p->given));
	given = vt_alloc(p->params * sizeof(*given));
	for (uint32_t i = 0; i < p->params; i++)
		parse_value(&p->policy->params[i], p->policy->params[i].value, &p->values[i]);
	while (!failed && rest) {
		char *value, *key = spec_next(&rest, &value);

		if (!key) {
			failed = vt_error_set(err, p->spec, VT_NO_OFFSET,
					      "'%s' behind the policy, expected key=value", value);
			break;
		}
		failed = set_pair(p, key, value, given, err);
	}
	free(copy);
	free(given);
	return failed;
}

struct engine_options plugin_options(const struct plugin *p, const struct trace_meta *meta)
{
	struct engine_options options = p->options;

	cell_options_complete(&options, p->given, meta);
	return options;
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

	for (uint32_t i = 0; i < p->params; i++)
		json_put(params, p->policy->params[i].name,
			 param_json(&p->policy->params[i], p->values[i]));
	if (p->unread)
		json_object_update(params, p->unread);
	for (size_t i = 0; i < cell_options; i++) {
		json_t *value = cell_option_json(&cell_option[i], options);

		if (value)
			json_put(params, cell_option[i].key, value);
	}
	return params;
}
