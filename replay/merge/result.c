/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/merge/result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/fleet/results.h"
#include "replay/run/sound.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/read_whole.h"

#define SCHEMA "vtick.result/1"
#define AGAIN "; the same 'vtick replay -O' once more makes it anew"

static const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* ---- what all have in common ---- */

/* `made_from` without what differs by trace. */
static json_t *common_of(const json_t *from)
{
	json_t *o = json_deep_copy(from), *policy;
	size_t i;

	json_object_del(o, "events_sha256");
	/* What a closed loop is based on depends on what recorded the trace. */
	json_object_del(json_object_get(o, "mode"), "base");
	json_array_foreach(json_object_get(o, "policies"), i, policy)
	{
		json_object_del(policy, "params");
	}
	return o;
}

static int begin(struct merge_common *c, const char *path, const json_t *document, json_t *from,
		 uint32_t minor)
{
	const json_t *all = json_object_get(from, "policies"), *policy;
	json_t *provenance = json_object_get(document, "provenance");
	json_t *costs = json_object_get(provenance, "costs");
	size_t i;

	c->path = vt_strdup(path);
	c->minor = minor;
	c->provenance = json_make("{s:o, s:O}", "made_from", from, "version",
				  json_object_get(provenance, "version"));
	if (costs)
		json_object_set(c->provenance, "costs", costs);
	c->label = vt_array(json_array_size(all) + 1, sizeof(*c->label));
	c->name = vt_array(json_array_size(all) + 1, sizeof(*c->name));
	json_array_foreach(all, i, policy)
	{
		c->label[i] = vt_strdup(text_at(policy, "label"));
		c->name[i] = vt_strdup(text_at(policy, "name"));
	}
	c->policies = i;
	return 0;
}

/* What differs, in words. */
static const char *difference(const json_t *a, const json_t *b)
{
	static const struct {
		const char *key, *what;
	} parts[] = {
		{ "vtick", "by another build of vtick" },
		{ "costs", "with other costs" },
		{ "mode", "in another mode" },
		{ "policies", "of other policies, or of other builds of them" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!json_equal(json_object_get(a, parts[i].key), json_object_get(b, parts[i].key)))
			return parts[i].what;
	}
	return NULL;
}

static int agree(struct merge_common *c, const char *path, const json_t *document, uint32_t minor,
		 struct vt_error *err)
{
	const json_t *provenance = json_object_get(document, "provenance");
	json_t *from = common_of(json_object_get(provenance, "made_from"));
	const char *differs;
	int failed = 0;

	if (!c->path) {
		begin(c, path, document, from, minor);
		return 0;
	}
	differs = difference(from, json_object_get(c->provenance, "made_from"));
	if (differs || minor != c->minor)
		failed = vt_error_set(err, path, VT_NO_OFFSET, "was made %s than %s" AGAIN,
				      differs ? differs : "by another vtick", c->path);
	json_decref(from);
	return failed;
}

/* ---- one ---- */

static int wrong(const char *path, const char *what, struct vt_error *err)
{
	return vt_error_set(err, path, VT_NO_OFFSET, "%s, expected a result of 'vtick replay -O'",
			    what);
}

static bool is_policy(const json_t *p)
{
	return text_at(p, "name") && text_at(p, "label") &&
	       json_is_object(json_object_get(p, "params"));
}

static int check_head(const json_t *document, const char *path, uint32_t *minor,
		      struct vt_error *err)
{
	const json_t *number = json_object_get(document, "minor");
	const char *schema = text_at(document, "schema");
	json_int_t n = json_integer_value(number);

	if (!schema || strcmp(schema, SCHEMA))
		return wrong(path, "its schema is not \"" SCHEMA "\"", err);
	if (!json_is_integer(number) || n < 0 || n > UINT32_MAX)
		return wrong(path, "it has no 'minor'", err);
	if (n > metrics_minor())
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "was written by a newer vtick; that or a newer one is needed "
				    "(this is %s)",
				    vtick_version());
	*minor = (uint32_t)n;
	return 0;
}

static int check_made_from(const json_t *document, const char *path, size_t *policies,
			   struct vt_error *err)
{
	const json_t *provenance = json_object_get(document, "provenance");
	const json_t *from = json_object_get(provenance, "made_from");
	const json_t *list = json_object_get(from, "policies"), *each;
	size_t i;

	if (!text_at(from, "vtick") || !json_is_object(json_object_get(from, "mode")) ||
	    !text_at(from, "events_sha256") || !json_array_size(list) ||
	    !text_at(provenance, "version"))
		return wrong(path, "it does not say what it was made from", err);
	json_array_foreach(list, i, each)
	{
		if (!is_policy(each))
			return wrong(path, "it does not say of which policies it is", err);
	}
	*policies = i;
	return 0;
}

/* The metrics of a cell are what stands beside these. */
static bool is_sound(const json_t *cell, uint32_t minor)
{
	static const char *const beside[] = { "trace", "policy", "status", "saturated" };
	json_t *metrics = json_copy((json_t *)cell);
	bool sound;

	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++)
		json_object_del(metrics, beside[i]);
	sound = sound_metrics(metrics, minor);
	json_decref(metrics);
	return sound;
}

static int check_cell(const json_t *cell, const json_t *policy, const char *name, const char *path,
		      uint32_t minor, struct vt_error *err)
{
	const json_t *of = json_object_get(cell, "policy");
	const char *trace = text_at(json_object_get(cell, "trace"), "name");
	const char *status = text_at(cell, "status");

	if (!trace || strcmp(trace, name))
		return wrong(path, "it is of another trace than its name says", err);
	if (!text_at(of, "name") || strcmp(text_at(of, "name"), text_at(policy, "name")) ||
	    !json_equal(json_object_get(of, "params"), json_object_get(policy, "params")))
		return wrong(path, "a cell is of another policy than it says", err);
	if (!status || (!strcmp(status, "ok") ? !is_sound(cell, minor) : !text_at(cell, "message")))
		return wrong(path, "a cell's numbers are none that it can have", err);
	return 0;
}

static int check_unreadable(struct merge_result *r, const json_t *list, const char *name,
			    const char *path, struct vt_error *err)
{
	const json_t *entry = json_array_get(list, 0);
	const char *of = text_at(entry, "name");

	if (json_array_size(list) != 1 || json_array_size(r->cells) || !of || strcmp(of, name) ||
	    !text_at(entry, "message") || !text_at(entry, "status"))
		return wrong(path, "its 'unreadable' is none of one trace", err);
	r->unreadable = entry;
	return 0;
}

static int check(struct merge_result *r, const struct merge_file *file, const char *name,
		 struct merge_common *common, struct vt_error *err)
{
	const json_t *unreadable = json_object_get(r->document, "unreadable"), *cell, *from;
	size_t policies = 0, i;
	uint32_t minor = 0;

	r->cells = json_object_get(r->document, "cells");
	if (check_head(r->document, file->path, &minor, err))
		return -1;
	if (json_object_get(r->document, "rollup"))
		return wrong(file->path, "it is of many traces, by 'vtick merge'", err);
	if (unreadable)
		return check_unreadable(r, unreadable, name, file->path, err);
	if (check_made_from(r->document, file->path, &policies, err))
		return -1;
	if (json_array_size(r->cells) != policies)
		return wrong(file->path, "it has not a cell for each policy", err);
	from = json_object_get(json_object_get(r->document, "provenance"), "made_from");
	json_array_foreach(r->cells, i, cell)
	{
		const json_t *policy = json_array_get(json_object_get(from, "policies"), i);

		if (check_cell(cell, policy, name, file->path, minor, err))
			return -1;
	}
	return agree(common, file->path, r->document, minor, err);
}

int merge_result_read(struct merge_result *r, const struct merge_file *file,
		      struct merge_common *common, struct vt_error *err)
{
	json_t *name = json_text(file->name); /* as results have it */
	int failed;

	*r = (struct merge_result){ .document = read_json(file->path, LIMIT_RESULT_SIZE, err) };
	failed = !r->document || check(r, file, json_string_value(name), common, err);
	json_decref(name);
	return failed ? -1 : 0;
}

void merge_result_free(struct merge_result *r)
{
	json_decref(r->document);
	*r = (struct merge_result){ 0 };
}

void merge_common_free(struct merge_common *c)
{
	for (size_t i = 0; i < c->policies; i++) {
		free(c->label[i]);
		free(c->name[i]);
	}
	free(c->label);
	free(c->name);
	free(c->path);
	json_decref(c->provenance);
	*c = (struct merge_common){ 0 };
}
