/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a trace's header beyond what trace_meta has fields for, in one table: what may stand
 * behind each (`check`, `import text`), and which name nobody (`cut --anonymous`). FORMAT.md says
 * what they mean. A header may have others, and keeps them.
 */
#ifndef VTICK_TRACES_META_KEYS_H
#define VTICK_TRACES_META_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum meta_kind {
	META_COUNT, /* an integer from 0 on */
	META_BOOLEAN,
	META_WORD, /* one of `words` */
	META_TEXT,
	META_SENTENCES, /* a list of texts */
	META_LIST,
	META_OBJECT,
};

struct meta_key {
	const char *in; /* the object that it is of: "host_model", "source"; NULL: the header */
	const char *key;
	enum meta_kind kind;
	bool nameless;		  /* says nothing of whose machine it was */
	const char *const *words; /* up to a NULL. Of a text: those that are nameless */
};

/* What host_model.tick_idle may say, up to a NULL: RULES.md 3.21. */
extern const char *const meta_tick_idle[];

/* Up to one whose key is NULL. */
extern const struct meta_key meta_keys[];

/* True if @value is what the table says of @k, or null. */
bool meta_key_fits(const struct meta_key *k, const json_t *value);
/* The sentence about a value that does not: "\"host_model.tick_hz\" is no whole number from 0 on".
 * malloc'ed. */
char *meta_key_fault(const struct meta_key *k);
/*
 * Holds the keys of @header, of its host_model and its source against the table. The sentence about
 * one that looks like one of the table, or that host_model does not have; malloc'ed. NULL: there is
 * none. @also, if not NULL, is another word that a key of the header may look like. *@unknown is a
 * key of the header that looks like none, and that is kept, or NULL; it belongs to @header.
 */
char *meta_names_fault(const json_t *header, const char *also, const char **unknown);
/* The sentence about @key of @of, which is @near misspelt, or NULL. malloc'ed. */
char *meta_name_fault(const char *of, const char *key, const char *near);

/* True if @value fits and says nothing of whose machine it was. */
bool meta_key_nameless(const struct meta_key *k, const json_t *value);

#endif
