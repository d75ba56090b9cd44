/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "compare/history/import.h"

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/history/store.h"
#include "compare/input.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

struct entry {
	struct night night;
	char *path;
	char *timing; /* hyperfine's export of the same night, or NULL */
};

struct folder {
	struct entry *entry;
	size_t n;
};

static int by_night(const void *a, const void *b)
{
	return night_order(&((const struct entry *)a)->night, &((const struct entry *)b)->night);
}

/* "results/X.json" to "results/X.timing.json", NULL if there is none. */
static char *find_timing(const char *path)
{
	char *timing;

	timing = vt_format("%.*s.timing.json", (int)(strlen(path) - strlen(".json")), path);
	if (!access(timing, F_OK))
		return timing;
	free(timing);
	return NULL;
}

static void folder_free(struct folder *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->entry[i].path);
		free(f->entry[i].timing);
	}
	free(f->entry);
	*f = (struct folder){ 0 };
}

/* The nights of @path in their order. */
static int folder_read(struct folder *f, const char *path, struct vt_error *err)
{
	DIR *dir = opendir(path);
	struct dirent *d;

	*f = (struct folder){ 0 };
	if (!dir)
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "cannot be opened: %s, expected a folder of results",
				    strerror(errno));
	while ((d = readdir(dir))) {
		struct entry e = { .path = NULL };

		if (night_parse(d->d_name, &e.night))
			continue;
		e.path = vt_format("%s/%s", path, d->d_name);
		e.timing = find_timing(e.path);
		if (!(f->n & (f->n - 1)))
			f->entry = vt_realloc(f->entry, (f->n ? f->n * 2 : 1) * sizeof(*f->entry));
		f->entry[f->n++] = e;
	}
	closedir(dir);
	if (f->n)
		qsort(f->entry, f->n, sizeof(*f->entry), by_night);
	for (size_t i = 1; i < f->n; i++) {
		if (by_night(&f->entry[i - 1], &f->entry[i]))
			continue;
		vt_error_set(err, f->entry[i].path, VT_NO_OFFSET, "is the same night as %s",
			     f->entry[i - 1].path);
		folder_free(f);
		return -1;
	}
	return 0;
}

/* One number for many runs: their median, the lower one of two. */
static int put_runs(struct store *s, const struct cell *c, struct vt_error *err)
{
	for (size_t i = 0; i < metric_count; i++) {
		struct store_value v = { .type = STORE_INTEGER };

		if (!c->samples[i].n)
			continue;
		sort_i64(c->samples[i].v, c->samples[i].n);
		v.integer = c->samples[i].v[(c->samples[i].n - 1) / 2];
		if (store_put(s, c->trace, c->policy, metric_table[i].name, &v, err))
			return -1;
	}
	return 0;
}

static int put_cell(struct store *s, const struct cell *c, struct vt_error *err)
{
	struct store_value v = { .type = STORE_TEXT };
	char *policy;
	int failed;

	if (c->timing)
		return put_runs(s, c, err);
	policy = vt_format("%s%s%s", c->policy, *c->params_text ? ":" : "", c->params_text);
	snprintf(v.text, sizeof(v.text), "%s", c->status);
	failed = store_put(s, c->trace, policy, "status", &v, err);
	for (size_t i = 0; !failed && !strcmp(c->status, "ok") && i < metric_count; i++) {
		if (metric_table[i].kind == TEXT) {
			v.type = STORE_TEXT;
			snprintf(v.text, sizeof(v.text), "%s", c->digest);
		} else if (metric_table[i].kind == NUMBER && c->value[i].state != VALUE_ABSENT) {
			v.type = c->value[i].state == VALUE_SET ? STORE_INTEGER : STORE_NULL;
			v.integer = c->value[i].v;
		} else {
			continue;
		}
		failed = store_put(s, c->trace, policy, metric_table[i].name, &v, err);
	}
	free(policy);
	return failed;
}

static int put_file(struct store *s, const char *path, struct vt_error *err)
{
	struct input in;
	int failed = input_read(&in, path, err);

	for (size_t i = 0; !failed && i < in.cells; i++)
		failed = put_cell(s, &in.cell[i], err);
	input_free(&in);
	return failed;
}

/* Nights @from and later. */
static int add_nights(struct store *s, const struct folder *f, size_t from, struct vt_error *err)
{
	struct cli_progress progress;
	int failed = store_begin(s, err);

	cli_progress_start(&progress, "history", "nights", f->n - from);
	for (size_t i = from; !failed && i < f->n; i++) {
		const struct entry *e = &f->entry[i];

		failed = store_begin_night(s, &e->night, err);
		if (!failed)
			failed = put_file(s, e->path, err);
		if (!failed && e->timing)
			failed = put_file(s, e->timing, err);
		if (!failed)
			failed = store_end_night(s, err);
		cli_progress(&progress, i - from + 1);
	}
	cli_progress_end(&progress);
	return failed ? -1 : store_commit(s, err);
}

/* How many nights of the folder the index has; -1: others, or in another order, or an error. */
static long common(struct store *s, const struct folder *f)
{
	sqlite3_stmt *q = NULL;
	size_t n = 0;
	int code = sqlite3_prepare_v2(
	    s->db, "SELECT date, revision, number FROM nights ORDER BY id", -1, &q, NULL);

	while (code == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
		struct night have = { .number = (uint64_t)sqlite3_column_int64(q, 2) };

		snprintf(have.date, sizeof(have.date), "%s",
			 (const char *)sqlite3_column_text(q, 0));
		snprintf(have.revision, sizeof(have.revision), "%s",
			 (const char *)sqlite3_column_text(q, 1));
		if (n == f->n || night_order(&have, &f->entry[n].night))
			code = SQLITE_ERROR;
		else
			n++;
	}
	sqlite3_finalize(q);
	return code == SQLITE_OK ? (long)n : -1;
}

static int make_anew(const char *path, const struct folder *f, struct vt_error *err)
{
	struct file *file;
	struct store s;
	int failed;

	if (file_is_special(path))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "is no regular file, expected an index to write");
	file = file_create(path, err);
	if (!file)
		return -1;
	failed = store_create(&s, file_name(file), err);
	if (!failed) {
		failed = store_without_journal(&s, err);
		if (!failed)
			failed = add_nights(&s, f, 0, err);
		store_close(&s);
	}
	if (!failed)
		return file_commit(file, err);
	file_abort(file);
	return -1;
}

int store_import(const char *path, const char *folder, int anew, struct vt_error *err)
{
	struct folder f;
	struct store s;
	long have = -1;
	int failed = folder_read(&f, folder, err);

	if (failed)
		return -1;
	if (!anew) {
		failed = store_create(&s, path, err);
		if (!failed) {
			have = common(&s, &f);
			if (have >= 0 && (size_t)have < f.n)
				failed = add_nights(&s, &f, (size_t)have, err);
			store_close(&s);
		}
	}
	if (!failed && have < 0)
		failed = make_anew(path, &f, err);
	folder_free(&f);
	return failed;
}
