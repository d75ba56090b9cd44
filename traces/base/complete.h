/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a word of a command line may be, for the completion of shells (ci/shells/): from the tables
 * of options, and from what rows say of their values (struct opt, `values`).
 *
 * Printed are lines: a word, a tab, and what it is. A line that begins with a tab says what else
 * the word may be: "\tfiles\tN\t.END", files that are called so (first; without .END all), or
 * "\tfolders\tN\t", where N characters of the word stand before the file's name.
 *
 * Whatever comes out is of characters that no shell takes for more than themselves, but for the
 * brackets of metrics; names of others that have other ones are left out. Nothing is written, and
 * what is wrong on the command line or in a file has no word.
 */
#ifndef VTICK_TRACES_BASE_COMPLETE_H
#define VTICK_TRACES_BASE_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "traces/base/options.h"

struct completion {
	FILE *to;
	const char *word; /* as far as it is typed */
	size_t at;	  /* of it stand before what a candidate replaces */
	const char *file; /* the first file that the command line has to read, or NULL */
	unsigned said;	  /* how much was printed */
};

/*
 * Prints what word @at of @words (from 0; behind "vtick") may be; words behind it may tell of
 * files.
 * @commands up to a NULL. @at may be @n: a word that was not begun.
 */
void complete_command_line(const struct opt_command *const *commands, char *const *words, size_t n,
			   size_t at, FILE *to);

/* ---- for opt_values_fn ---- */

/* What is typed of the candidates. */
const char *complete_typed(const struct completion *c);

/* Candidates follow the last of @ends that was typed, if one was. */
void complete_behind(struct completion *c, const char *ends);

/* A candidate, if it begins as typed: @name and @end ("=", where a value follows); @help may be
 * NULL. */
void complete_word(struct completion *c, const char *name, const char *end, const char *help);

/* Files that are called *@end (NULL: all), or folders. */
void complete_files(struct completion *c, const char *end);
void complete_folders(struct completion *c);

/* "FORMAT:FILE", @name as struct opt's choice. */
void complete_formats(struct completion *c, const char *(*name)(unsigned number));

/* struct opt's values, where the kind of the row does not say that it is one. */
opt_values_fn complete_all_files, complete_all_folders;

#endif
