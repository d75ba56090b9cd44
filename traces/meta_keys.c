/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/meta_keys.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

static const char *const classes[] = { "bare-metal", "nested", "emulated", "synthetic", NULL };
static const char *const schedulers[] = { "credit", "credit2", "rtds",	      "null", "arinc653",
					  "cfs",    "eevdf",   "round-robin", NULL };
static const char *const hypervisors[] = { "KVM", "Xen", NULL };
static const char *const recorded[] = { "recorded", NULL };
const char *const meta_tick_idle[] = { "run", "stop", "stop-at-once", NULL };

/* clang-format off */
const struct meta_key meta_keys[] = {
	{ NULL, "class", META_WORD, true, classes },
	{ NULL, "source", META_OBJECT, false, NULL },
	{ NULL, "host_model", META_OBJECT, false, NULL },
	{ NULL, "unseen_ticks", META_COUNT, true, NULL },
	{ NULL, "unknown_writes", META_COUNT, true, NULL },
	{ NULL, "deadlines_from_exits", META_COUNT, true, NULL },
	{ NULL, "unseen", META_SENTENCES, false, NULL },
	{ NULL, "notes", META_SENTENCES, false, NULL },
	{ NULL, "skipped", META_OBJECT, false, NULL },
	{ NULL, "seeds", META_LIST, false, NULL },
	{ NULL, "truncated", META_BOOLEAN, true, NULL },
	{ NULL, "types", META_OBJECT, false, NULL },
	{ NULL, "lp_pcpu", META_LIST, false, NULL },
	/* record's */
	{ NULL, "probes", META_OBJECT, false, NULL },
	{ NULL, "recorded", META_OBJECT, false, NULL },
	{ NULL, "guest_tsc", META_LIST, false, NULL },
	{ NULL, "accounts", META_OBJECT, false, NULL },

	{ "host_model", "scheduler", META_TEXT, true, schedulers },
	{ "host_model", "tick_hz", META_COUNT, true, NULL },
	{ "host_model", "tick_phase_ns", META_COUNT, true, NULL },
	{ "host_model", "tick_idle", META_WORD, true, meta_tick_idle },
	{ "host_model", "slice_ns", META_COUNT, true, NULL },
	{ "host_model", "slices", META_WORD, true, recorded },
	{ "host_model", "slop_ns", META_COUNT, true, NULL },

	{ "source", "hypervisor", META_TEXT, true, hypervisors },
	{ "source", "version", META_TEXT, false, NULL },
	{ "source", "tool", META_TEXT, false, NULL },
	{ "source", "capture", META_TEXT, false, NULL },
	{ "source", "capture_sha256", META_TEXT, false, NULL },
	{ "source", "command", META_TEXT, false, NULL },
	{ "source", "clock", META_OBJECT, false, NULL },
	{ "source", "cuts", META_LIST, false, NULL },
	{ NULL, NULL, META_COUNT, false, NULL },
};
/* clang-format on */

static bool is_one_of(const char *const *words, const json_t *value)
{
	const char *text = json_string_value(value);

	while (text && words && *words) {
		if (!strcmp(text, *words++))
			return true;
	}
	return false;
}

static bool are_texts(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return json_is_array(list);
}

bool meta_key_fits(const struct meta_key *k, const json_t *value)
{
	if (json_is_null(value))
		return true;
	switch (k->kind) {
	case META_COUNT:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case META_BOOLEAN:
		return json_is_boolean(value);
	case META_WORD:
		return is_one_of(k->words, value);
	case META_TEXT:
		return json_is_string(value);
	case META_SENTENCES:
		return are_texts(value);
	case META_LIST:
		return json_is_array(value);
	case META_OBJECT:
		return json_is_object(value);
	}
	return false;
}

/* "A, B or C"; malloc'ed. */
static char *list_of(const char *const *words)
{
	char *list = vt_strdup(words[0]);

	for (size_t i = 1; words[i]; i++) {
		char *more = vt_format("%s%s%s", list, words[i + 1] ? ", " : " or ", words[i]);

		free(list);
		list = more;
	}
	return list;
}

char *meta_key_fault(const struct meta_key *k)
{
	static const char *const what[] = {
		[META_COUNT] = "no whole number from 0 on",
		[META_BOOLEAN] = "neither true nor false",
		[META_WORD] = "none of its words",
		[META_TEXT] = "no text",
		[META_SENTENCES] = "no list of sentences",
		[META_LIST] = "no list",
		[META_OBJECT] = "no object",
	};
	const char *in = k->in ? k->in : "", *dot = k->in ? "." : "";
	char *words, *fault;

	if (k->kind != META_WORD)
		return vt_format("\"%s%s%s\" is %s", in, dot, k->key, what[k->kind]);
	words = list_of(k->words);
	fault = vt_format("\"%s%s%s\" is not %s", in, dot, k->key, words);
	free(words);
	return fault;
}

bool meta_key_nameless(const struct meta_key *k, const json_t *value)
{
	if (!k->nameless || !meta_key_fits(k, value))
		return false;
	return !k->words || is_one_of(k->words, value);
}
