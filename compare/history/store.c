/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/date.h"
#include "traces/base/mem.h"

#define SCHEMA_VERSION 1
#define BUSY_MS 10000

/* Nights count from 1 without a gap, so that a night's id is its place in a trend. */
static const char schema[] =
    "CREATE TABLE nights(id INTEGER PRIMARY KEY, date TEXT NOT NULL, revision TEXT NOT NULL,"
    " number INTEGER NOT NULL);"
    "CREATE TABLE series(id INTEGER PRIMARY KEY, trace TEXT NOT NULL, policy TEXT NOT NULL,"
    " metric TEXT NOT NULL, last, seen INTEGER NOT NULL, UNIQUE(metric, trace, policy));"
    "CREATE TABLE points(series INTEGER NOT NULL, night INTEGER NOT NULL, value,"
    " PRIMARY KEY(series, night)) WITHOUT ROWID;"
    "CREATE INDEX points_by_night ON points(night);";

/* Files that could not be read: that was told. */
#define LEFT_OUT "left_out(name TEXT PRIMARY KEY);"
static const char more[] = "CREATE TABLE IF NOT EXISTS " LEFT_OUT;
static const char more_schema[] = "CREATE TABLE " LEFT_OUT; /* as SQLite keeps it */

/* More than any text that we write: a result's names are short. */
#define TEXT_MAX (16 << 20)

static const char *const statement_text[STORE_STATEMENTS] = {
	[STORE_NIGHT] = "INSERT INTO nights VALUES(?1, ?2, ?3, ?4)",
	[STORE_SERIES] =
	    "INSERT INTO series(trace, policy, metric, last, seen) VALUES(?1, ?2, ?3, NULL, 0)",
	[STORE_FIND] =
	    "SELECT id, last, seen FROM series WHERE metric = ?3 AND trace = ?1 AND policy = ?2",
	[STORE_POINT] = "INSERT INTO points VALUES(?1, ?2, ?3)",
	[STORE_SEEN] = "UPDATE series SET seen = ?2, last = ?3 WHERE id = ?1",
	[STORE_LEFT_OUT] = "INSERT OR IGNORE INTO left_out VALUES(?1)",
	[STORE_KNOWN] = "SELECT 1 FROM left_out WHERE name = ?1",
};

int store_error(struct store *s, struct vt_error *err)
{
	vt_error_set(err, s->path, VT_NO_OFFSET, "%s",
		     s->db ? sqlite3_errmsg(s->db) : "no memory for the index");
	if (err && s->db)
		err->unreadable = (sqlite3_errcode(s->db) & 0xff) == SQLITE_IOERR;
	return -1;
}

bool store_equal(const struct store_value *a, const struct store_value *b)
{
	if (a->type != b->type)
		return false;
	return a->type == STORE_NULL ||
	       (a->type == STORE_INTEGER ? a->integer == b->integer : !strcmp(a->text, b->text));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int night_parse(const char *name, struct night *night)
{
	const char *end = strrchr(name, '.'), *last = strrchr(name, '-');
	size_t revision;

	if (!end || !last || strcmp(end, ".json") || strlen(name) < 12 || name[10] != '-' ||
	    last < name + 12 || last > end)
		return -1;
	memcpy(night->date, name, 10);
	night->date[10] = '\0';
	if (!date_valid(night->date))
		return -1;
	revision = (size_t)(last - name) - 11;
	if (revision >= sizeof(night->revision) || end - last < 2 || end - last > 16)
		return -1;
	night->number = 0;
	for (const char *p = last + 1; p < end; p++) {
		if (!is_digit(*p))
			return -1;
		night->number = night->number * 10 + (uint64_t)(*p - '0');
	}
	memcpy(night->revision, name + 11, revision);
	night->revision[revision] = '\0';
	return 0;
}

int night_order(const struct night *a, const struct night *b)
{
	int order = strcmp(a->date, b->date);

	if (order)
		return order;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return strcmp(a->revision, b->revision);
}

int store_execute(struct store *s, const char *sql, struct vt_error *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_error(s, err);
}

/* The number that a PRAGMA answers. */
static int ask(struct store *s, const char *sql, int *answer, struct vt_error *err)
{
	sqlite3_stmt *q = NULL;
	int failed = 0;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		*answer = sqlite3_column_int(q, 0);
	else
		failed = store_error(s, err);
	sqlite3_finalize(q);
	return failed;
}

static bool is_ours(const char *sql)
{
	char *whole = vt_format("%s;", sql ? sql : "");
	bool ours = strstr(schema, whole) || !strcmp(whole, more_schema);

	free(whole);
	return ours;
}

/* Nothing but what store_make() makes: a column that computes could do so for ever. */
static int check_schema(struct store *s, struct vt_error *err)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL",
				      -1, &q, NULL);
	bool ours = true;

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(q);
		if (code == SQLITE_ROW)
			ours &= is_ours((const char *)sqlite3_column_text(q, 0));
	}

	int failed = code == SQLITE_DONE ? 0 : store_error(s, err);

	sqlite3_finalize(q);
	if (failed || ours)
		return failed;
	return vt_error_set(err, s->path, VT_NO_OFFSET,
			    "holds tables that 'vtick history' does not make: make it again with "
			    "--rebuild");
}

int store_check(struct store *s, struct vt_error *err)
{
	int id = 0, version = 0;

	if (ask(s, "PRAGMA application_id", &id, err) ||
	    ask(s, "PRAGMA user_version", &version, err))
		return -1;
	if (id != STORE_APPLICATION_ID)
		return vt_error_set(
		    err, s->path, VT_NO_OFFSET,
		    "is a database of something else, expected an index of 'vtick history'");
	if (version != SCHEMA_VERSION)
		return vt_error_set(
		    err, s->path, VT_NO_OFFSET,
		    "is an index of version %d, expected %d: make it again with --rebuild", version,
		    SCHEMA_VERSION);
	return check_schema(s, err);
}

int store_make(struct store *s, struct vt_error *err)
{
	char text[sizeof(schema) + 200];

	snprintf(text, sizeof(text), "%s PRAGMA application_id = %d; PRAGMA user_version = %d",
		 schema, STORE_APPLICATION_ID, SCHEMA_VERSION);
	return store_execute(s, text, err);
}

/* A database of a stranger's may hold views and triggers: none of them runs. check_schema() sees to
 * the rest. */
static void harden(struct sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, TEXT_MAX);
}

int store_connect(struct store *s, const char *path, int flags, struct vt_error *err)
{
	int failed = 0;

	s->db = NULL;
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK) {
		failed = store_error(s, err);
		sqlite3_close(s->db);
		s->db = NULL;
		return failed;
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	harden(s->db);
	return 0;
}

int store_open(struct store *s, const char *path, struct vt_error *err)
{
	*s = (struct store){ .path = vt_strdup(path), .held = -1 };
	if (access(path, F_OK) && errno == ENOENT) {
		store_close(s);
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "there is no such index, expected one that 'vtick history "
				    "--rebuild FOLDER' makes of a folder of nightly results");
	}
	if (!store_connect(s, path, SQLITE_OPEN_READONLY, err) && !store_check(s, err))
		return 0;
	store_close(s);
	return -1;
}

int store_prepare(struct store *s, struct vt_error *err)
{
	if (store_execute(s, more, err))
		return -1;
	for (int i = 0; i < STORE_STATEMENTS; i++) {
		if (sqlite3_prepare_v2(s->db, statement_text[i], -1, &s->statement[i], NULL) !=
		    SQLITE_OK)
			return store_error(s, err);
	}
	return store_execute(s, "BEGIN", err);
}

void store_close(struct store *s)
{
	for (int i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(s->statement[i]);
	sqlite3_close(s->db);
	if (s->held >= 0)
		close(s->held);
	free(s->path);
	*s = (struct store){ .held = -1 };
}

/* Runs a statement that answers nothing. */
static int run(struct store *s, sqlite3_stmt *q, struct vt_error *err)
{
	int code = sqlite3_step(q);

	sqlite3_reset(q);
	return code == SQLITE_DONE ? 0 : store_error(s, err);
}

static void bind_text(sqlite3_stmt *q, int i, const char *text)
{
	sqlite3_bind_text(q, i, text, -1, SQLITE_TRANSIENT);
}

static void bind_value(sqlite3_stmt *q, int i, const struct store_value *v)
{
	if (v->type == STORE_INTEGER)
		sqlite3_bind_int64(q, i, v->integer);
	else if (v->type == STORE_TEXT)
		bind_text(q, i, v->text);
	else
		sqlite3_bind_null(q, i);
}

int store_begin_night(struct store *s, const struct night *night, struct vt_error *err)
{
	sqlite3_stmt *q = s->statement[STORE_NIGHT];
	int last = 0;

	if (store_execute(s, "SAVEPOINT night", err) ||
	    ask(s, "SELECT coalesce(max(id), 0) FROM nights", &last, err))
		return -1;
	s->night = (int64_t)last + 1;
	sqlite3_bind_int64(q, 1, s->night);
	bind_text(q, 2, night->date);
	bind_text(q, 3, night->revision);
	sqlite3_bind_int64(q, 4, (int64_t)night->number);
	return run(s, q, err);
}

struct known {
	int64_t id, seen;
	struct store_value last;
};

/* 1: found, 0: there is no such series yet, -1. */
static int find_series(struct store *s, const char *trace, const char *policy, const char *metric,
		       struct known *known, struct vt_error *err)
{
	sqlite3_stmt *q = s->statement[STORE_FIND];
	int code;

	bind_text(q, 1, trace);
	bind_text(q, 2, policy);
	bind_text(q, 3, metric);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW) {
		known->id = sqlite3_column_int64(q, 0);
		known->seen = sqlite3_column_int64(q, 2);
		known->last = (struct store_value){ .type = STORE_NULL };
		if (sqlite3_column_type(q, 1) == SQLITE_INTEGER) {
			known->last.type = STORE_INTEGER;
			known->last.integer = sqlite3_column_int64(q, 1);
		} else if (sqlite3_column_type(q, 1) == SQLITE_TEXT) {
			known->last.type = STORE_TEXT;
			snprintf(known->last.text, sizeof(known->last.text), "%s",
				 (const char *)sqlite3_column_text(q, 1));
		}
	}
	sqlite3_reset(q);
	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : store_error(s, err);
}

static int add_series(struct store *s, const char *trace, const char *policy, const char *metric,
		      struct known *known, struct vt_error *err)
{
	sqlite3_stmt *q = s->statement[STORE_SERIES];

	bind_text(q, 1, trace);
	bind_text(q, 2, policy);
	bind_text(q, 3, metric);
	if (run(s, q, err))
		return -1;
	*known = (struct known){ .id = sqlite3_last_insert_rowid(s->db) };
	return 0;
}

int store_put(struct store *s, const char *trace, const char *policy, const char *metric,
	      const struct store_value *value, struct vt_error *err)
{
	struct known known = { 0 };
	int found = find_series(s, trace, policy, metric, &known, err);
	sqlite3_stmt *q;

	if (found < 0 || (!found && add_series(s, trace, policy, metric, &known, err)))
		return -1;
	if (known.seen == s->night) {
		vt_error_set(err, NULL, VT_NO_OFFSET,
			     "%s of trace '%s', policy '%s' comes twice in one night", metric,
			     trace, policy);
		return STORE_TWICE;
	}
	if (!found || !store_equal(&known.last, value)) {
		q = s->statement[STORE_POINT];
		sqlite3_bind_int64(q, 1, known.id);
		sqlite3_bind_int64(q, 2, s->night);
		bind_value(q, 3, value);
		if (run(s, q, err))
			return -1;
	}
	q = s->statement[STORE_SEEN];
	sqlite3_bind_int64(q, 1, known.id);
	sqlite3_bind_int64(q, 2, s->night);
	bind_value(q, 3, value);
	return run(s, q, err);
}

int store_end_night(struct store *s, struct vt_error *err)
{
	char sql[400];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO points SELECT id, %lld, NULL FROM series WHERE seen <> %lld AND last "
		 "IS NOT NULL;"
		 "UPDATE series SET last = NULL WHERE seen <> %lld; RELEASE night",
		 (long long)s->night, (long long)s->night, (long long)s->night);
	return store_execute(s, sql, err);
}

int store_drop_night(struct store *s, struct vt_error *err)
{
	return store_execute(s, "ROLLBACK TO night; RELEASE night", err);
}

bool store_knows(struct store *s, const char *name)
{
	sqlite3_stmt *q = s->statement[STORE_KNOWN];
	bool known;

	bind_text(q, 1, name);
	known = sqlite3_step(q) == SQLITE_ROW;
	sqlite3_reset(q);
	return known;
}

int store_leave_out(struct store *s, const char *name, struct vt_error *err)
{
	bind_text(s->statement[STORE_LEFT_OUT], 1, name);
	return run(s, s->statement[STORE_LEFT_OUT], err);
}
