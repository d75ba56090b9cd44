/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick history` shows of an index. */
#ifndef VTICK_COMPARE_HISTORY_HISTORY_H
#define VTICK_COMPARE_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "compare/history/store.h"

struct history_query {
	const char *metric; /* globs as SQLite has them (GLOB); NULL: all */
	const char *trace;
	const char *policy; /* "virtual" also takes "virtual:switch=keep" */
	uint64_t nights;    /* the last so many; 0: all */
	bool ascii;
};

/* Each prints to @to; -1 with @err, also when nothing matches. */
int history_trends(struct store *s, const struct history_query *q, FILE *to, struct vt_error *err);
int history_csv(struct store *s, const struct history_query *q, FILE *to, struct vt_error *err);
/* The latest nights on which anything that is simulated changed. */
int history_changes(struct store *s, const struct history_query *q, FILE *to, struct vt_error *err);

#endif
