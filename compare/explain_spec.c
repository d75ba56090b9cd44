/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which policy is replayed to explain a cell. A result is a stranger's file: it may name a policy
 * that is installed, and values of its parameters, and nothing else. What stands on the command
 * line may be any file.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain.h"
#include "replay/plugin/cell_options.h"
#include "replay/plugin/find.h"
#include "traces/base/mem.h"

json_t *explain_provenance(const struct side *s, const struct cell *cell)
{
	const char *text = NULL;

	for (size_t i = 0; i < s->inputs; i++) {
		if (s->input[i].file == cell->file)
			text = s->input[i].provenance;
	}
	return text ? json_loads(text, 0, NULL) : NULL;
}

/* What `-p` was when the result was made, without parameters, malloc'ed; NULL if it does not say.
 */
static char *given_spec(const struct side *s, const struct cell *cell)
{
	json_t *provenance = explain_provenance(s, cell), *plugin;
	char *spec = NULL;
	size_t i;

	json_array_foreach(json_object_get(provenance, "plugins"), i, plugin)
	{
		const char *name = json_string_value(json_object_get(plugin, "name"));
		const char *given = json_string_value(json_object_get(plugin, "spec"));

		if (spec || !name || !given || strcmp(name, cell->policy))
			continue;
		const char *slash = strrchr(given, '/');

		spec = vt_strndup(given, (size_t)(strchrnul(slash ? slash : given, ':') - given));
	}
	json_decref(provenance);
	return spec;
}

/* To the letter: no path, no pattern, nothing behind a colon. */
static bool is_installed(const char *name)
{
	struct plugin_names names = plugin_names();
	bool found = false;

	for (size_t i = 0; i < names.n; i++)
		found |= !strcmp(names.name[i], name);
	plugin_names_free(&names);
	return found;
}

/* The policy that the result names, malloc'ed; NULL with @err. */
static char *installed(const struct side *s, const struct cell *cell, int side,
		       struct vt_error *err)
{
	char *spec = given_spec(s, cell);

	if (!spec)
		spec = vt_strdup(cell->policy);
	if (is_installed(spec))
		return spec;
	vt_error_set(err, cell->file, VT_NO_OFFSET,
		     "its policy is '%.100s', which is not installed, and a result may name no "
		     "other: give its file by --explain-%s",
		     spec, side ? "candidate" : "base");
	free(spec);
	return NULL;
}

/* What replay takes for one word, and for no file. */
static bool is_word(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.+-")];
}

/* Adds ":key=value", or ",key=value", to *@spec. */
static int add_param(char **spec, bool first, const struct cell *cell, size_t i,
		     struct vt_error *err)
{
	const struct cell_option *o = cell_option_keyed(cell->param[i].name);
	const char *name = o ? o->name : cell->param[i].name, *value = cell->param[i].value;
	char *more;

	if (!is_word(name) || !is_word(value))
		return vt_error_set(err, cell->file, VT_NO_OFFSET,
				    "'%.60s=%.60s' is no parameter of a policy", name, value);
	more = vt_format("%s%s%s=%s", *spec, first ? ":" : ",", name, value);
	free(*spec);
	*spec = more;
	return 0;
}

char *explain_spec(const struct explain_options *o, const struct side *s, const struct cell *cell,
		   int side, struct vt_error *err)
{
	char *spec = o->policy[side] ? vt_strdup(o->policy[side]) : installed(s, cell, side, err);
	bool first = spec && !strstr(spec, ":tree=") && !strstr(spec, ",tree=");

	for (size_t i = 0; spec && i < cell->params; i++) {
		const struct cell_option *option = cell_option_keyed(cell->param[i].name);

		/* What is not of the policy is told to replay otherwise. */
		if (option && !cell_option_of_policy(option))
			continue;
		if (add_param(&spec, first, cell, i, err)) {
			free(spec);
			spec = NULL;
		}
		first = false;
	}
	return spec;
}
