/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The form of accepted results, for people and for diffs: GOLDEN.md.
 *
 * A golden holds what compare needs of a result and nothing of where it came from: a heading for
 * each trace and each cell, a line for each metric, one for each LP and each domain. A histogram
 * is its hash.
 */
#ifndef VTICK_COMPARE_GOLDEN_H
#define VTICK_COMPARE_GOLDEN_H

#include <stdbool.h>
#include <stdio.h>

#include "compare/input.h"

/* The first line begins with it; a space and "minor N" follow. */
#define GOLDEN_FORM "vtick.golden/1"

/* A list of a result, whose elements have a line each: "lp 3 KEY=VALUE ...". */
struct golden_list {
	const char *word;
	const char *part; /* of a metric's name that its KEY does not have: "per_lp[]." */
	enum metric_in in;
};

#define GOLDEN_LISTS 3
extern const struct golden_list golden_lists[GOLDEN_LISTS];

/* @text, NUL behind its end, is a golden, if only of a version to come. */
bool golden_is(const char *text);

/* Writes @in, which was read from a result (or a golden), by trace, policy and parameters, whatever
 * the order in which they were replayed. */
void golden_write(FILE *to, const struct input *in);

/* `compare --golden`: @result, a file's name or "-", into the file @golden, which appears whole or
 * not at all. 0 or -1. */
int golden_make(const char *golden, const char *result, struct vt_error *err);

#endif
