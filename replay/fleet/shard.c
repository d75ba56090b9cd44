/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/shard.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

int shard_parse(struct shard *s, const char *text, struct vt_error *err)
{
	size_t n = strcspn(text, "/");
	char *part = vt_strndup(text, n);
	bool good = text[n] && !cli_parse_u32(part, &s->part) &&
		    !cli_parse_u32(text + n + 1, &s->parts) && s->part >= 1 &&
		    s->part <= s->parts && s->parts <= SHARDS_MAX;

	free(part);
	return good ? 0
		    : vt_error_set(err, NULL, VT_NO_OFFSET,
				   "is '%s', expected I/N with I from 1 to N, and N up to %u", text,
				   SHARDS_MAX);
}

static int by_size(const void *a, const void *b)
{
	const struct fleet_trace *x = *(struct fleet_trace *const *)a,
				 *y = *(struct fleet_trace *const *)b;
	int order = order_u64(y->events, x->events);

	return order ? order : strcmp(x->path, y->path);
}

struct fleet_trace **shard_order(struct fleet_list *list)
{
	struct fleet_trace **order = vt_array(list->n + 1, sizeof(struct fleet_trace *));

	for (size_t i = 0; i < list->n; i++)
		order[i] = &list->trace[i];
	sort_by(order, list->n, sizeof(struct fleet_trace *), by_size);
	return order;
}

void shard_share(struct fleet_list *list, uint32_t parts)
{
	struct fleet_trace **order = shard_order(list);
	uint64_t *load = vt_array(parts, sizeof(*load));

	for (size_t i = 0; i < list->n; i++) {
		uint32_t least = 0;

		for (uint32_t k = 1; k < parts; k++) {
			if (load[k] < load[least])
				least = k;
		}
		order[i]->shard = least;
		load[least] += order[i]->events;
	}
	free(load);
	free(order);
}
