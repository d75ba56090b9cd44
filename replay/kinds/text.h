/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of a tree's files: which lines, words, functions and statements fit a pattern. */
#ifndef VTICK_REPLAY_KIND_TEXT_H
#define VTICK_REPLAY_KIND_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

/* Words, each once, in order of their bytes. */
struct text_words {
	char **word;
	size_t n;
};

void text_words_add(struct text_words *w, const char *word, size_t len);
/* Sorts them, and leaves each once. */
void text_words_sort(struct text_words *w);
bool text_words_have(const struct text_words *w, const char *word);
void text_words_free(struct text_words *w);

/* Does a line of @text fit the extended regular expression? -1: it is none, @err says so. */
int text_line_fits(const char *text, const char *pattern, struct vt_error *err);
/* Adds the identifiers of @text that fit @pattern from end to end. 0 or -1. */
int text_identifiers(const char *text, const char *pattern, struct text_words *w,
		     struct vt_error *err);
/* Adds what @text includes, without <> and "". */
void text_includes(const char *text, struct text_words *w);

/* The text with each comment made a blank (lines stay); malloc'ed. */
char *text_without_comments(const char *text);
/*
 * The body of the function @name in @text (without comments), which begins and ends in the first
 * column as the kernel's style has it: malloc'ed; NULL: there is none.
 */
char *text_function(const char *text, const char *name);
/* The statements of @body that fit @pattern, a line each, blanks squeezed: malloc'ed. NULL: it is
 * no pattern, @err says so. */
char *text_statements(const char *body, const char *pattern, struct vt_error *err);

#endif
