/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison as text, markdown, JSON, JUnit, GitHub annotations, CSV. */
#ifndef VTICK_COMPARE_REPORT_REPORT_H
#define VTICK_COMPARE_REPORT_REPORT_H

#include <stdio.h>

#include "compare/comparison.h"

/* GitHub refuses a comment that is longer. */
#define MARKDOWN_MAX 65536

struct report_options {
	size_t rows; /* at most so many in text and markdown; 0: all */
	bool colour;
	size_t bytes_max; /* markdown; 0: no limit */
};

typedef void report_fn(FILE *to, const struct comparison *c, const struct report_options *o);

report_fn report_text, report_markdown, report_json, report_junit, report_github, report_csv;

/* The formats by number; text is 0. A name is NULL behind the last. */
const char *report_name(unsigned number);
report_fn *report_of(unsigned number);

/* "+ better", "- worse", ...: never colour alone. */
char verdict_mark(enum verdict v);
/* "3 better, 1 worse, 20 changed, 1000 same" */
void report_counts(FILE *to, const size_t count[VERDICTS]);
/* "a.json", "a.json and 4 more", with the policy that was selected. */
char *report_side(const struct comparison *c, int side);
/* Unprintable bytes as '?', so that a name cannot talk to a terminal. malloc'ed. */
char *report_plain(const char *text);

#endif
