/* SPDX-License-Identifier: GPL-2.0-only */
/* The text for a mailing list: no line over REPORT_WIDTH characters, no colour. */
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "traces/base/mem.h"

/* Further lines of one that is broken stand four blanks to the right of it. */
static void put_line(FILE *to, const char *line)
{
	int blanks = (int)strspn(line, " ");

	fprintf(to, "%*s", blanks, "");
	report_fold(to, line + blanks, blanks, blanks + 4);
}

void report_mail(FILE *to, const struct comparison *c, const struct report_options *o)
{
	const struct report_options options = { .lines = o->lines };
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);

	report_text(f, c, &options);
	vt_text_close(f);
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (report_width(line) > REPORT_WIDTH)
			put_line(to, line);
		else
			fprintf(to, "%s\n", line);
	}
	free(text);
}
