/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/notes.h"

#include <inttypes.h>

#include "traces/base/json.h"

void notes_count(json_t *list, uint64_t n, const char *what)
{
	if (n)
		json_push_format(list, "%s: %" PRIu64, what, n);
}
