/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "compare/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/utf8.h"

char verdict_mark(enum verdict v)
{
	static const char marks[VERDICTS] = {
		[SAME] = ' ',	    [BETTER] = '+',	    [WORSE] = '-', [CHANGED] = '~',
		[NOT_ENOUGH] = '?', [NOT_COMPARABLE] = 'x', [MIXED] = '!',
	};

	return marks[v];
}

const char *report_colour(bool colour, char mark)
{
	if (!colour)
		return "";
	return mark == '-' || mark == '!' ? "\033[31m"
	       : mark == '+'		  ? "\033[32m"
	       : mark == '?'		  ? "\033[33m"
					  : "";
}

const char *report_gate(enum gate g)
{
	static const char *const words[] = { "", "within", "ignored", "waived", "FAILS" };

	return words[g];
}

void report_counts(FILE *to, const size_t count[VERDICTS])
{
	static const enum verdict order[] = { WORSE,	  BETTER,	  CHANGED,
					      NOT_ENOUGH, NOT_COMPARABLE, SAME };
	bool any = false;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (!count[order[i]])
			continue;
		fprintf(to, "%s%zu %s", any ? ", " : "", count[order[i]], verdict_name(order[i]));
		any = true;
	}
	if (!any)
		fputs("nothing", to);
}

char *report_side(const struct comparison *c, int side)
{
	const struct side *s = &c->side[side];
	char *text, *more = NULL;

	size_t files = s->folders ? s->folders : s->inputs;

	if (files > 1)
		more = vt_format(" and %zu more", files - 1);
	text = vt_format("%s%s%s%s", s->select.text ? s->select.text : "",
			 s->select.text ? " of " : "", s->folders ? s->folder : s->input[0].file,
			 more ? more : "");
	free(more);
	return text;
}

/* Adds @more to the list @all unless it has it. */
static char *add_once(char *all, char *more)
{
	char *both = all;

	if (!all || !strstr(all, more))
		both = vt_format("%s%s%s", all ? all : "", all ? "; " : "", more);
	if (both != all)
		free(all);
	free(more);
	return both;
}

char *report_built(const struct comparison *c, int side)
{
	char *all = NULL;

	for (size_t i = 0; i < c->pairs; i++) {
		const struct cell *cell = c->pair[i].cell[side];

		if (cell && cell->built)
			all = add_once(all, vt_format("%s: %s", cell->policy, cell->built));
	}
	return all;
}

int report_width(const char *text)
{
	return (int)utf8_count(text);
}

/* Bytes up to the next blank where a line may end: not between parentheses. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, " "), close = strcspn(text, ")");

	return *text == '(' && close < REPORT_WIDTH / 2 && text[close]
		   ? close + 1 + strcspn(text + close + 1, " ")
		   : n;
}

/* A word that no line would hold may end behind a comma. */
static size_t part_length(const char *text, size_t n)
{
	size_t part = REPORT_WIDTH - 20;

	if (n <= part)
		return n;
	while (part && text[part - 1] != ',')
		part--;
	return part ? part : n;
}

void report_fold(FILE *to, const char *text, int at, int indent)
{
	bool first = true, blank = false; /* word of its line; one was before it */

	while (*text) {
		char *word = vt_strndup(text, part_length(text, word_length(text)));
		int n = report_width(word);

		text += strlen(word);
		if (!first && at + blank + n > REPORT_WIDTH) {
			fprintf(to, "\n%*s", indent, "");
			at = indent;
			first = true;
		}
		fprintf(to, "%s%s", first || !blank ? "" : " ", word);
		at += n + (!first && blank);
		first = false;
		blank = *text == ' ';
		text += blank;
		free(word);
	}
	fputc('\n', to);
}
