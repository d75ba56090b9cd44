/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads JSON from memory in one pass, without a tree: a result of a thousand cells is a hundred
 * megabytes of histograms, which have to be read in a fraction of a second.
 *
 * Strict as RFC 8259 has it: UTF-8, no duplicate keys, no NaN, nothing behind the document. Every
 * function returns -1 once something was wrong; the error then holds the file and the offset.
 */
#ifndef VTICK_COMPARE_JSON_SCAN_H
#define VTICK_COMPARE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"
#include "traces/base/json.h"

/* Integers of results lie within +-(2^53 - 1): beyond that jq and JavaScript corrupt them. */
#define SCAN_INTEGER_MAX JSON_EXACT_MAX

struct scan {
	const char *file;
	const char *text; /* NUL behind its end */
	size_t len;
	size_t pos;
	unsigned depth;
	bool lines; /* places are lines, not offsets */
	struct vt_error *err;
};

/* Characters of the document; keys and most strings are used where they stand. */
struct scan_slice {
	const char *at;
	size_t len;
};

/* The keys that an object has had so far. */
#define SCAN_KEYS_MAX 256
struct scan_object {
	struct scan_slice key[SCAN_KEYS_MAX];
	size_t keys;
};

void scan_init(struct scan *s, const char *file, const char *text, size_t len,
	       struct vt_error *err);

/* Fills the error with the current offset. Returns -1. */
int scan_fail(struct scan *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* First character of the next value, 0 at the end of the text. */
int scan_peek(struct scan *s);

/* @c is '{' or '['. */
int scan_enter(struct scan *s, char c);
/* 1: there is another key, it is in *@key and the scanner before its value; 0: the object has
 * ended. */
int scan_key(struct scan *s, struct scan_object *o, struct scan_slice *key);
/* The same without the check for duplicates: for objects whose keys the caller checks. */
int scan_key_unchecked(struct scan *s, bool first, struct scan_slice *key);
/* 1: there is another element; 0: the array has ended. @first: none was taken yet. */
int scan_element(struct scan *s, bool first);

bool scan_is(const struct scan_slice *slice, const char *word);

/* Values. Strings are malloc'ed and hold no NUL. */
int scan_string(struct scan *s, char **out);
int scan_integer(struct scan *s, int64_t *out);
int scan_real(struct scan *s, double *out);
int scan_bool(struct scan *s, bool *out);
/* Takes a null if there is one: 1, else 0. */
int scan_null(struct scan *s);
int scan_skip(struct scan *s);
/* Only white space is left. */
int scan_end(struct scan *s);

#endif
