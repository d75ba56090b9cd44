/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"

enum { NAMES = 8 };

void notes_count(json_t *list, uint64_t n, const char *what)
{
	if (n)
		json_push_format(list, "%s: %" PRIu64, what, n);
}

void notes_add_seed(json_t *seeds, const struct trace_meta *meta, const struct notes_seed *s)
{
	json_t *o = json_object();

	json_put_text(o, "vp", meta->vp[s->vp].name);
	json_put_text(o, "dev", trace_dev_name(s->dev));
	json_put_u64(o, "deadline_ns", trace_ticks_to_ns(s->deadline, meta->clock_hz));
	json_put_u64(o, "period_ns", trace_ticks_to_ns(s->period, meta->clock_hz));
	if (s->slip_ns)
		json_put_u64(o, "slip_ns", s->slip_ns);
	json_put_text(o, "by", s->by);
	json_push(seeds, o);
}

void notes_seeds(json_t *list, const json_t *seeds)
{
	size_t n = json_array_size(seeds), periodic = 0, size;
	char *names;
	FILE *f = vt_text_open(&names, &size);

	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_array_get(seeds, i);

		periodic += json_integer_value(json_object_get(s, "period_ns")) > 0;
		if (i < NAMES)
			fprintf(f, "%s%s", i ? ", " : "",
				json_string_value(json_object_get(s, "vp")));
	}
	if (n > NAMES)
		fprintf(f, " and %zu more", n - NAMES);
	vt_text_close(f);
	if (n)
		json_push_format(list,
				 "timers that were armed before the capture began, inferred from "
				 "what they did later, as SEED: %zu, %zu of them periodic (%s)",
				 n, periodic, names);
	free(names);
}
