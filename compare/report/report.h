/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison as text, mail, markdown, JSON, JUnit, GitHub annotations, CSV, a page. */
#ifndef VTICK_COMPARE_REPORT_REPORT_H
#define VTICK_COMPARE_REPORT_REPORT_H

#include <stdio.h>

#include "compare/comparison.h"
#include "traces/base/options.h"

/* GitHub refuses a comment of more than 65536 characters; ci/comment.sh puts a mark before it. */
#define MARKDOWN_MAX 65000

struct report_options {
	size_t lines; /* at most so many groups in text, mail and markdown; 0: all */
	bool each;    /* and behind them a row for each metric of each cell */
	bool colour;
	size_t bytes_max; /* markdown; 0: no limit */
};

typedef void report_fn(FILE *to, const struct comparison *c, const struct report_options *o);

report_fn report_text, report_mail, report_markdown, report_json, report_junit, report_github,
    report_csv, report_html;

/* The formats by number; text is 0. A name is NULL behind the last. */
const char *report_name(unsigned number);
report_fn *report_of(unsigned number);
/* "FORMAT:FILE" for completion: struct opt's values. */
opt_values_fn report_values;

/* No line of text and mail is longer, but where one word is, and but for the first of text. */
#define REPORT_WIDTH 79

/* Characters of UTF-8, not bytes. */
int report_width(const char *text);
/* @text and a newline, broken at blanks where it would be longer than REPORT_WIDTH: it begins in
 * column @at, further lines behind @indent blanks. */
void report_fold(FILE *to, const char *text, int at, int indent);

/* "+ better", "- worse", ...: never colour alone. */
char verdict_mark(enum verdict v);
/* The escape that a line of this mark begins with, or "". */
const char *report_colour(bool colour, char mark);
/* What the gate makes of it: "", "within", "ignored", "waived", "FAILS". */
const char *report_gate(enum gate g);
/* A table of all rows, as wide as it has to be. */
void report_table(FILE *to, const struct comparison *c, bool colour);
/* "3 better, 1 worse, 20 changed, 1000 same" */
void report_counts(FILE *to, const size_t count[VERDICTS]);
/* "a.json", "a.json and 4 more", with the policy that was selected. */
char *report_side(const struct comparison *c, int side);
/* What its policies of kinds were built from, "kvm: Linux 6.12.117, lapic.c 46c9e2c012f2";
 * malloc'ed; NULL: it has none. */
char *report_built(const struct comparison *c, int side);

#endif
