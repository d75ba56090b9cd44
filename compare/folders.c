/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/folders.h"

#include <stdlib.h>
#include <string.h>

#include "compare/settled.h"
#include "replay/fleet/folder.h"
#include "replay/merge/files.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

bool folders_are(const struct opt_list *files)
{
	for (size_t i = 0; i < files->n; i++) {
		if (!strcmp(files->item[i], "-") || !folder_is(files->item[i]))
			return false;
	}
	return files->n > 0;
}

/* The next input of @s. The file's name has to last as long as it. */
static int read_one(struct side *s, const struct merge_file *file, struct vt_error *err)
{
	struct input *in;

	s->input = vt_realloc(s->input, (s->inputs + 1) * sizeof(*s->input));
	in = &s->input[s->inputs++];
	if (input_read(in, file->path, err))
		return -1;
	in->path = vt_strdup(file->path);
	in->file = in->path;
	for (size_t i = 0; i < in->cells; i++)
		in->cell[i].file = in->path;
	return 0;
}

/* What is said may point at what it is of. */
static size_t texts_said(const struct comparison *c)
{
	return c->troubles.n + c->warnings.n + c->notes.n;
}

static void forget(struct comparison *c)
{
	for (int i = 0; i < 2; i++) {
		struct side *s = &c->side[i];

		/* Reports name the first. */
		if (s->inputs > s->first && s->inputs > 1)
			input_free(&s->input[--s->inputs]);
	}
}

int folders_read(struct side *s, const char *path, struct vt_error *err)
{
	struct merge_files files;
	int failed = merge_files_find(&files, &path, 1, err);

	for (size_t i = 0; !failed && i < files.n; i++) {
		if (!files.file[i].path)
			failed = vt_error_set(err, path, VT_NO_OFFSET,
					      "trace '%s' has no result yet", files.file[i].name);
		else
			failed = read_one(s, &files.file[i], err);
	}
	merge_files_free(&files);
	return failed;
}

/* ---- in lockstep ---- */

static bool has_unknown(const struct comparison *c)
{
	for (int i = 0; i < 2; i++) {
		for (size_t k = c->side[i].first; k < c->side[i].inputs; k++) {
			if (c->side[i].input[k].unknown)
				return true;
		}
	}
	return false;
}

/* The results of one trace, NULL: a side has none. */
static int compare_trace(struct comparison *c, const struct merge_file *const file[2],
			 struct vt_error *err)
{
	size_t pairs = c->pairs;
	size_t said = texts_said(c);

	for (int i = 0; i < 2; i++) {
		struct side *s = &c->side[i];

		s->first = s->inputs;
		if (file[i] && !file[i]->path)
			texts_add(&c->troubles, "%s: trace %s has no result yet", s->name,
				  file[i]->name);
		else if (file[i] && read_one(s, file[i], err))
			return -1;
	}
	comparison_add(c);
	if (settle(c, pairs) && said == texts_said(c) && !has_unknown(c))
		forget(c);
	return 0;
}

static int compare_files(struct comparison *c, const struct merge_files files[2],
			 struct vt_error *err)
{
	const struct merge_file *a = files[0].file, *b = files[1].file;
	const struct merge_file *const a_end = a + files[0].n, *const b_end = b + files[1].n;
	struct cli_progress progress;
	int failed = 0;

	cli_progress_start(&progress, "compare", "traces", files[0].n);
	while (!failed && (a < a_end || b < b_end)) {
		int order = a == a_end ? 1 : b == b_end ? -1 : strcmp(a->name, b->name);
		const struct merge_file *const file[2] = { order <= 0 ? a++ : NULL,
							   order >= 0 ? b++ : NULL };

		failed = compare_trace(c, file, err);
		cli_progress(&progress, (uint64_t)(a - files[0].file));
	}
	cli_progress_end(&progress);
	return failed;
}

int folders_compare(struct comparison *c, const struct opt_list side[2], struct vt_error *err)
{
	struct merge_files files[2] = { 0 };
	int failed = 0;

	for (int i = 0; !failed && i < 2; i++) {
		c->side[i].folder = side[i].item[0];
		c->side[i].folders = side[i].n;
		failed = merge_files_find(&files[i], side[i].item, side[i].n, err);
	}
	if (!failed) {
		comparison_begin(c);
		failed = compare_files(c, files, err);
	}
	if (!failed)
		comparison_end(c);
	merge_files_free(&files[0]);
	merge_files_free(&files[1]);
	return failed;
}
