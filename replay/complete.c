/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/complete.h"

#include <stdlib.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/kinds/kind.h"
#include "replay/plugin/find.h"
#include "replay/plugin/plugin.h"
#include "replay/plugin/spec.h"
#include "traces/base/complete.h"
#include "traces/base/mem.h"

/* Who waits for a word has no more time, ns. */
#define LOAD_NS UINT64_C(500000000)

/* Value @i of "a|b|c"; malloc'ed, NULL behind the last. */
static char *piece(const char *choices, unsigned i)
{
	for (; i; i--) {
		choices += strcspn(choices, "|");
		if (!*choices++)
			return NULL;
	}
	return vt_strndup(choices, strcspn(choices, "|"));
}

static void say_choices(struct completion *c, const char *choices)
{
	char *choice;

	for (unsigned i = 0; choices && (choice = piece(choices, i)); i++) {
		complete_word(c, choice, "", NULL);
		free(choice);
	}
}

static void say_cell_option(struct completion *c, const struct cell_option *o)
{
	for (unsigned i = 0; o->choices && o->choices[i]; i++)
		complete_word(c, o->choices[i], "", NULL);
	if (o->word)
		complete_word(c, o->word, "", NULL);
}

static void say_value(struct completion *c, const struct plugin *p, const char *key)
{
	const struct cell_option *o = cell_option_named(key);

	for (uint32_t i = 0; i < p->params; i++) {
		if (!strcmp(p->policy->params[i].name, key))
			say_choices(c, p->policy->params[i].choices);
	}
	if (o)
		say_cell_option(c, o);
}

static void say_keys(struct completion *c, const struct plugin *p)
{
	for (uint32_t i = 0; i < p->params; i++)
		complete_word(c, p->policy->params[i].name, "=", p->policy->params[i].help);
	for (size_t i = 0; i < cell_options; i++) {
		if (cell_option_of_policy(&cell_option[i]))
			complete_word(c, cell_option[i].name, "=", cell_option[i].help);
	}
}

/* "key=va" of @p: what is typed of it stands behind c->at. */
static void say_setting(struct completion *c, const struct plugin *p)
{
	const char *typed = complete_typed(c), *equals = strchr(typed, '=');
	char *key;

	if (!equals) {
		say_keys(c, p);
		return;
	}
	key = vt_strndup(typed, (size_t)(equals - typed));
	c->at += (size_t)(equals + 1 - typed);
	say_value(c, p, key);
	free(key);
}

/* Of a kind: its host's keys (spec.h). */
static void say_kind_setting(struct completion *c)
{
	if (!strncmp(complete_typed(c), "tree=", 5)) {
		c->at += 5;
		complete_folders(c);
		return;
	}
	complete_word(c, "tree", "=", "a folder, or with rev a git repository");
	complete_word(c, "rev", "=", "the revision of a git repository");
	complete_word(c, "name", "=", "what the policy is called");
}

/* @name is installed, and not a path. */
static bool load(struct plugin *p, const char *name)
{
	const struct plugin_beside alone = { .boxed = true, .limit_ns = LOAD_NS };
	struct vt_error ignored;
	char *path = plugin_find(name, &ignored);
	bool loaded = path && !plugin_load_beside(p, name, &alone, &ignored) && !p->lost;

	if (!path)
		*p = (struct plugin){ .object = -1 };
	free(path);
	return loaded;
}

static void say_settings(struct completion *c, const char *name)
{
	struct plugin p;
	char *kind;

	if (*name && load(&p, name)) {
		say_setting(c, &p);
	} else {
		kind = kind_folder(name);
		if (kind)
			say_kind_setting(c);
		free(kind);
	}
	plugin_free(&p);
}

static void say_kind(const char *folder, void *arg)
{
	struct completion *c = arg;
	const char *slash = strrchr(folder, '/');

	complete_word(c, slash ? slash + 1 : folder, "", "a kind, built from a tree");
}

void complete_kinds(struct completion *c)
{
	kind_each(say_kind, c);
}

void complete_policies(struct completion *c)
{
	const char *typed = complete_typed(c), *colon = strchr(typed, ':');
	char *name = vt_strndup(typed, colon ? (size_t)(colon - typed) : strlen(typed));

	if (spec_is_path(name)) {
		if (!colon)
			complete_files(c, NULL);
	} else if (colon) {
		c->at += (size_t)(colon + 1 - typed);
		complete_behind(c, ",");
		say_settings(c, name);
	} else {
		struct plugin_names all = plugin_names();

		for (size_t i = 0; i < all.n; i++)
			complete_word(c, all.name[i], "", "an installed policy");
		plugin_names_free(&all);
		complete_kinds(c);
		if (!c->said)
			complete_files(c, NULL);
	}
	free(name);
}

void complete_metrics(struct completion *c)
{
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[metric_by_name(i)];

		complete_word(c, m->name, "", m->help);
	}
}
