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

/*
 * A file or folder of results begins with neither: one with a dot would be hidden, and ".." lead
 * out of the folder; "%2E" may be a name, too.
 */
#define DOT "%2E"
#define PERCENT "%25"

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

/* Writes what the dots and percents are that @name begins with, and says how many. */
static size_t escape(FILE *to, const char *name)
{
	size_t n = strspn(name, ".%");

	for (size_t i = 0; i < n; i++)
		fputs(name[i] == '.' ? DOT : PERCENT, to);
	return n;
}

char *results_path(const char *folder, const char *name)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);

	fputs(folder, f);
	while (*name) {
		size_t n = strcspn(name, "/"), begin;

		fputc('/', f);
		begin = escape(f, name);
		fwrite(name + begin, 1, n - begin, f);
		name += n + (name[n] == '/');
	}
	fputs(RESULTS_SUFFIX, f);
	vt_text_close(f);
	return text;
}

/* And back: how many bytes of @from were taken. */
static size_t unescape(FILE *to, const char *from)
{
	const char *at = from;
	bool dot;

	while ((dot = !strncmp(at, DOT, strlen(DOT))) || !strncmp(at, PERCENT, strlen(PERCENT))) {
		fputc(dot ? '.' : '%', to);
		at += strlen(DOT);
	}
	return (size_t)(at - from);
}

char *results_name(const char *folder, const char *path)
{
	const char *at = path + strlen(folder), *end = path + strlen(path) - strlen(RESULTS_SUFFIX);
	char *name = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&name, &size);

	for (bool first = true; at < end; first = false) {
		size_t n, begin;

		at += strspn(at, "/");
		n = strcspn(at, "/");
		n = n < (size_t)(end - at) ? n : (size_t)(end - at);
		if (!first)
			fputc('/', f);
		begin = unescape(f, at);
		fwrite(at + begin, 1, n - begin, f);
		at += n;
	}
	vt_text_close(f);
	return name;
}

bool results_ours(const json_t *document)
{
	return json_object_get(document, "unreadable") ||
	       json_object_get(json_object_get(document, "provenance"), "made_from");
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
