/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/html.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/complete.h"
#include "traces/base/mem.h"
#include "traces/base/page.h"
#include "traces/base/safe_text.h"

/* ---- text ---- */

/* The first and the last letter of what is written from right to left, in UTF-8. */
static const char *const leftward[][2] = {
	{ "\xd6\x90", "\xdf\xbf" },
	{ "\xe0\xa0\x80", "\xe0\xa3\xbf" },
	{ "\xef\xac\x9d", "\xef\xb7\xbf" },
	{ "\xef\xb9\xb0", "\xef\xbb\xbf" },
	{ "\xf0\x90\xa0\x80", "\xf0\x90\xbf\xbf" },
	{ "\xf0\x9e\xa0\x80", "\xf0\x9e\xbf\xbf" },
};

/* The bytes of such a letter at @p; 0: none is there. */
static size_t leftward_letter(const char *p)
{
	for (size_t i = 0; i < sizeof(leftward) / sizeof(*leftward); i++) {
		size_t n = strlen(leftward[i][0]), at = 1;

		while (*p && at < n && ((unsigned char)p[at] & 0xc0) == 0x80)
			at++;
		if (at == n && memcmp(p, leftward[i][0], n) >= 0 &&
		    memcmp(p, leftward[i][1], n) <= 0)
			return n;
	}
	return 0;
}

/* The bytes of words of such letters at @p, without blanks behind them. */
static size_t leftward_words(const char *p)
{
	size_t n = 0, letter;

	while ((letter = leftward_letter(p + n + (n ? strspn(p + n, " ") : 0))))
		n += (n ? strspn(p + n, " ") : 0) + letter;
	return n;
}

/*
 * Behind a name that is written from right to left a browser would show numbers and signs on its
 * left, in reverse: "NAME: 5 -> 7" as if it went from 7 to 5. So a mark ends each (U+200E).
 */
void html_text(struct html *h, const char *text)
{
	char *part = vt_strdup(text);

	for (size_t at = 0, n; *text; text += at) {
		for (at = 0; text[at] && !leftward_letter(text + at);)
			at++;
		n = leftward_words(text + at);
		at += n;
		memcpy(part, text, at);
		part[at] = 0;
		safe_put(SAFE_XML, h->to, part);
		if (n)
			fputs("&#x200e;", h->to);
	}
	free(part);
}

static void put_args(struct html *h, const char *fmt, va_list ap)
{
	char *text = vt_vformat(fmt, ap);

	html_text(h, text);
	free(text);
}

void html_print(struct html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_args(h, fmt, ap);
	va_end(ap);
}

void html_paragraph(struct html *h, const char *class, const char *fmt, ...)
{
	va_list ap;

	fprintf(h->to, class ? "<p class=\"%s\">" : "<p>", class);
	va_start(ap, fmt);
	put_args(h, fmt, ap);
	va_end(ap);
	fputs("</p>\n", h->to);
}

void html_heading(struct html *h, int level, const char *fmt, ...)
{
	va_list ap;

	fprintf(h->to, "<h%d>", level);
	va_start(ap, fmt);
	put_args(h, fmt, ap);
	va_end(ap);
	fprintf(h->to, "</h%d>\n", level);
}

void html_items(struct html *h, const char *what, char *const *text, size_t n)
{
	if (!n)
		return;
	fprintf(h->to, "<ul class=\"%s\">\n", what);
	for (size_t i = 0; i < n; i++) {
		fprintf(h->to, "<li><b>%s</b>: ", what);
		html_text(h, text[i]);
		fputs("</li>\n", h->to);
	}
	fputs("</ul>\n", h->to);
}

void html_lines(struct html *h, const char *text)
{
	fputs("<pre tabindex=\"0\">", h->to);
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = vt_strndup(text, n);

		html_text(h, line);
		fputc('\n', h->to);
		free(line);
		text += n + (text[n] != '\0');
	}
	fputs("</pre>\n", h->to);
}

/* ---- how something ended ---- */

static const struct {
	char mark;
	const char *class, *sign; /* the sign as HTML */
} marks[] = {
	{ '+', "better", "+" }, { '-', "worse", "\xe2\x88\x92" }, { '~', "changed", "~" },
	{ '!', "worse", "!" },	{ '?', "undecided", "?" },	  { 'x', "worse", "\xc3\x97" },
};

#define MARKS (sizeof(marks) / sizeof(*marks))

static size_t find_mark(char mark)
{
	size_t i = 0;

	while (i < MARKS && marks[i].mark != mark)
		i++;
	return i;
}

const char *html_mark_class(char mark)
{
	size_t i = find_mark(mark);

	return i < MARKS ? marks[i].class : "";
}

void html_verdict(struct html *h, char mark, const char *text)
{
	size_t i = find_mark(mark);

	fprintf(h->to, "<p class=\"verdict %s\">", i < MARKS ? marks[i].class : "same");
	if (mark)
		fprintf(h->to, "<span class=\"sign\">%s</span> ", i < MARKS ? marks[i].sign : "=");
	html_text(h, text);
	fputs("</p>\n", h->to);
}

/* ---- folds ---- */

void html_fold(struct html *h, bool open, const char *fmt, ...)
{
	va_list ap;

	fprintf(h->to, "<details%s><summary>", open ? " open=\"open\"" : "");
	va_start(ap, fmt);
	put_args(h, fmt, ap);
	va_end(ap);
	fputs("</summary>\n", h->to);
}

void html_unfold(struct html *h)
{
	fputs("</details>\n", h->to);
}

/* ---- tables ---- */

static void put_groups(struct html *h)
{
	bool any = false;

	for (size_t i = 0; i < h->columns; i++)
		any |= h->column[i].group != NULL;
	if (!any)
		return;
	fputs("<tr>", h->to);
	for (size_t i = 0, n; i < h->columns; i += n) {
		for (n = 1; i + n < h->columns && !h->column[i + n].group; n++)
			;
		fprintf(h->to, "<th colspan=\"%zu\" scope=\"colgroup\">", n);
		html_text(h, h->column[i].group ? h->column[i].group : "");
		fputs("</th>", h->to);
	}
	fputs("</tr>\n", h->to);
}

void html_table(struct html *h, const char *caption, const struct html_column *column, size_t n)
{
	h->column = column;
	h->columns = n;
	h->at = n;
	fputs("<div class=\"wide\" tabindex=\"0\"><table>\n", h->to);
	if (caption) {
		fputs("<caption>", h->to);
		html_text(h, caption);
		fputs("</caption>\n", h->to);
	}
	fputs("<thead>\n", h->to);
	put_groups(h);
	fputs("<tr>", h->to);
	for (size_t i = 0; i < n; i++) {
		fputs(column[i].left ? "<th class=\"l\" scope=\"col\">" : "<th scope=\"col\">",
		      h->to);
		html_text(h, column[i].title);
		fputs("</th>", h->to);
	}
	fputs("</tr>\n</thead>\n<tbody>\n", h->to);
}

/* Cells that were not said are empty. */
static void end_row(struct html *h)
{
	if (h->at == h->columns)
		return;
	for (; h->at < h->columns; h->at++)
		fputs("<td></td>", h->to);
	fputs("</tr>\n", h->to);
}

void html_row(struct html *h)
{
	end_row(h);
	fputs("<tr>", h->to);
	h->at = 0;
}

/* Of a row: longer ones are broken. */
#define LONG_NAME 30

void html_cell_marked(struct html *h, char mark, const char *text)
{
	size_t i = find_mark(mark);
	const char *class = i < MARKS ? marks[i].class : "";
	const char *tag = h->at || !h->column[0].left ? "td" : "th";
	bool left = h->column[h->at].left;
	bool row = tag[1] == 'h', large = row && strlen(text) > LONG_NAME;

	fprintf(h->to, "<%s%s", tag, row ? " scope=\"row\"" : "");
	if (left || *class)
		fprintf(h->to, " class=\"%s%s%s%s\"", left ? "l" : "", large ? " long" : "",
			left && *class ? " " : "", class);
	fputc('>', h->to);
	if (i < MARKS)
		fprintf(h->to, "<span class=\"sign\">%s</span> ", marks[i].sign);
	html_text(h, text);
	fprintf(h->to, "</%s>", tag);
	if (++h->at == h->columns)
		fputs("</tr>\n", h->to);
}

void html_cell(struct html *h, const char *text)
{
	html_cell_marked(h, ' ', text);
}

void html_table_end(struct html *h)
{
	end_row(h);
	fputs("</tbody></table></div>\n", h->to);
}

/* ---- the frame ---- */

void html_begin(struct html *h, FILE *to, const char *title)
{
	*h = (struct html){ .to = to };
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
	      "<meta name=\"color-scheme\" content=\"light dark\" />\n",
	      to);
	page_policy(to);
	fputs("<title>", to);
	html_text(h, title);
	fputs("</title>\n", to);
	page_style(to);
	fputs("</head>\n<body>\n<main>\n<h1>", to);
	html_text(h, title);
	fputs("</h1>\n", to);
}

void html_end(struct html *h, const char *command)
{
	fputs("</main>\n<footer>\n<p>Made by vtick " VTICK_VERSION, h->to);
	if (command) {
		fputs(": <code>", h->to);
		html_text(h, command);
		fputs("</code>", h->to);
	}
	fputs(".</p>\n", h->to);
	if (h->zooms)
		page_script(h->to);
	fputs("</footer>\n</body>\n</html>\n", h->to);
}

const char *html_file(const char *value, struct vt_error *err)
{
	if (!strncmp(value, "html:", 5) && value[5])
		return value + 5;
	vt_error_set(err, NULL, VT_NO_OFFSET, "is '%s', expected html:FILE", value);
	return NULL;
}

static const char *html_name(unsigned number)
{
	return number ? NULL : "html";
}

void html_values(struct completion *c)
{
	complete_formats(c, html_name);
}
