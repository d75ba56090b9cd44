/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/list.h"

#include <stdlib.h>
#include <string.h>

#include "replay/fleet/folder.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/trace.h"

#define SUFFIX ".vtt"

/* "./a//b.vtt" is "a/b". */
static char *name_of(const char *path)
{
	char *name = vt_alloc(strlen(path) + 1);
	size_t n = 0, last = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len && !(len == 1 && *path == '.')) {
			if (n)
				name[n++] = '/';
			last = n;
			memcpy(name + n, path, len);
			n += len;
		}
		path += len + (path[len] == '/');
	}
	name[n] = '\0';
	if (n - last > strlen(SUFFIX) && !strcmp(name + n - strlen(SUFFIX), SUFFIX))
		name[n - strlen(SUFFIX)] = '\0';
	return name;
}

/* Adds what is at @path, whose name begins behind its first @skip bytes. */
static void add(struct fleet_list *list, const char *path, size_t skip)
{
	if (!(list->n & (list->n - 1)))
		list->trace =
		    vt_realloc(list->trace, (list->n ? list->n * 2 : 1) * sizeof(*list->trace));
	list->trace[list->n++] =
	    (struct fleet_trace){ .path = vt_strdup(path), .name = name_of(path + skip) };
}

static int add_folder(struct fleet_list *list, const char *folder, bool alone, struct vt_error *err)
{
	struct paths files = { 0 };
	int failed = folder_walk(&files, folder, SUFFIX, err);

	for (size_t i = 0; !failed && i < files.n; i++)
		add(list, files.path[i], alone ? strlen(folder) : 0);
	if (!failed && !files.n)
		failed = vt_error_set(err, folder, VT_NO_OFFSET,
				      "the folder holds no trace, expected files called *" SUFFIX);
	paths_free(&files);
	return failed;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct fleet_trace *)a)->name, ((const struct fleet_trace *)b)->name);
}

/* Results are called by it, so it must be one trace's. */
static int check_names(const struct fleet_list *list, struct vt_error *err)
{
	for (size_t i = 1; i < list->n; i++) {
		const struct fleet_trace *t = &list->trace[i];

		if (!strcmp(t->name, t[-1].name))
			return vt_error_set(err, t->path, VT_NO_OFFSET,
					    "the name '%s' is taken by %s, expected another: "
					    "its result is called by it",
					    t->name, t[-1].path);
	}
	return 0;
}

int fleet_list_make(struct fleet_list *list, const char *const *given, size_t n, const char *from,
		    struct vt_error *err)
{
	struct paths all = { 0 };
	int failed = 0;

	*list = (struct fleet_list){ 0 };
	for (size_t i = 0; i < n; i++)
		paths_add(&all, vt_strdup(given[i]));
	if (from)
		failed = folder_list(&all, from, err);
	for (size_t i = 0; !failed && i < all.n; i++) {
		if (folder_is(all.path[i]))
			failed = add_folder(list, all.path[i], all.n == 1, err);
		else
			add(list, all.path[i], 0);
	}
	if (!failed && !list->n)
		failed = vt_error_set(err, from ? from : NULL, VT_NO_OFFSET, "names no trace");
	paths_free(&all);
	if (failed)
		return -1;
	sort_by(list->trace, list->n, sizeof(*list->trace), by_name);
	return check_names(list, err);
}

bool fleet_list_has(const struct fleet_list *list, const char *name)
{
	const struct fleet_trace key = { .name = (char *)name };

	return list->n && bsearch(&key, list->trace, list->n, sizeof(key), by_name);
}

void fleet_list_free(struct fleet_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->trace[i].path);
		free(list->trace[i].name);
		free(list->trace[i].wrong);
	}
	free(list->trace);
	*list = (struct fleet_list){ 0 };
}

char *fleet_wrong(const char *path, const struct vt_error *err)
{
	size_t n = strlen(path);

	if (!strncmp(err->text, path, n) && !strncmp(err->text + n, ": ", 2))
		return vt_strdup(err->text + n + 2);
	return vt_strdup(err->text);
}

void fleet_list_survey(struct fleet_list *list)
{
	struct cli_progress progress;

	cli_progress_start(&progress, "replay", "traces looked at", list->n);
	for (size_t i = 0; i < list->n; i++) {
		struct fleet_trace *t = &list->trace[i];
		struct vt_error err;
		struct trace_reader *r = trace_reader_open(t->path, &err);

		if (r)
			t->events = trace_reader_events(r);
		else
			t->wrong = fleet_wrong(t->path, &err);
		trace_reader_close(r);
		cli_progress(&progress, i);
	}
	cli_progress_end(&progress);
}
