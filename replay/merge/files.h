/* SPDX-License-Identifier: GPL-2.0-only */
/* The results of folders that `vtick replay -O` filled, in the order in which they are put
 * together: by trace name, whoever came first. */
#ifndef VTICK_REPLAY_MERGE_FILES_H
#define VTICK_REPLAY_MERGE_FILES_H

#include <stddef.h>

#include "traces/base/error.h"

struct merge_file {
	char *name; /* of the trace, as the file's name tells it */
	char *path; /* NULL: there should be a result, but there is none */
};

struct merge_files {
	struct merge_file *file;
	size_t n;
};

/* All of the @n folders. 0 or -1: there is none, or two are of one trace. merge_files_free() in any
 * case. */
int merge_files_find(struct merge_files *f, const char *const *folders, size_t n,
		     struct vt_error *err);
void merge_files_free(struct merge_files *f);

#endif
