/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps of a comparison are made of: verdicts, rows, lists of sentences. */
#include <stdarg.h>
#include <stdio.h>

#include "compare/comparison.h"
#include "traces/base/mem.h"

enum verdict verdict_of(const size_t count[VERDICTS])
{
	if (count[NOT_COMPARABLE])
		return NOT_COMPARABLE;
	if ((count[BETTER] && count[WORSE]) || count[MIXED])
		return MIXED;
	if (count[WORSE])
		return WORSE;
	if (count[BETTER])
		return BETTER;
	if (count[CHANGED])
		return CHANGED;
	return count[NOT_ENOUGH] ? NOT_ENOUGH : SAME;
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[VERDICTS] = {
		[SAME] = "same",
		[BETTER] = "better",
		[WORSE] = "worse",
		[CHANGED] = "changed",
		[NOT_ENOUGH] = "not enough runs",
		[NOT_COMPARABLE] = "not comparable",
		[MIXED] = "mixed",
	};

	return names[v];
}

const char *gate_name(enum gate g)
{
	static const char *const names[] = { "passed", "within its limit", "ignored", "waived",
					     "failed" };

	return names[g];
}

void texts_add(struct texts *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = vt_vformat(fmt, ap);

	va_end(ap);
	if (!(t->n & (t->n - 1)))
		t->text = vt_realloc(t->text, (t->n ? t->n * 2 : 1) * sizeof(char *));
	t->text[t->n++] = text;
}

struct row *comparison_add_row(struct comparison *c)
{
	if (c->rows == c->rows_room) {
		c->rows_room = c->rows_room ? c->rows_room * 2 : 256;
		c->row = vt_realloc(c->row, c->rows_room * sizeof(*c->row));
	}
	return &c->row[c->rows++];
}
