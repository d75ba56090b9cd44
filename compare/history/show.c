/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "compare/history/load.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

#define WIDTH_MAX 60
#define LEVELS 8

static const char *const blocks[LEVELS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const plain[LEVELS] = { "_", ".", ":", "-", "=", "+", "*", "#" };

struct sheet {
	const struct history_query *q;
	const struct nights *nights;
	size_t from; /* first night that is shown */
	FILE *to;
	char *metric; /* whose rows are being printed */
	bool headed;
};

static void sheet_init(struct sheet *s, const struct history_query *q, const struct nights *n,
		       FILE *to)
{
	*s = (struct sheet){ .q = q, .nights = n, .to = to };
	s->from = q->nights && q->nights < n->n ? n->n - (size_t)q->nights : 0;
}

/*
 * What a night is drawn by: a number itself; of a text only whether it is another than the night
 * before. False: the night has no value.
 */
static bool drawn(const struct change *c, size_t night, int64_t *v)
{
	if (c->value.type == STORE_NULL)
		return false;
	*v = c->value.type == STORE_INTEGER ? c->value.integer : c->night == night && night > 0;
	return true;
}

/* Nights share a place where there are more of them than places: the largest value is shown, no
 * spike is lost. */
static void print_spark(const struct sheet *s, const struct series *one)
{
	const char *const *level = s->q->ascii || !text_utf8() ? plain : blocks;
	size_t n = s->nights->n - s->from, places = n < WIDTH_MAX ? n : WIDTH_MAX;
	int64_t value[WIDTH_MAX] = { 0 }, low = INT64_MAX, high = INT64_MIN;
	bool have[WIDTH_MAX] = { false };
	size_t at = 0;

	for (size_t night = s->from; night < s->nights->n; night++) {
		size_t place = (night - s->from) * places / n;
		int64_t v;

		while (at + 1 < one->changes && one->change[at + 1].night <= night)
			at++;
		if (!one->changes || one->change[at].night > night ||
		    !drawn(&one->change[at], night, &v))
			continue;
		if (!have[place] || v > value[place])
			value[place] = v;
		have[place] = true;
		low = v < low ? v : low;
		high = v > high ? v : high;
	}
	for (size_t place = 0; place < places; place++) {
		__int128 above = (__int128)value[place] - low, range = (__int128)high - low;

		fputs(!have[place] ? " "
				   : level[range ? (size_t)(above * (LEVELS - 1) / range) : 0],
		      s->to);
	}
}

static void print_night(FILE *to, const struct night *n)
{
	safe_print(SAFE_TEXT, to, "%s %s", n->date, n->revision);
}

static void print_last_change(const struct sheet *s, const struct series *one)
{
	const struct change *last = &one->change[one->changes - 1];
	const struct store_value none = { .type = STORE_NULL };

	if (one->changes == 1 && !last->night) {
		safe_print(SAFE_TEXT, s->to, "no change since %s", s->nights->night[0].date);
		return;
	}
	print_night(s->to, &s->nights->night[last->night]);
	fputs(": ", s->to);
	value_step(s->to, one->changes > 1 ? &last[-1].value : &none, &last->value);
}

static void print_trend(void *context, const struct series *one)
{
	struct sheet *s = context;
	char text[24];

	if (!one->changes)
		return;
	if (!s->metric || strcmp(s->metric, one->metric)) {
		if (s->metric)
			fputc('\n', s->to);
		safe_print(SAFE_TEXT, s->to, "%s\n", one->metric);
		free(s->metric);
		s->metric = vt_strdup(one->metric);
	}
	safe_print(SAFE_TEXT, s->to, "  %s %s\n", one->trace, one->policy);
	fputs("    ", s->to);
	print_spark(s, one);
	safe_print(SAFE_TEXT, s->to, " %s; ",
		   value_text(&one->change[one->changes - 1].value, text));
	print_last_change(s, one);
	putc('\n', s->to);
}

int history_trends(struct store *store, const struct history_query *q, FILE *to,
		   struct vt_error *err)
{
	struct nights nights;
	struct sheet s;

	if (nights_load(&nights, store, err))
		return -1;
	sheet_init(&s, q, &nights, to);

	int failed = series_each(store, &nights, q, print_trend, &s, err);

	if (!failed)
		fputc('\n', to);
	if (!failed)
		safe_print(SAFE_TEXT, to, "%zu of %zu night%s, %s to %s.\n", nights.n - s.from,
			   nights.n, human_s(nights.n), nights.night[s.from].date,
			   nights.night[nights.n - 1].date);
	free(s.metric);
	nights_free(&nights);
	return failed;
}

static void print_field(FILE *to, const char *text, const char *end)
{
	safe_put(SAFE_CSV, to, text);
	fputs(end, to);
}

static void print_rows(void *context, const struct series *one)
{
	struct sheet *s = context;
	char text[24];

	if (!s->headed)
		fputs("date,revision,number,trace,policy,metric,value\n", s->to);
	s->headed = true;
	for (size_t night = s->from, at = 0; night < s->nights->n; night++) {
		const struct night *n = &s->nights->night[night];

		while (at + 1 < one->changes && one->change[at + 1].night <= night)
			at++;
		if (!one->changes || one->change[at].night > night)
			continue;
		print_field(s->to, n->date, ",");
		print_field(s->to, n->revision, ",");
		fprintf(s->to, "%" PRIu64 ",", n->number);
		print_field(s->to, one->trace, ",");
		print_field(s->to, one->policy, ",");
		print_field(s->to, one->metric, ",");
		if (one->change[at].value.type != STORE_NULL)
			print_field(s->to, value_text(&one->change[at].value, text), "");
		putc('\n', s->to);
	}
}

int history_csv(struct store *store, const struct history_query *q, FILE *to, struct vt_error *err)
{
	struct nights nights;
	struct sheet s;

	if (nights_load(&nights, store, err))
		return -1;
	sheet_init(&s, q, &nights, to);

	int failed = series_each(store, &nights, q, print_rows, &s, err);

	nights_free(&nights);
	return failed;
}

#define CHANGED_NIGHTS 5
#define CHANGES_SHOWN 8

/* One change of one night, unless enough of them are there already. */
static void print_change(FILE *to, sqlite3_stmt *q)
{
	struct store_value was = value_column(q, 4), is = value_column(q, 5);

	safe_print(SAFE_TEXT, to, "  %s ", text_column(q, 3));
	value_step(to, &was, &is);
	safe_print(SAFE_TEXT, to, "  %s %s\n", text_column(q, 1), text_column(q, 2));
}

int history_changes(struct store *store, const struct history_query *q, FILE *to,
		    struct vt_error *err)
{
	/* What a series begins with is no change; what is timed moves every night. */
	static const char sql[] =
	    "SELECT p.night, s.trace, s.policy, s.metric,"
	    " (SELECT value FROM points b WHERE b.series = p.series AND b.night < p.night"
	    "  ORDER BY b.night DESC LIMIT 1), p.value"
	    " FROM points p INDEXED BY points_by_night CROSS JOIN series s ON s.id = p.series"
	    " WHERE " SERIES_MATCH " AND s.metric NOT IN ('wall_ns', 'memory_bytes')"
	    " AND EXISTS(SELECT 1 FROM points b WHERE b.series = p.series AND b.night < p.night)"
	    " ORDER BY p.night DESC";
	struct nights nights;
	sqlite3_stmt *rows = NULL;
	size_t shown = 0, here = 0;
	int64_t last = -1;
	int code;

	if (nights_load(&nights, store, err))
		return -1;
	safe_print(SAFE_TEXT, to, "%zu night%s, %s to %s.\n", nights.n, human_s(nights.n),
		   nights.night[0].date, nights.night[nights.n - 1].date);
	code = sqlite3_prepare_v2(store->db, sql, -1, &rows, NULL);
	if (code == SQLITE_OK) {
		query_bind(rows, q);
		while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
			int64_t night = sqlite3_column_int64(rows, 0);

			if (night < 1 || (uint64_t)night > nights.n)
				continue;
			if (night != last) {
				if (here > CHANGES_SHOWN)
					fprintf(to, "  and %zu more\n", here - CHANGES_SHOWN);
				here = 0;
				if (++shown > CHANGED_NIGHTS)
					break;
				putc('\n', to);
				print_night(to, &nights.night[night - 1]);
				fputs(":\n", to);
				last = night;
			}
			if (++here <= CHANGES_SHOWN)
				print_change(to, rows);
		}
	}
	if (here > CHANGES_SHOWN)
		fprintf(to, "  and %zu more\n", here - CHANGES_SHOWN);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		store_error(store, err);
	else if (!shown)
		fputs("Nothing changed.\n", to);
	sqlite3_finalize(rows);
	nights_free(&nights);
	return code == SQLITE_DONE || code == SQLITE_ROW ? 0 : -1;
}
