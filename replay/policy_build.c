/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/policy_build.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/kinds/build.h"
#include "replay/kinds/built.h"
#include "replay/kinds/kind.h"
#include "replay/plugin/plugin.h"
#include "replay/run/result.h"
#include "replay/run/runner.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/text_table.h"

/* ---- the kinds ---- */

struct list {
	json_t *all;
	int code;
};

static void list_one(const char *folder, void *arg)
{
	struct list *l = arg;
	struct vt_error err;
	struct kind k;

	if (kind_read(&k, folder, &err)) {
		vt_error_print(&err);
		l->code = EXIT_TROUBLE;
	} else {
		json_push(l->all, json_make("{s:s, s:s, s:s}", "name", k.name, "tree", k.tree,
					    "summary", k.summary));
	}
	kind_free(&k);
}

static void print_json(json_t *document)
{
	char *text = result_print(document);

	fputs(text, stdout);
	free(text);
}

int policy_build_list(bool json)
{
	static const struct text_column columns[] = {
		{ .title = "KIND", .left = true, .first = true },
		{ .title = "TREE", .left = true },
		{ .title = "WHAT", .left = true },
	};
	struct list l = { .all = json_array() };
	struct text_table *t = text_table_new(columns, 3);
	json_t *kind;
	size_t i;

	kind_each(list_one, &l);
	json_array_foreach(l.all, i, kind)
	{
		text_table_row(t);
		text_table_set(t, 0, json_string_value(json_object_get(kind, "name")));
		text_table_set(t, 1, json_string_value(json_object_get(kind, "tree")));
		text_table_set(t, 2, json_string_value(json_object_get(kind, "summary")));
	}
	if (json) {
		json_t *doc =
		    json_make("{s:s, s:O}", "schema", "vtick.kind-list/1", "kinds", l.all);

		print_json(doc);
		json_decref(doc);
		text_table_free(t);
	} else {
		text_table_print(t, stdout, 0, false);
	}
	json_decref(l.all);
	return l.code;
}

int policy_show_kind(const char *folder)
{
	struct vt_error err;
	struct kind k;
	char *about = NULL;

	if (!kind_read(&k, folder, &err))
		about = kind_about(&k, &err);
	if (about)
		printf("%s - %s\n\n%s", k.name, k.summary, about);
	else
		vt_error_print(&err);
	free(about);
	kind_free(&k);
	return about ? EXIT_OK : EXIT_TROUBLE;
}

/* ---- a build ---- */

/* What cannot be replayed is not kept. */
static int check(int object, json_t **built, struct vt_error *err)
{
	char *path = vt_format("/proc/self/fd/%d", object);
	struct plugin p;
	int failed = plugin_load(&p, path, true, err);

	if (!failed)
		*built = json_incref(p.built);
	plugin_free(&p);
	free(path);
	return failed;
}

static int keep(int object, const char *output, struct vt_error *err)
{
	off_t size = lseek(object, 0, SEEK_END);
	char *all = vt_alloc((size_t)(size > 0 ? size : 1));
	int failed;

	if (size < 0 || pread(object, all, (size_t)size, 0) != size)
		failed =
		    vt_error_set(err, output, VT_NO_OFFSET, "what was built cannot be read back");
	else
		failed = file_save(output, all, (size_t)size, err);
	free(all);
	return failed;
}

static void say(const json_t *built, bool json)
{
	char *title = built_title(built);
	const json_t *files = json_object_get(built, "files"), *file;
	size_t i;

	if (json) {
		json_t *doc = json_make("{s:s, s:O}", "schema", "vtick.policy-built/1", "built",
					(json_t *)(uintptr_t)built);

		print_json(doc);
		json_decref(doc);
	} else {
		printf("%s: %s\n", json_string_value(json_object_get(built, "kind")), title);
		json_array_foreach(files, i, file)
		    printf("  %.16s  %s\n", json_string_value(json_object_get(file, "sha256")),
			   json_string_value(json_object_get(file, "name")));
	}
	free(title);
}

static int build(const struct policy_build *q, const char *folder, json_t **built,
		 struct vt_error *err)
{
	const struct kind_request request = { .folder = folder,
					      .tree = q->tree,
					      .rev = q->rev,
					      .name = q->name,
					      .verbose = q->verbose,
					      .lines = q->lines };
	int object = kind_build(&request, err);
	int failed =
	    object < 0 || check(object, built, err) || (q->output && keep(object, q->output, err));

	if (object >= 0)
		close(object);
	return failed ? -1 : 0;
}

int policy_build(const struct policy_build *q)
{
	struct runner_signals signals;
	struct vt_error err;
	json_t *built = NULL;
	char *folder = kind_folder(q->kind);
	int failed;

	if (!folder) {
		vt_error_set(&err, q->kind, VT_NO_OFFSET,
			     "no such kind, expected one that 'vtick policy build --list' shows");
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	runner_block(&signals);
	failed = build(q, folder, &built, &err);
	if (failed)
		vt_error_print(&err);
	else
		say(built, q->json);
	runner_unblock(&signals);
	json_decref(built);
	free(folder);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}
