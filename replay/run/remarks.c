/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/remarks.h"

#include "replay/plugin/sandbox.h"
#include "traces/base/json.h"

size_t remarks_lost(const struct run *run, bool say)
{
	size_t lost = 0;

	for (size_t i = 0; i < run->cells; i++) {
		const struct run_cell *c = &run->cell[i];
		struct vt_error line;

		if (c->status == CELL_OK)
			continue;
		lost++;
		if (!say)
			continue;
		vt_error_set(&line, c->trace->path, VT_NO_OFFSET, "policy %s: %s: %s", c->label,
			     cell_status_name(c->status), c->message);
		vt_error_print(&line);
	}
	return lost;
}

size_t remarks_empty(const struct run *run, bool say)
{
	size_t empty = 0;

	for (size_t i = 0; i < run->cells; i++) {
		const struct run_cell *c = &run->cell[i];
		struct vt_error line;

		if (c->status != CELL_OK || !run_cell_empty(c) ||
		    (i && c->trace == run->cell[i - 1].trace))
			continue;
		empty++;
		if (!say)
			continue;
		vt_error_set(&line, c->trace->path, VT_NO_OFFSET,
			     "nothing to compare: no guest timer write with a known deadline");
		vt_error_print(&line);
	}
	return empty;
}

size_t remarks_saturated(const struct run *run, bool say)
{
	size_t cells = 0;

	for (size_t i = 0; i < run->cells; i++) {
		const struct run_cell *c = &run->cell[i];
		json_t *list = c->status == CELL_OK ? json_saturated(c->metrics) : NULL;
		size_t n = json_array_size(list);

		if (n && say)
			vt_warn(c->trace->path,
				"policy %s: larger than a result can hold, so it says 2^53 - 1: "
				"%s%s",
				c->label, json_string_value(json_array_get(list, 0)),
				n > 1 ? " and others (\"saturated\" in the result)" : "");
		cells += n > 0;
		json_decref(list);
	}
	return cells;
}

void remarks_sandbox(const struct run *run)
{
	const char *lacks = run->no_sandbox ? NULL : sandbox_lacks();

	for (size_t i = 0; lacks && *lacks && i < run->plugins; i++) {
		if (run->plugin[i].outside) {
			vt_warn(run->plugin[i].spec, "it runs without the sandbox: %s", lacks);
			return;
		}
	}
}
