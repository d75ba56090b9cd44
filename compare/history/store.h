/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The history of results in SQLite: an index over files DATE-REVISION-N.json, which are the truth
 * and from which it can be made again.
 *
 * A simulated metric rarely moves, so the index holds the changes alone: one row for a series'
 * first night and one for each night on which its value is another than the night before. Ten
 * thousand nights of thousands of series stay a few megabytes, and the last change is the last row.
 */
#ifndef VTICK_COMPARE_HISTORY_STORE_H
#define VTICK_COMPARE_HISTORY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

enum store_statement {
	STORE_NIGHT,
	STORE_SERIES,
	STORE_FIND,
	STORE_POINT,
	STORE_SEEN,
	STORE_LEFT_OUT,
	STORE_KNOWN,
	STORE_STATEMENTS
};

#define STORE_APPLICATION_ID 0x76746b68 /* "vtkh" */

struct store {
	struct sqlite3 *db;
	char *path;
	struct sqlite3_stmt *statement[STORE_STATEMENTS];
	int64_t night; /* the one that is being added */
	int held;      /* the file, while it is added to, or -1 */
	bool fresh;    /* it is to be written, whatever is added */
};

/* A night is a file's name: 2026-11-22-1f2e3d4-17.json. */
struct night {
	char date[11];
	char revision[48];
	uint64_t number;
};

/* NULL or text: what holds no number. */
enum store_type { STORE_NULL, STORE_INTEGER, STORE_TEXT };

struct store_value {
	enum store_type type;
	int64_t integer;
	char text[24];
};

bool store_equal(const struct store_value *a, const struct store_value *b);

/* 0 if @name (no folder) names a night, of a day that there is. */
int night_parse(const char *name, struct night *night);
/* Nights in the order in which they were taken: by date, then number. */
int night_order(const struct night *a, const struct night *b);

/* For queries. An index of another version, or no index, is refused. */
int store_open(struct store *s, const char *path, struct vt_error *err);
/*
 * For adding: the index at @path in memory, an empty one where there is none, or if @anew, of which
 * store_save() puts back the whole, if anything was added. What is no index is refused, also if
 * @anew; one that is damaged, or of another version, is empty, with a warning. Others that want to
 * add wait until store_close(). 0 or -1.
 */
int store_take(struct store *s, const char *path, bool anew, struct vt_error *err);
/* Makes it empty. */
int store_clear(struct store *s, struct vt_error *err);
int store_save(struct store *s, struct vt_error *err);
void store_close(struct store *s);

/* Nights come in their order; a series that a night does not put has no value on it. */
int store_begin_night(struct store *s, const struct night *night, struct vt_error *err);
/* STORE_TWICE if the night has it already: the night is to blame, not the index. */
#define STORE_TWICE 1
int store_put(struct store *s, const char *trace, const char *policy, const char *metric,
	      const struct store_value *value, struct vt_error *err);
int store_end_night(struct store *s, struct vt_error *err);
/* Instead of it: nothing of the night stays. */
int store_drop_night(struct store *s, struct vt_error *err);

/* Files of nights that cannot be read, by name: whether that was told before, and that it was now.
 */
bool store_knows(struct store *s, const char *name);
int store_leave_out(struct store *s, const char *name, struct vt_error *err);

/* The parts of store_take(): opens a database, which runs no code of a stranger's; makes the
 * tables; refuses what is no index of this version; prepares what adds. Each 0 or -1. */
int store_connect(struct store *s, const char *path, int flags, struct vt_error *err);
int store_make(struct store *s, struct vt_error *err);
int store_check(struct store *s, struct vt_error *err);
int store_prepare(struct store *s, struct vt_error *err);
int store_execute(struct store *s, const char *sql, struct vt_error *err);

/* SQLite's own words into @err. Returns -1. */
int store_error(struct store *s, struct vt_error *err);

#endif
