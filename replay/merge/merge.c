/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/merge/merge.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

/* So many lost cells are told one by one. */
#define TOLD_MAX 20u

/* The result, written as it grows: its keys are in order, and only the cells are many. */
struct writer {
	struct file *to; /* NULL: nobody wants it */
	bool any;	 /* a cell */
	size_t told;	 /* lost cells */
};

static int put(struct writer *w, const char *text, struct vt_error *err)
{
	return w->to ? file_write(w->to, text, strlen(text), err) : 0;
}

static int put_json(struct writer *w, const char *before, const json_t *value, const char *after,
		    struct vt_error *err)
{
	char *text;
	int failed;

	if (!w->to)
		return 0;
	text = json_print(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
	failed = put(w, before, err) || put(w, text, err) || put(w, after, err);
	free(text);
	return failed ? -1 : 0;
}

static int put_cells(struct writer *w, const json_t *cells, struct vt_error *err)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell)
	{
		if (put_json(w, w->any ? ",\n" : "\n", cell, "", err))
			return -1;
		w->any = true;
	}
	return 0;
}

static int put_end(struct writer *w, const struct merge *m, struct vt_error *err)
{
	json_t *rollup, *minor = json_integer((json_int_t)m->common.minor);
	int failed;

	if (!w->to)
		return 0;
	rollup = rollup_json(&m->rollup);
	failed = put_json(w, "],\n\"minor\":", minor, ",\n", err) ||
		 put_json(w, "\"provenance\":", m->common.provenance, ",\n", err) ||
		 put_json(w, "\"rollup\":", rollup, ",\n\"schema\":\"vtick.result/1\",\n", err) ||
		 put_json(w, "\"unreadable\":", m->unreadable, "}\n", err);
	json_decref(minor);
	json_decref(rollup);
	return failed ? -1 : 0;
}

/* ---- */

static void tell_lost(struct writer *w, const struct merge *m, const char *name,
		      const json_t *cells)
{
	for (size_t i = 0; w->told < TOLD_MAX && i < m->common.policies; i++) {
		const json_t *cell = json_array_get(cells, i);
		const char *status = json_string_value(json_object_get(cell, "status"));
		struct vt_error line;

		if (!strcmp(status, "ok"))
			continue;
		vt_error_set(&line, name, VT_NO_OFFSET, "policy %s: %s: %s", m->common.label[i],
			     status, json_string_value(json_object_get(cell, "message")));
		vt_error_print(&line);
		w->told++;
	}
}

static void leave_out(struct merge *m, json_t *entry)
{
	struct vt_error line;

	vt_error_set(&line, json_string_value(json_object_get(entry, "name")), VT_NO_OFFSET, "%s",
		     json_string_value(json_object_get(entry, "message")));
	vt_error_print(&line);
	json_push(m->unreadable, entry);
}

static int add(struct merge *m, struct writer *w, const struct merge_file *file, const char *base,
	       struct vt_error *err)
{
	bool begun = m->common.path;
	struct merge_result r;
	int failed = merge_result_read(&r, file, &m->common, err);

	if (!failed && r.unreadable) {
		m->rollup.unreadable++;
		leave_out(m, json_deep_copy(r.unreadable));
	} else if (!failed) {
		size_t unreadable = m->rollup.unreadable, missing = m->rollup.missing;

		if (!begun) {
			failed = rollup_begin(&m->rollup, &m->common, base, err);
			m->rollup.unreadable = unreadable;
			m->rollup.missing = missing;
		}
		if (!failed) {
			tell_lost(w, m, file->name, r.cells);
			rollup_add(&m->rollup, file->name, r.cells);
			failed = put_cells(w, r.cells, err);
		}
	}
	merge_result_free(&r);
	return failed;
}

static int read_all(struct merge *m, const struct merge_files *files, const char *base,
		    struct writer *w, struct vt_error *err)
{
	struct cli_progress progress;
	int failed = put(w, "{\"cells\":[", err);

	cli_progress_start(&progress, "merge", "results", files->n);
	for (size_t i = 0; !failed && i < files->n; i++) {
		const struct merge_file *file = &files->file[i];

		if (file->path) {
			failed = add(m, w, file, base, err);
		} else {
			m->rollup.missing++;
			leave_out(m, json_make("{s:o, s:s, s:s}", "name", json_text(file->name),
					       "status", "missing", "message",
					       "it has no result yet"));
		}
		cli_progress(&progress, i);
	}
	cli_progress_end(&progress);
	if (!failed && !m->common.path)
		failed = vt_error_set(err, NULL, VT_NO_OFFSET,
				      "merge: no result is of a trace that could be read");
	return failed ? failed : put_end(w, m, err);
}

int merge_read(struct merge *m, const char *const *folders, size_t n, const char *base,
	       struct file *to, struct vt_error *err)
{
	struct writer w = { .to = to };
	struct merge_files files;
	int failed;

	*m = (struct merge){ .unreadable = json_array() };
	m->rollup.common = &m->common;
	failed = merge_files_find(&files, folders, n, err) || read_all(m, &files, base, &w, err);
	merge_files_free(&files);
	return failed ? -1 : 0;
}

void merge_free(struct merge *m)
{
	rollup_free(&m->rollup);
	merge_common_free(&m->common);
	json_decref(m->unreadable);
	*m = (struct merge){ 0 };
}

bool merge_whole(const struct merge *m)
{
	return !m->rollup.unreadable && !m->rollup.missing && !m->rollup.lost;
}
