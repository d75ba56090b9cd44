/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/chatter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For each cell: the log has at most 21 of them. */
#define LINES_MAX 40u

/* Whether the line is of the log of a cell: "TRACE: LABEL: at ...". */
static bool logged_by(const struct chatter *c)
{
	static const char prefix[] = "vtick: ";
	const size_t n = sizeof(prefix) - 1;

	for (size_t i = 0; i < c->cells && !strncmp(c->line, prefix, n); i++) {
		char *name = run_cell_name(c->cell[i]);
		size_t size = strlen(name);
		bool is = !strncmp(c->line + n, name, size) && c->line[n + size] == ':';

		free(name);
		if (is)
			return true;
	}
	return false;
}

static void show(const struct chatter *c)
{
	struct vt_error line;
	char *name;

	if (logged_by(c)) {
		vt_error_set(&line, NULL, VT_NO_OFFSET, "%s", c->line + strlen("vtick: "));
	} else if (c->cells == 1) {
		name = run_cell_name(c->cell[0]);
		vt_error_set(&line, NULL, VT_NO_OFFSET, "%s: printed: %s", name, c->line);
		free(name);
	} else {
		vt_error_set(&line, NULL, VT_NO_OFFSET, "%s: a policy printed: %s",
			     c->cells ? c->cell[0]->trace->name : "trace", c->line);
	}
	vt_error_print(&line);
}

static void end_line(struct chatter *c)
{
	c->line[c->used] = '\0';
	c->used = 0;
	if (c->lines >= LINES_MAX * (c->cells ? c->cells : 1)) {
		c->skipped++;
		return;
	}
	c->lines++;
	show(c);
}

void chatter_take(struct chatter *c, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			end_line(c);
		else if (c->used < sizeof(c->line) - 1)
			c->line[c->used++] = (char)(text[i] ? text[i] : '?');
	}
}

void chatter_end(struct chatter *c)
{
	struct vt_error line;

	if (c->used)
		end_line(c);
	if (!c->skipped)
		return;
	vt_error_set(&line, NULL, VT_NO_OFFSET, "%s: its policies printed %" PRIu64 " more lines",
		     c->cells ? c->cell[0]->trace->name : "trace", c->skipped);
	vt_error_print(&line);
}
