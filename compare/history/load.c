/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/load.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

int nights_load(struct nights *n, struct store *s, struct vt_error *err)
{
	sqlite3_stmt *q = NULL;
	int code;

	*n = (struct nights){ 0 };
	if (sqlite3_prepare_v2(s->db, "SELECT date, revision, number FROM nights ORDER BY id", -1,
			       &q, NULL) != SQLITE_OK)
		return store_error(s, err);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		struct night *at;

		if (!(n->n & (n->n - 1)))
			n->night = vt_realloc(n->night, (n->n ? n->n * 2 : 1) * sizeof(*n->night));
		at = &n->night[n->n++];
		snprintf(at->date, sizeof(at->date), "%s", text_column(q, 0));
		snprintf(at->revision, sizeof(at->revision), "%s", text_column(q, 1));
		at->number = (uint64_t)sqlite3_column_int64(q, 2);
	}
	sqlite3_finalize(q);
	if (code == SQLITE_DONE && n->n)
		return 0;
	nights_free(n);
	return code == SQLITE_DONE ? vt_error_set(err, s->path, VT_NO_OFFSET, "holds no night")
				   : store_error(s, err);
}

void nights_free(struct nights *n)
{
	free(n->night);
	*n = (struct nights){ 0 };
}

const char *text_column(sqlite3_stmt *q, int i)
{
	const char *text = (const char *)sqlite3_column_text(q, i);

	return text ? text : "";
}

struct store_value value_column(sqlite3_stmt *q, int i)
{
	struct store_value v = { .type = STORE_NULL };

	if (sqlite3_column_type(q, i) == SQLITE_INTEGER) {
		v.type = STORE_INTEGER;
		v.integer = sqlite3_column_int64(q, i);
	} else if (sqlite3_column_type(q, i) == SQLITE_TEXT) {
		v.type = STORE_TEXT;
		snprintf(v.text, sizeof(v.text), "%s", text_column(q, i));
	}
	return v;
}

const char *value_text(const struct store_value *v, char text[24])
{
	if (v->type == STORE_TEXT)
		return v->text;
	if (v->type == STORE_NULL)
		return "-";
	snprintf(text, 24, "%" PRId64, v->integer);
	return text;
}

void query_bind(sqlite3_stmt *statement, const struct history_query *q)
{
	const char *policy = q->policy ? q->policy : "*";
	size_t size = strlen(policy) + 3;
	char *with_params = vt_alloc(size);

	snprintf(with_params, size, "%s:*", policy);
	sqlite3_bind_text(statement, 1, q->metric ? q->metric : "*", -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(statement, 2, q->trace ? q->trace : "*", -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(statement, 3, policy, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(statement, 4, with_params, -1, SQLITE_TRANSIENT);
	free(with_params);
}

/* All changes of the series that @points is bound to, of the @nights that there are. SQLITE_DONE or
 * an error.
 */
static int load_changes(sqlite3_stmt *points, size_t nights, struct change **change, size_t *n)
{
	int code;

	*n = 0;
	while ((code = sqlite3_step(points)) == SQLITE_ROW) {
		int64_t night = sqlite3_column_int64(points, 0);

		if (night < 1 || (uint64_t)night > nights)
			continue;
		if (!(*n & (*n - 1)))
			*change = vt_realloc(*change, (*n ? *n * 2 : 1) * sizeof(**change));
		(*change)[(*n)++] =
		    (struct change){ .night = (size_t)night - 1, .value = value_column(points, 1) };
	}
	sqlite3_reset(points);
	return code;
}

int series_each(struct store *s, const struct nights *nights, const struct history_query *q,
		void (*each)(void *context, const struct series *series), void *context,
		struct vt_error *err)
{
	static const char series_sql[] =
	    "SELECT id, trace, policy, metric FROM series s WHERE " SERIES_MATCH
	    " ORDER BY metric, trace, policy";
	static const char points_sql[] =
	    "SELECT night, value FROM points WHERE series = ?1 ORDER BY night";
	sqlite3_stmt *all = NULL, *points = NULL;
	struct change *change = NULL;
	size_t found = 0;
	int code = sqlite3_prepare_v2(s->db, series_sql, -1, &all, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(s->db, points_sql, -1, &points, NULL);
	if (code == SQLITE_OK) {
		query_bind(all, q);
		while ((code = sqlite3_step(all)) == SQLITE_ROW) {
			struct series one = { text_column(all, 1), text_column(all, 2),
					      text_column(all, 3), NULL, 0 };

			sqlite3_bind_int64(points, 1, sqlite3_column_int64(all, 0));
			code = load_changes(points, nights->n, &change, &one.changes);
			if (code != SQLITE_DONE)
				break;
			one.change = change;
			found++;
			each(context, &one);
		}
	}
	free(change);
	sqlite3_finalize(points);
	if (code != SQLITE_DONE)
		store_error(s, err);
	sqlite3_finalize(all);
	if (code != SQLITE_DONE)
		return -1;
	return found ? 0
		     : vt_error_set(err, s->path, VT_NO_OFFSET,
				    "holds nothing for metric '%s', trace '%s', policy '%s'",
				    q->metric ? q->metric : "*", q->trace ? q->trace : "*",
				    q->policy ? q->policy : "*");
}

void value_step(FILE *to, const struct store_value *was, const struct store_value *is)
{
	char a[24], b[24];

	safe_print(SAFE_TEXT, to, "%s -> %s", value_text(was, a), value_text(is, b));
	if (was->type != STORE_INTEGER || is->type != STORE_INTEGER || !was->integer)
		return;
	__int128 base = was->integer < 0 ? -(__int128)was->integer : was->integer;
	__int128 part = ((__int128)is->integer - was->integer) * 10000 / base;
	__int128 magnitude = part < 0 ? -part : part;

	if (!magnitude && is->integer != was->integer)
		fprintf(to, " (%c<0.01 %%)", is->integer < was->integer ? '-' : '+');
	else if (magnitude < 100000000)
		fprintf(to, " (%c%d.%02d %%)", is->integer < was->integer ? '-' : '+',
			(int)(magnitude / 100), (int)(magnitude % 100));
}
