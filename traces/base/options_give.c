/* SPDX-License-Identifier: GPL-2.0-only */
/* A command line again, from what was parsed. */
#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/options.h"

static void give(struct opt_list *words, const struct opt *o, const char *value)
{
	const char letter[] = { '-', o->letter, '\0' };

	if (o->name)
		opt_list_add(words, vt_format("--%s", o->name));
	else if (o->letter)
		opt_list_add(words, vt_strdup(letter));
	if (value)
		opt_list_add(words, vt_strdup(value));
}

static void give_list(struct opt_list *words, const struct opt *o, const struct opt_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		give(words, o, list->item[i]);
}

static void give_rest(struct opt_list *words, char *const *rest)
{
	if (rest)
		opt_list_add(words, vt_strdup("--"));
	for (; rest && *rest; rest++)
		opt_list_add(words, vt_strdup(*rest));
}

static void give_row(struct opt_list *words, const struct opt *o, const void *config)
{
	const void *field = (const char *)config + o->at;
	const char *value;

	switch (o->kind) {
	case OPT_GROUP:
		return;
	case OPT_SWITCH:
		if (*(const bool *)field)
			give(words, o, NULL);
		return;
	case OPT_CHOICE:
		value = opt_choice(o, *(const uint32_t *)field);
		break;
	case OPT_TEXT:
	case OPT_FILE_IN:
	case OPT_FILE_OUT:
	case OPT_FOLDER:
		if (o->many) {
			give_list(words, o, field);
			return;
		}
		value = *(const char *const *)field;
		break;
	case OPT_REST:
		give_rest(words, *(char *const *const *)field);
		return;
	default:
		abort(); /* a kind that no script has */
	}
	if (value)
		give(words, o, value);
}

void opt_give(const struct opt_command *c, const void *config, struct opt_list *words)
{
	for (int turn = 0; turn < 3; turn++) {
		for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
			if (opt_is_operand(o) + (o->kind == OPT_REST) == turn)
				give_row(words, o, config);
		}
	}
}

void opt_give_free(struct opt_list *words)
{
	for (size_t i = 0; i < words->n; i++)
		free((void *)(uintptr_t)words->item[i]);
	opt_list_free(words);
}
