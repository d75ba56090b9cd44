/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/late/histogram_text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

/* Early; below 1 us; then 2^(i-2) us up to twice that. */
#define LINES 44u

static unsigned line_of(int64_t ns)
{
	unsigned i = 1;

	if (ns < 0)
		return 0;
	for (uint64_t us = (uint64_t)ns / 1000; us; us >>= 1)
		i++;
	return i < LINES ? i : LINES - 1;
}

/* @count of each line, from a histogram's own buckets. */
static void count_lines(const struct histogram *h, uint64_t count[LINES])
{
	json_t *buckets = histogram_buckets(h), *pair;
	size_t i;

	json_array_foreach(buckets, i, pair)
	{
		int64_t upper = json_integer_value(json_array_get(pair, 0));

		count[line_of(upper)] += (uint64_t)json_integer_value(json_array_get(pair, 1));
	}
	json_decref(buckets);
}

static void put_line(struct text_table *t, unsigned line, uint64_t (*count)[LINES], size_t vms)
{
	text_table_row(t);
	if (!line)
		text_table_set(t, 0, "early");
	else if (line == 1)
		text_table_set(t, 0, "under 1 us");
	else
		text_table_format(t, 0, "%" PRIu64 " us", UINT64_C(1) << (line - 2));
	for (size_t i = 0; i < vms; i++) {
		if (count[i][line])
			text_table_format(t, 1 + i, "%" PRIu64, count[i][line]);
	}
}

void late_histogram_text(const struct late *l, FILE *to)
{
	struct text_column *column = vt_array((size_t)l->vms + 1, sizeof(*column));
	uint64_t(*count)[LINES] = vt_array((size_t)l->vms + 1, sizeof(*count));
	char **title = vt_array((size_t)l->vms + 1, sizeof(*title));
	unsigned first = LINES, last = 0;
	struct text_table *t;
	size_t vms = 0;

	column[0] = (struct text_column){ .title = "FROM", .first = true };
	for (uint32_t i = 0; i < l->vms; i++) {
		if (!l->vm[i].tally.late)
			continue;
		title[vms] = safe_text(SAFE_TEXT, l->vm[i].name);
		column[1 + vms].title = title[vms];
		count_lines(l->vm[i].tally.late, count[vms]);
		for (unsigned k = 0; k < LINES; k++) {
			first = count[vms][k] && k < first ? k : first;
			last = count[vms][k] && k > last ? k : last;
		}
		vms++;
	}
	if (vms) {
		t = text_table_new(column, 1 + vms);
		for (unsigned k = first; k <= last; k++)
			put_line(t, k, count, vms);
		fputs("\n  Ticks by lateness:\n", to);
		text_table_print(t, to, 2, false);
	}
	for (size_t i = 0; i < vms; i++)
		free(title[i]);
	free(title);
	free(count);
	free(column);
}
