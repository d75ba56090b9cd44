/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page for a browser: one file that holds all it needs and loads nothing, by its policy even
 * where a name of others got through. It is whole without scripts, in print and in the dark; the
 * script (page.js, on D3) only moves what html_timeline() draws.
 *
 * All text is escaped here (SAFE_XML). Functions write to the page at once, in the order called;
 * what begins must end. Errors of the stream are its owner's to look for.
 */
#ifndef VTICK_TRACES_BASE_HTML_H
#define VTICK_TRACES_BASE_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "traces/base/error.h"

struct completion;
struct vt_error;

struct html_column {
	const char *group; /* stands over this column and those after it; NULL: goes on */
	const char *title;
	bool left; /* text; else a number */
};

struct html {
	FILE *to;
	bool zooms;	/* something on it needs the script */
	unsigned marks; /* names of parts that were given */
	const struct html_column *column;
	size_t columns, at; /* of the table that is open */
};

/* Up to the heading, which is @title too. */
void html_begin(struct html *h, FILE *to, const char *title);
/* @command: what made it, or NULL. */
void html_end(struct html *h, const char *command);

/* Text within whatever is open. */
void html_text(struct html *h, const char *text);
void html_print(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A paragraph; @class of page.css, or NULL. */
void html_paragraph(struct html *h, const char *class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A paragraph that says how it ended: '-' '+' '~' '!' '?' 'x' or ' ' (verdict_mark());
 * 0: it did not. */
void html_verdict(struct html *h, char mark, const char *text);
/* A heading, 2 or 3. */
void html_heading(struct html *h, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Each a line of a list that says what it is. */
void html_items(struct html *h, const char *what, char *const *text, size_t n);
/* Lines as they are. */
void html_lines(struct html *h, const char *text);

/* What is seen when it is opened, and in print; @open: at first, too. */
void html_fold(struct html *h, bool open, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void html_unfold(struct html *h);

/* A table that scrolls by itself where it is too wide. @caption may be NULL. */
void html_table(struct html *h, const char *caption, const struct html_column *column, size_t n);
void html_row(struct html *h);
/* The next cell of the row. Marked ones (as html_verdict() has it, ' ': not) stand out by the mark
 * and by a colour. */
void html_cell(struct html *h, const char *text);
void html_cell_marked(struct html *h, char mark, const char *text);
void html_table_end(struct html *h);

/* The FILE of a "html:FILE", as --report takes it; NULL with @err. */
const char *html_file(const char *value, struct vt_error *err);
/* It for completion: struct opt's values. */
void html_values(struct completion *c);

/* "better", ... for a class; "" for ' ' and what is no mark. */
const char *html_mark_class(char mark);

#endif
