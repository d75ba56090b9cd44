/* SPDX-License-Identifier: GPL-2.0-only */
/* RFC 4180: a line for each metric of each policy. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/fleet/folder.h"
#include "replay/merge/rollup.h"
#include "replay/plugin/spec.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

static void put(FILE *to, const char *text)
{
	safe_put(SAFE_CSV, to, text);
	fputc(',', to);
}

static void put_number(FILE *to, __int128 n)
{
	char digits[48], *at = digits + sizeof(digits);
	unsigned __int128 left = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;

	*--at = '\0';
	do {
		*--at = (char)('0' + (int)(left % 10));
		left /= 10;
	} while (left);
	if (n < 0)
		*--at = '-';
	put(to, at);
}

/* "1.234567" */
static void put_ppm(FILE *to, uint64_t ppm)
{
	if (ppm != UINT64_MAX)
		fprintf(to, "%" PRIu64 ".%06" PRIu64, ppm / 1000000, ppm % 1000000);
	fputc(',', to);
}

/* ---- a column for each parameter that was given to any policy ---- */

/* What was given to @label for @key, malloc'ed, or NULL. */
static char *given(const char *label, const char *key)
{
	const char *colon = strchr(label, ':');
	char *args = vt_strdup(colon ? colon + 1 : ""), *rest = *args ? args : NULL, *found = NULL;

	while (rest && !found) {
		char *value, *name = spec_next(&rest, &value);

		if (name && !strcmp(name, key))
			found = vt_strdup(value);
	}
	free(args);
	return found;
}

static void add_keys(struct paths *keys, const char *label)
{
	const char *colon = strchr(label, ':');
	char *args = vt_strdup(colon ? colon + 1 : ""), *rest = *args ? args : NULL;

	while (rest) {
		char *value, *name = spec_next(&rest, &value);
		size_t i = 0;

		while (name && i < keys->n && strcmp(keys->path[i], name))
			i++;
		if (name && i == keys->n)
			paths_add(keys, vt_strdup(name));
	}
	free(args);
}

/* ---- */

static void put_end(FILE *to, const struct rollup_end *end)
{
	put_ppm(to, end->trace ? rollup_ratio_ppm(end) : UINT64_MAX);
	put(to, end->trace ? end->trace : "");
}

static void put_row(FILE *to, const struct rollup *r, size_t i, size_t metric,
		    const struct paths *keys)
{
	const struct rollup_policy *p = &r->policy[i];
	const struct rollup_sum *s = &p->sum[metric];
	const struct metric *m = &metric_table[metric];
	const char *total = rollup_total_name(m);

	put(to, r->common->label[i]);
	put(to, r->common->name[i]);
	for (size_t k = 0; k < keys->n; k++) {
		char *value = given(r->common->label[i], keys->path[k]);

		put(to, value ? value : "");
		free(value);
	}
	put(to, m->name);
	put(to, m->unit);
	put(to, direction_name(m->better));
	put_number(to, (__int128)s->traces);
	put_number(to, (__int128)p->lost);
	put(to, total ? total : "");
	if (total && s->traces)
		put_number(to, s->total);
	else
		put(to, "");
	put(to, r->common->label[r->base]);
	put_ppm(to, rollup_mean_ppm(s));
	put_number(to, (__int128)s->ratios);
	put_number(to, (__int128)s->both_zero);
	put_number(to, (__int128)s->from_zero);
	put_number(to, (__int128)s->to_zero);
	put_number(to, (__int128)s->without);
	put_end(to, &s->least);
	put_ppm(to, s->most.trace ? rollup_ratio_ppm(&s->most) : UINT64_MAX);
	safe_put(SAFE_CSV, to, s->most.trace ? s->most.trace : "");
	fputs("\r\n", to);
}

void rollup_csv(FILE *to, const struct rollup *r)
{
	struct paths keys = { 0 };

	for (size_t i = 0; i < r->common->policies; i++)
		add_keys(&keys, r->common->label[i]);
	fputs("policy,name,", to);
	for (size_t k = 0; k < keys.n; k++)
		put(to, keys.path[k]);
	fputs("metric,unit,better,traces,lost,over,total,base,ratio,ratios,both_zero,from_zero,"
	      "to_zero,without,least_ratio,least_trace,most_ratio,most_trace\r\n",
	      to);
	for (size_t i = 0; i < r->common->policies; i++) {
		for (size_t m = 0; m < metric_count; m++) {
			if (rollup_has(r, m))
				put_row(to, r, i, m, &keys);
		}
	}
	paths_free(&keys);
}
