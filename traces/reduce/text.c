/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/text.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/dump.h"
#include "traces/meta.h"

/* Where the column of times in ticks begins, in dump's lines; the two before it are for long
 * traces.
 */
#define TICKS_AT 31u

static size_t blanks(const char *line)
{
	return strspn(line + TICKS_AT, " ");
}

void whole_print(FILE *to, const struct whole *t)
{
	char *line = vt_array(DUMP_LINE_MAX + 2 * DUMP_NAME_MAX, 1);
	struct dump_state s;
	size_t skip;

	dump_begin(&s, &t->meta);
	*dump_heading(line, &s) = '\0';
	skip = blanks(line);
	for (size_t i = 0; i < t->n; i++) {
		*dump_text(line, &s, i, &t->ev[i]) = '\0';
		skip = blanks(line) < skip ? blanks(line) : skip;
	}
	*dump_heading(line, &s) = '\0';
	fprintf(to, "    %s", line + TICKS_AT + skip);
	for (size_t i = 0; i < t->n; i++) {
		*dump_text(line, &s, i, &t->ev[i]) = '\0';
		fprintf(to, "    %s", line + TICKS_AT + skip);
		dump_follow(&s, &t->ev[i]);
	}
	dump_end(&s);
	free(line);
}

void whole_print_import(FILE *to, const struct whole *t)
{
	char *line = vt_array(DUMP_LINE_MAX + 2 * DUMP_NAME_MAX, 1), *header;
	struct dump_state s;
	size_t size;

	fputs("  the same for 'vtick import text':\n", to);
	header = trace_meta_write(&t->meta, NULL, &size);
	fprintf(to, "%.*s\n", (int)size, header);
	free(header);
	dump_begin(&s, &t->meta);
	for (size_t i = 0; i < t->n; i++) {
		*dump_json(line, &s, i, &t->ev[i]) = '\0';
		fputs(line, to);
		dump_follow(&s, &t->ev[i]);
	}
	dump_end(&s);
	free(line);
}
