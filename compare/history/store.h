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
	STORE_STATEMENTS
};

struct store {
	struct sqlite3 *db;
	char *path;
	struct sqlite3_stmt *statement[STORE_STATEMENTS];
	int64_t night; /* the one that is being added */
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

/* 0 if @name (no folder) names a night. */
int night_parse(const char *name, struct night *night);
/* Nights in the order in which they were taken: by date, then number. */
int night_order(const struct night *a, const struct night *b);

/* For queries. An index of another version, or no index, is refused. */
int store_open(struct store *s, const char *path, struct vt_error *err);
/* For adding; makes an empty one if there is none. */
int store_create(struct store *s, const char *path, struct vt_error *err);
/* No journal beside the index: for one that is a temporary and goes as a whole. 0 or -1. */
int store_without_journal(struct store *s, struct vt_error *err);
void store_close(struct store *s);

/* All that is added between the two counts at once or, without the second, not at all. */
int store_begin(struct store *s, struct vt_error *err);
int store_commit(struct store *s, struct vt_error *err);

/* Nights come in their order; a series that a night does not put has no value on it. */
int store_begin_night(struct store *s, const struct night *night, struct vt_error *err);
/* STORE_TWICE if the night has it already: the night is to blame, not the index. */
#define STORE_TWICE 1
int store_put(struct store *s, const char *trace, const char *policy, const char *metric,
	      const struct store_value *value, struct vt_error *err);
int store_end_night(struct store *s, struct vt_error *err);
/* Instead of it: nothing of the night stays. */
int store_drop_night(struct store *s, struct vt_error *err);

/* SQLite's own words into @err. Returns -1. */
int store_error(struct store *s, struct vt_error *err);

#endif
