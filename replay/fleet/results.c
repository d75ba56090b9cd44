/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/catalogue.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

/* ".." in a path, which must not lead out of the folder. */
#define UP "%2E%2E"

static int make_folder(const char *path, struct vt_error *err)
{
	struct stat st;

	if (!mkdir(path, 0777) || (errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode)))
		return 0;
	return vt_error_set(err, path, VT_NO_OFFSET, "the folder cannot be made: %s",
			    strerror(errno));
}

int results_folder(const char *folder, struct vt_error *err)
{
	return make_folder(folder, err);
}

char *results_path(const char *folder, const char *name)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);

	fputs(folder, f);
	while (*name) {
		size_t n = strcspn(name, "/");

		fputc('/', f);
		if (n == 2 && !strncmp(name, "..", 2))
			fputs(UP, f);
		else
			fwrite(name, 1, n, f);
		name += n + (name[n] == '/');
	}
	fputs(RESULTS_SUFFIX, f);
	vt_text_close(f);
	return text;
}

char *results_name(const char *folder, const char *path)
{
	char *name = vt_strdup(path + strlen(folder)), *from = name, *to = name;
	size_t end = strlen(name) - strlen(RESULTS_SUFFIX);

	name[end] = '\0';
	while (*from) {
		size_t n = strcspn(from, "/");

		if (n && to != name)
			*to++ = '/';
		if (n == strlen(UP) && !strncmp(from, UP, n)) {
			memcpy(to, "..", 2);
			to += 2;
		} else {
			memmove(to, from, n);
			to += n;
		}
		from += n + (from[n] == '/');
	}
	*to = '\0';
	return name;
}

/* The folders between @folder and the file. */
static int make_way(const char *folder, char *path, struct vt_error *err)
{
	for (char *slash = path + strlen(folder); (slash = strchr(slash + 1, '/'));) {
		int failed;

		*slash = '\0';
		failed = make_folder(path, err);
		*slash = '/';
		if (failed)
			return -1;
	}
	return 0;
}

int results_write(const char *folder, const char *name, const json_t *document,
		  struct vt_error *err)
{
	char *path = results_path(folder, name);
	char *text = json_print(document, JSON_SORT_KEYS | JSON_COMPACT);
	size_t n = strlen(text);
	int failed = make_way(folder, path, err);

	text = vt_realloc(text, n + 2);
	memcpy(text + n, "\n", 2);
	if (!failed)
		failed = file_save(path, text, n + 1, err);
	free(text);
	free(path);
	return failed;
}

json_t *results_unreadable(const char *name, const char *wrong)
{
	json_t *entry = json_make("{s:o, s:s, s:o}", "name", json_text(name), "status",
				  "unreadable", "message", json_text(wrong));

	return json_make("{s:s, s:I, s:{s:s}, s:[], s:[o]}", "schema", "vtick.result/1", "minor",
			 (json_int_t)metrics_minor(), "provenance", "version", vtick_version(),
			 "cells", "unreadable", entry);
}
