/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/merge/files.h"

#include <stdlib.h>
#include <string.h>

#include "replay/fleet/folder.h"
#include "replay/fleet/plan.h"
#include "replay/fleet/results.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

static void add(struct merge_files *f, char *name, char *path)
{
	if (!(f->n & (f->n - 1)))
		f->file = vt_realloc(f->file, (f->n ? f->n * 2 : 1) * sizeof(*f->file));
	f->file[f->n++] = (struct merge_file){ name, path };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct merge_file *)a)->name, ((const struct merge_file *)b)->name);
}

static bool has(const struct merge_files *f, size_t n, const char *name)
{
	const struct merge_file key = { .name = (char *)name };

	return n && bsearch(&key, f->file, n, sizeof(key), by_name);
}

static int check_twins(const struct merge_files *f, struct vt_error *err)
{
	for (size_t i = 1; i < f->n; i++) {
		if (!strcmp(f->file[i].name, f->file[i - 1].name))
			return vt_error_set(err, f->file[i].path, VT_NO_OFFSET,
					    "is of trace '%s', and so is %s, expected one result "
					    "of a trace",
					    f->file[i].name, f->file[i - 1].path);
	}
	return 0;
}

/* Those that a call of -O was to make, and has not: the first @there are made. */
static int add_missing(struct merge_files *f, size_t there, const char *folder,
		       struct vt_error *err)
{
	struct paths names = { 0 };
	int failed = plan_read(folder, &names, err);

	for (size_t i = 0; !failed && i < names.n; i++) {
		if (!has(f, there, names.path[i]))
			add(f, vt_strdup(names.path[i]), NULL);
	}
	paths_free(&names);
	return failed;
}

/* One may stand in several plans. */
static void drop_twins(struct merge_files *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (n && !strcmp(f->file[n - 1].name, f->file[i].name)) {
			free(f->file[i].name);
			continue;
		}
		f->file[n++] = f->file[i];
	}
	f->n = n;
}

int merge_files_find(struct merge_files *f, const char *const *folders, size_t n,
		     struct vt_error *err)
{
	*f = (struct merge_files){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct paths paths = { 0 };
		int failed = folder_walk(&paths, folders[i], RESULTS_SUFFIX, err);

		for (size_t k = 0; !failed && k < paths.n; k++)
			add(f, results_name(folders[i], paths.path[k]), vt_strdup(paths.path[k]));
		paths_free(&paths);
		if (failed)
			return -1;
	}
	sort_by(f->file, f->n, sizeof(*f->file), by_name);
	if (check_twins(f, err))
		return -1;

	size_t there = f->n;

	for (size_t i = 0; i < n; i++) {
		if (add_missing(f, there, folders[i], err))
			return -1;
	}
	sort_by(f->file, f->n, sizeof(*f->file), by_name);
	drop_twins(f);
	return f->n ? 0
		    : vt_error_set(err, folders[0], VT_NO_OFFSET,
				   "the folder holds no result, expected what 'vtick replay -O' "
				   "wrote");
}

void merge_files_free(struct merge_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->file[i].name);
		free(f->file[i].path);
	}
	free(f->file);
	*f = (struct merge_files){ 0 };
}
