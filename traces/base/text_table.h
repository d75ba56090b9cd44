/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables for people, laid out by libsmartcols: columns are as wide as what is in them, characters
 * count and not bytes, and what is in them is SAFE_TEXT (safe_text.h).
 *
 * Into a file or a pipe a table is whole, however wide, and the same everywhere. On a terminal it
 * keeps to the terminal's width (COLUMNS, if set): long text wraps within its column, and columns
 * for which there is no room follow in a further block under the same first columns.
 */
#ifndef VTICK_TRACES_BASE_TEXT_TABLE_H
#define VTICK_TRACES_BASE_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_column {
	const char *title;
	/* Stands over this column and those after it up to the next with a group; NULL: goes on. A
	 * block breaks between groups only, or, in a table without groups, anywhere. */
	const char *group;
	bool left;  /* text, aligned to the left and wrapped where it is too long; else a number */
	bool first; /* stands in each block again; only the first columns may be such ones */
};

struct text_table;

/* A table without rows. @column must outlive it. */
struct text_table *text_table_new(const struct text_column *column, size_t columns);
/* A new last row, empty; what is set is of this one. */
void text_table_row(struct text_table *t);
void text_table_set(struct text_table *t, size_t column, const char *text);
void text_table_format(struct text_table *t, size_t column, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The cell of the last row stands out: "red", "green", "yellow", "bold". Without colours it does
 * not. */
void text_table_colour(struct text_table *t, size_t column, const char *colour);
/* Prints it, each line behind @indent blanks, and frees it. */
void text_table_print(struct text_table *t, FILE *to, int indent, bool colour);

/* Frees one that is not printed. */
void text_table_free(struct text_table *t);

/* The width of the terminal that @to is, or 0: it is none. */
size_t text_width_of(FILE *to);
#endif
