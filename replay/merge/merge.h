/* SPDX-License-Identifier: GPL-2.0-only */
/* Results of folders put together: one result, and what policies come to over all traces. */
#ifndef VTICK_REPLAY_MERGE_MERGE_H
#define VTICK_REPLAY_MERGE_MERGE_H

#include "replay/merge/rollup.h"
#include "traces/base/file.h"

struct merge {
	struct merge_common common;
	struct rollup rollup;
	json_t *unreadable; /* entries of RESULT.md: what cannot be read, and what is missing */
};

/*
 * Reads the results of the @n @folders one by one. Into @to, unless that is NULL, goes the result
 * of them all. @base: rollup_begin(). A line on stderr for each trace that is not in it, and for
 * the first cells that are lost. 0 or -1; merge_free() in any case, before which nothing moves @m.
 */
int merge_read(struct merge *m, const char *const *folders, size_t n, const char *base,
	       struct file *to, struct vt_error *err);
void merge_free(struct merge *m);

/* All traces are in it, and all their cells. */
bool merge_whole(const struct merge *m);

/* How a merge is written into a file beside. */
typedef void merge_report_fn(FILE *to, const struct merge *m);

struct completion;

struct merge_reports {
	struct {
		const char *given; /* "FORMAT:FILE" */
		merge_report_fn *report;
		const char *file;
	} * each;
	size_t n;
};

/* Takes "FORMAT:FILE", and notes the file as written by this call. 0, or -1 with , which has no
 * subject. */
int merge_reports_take(struct merge_reports *r, const char *given, struct vt_error *err);
/* Their formats by number, NULL behind the last; and for completion: struct opt's values. */
const char *merge_report_name(unsigned number);
void merge_report_values(struct completion *c);
/* Writes them. 0 or -1. */
int merge_reports_save(const struct merge *m, const struct merge_reports *r, struct vt_error *err);
void merge_reports_free(struct merge_reports *r);

/* The tables, with a line before them; @metrics as rollup_text() has them. */
void merge_print(FILE *to, const struct merge *m, const char *const *metrics, size_t n,
		 bool colour);

#endif
