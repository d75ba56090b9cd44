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

#include "compare/history/load.h"
#include "compare/history/store.h"
#include "compare/input.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

struct entry {
	struct night night;
	char *path;
	char *timing;  /* hyperfine's export of the same night, or NULL */
	bool left_out; /* it cannot be read: that was said */
	bool known;    /* and that, too, at an earlier time */
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
		call_reads(e.path);
		if (e.timing)
			call_reads(e.timing);
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

static void leave_out(struct entry *e, const char *path, const struct vt_error *err)
{
	e->left_out = true;
	if (e->known)
		return;
	vt_warn(NULL, "%s%s%s; this night is left out", path ? path : "", path ? ": " : "",
		err->text);
}

/* What a night holds: its result and the times. */
struct contents {
	struct input input[2];
	size_t n;
};

static void contents_free(struct contents *c)
{
	for (size_t i = 0; i < c->n; i++)
		input_free(&c->input[i]);
}

static int read_result(struct contents *c, const char *path, struct vt_error *err)
{
	if (file_is_special(path)) /* a pipe would be waited for */
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "this is no regular file, expected a result");
	return input_read(&c->input[c->n++], path, err);
}

/* True if the night can be read; else it is left out with a warning. */
static bool entry_read(struct entry *e, struct contents *c)
{
	const char *const path[] = { e->path, e->timing };
	struct vt_error err;

	c->n = 0;
	for (size_t i = 0; i < 2 && path[i]; i++) {
		if (read_result(c, path[i], &err)) {
			contents_free(c);
			leave_out(e, NULL, &err);
			return false;
		}
	}
	return true;
}

/* One number for many runs: their median, the lower one of two. */
static int put_runs(struct store *s, const struct cell *c, struct vt_error *err)
{
	int failed = 0;

	for (size_t i = 0; i < metric_count && !failed; i++) {
		struct store_value v = { .type = STORE_INTEGER };

		if (!c->samples[i].n)
			continue;
		sort_i64(c->samples[i].v, c->samples[i].n);
		v.integer = c->samples[i].v[(c->samples[i].n - 1) / 2];
		failed = store_put(s, c->trace, c->policy, metric_table[i].name, &v, err);
	}
	return failed;
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
		} else if (metric_table[i].kind == NUMBER && cell_has(c, i)) {
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

static int put_contents(struct store *s, const struct contents *c, struct vt_error *err)
{
	int failed = 0;

	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->input[i].cells && !failed; k++)
			failed = put_cell(s, &c->input[i].cell[k], err);
	}
	return failed;
}

/* A night that cannot be read is left out. -1: it is the index that fails. */
static int add_night(struct store *s, struct entry *e, struct vt_error *err)
{
	struct contents c;
	int failed;

	if (e->left_out || !entry_read(e, &c))
		return 0;
	failed = store_begin_night(s, &e->night, err);
	if (!failed)
		failed = put_contents(s, &c, err);
	contents_free(&c);
	if (failed == STORE_TWICE) {
		leave_out(e, e->path, err);
		return store_drop_night(s, err);
	}
	return failed ? -1 : store_end_night(s, err);
}

/* Nights @from and later. */
static int add_nights(struct store *s, const struct folder *f, size_t from, struct vt_error *err)
{
	struct cli_progress progress;
	int failed = 0;

	cli_progress_start(&progress, "history", "nights", f->n - from);
	for (size_t i = from; !failed && i < f->n; i++) {
		failed = add_night(s, &f->entry[i], err);
		cli_progress(&progress, i - from + 1);
	}
	cli_progress_end(&progress);
	return failed;
}

/* True if the index need not have @e: it cannot be read. */
static bool unreadable(struct entry *e)
{
	struct contents c;

	if (!e->left_out && entry_read(e, &c))
		contents_free(&c);
	return e->left_out;
}

/* The nights of the folder up to which the index has all that can be read; -1: it has others, or
 * in another order, or an error. */
static long common(struct store *s, const struct folder *f)
{
	sqlite3_stmt *q = NULL;
	size_t n = 0;
	int code = sqlite3_prepare_v2(
	    s->db, "SELECT date, revision, number FROM nights ORDER BY id", -1, &q, NULL);

	while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
		struct night have = { .number = (uint64_t)sqlite3_column_int64(q, 2) };

		snprintf(have.date, sizeof(have.date), "%s", text_column(q, 0));
		snprintf(have.revision, sizeof(have.revision), "%s", text_column(q, 1));
		while (n < f->n && night_order(&have, &f->entry[n].night) > 0 &&
		       unreadable(&f->entry[n]))
			n++;
		if (n == f->n || night_order(&have, &f->entry[n].night))
			break;
		n++;
		code = SQLITE_OK;
	}
	sqlite3_finalize(q);
	return code == SQLITE_DONE ? (long)n : -1;
}

static const char *base_name(const struct entry *e)
{
	return strrchr(e->path, '/') + 1;
}

static void find_known(struct store *s, struct folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->entry[i].known = store_knows(s, base_name(&f->entry[i]));
}

/* The nights that are left out now stand in the index, so that it is told of each but once. */
static int keep_known(struct store *s, const struct folder *f, bool anew, struct vt_error *err)
{
	bool changed = anew;
	int failed = 0;

	for (size_t i = 0; i < f->n; i++)
		changed |= f->entry[i].left_out != f->entry[i].known;
	if (changed)
		failed = store_execute(s, "DELETE FROM left_out", err);
	for (size_t i = 0; changed && !failed && i < f->n; i++) {
		if (f->entry[i].left_out)
			failed = store_leave_out(s, base_name(&f->entry[i]), err);
	}
	return failed;
}

static int bring_up(struct store *s, struct folder *f, bool anew, struct vt_error *err)
{
	long have = -1;

	if (!anew) {
		find_known(s, f);
		have = common(s, f);
	}
	if (have >= 0 && !add_nights(s, f, (size_t)have, err) && !keep_known(s, f, false, err))
		return store_save(s, err);
	/* Another order of nights, or an index that is damaged: from the files, which are the
	 * truth. */
	if (store_clear(s, err) || add_nights(s, f, 0, err) || keep_known(s, f, true, err))
		return -1;
	return store_save(s, err);
}

int store_import(const char *path, const char *folder, bool anew, size_t *left_out,
		 struct vt_error *err)
{
	size_t before = 0;
	struct folder f;
	struct store s;
	int failed;

	*left_out = 0;
	if (folder_read(&f, folder, err))
		return -1;
	failed = store_take(&s, path, anew, err);
	if (!failed) {
		failed = bring_up(&s, &f, anew, err);
		store_close(&s);
	}
	for (size_t i = 0; i < f.n; i++) {
		*left_out += f.entry[i].left_out && !f.entry[i].known;
		before += f.entry[i].left_out && f.entry[i].known;
	}
	if (!failed && before)
		vt_warn(folder, "%zu night%s that cannot be read %s left out, as before", before,
			human_s(before), before == 1 ? "is" : "are");
	folder_free(&f);
	return failed;
}
