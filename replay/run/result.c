/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "replay/catalogue.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

json_t *result_trace(const char *name, const struct trace_reader *r)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	const json_t *class = json_object_get(meta->more, "class");
	const json_t *unseen = json_object_get(meta->more, "unseen_ticks");
	json_int_t ticks = json_integer_value(unseen);
	json_t *o = json_object();

	json_put(o, "name", json_text(name));
	json_put(o, "sha256", json_text(trace_reader_sha256(r)));
	json_put(o, "class",
		 json_text(json_is_string(class) ? json_string_value(class) : "unknown"));
	json_put(o, "clock_hz", json_exact(meta->clock_hz));
	json_put(o, "duration_ns", json_exact(trace_ticks_to_ns(meta->end, meta->clock_hz)));
	json_put(o, "lps", json_exact(meta->lps));
	json_put(o, "vps", json_exact(meta->vps));
	json_put(o, "events", json_exact(trace_reader_events(r)));
	json_put(o, "unseen_ticks", json_exact(ticks > 0 ? (uint64_t)ticks : 0));
	json_put(
	    o, "truncated",
	    json_boolean(trace_reader_truncated(r) || trace_meta_truncated(trace_reader_meta(r))));
	return o;
}

static json_t *host_json(void)
{
	struct utsname u;

	if (uname(&u))
		return json_null();
	return json_make("{s:o, s:o, s:o}", "sysname", json_text(u.sysname), "release",
			 json_text(u.release), "machine", json_text(u.machine));
}

static const char *compiler(void)
{
#ifdef __clang__
	return __VERSION__;
#else
	return "gcc " __VERSION__;
#endif
}

static json_t *provenance(const struct run *run, const char *command)
{
	json_t *plugins = json_array();
	json_t *o = json_object();

	for (size_t i = 0; i < run->plugins; i++) {
		const struct plugin *p = &run->plugin[i];

		json_push(plugins, json_make("{s:s, s:o, s:s}", "name", p->policy->name, "spec",
					     json_text(p->spec), "build_id", p->build_id));
	}
	json_put(o, "version", json_text(vtick_version()));
	json_put(o, "host", host_json());
	json_put(o, "compiler", json_text(compiler()));
	json_put(o, "command", json_text(command));
	json_put(o, "jobs", json_exact(run->jobs));
	json_put(o, "plugins", plugins);
	if (run->has_costs)
		json_put(o, "costs", costs_json(&run->costs));
	return o;
}

json_t *result_policy(const struct run_cell *c)
{
	json_t *o = json_make("{s:s, s:O}", "name", c->plugin->policy->name, "params", c->params);

	if (c->plugin->built)
		json_object_set(o, "built", c->plugin->built);
	return o;
}

static json_t *cell_json(const struct run_cell *c)
{
	json_t *o = json_object(), *saturated;

	json_object_set(o, "trace", c->trace->info);
	json_put(o, "policy", result_policy(c));
	json_put(o, "status", json_text(cell_status_name(c->status)));
	if (c->status == CELL_OK) {
		json_object_update(o, c->metrics);
		saturated = json_saturated(o);
		if (saturated)
			json_put(o, "saturated", saturated);
		return o;
	}
	json_put(o, "message", json_text(c->message));
	json_put(o, "event", c->event == NO_EVENT ? json_null() : json_exact(c->event));
	if (c->signal)
		json_put(o, "signal", json_integer(c->signal));
	return o;
}

json_t *result_document(const struct run *run, const char *command)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < run->cells; i++)
		json_push(cells, cell_json(&run->cell[i]));
	return json_make("{s:s, s:I, s:o, s:o}", "schema", "vtick.result/1", "minor",
			 (json_int_t)metrics_minor(), "provenance", provenance(run, command),
			 "cells", cells);
}

char *result_print(const json_t *document)
{
	char *text = json_print(document, JSON_SORT_KEYS | JSON_INDENT(1));
	size_t n = strlen(text);

	text = vt_realloc(text, n + 2);
	memcpy(text + n, "\n", 2);
	return text;
}
