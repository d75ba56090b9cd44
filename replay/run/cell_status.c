/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cell's end is called in results, tables and messages. */
#include "replay/run/run.h"

const char *cell_status_name(enum cell_status status)
{
	static const char *const name[] = {
		[CELL_OPEN] = "not run",	 [CELL_OK] = "ok",
		[CELL_CRASHED] = "crashed",	 [CELL_TIMEOUT] = "timeout",
		[CELL_MEMORY] = "out of memory", [CELL_ERROR] = "error",
		[CELL_MISUSED] = "misused",
	};

	return name[status];
}
