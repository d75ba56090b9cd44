/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options that every policy takes, because the hypervisor around it is the engine's: how `-p`
 * calls them, how a result, how a trace. One table; a new option is a row of it, a field of struct
 * engine_options, and what the engine does with it.
 */
#ifndef VTICK_REPLAY_PLUGIN_CELL_OPTIONS_H
#define VTICK_REPLAY_PLUGIN_CELL_OPTIONS_H

#include <jansson.h>

#include "replay/engine/engine.h"

enum cell_option_kind {
	CELL_OPTION_RATE,   /* Hz */
	CELL_OPTION_TIME,   /* ns */
	CELL_OPTION_CHOICE, /* one of @choices; the value is which */
	CELL_OPTION_FILE,   /* not by -p: a file that the command line names, in results its hash */
	CELL_OPTION_WORD,   /* not by -p: an option of the command line, in results its word */
};

struct cell_option {
	const char *name; /* behind a policy: "hv-tick" */
	enum cell_option_kind kind;
	const char *unit;	    /* "HZ" */
	const char *fallback;	    /* as help says it */
	const char *help;	    /* one line */
	const char *key;	    /* in the params of a result */
	const char *trace_key;	    /* in a trace's host_model */
	const char *const *choices; /* of a choice, ends with NULL; results don't say the first */
	/* Of struct engine_options: the value, a uint64_t. */
	size_t offset;
	uint64_t value, max; /* where neither the command line nor the trace says; the largest */
	/* A value that is a word, told by a bool of struct engine_options, and where a trace has
	 * it. */
	const char *word, *trace_word_key;
	size_t word_offset;
	/* What the trace says of it belongs to this other option, and goes if that is given. */
	const char *part_of;
	bool zero_unsaid; /* 0 does not stand in results */
};

extern const struct cell_option cell_option[];
extern const size_t cell_options;

/* Does it stand behind a policy? */
static inline bool cell_option_of_policy(const struct cell_option *o)
{
	return o->kind == CELL_OPTION_RATE || o->kind == CELL_OPTION_TIME ||
	       o->kind == CELL_OPTION_CHOICE;
}

/* The option that is called @name behind a policy, or @key in a result; NULL: none. */
const struct cell_option *cell_option_named(const char *name);
const struct cell_option *cell_option_keyed(const char *key);

/* Takes @text as the value of @o, into @to. 0, or -1 if it is none: @o's unit says what it should
 * be. */
int cell_option_parse(const struct cell_option *o, const char *text, struct engine_options *to);
/* What is expected of a value: "a time (50us, 30ms; 0: none)". */
const char *cell_option_expected(const struct cell_option *o);

/* Fills in those of @to that @given (by index) does not have: what the trace says, or the default.
 */
void cell_options_complete(struct engine_options *to, const bool *given,
			   const struct trace_meta *meta);

/* How a result says the value: the number, or the word. NULL: not at all. The caller owns it. */
json_t *cell_option_json(const struct cell_option *o, const struct engine_options *options);

#endif
