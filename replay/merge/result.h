/* SPDX-License-Identifier: GPL-2.0-only */
/* One result of -O as it is put together with others: read, and held against what they were made
 * from. */
#ifndef VTICK_REPLAY_MERGE_RESULT_H
#define VTICK_REPLAY_MERGE_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "replay/merge/files.h"

/* What all results of one merge have in common. */
struct merge_common {
	char *path;	    /* of the first that says so */
	json_t *provenance; /* made_from without what is one trace's, version, costs */
	uint32_t minor;
	size_t policies;
	char **label; /* [policies] "virtual:slop=10us", the policy and what was given */
	char **name;  /* [policies] "virtual" */
};

struct merge_result {
	json_t *document;
	const json_t *cells;	  /* [policies]; empty if the trace cannot be read */
	const json_t *unreadable; /* its entry, or NULL */
};

/*
 * Reads @file. The first with cells fills @common, which is zeroed; others must agree. 0, or -1: it
 * is no result of -O, a newer vtick's, or one of other policies, of another build, ...
 * merge_result_free() in any case.
 */
int merge_result_read(struct merge_result *r, const struct merge_file *file,
		      struct merge_common *common, struct vt_error *err);
void merge_result_free(struct merge_result *r);
void merge_common_free(struct merge_common *common);

#endif
