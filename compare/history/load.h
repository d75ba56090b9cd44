/* SPDX-License-Identifier: GPL-2.0-only */
/* Series as they come out of the index. */
#ifndef VTICK_COMPARE_HISTORY_LOAD_H
#define VTICK_COMPARE_HISTORY_LOAD_H

#include <stddef.h>

#include "compare/history/history.h"

/* From night @night (0: the first) to the next change the value is this. */
struct change {
	size_t night;
	struct store_value value;
};

struct series {
	const char *trace, *policy, *metric; /* valid until the next series */
	const struct change *change;
	size_t changes;
};

struct nights {
	struct night *night;
	size_t n;
};

int nights_load(struct nights *n, struct store *s, struct vt_error *err);
void nights_free(struct nights *n);

/* Calls @each for every series that @q asks for, by metric, trace, policy. -1 if there is none. */
int series_each(struct store *s, const struct nights *nights, const struct history_query *q,
		void (*each)(void *context, const struct series *series), void *context,
		struct vt_error *err);

/* "1657", "ok", "-". */
const char *value_text(const struct store_value *v, char text[24]);

/* "1656 -> 1657 (+0.06 %)": hundredths of a per cent, towards zero. */
void value_step(FILE *to, const struct store_value *was, const struct store_value *is);

struct sqlite3_stmt;
/* Column @i of a row; of text "" where a stranger's index has none. */
const char *text_column(struct sqlite3_stmt *q, int i);
struct store_value value_column(struct sqlite3_stmt *q, int i);
/* Binds @q's globs to parameters 1 to 4, as SERIES_MATCH names them. */
void query_bind(struct sqlite3_stmt *statement, const struct history_query *q);
#define SERIES_MATCH                                                                               \
	"s.metric GLOB ?1 AND s.trace GLOB ?2 AND (s.policy GLOB ?3 OR s.policy GLOB ?4)"

#endif
