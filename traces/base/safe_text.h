/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of others in what vtick writes: names of traces, VPs and policies, of rules and files,
 * notes, versions, commit subjects. It may hold anything, and must do nothing where it is read.
 * Whoever writes text of others says here what it goes into; every form has one function, and a
 * form that is new is a row of the table in safe_text.c and of the test's.
 *
 * In all forms, what would drive a terminal or turn the order of letters round (control characters
 * C0 and C1, line separators, bidirectional and invisible format characters, bytes that are not
 * UTF-8) is written out, a byte as \xNN; in JSON, which has its own way to say them, as \uNNNN.
 */
#ifndef VTICK_TRACES_BASE_SAFE_TEXT_H
#define VTICK_TRACES_BASE_SAFE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

enum safe_form {
	SAFE_TEXT,     /* a part of a line for people; beyond ASCII only in a locale of UTF-8; no
			  command of what reads the logs of CI */
	SAFE_UTF8,     /* the same, whatever the locale: for what is made of it */
	SAFE_MARKDOWN, /* of GitHub and GitLab, in a paragraph or a table's cell; no markup, link,
			  mention or tag */
	SAFE_XML,      /* of XML and HTML, between tags or in an attribute's quotes */
	SAFE_GITHUB,   /* the message of a workflow command */
	SAFE_GITHUB_PROPERTY, /* a property of one */
	SAFE_CSV,  /* a field, quoted where it must be (RFC 4180); no spreadsheet takes it for a
		      formula; numbers stay numbers */
	SAFE_WORD, /* a word of a golden (GOLDEN.md), which reads it back */
	SAFE_KEY,  /* one before a '=' there */
	SAFE_FORMS
};

/* Writes @text, one line, as that form wants it. */
void safe_put(enum safe_form form, FILE *to, const char *text);

/* The same of each line of @text, and ends the last one. */
void safe_lines(enum safe_form form, FILE *to, const char *text);

/* The same of what printf() would print, a newline at its end excepted. */
void safe_print(enum safe_form form, FILE *to, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What safe_put() writes; malloc'ed. */
char *safe_text(enum safe_form form, const char *text);

/* SAFE_TEXT without asking for memory, at @to: its end, a NUL. What has no room before @end is left
 * out (4 bytes for one of @text, and 5, are enough). */
char *safe_line(char *to, const char *end, const char *text);

/* "text", "csv": for tests, which go through them all. */
const char *safe_form_name(enum safe_form form);

/* A JSON document, malloc'ed: the same one in which nothing drives a terminal; it takes @document's
 * place, which may be it. */
char *safe_json(char *document);

/* True if characters beyond ASCII can be printed here (the locale's character set is UTF-8). */
bool text_utf8(void);

#endif
