/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/kinds/built.h"
#include "replay/run/result.h"
#include "replay/run/select.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/meta.h"
#include "traces/trace.h"

static char *trace_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = vt_strdup(slash ? slash + 1 : path);
	size_t n = strlen(name);

	if (n > 4 && !strcmp(name + n - 4, ".vtt"))
		name[n - 4] = '\0';
	return name;
}

/* A limit that is lower is of the cell alone. */
#define LOAD_LEAST_NS UINT64_C(1000000000)

/* Results are compared by name, so each tree needs one of its own. */
static int check_trees(const struct run *run, const struct plugin *p, struct vt_error *err)
{
	for (const struct plugin *o = run->plugin; p->built && o < p; o++) {
		if (o->built && !strcmp(o->policy->name, p->policy->name) &&
		    !built_same(o->built, p->built))
			return vt_error_set(err, p->spec, VT_NO_OFFSET,
					    "is another tree than that of '%s', and both policies "
					    "are called '%s': give them names (name=...)",
					    o->spec, p->policy->name);
	}
	return 0;
}

/* What a policy takes to say what it is is none of a trace's, but a limit of the user's holds. */
static uint64_t load_limit_ns(const struct run *run)
{
	uint64_t limit = run->timeout_ns;

	if (!limit || limit > PLUGIN_LOAD_NS)
		return PLUGIN_LOAD_NS;
	return limit < LOAD_LEAST_NS ? LOAD_LEAST_NS : limit;
}

int run_load_policies(struct run *run, const char *const *specs, size_t n, struct vt_error *err)
{
	run->plugin = vt_alloc((n + 1) * sizeof(*run->plugin));
	for (run->plugins = 0; run->plugins < n;) {
		const struct plugin_beside beside = { .loaded = run->plugin,
						      .n = run->plugins,
						      .boxed = !run->no_sandbox,
						      .limit_ns = load_limit_ns(run) };
		struct plugin *p = &run->plugin[run->plugins++];

		if (plugin_load_beside(p, specs[beside.n], &beside, err) ||
		    check_trees(run, p, err))
			return -1;
	}
	return 0;
}

/* "virtual:switch=keep": the name that the policy has itself, and what was set. */
static char *cell_label(const struct plugin *p)
{
	return vt_format("%s%s%s", p->policy->name, p->args ? ":" : "", p->args ? p->args : "");
}

static json_int_t number_of(const struct run_cell *c, const char *object, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(c->metrics, object), key));
}

unsigned run_whens(const struct run *run)
{
	return ~(1u << WHEN_COSTS | 1u << WHEN_BOUND) | (unsigned)run->has_costs << WHEN_COSTS |
	       (unsigned)run->bound << WHEN_BOUND;
}

bool run_cell_empty(const struct run_cell *c)
{
	/* A timer that was armed before the trace began is no write, but ticks. */
	return !number_of(c, "arms", "total") && !number_of(c, "arms", "inferred") &&
	       !number_of(c, "ticks", "due");
}

const json_t *run_cell_metric(const struct run_cell *c, const char *path)
{
	return metric_value(c->metrics, path);
}

uint64_t run_trace_number(const struct run_trace *t, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(t->info, key));
}

char *run_cell_name(const struct run_cell *c)
{
	return vt_format("%s: %s", c->trace->name, c->label);
}

/* Of a trace of no size, and for each million events. */
#define LIMIT_NS UINT64_C(10000000000)
#define LIMIT_MILLION_NS UINT64_C(2000000000)

uint64_t run_limit_ns(const struct run *run, const struct run_trace *trace)
{
	if (run->timeout_ns != RUN_TIMEOUT_AUTO)
		return run->timeout_ns;
	return LIMIT_NS + trace->events / 1000000 * LIMIT_MILLION_NS;
}

/* Its policy is lost, and the cell with it. */
static void lose(struct run_cell *c)
{
	static const enum cell_status status[] = {
		[PLUGIN_CRASHED] = CELL_CRASHED,
		[PLUGIN_TIMEOUT] = CELL_TIMEOUT,
		[PLUGIN_MEMORY] = CELL_MEMORY,
		[PLUGIN_MISUSED] = CELL_MISUSED,
	};

	c->status = status[c->plugin->lost];
	c->signal = c->plugin->signal;
	snprintf(c->message, sizeof(c->message), "%.*s", (int)sizeof(c->message) - 1,
		 c->plugin->why);
}

static int check_twins(struct run *run, const struct run_cell *c, struct vt_error *err)
{
	for (const struct run_cell *o = run->cell; o < c; o++) {
		if (o->trace != c->trace ||
		    strcmp(o->plugin->policy->name, c->plugin->policy->name) ||
		    !json_equal(o->params, c->params))
			continue;
		run->twins = true;
		return vt_error_set(
		    err, c->plugin->spec, VT_NO_OFFSET,
		    "is '%s' with the parameters of '%s' on trace %s, expected each once: "
		    "results are compared by them",
		    c->plugin->policy->name, o->plugin->spec, c->trace->name);
	}
	return 0;
}

static int make_cells(struct run *run, struct run_trace *t, const struct trace_meta *meta,
		      struct vt_error *err)
{
	for (size_t i = 0; i < run->plugins; i++) {
		struct run_cell *c = &run->cell[run->cells++];

		c->trace = t;
		c->plugin = &run->plugin[i];
		c->options = plugin_options(c->plugin, meta);
		c->params = plugin_params(c->plugin, &c->options);
		if (run->has_costs) {
			c->options.costs = &run->costs;
			json_put(c->params, "costs", json_text(run->costs.hash));
		}
		if (run->away_recorded) {
			c->options.away_recorded = true;
			json_put(c->params, "away", json_text("recorded"));
		}
		if (run->closed)
			json_put(c->params, "loop", json_text("closed"));
		if (run->closed && run->residuals != RESIDUALS_ALL) {
			char percent[16];

			snprintf(percent, sizeof(percent), "%u", run->residuals);
			json_put(c->params, "residuals", json_text(percent));
		}
		c->label = cell_label(c->plugin);
		c->event = NO_EVENT;
		if (c->plugin->lost)
			lose(c);
		else if (check_twins(run, c, err))
			return -1;
	}
	return 0;
}

static int open_trace(struct run *run, struct run_trace *t, struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(t->path, err);

	if (!r)
		return -1;
	t->events = trace_reader_events(r);
	t->lps = trace_reader_meta(r)->lps;
	t->vps = trace_reader_meta(r)->vps;
	t->truncated = trace_reader_truncated(r);
	t->info = result_trace(t->name, r);
	if (t->truncated && !run->quiet)
		vt_warn(t->path, "the file is cut off: only its first %" PRIu64 " event%s replayed",
			t->events, t->events == 1 ? " is" : "s are");

	if (run->away_recorded && !run->quiet &&
	    !trace_meta_since(trace_reader_meta(r), trace_type_name(TRACE_AWAY)))
		vt_warn(t->path,
			"the trace has no AWAY events: with --away recorded no interrupt waits");

	int failed = make_cells(run, t, trace_reader_meta(r), err);

	if (!failed && run->closed) {
		t->base = vt_alloc(sizeof(*t->base));
		failed = plugin_load(t->base, select_base(t->path), !run->no_sandbox, err);
		if (!failed) {
			t->base_options = plugin_options(t->base, trace_reader_meta(r));
			t->base_options.away_recorded = run->away_recorded;
			t->residuals = run->residuals;
		}
	}

	trace_reader_close(r);
	return failed;
}

static void begin_traces(struct run *run, size_t n)
{
	run->trace = vt_alloc((n + 1) * sizeof(*run->trace));
	run->cell = vt_alloc((n * run->plugins + 1) * sizeof(*run->cell));
	run->traces = run->cells = 0;
}

int run_open_traces(struct run *run, const char *const *paths, size_t n, struct vt_error *err)
{
	begin_traces(run, n);
	while (run->traces < n) {
		struct run_trace *t = &run->trace[run->traces++];

		t->path = paths[t - run->trace];
		t->name = trace_name(t->path);
		for (struct run_trace *o = run->trace; o < t; o++) {
			if (!strcmp(o->name, t->name))
				return vt_error_set(
				    err, t->path, VT_NO_OFFSET,
				    "the name '%s' is taken by %s, expected another: "
				    "results are compared by it",
				    t->name, o->path);
		}
		if (open_trace(run, t, err))
			return -1;
	}
	return 0;
}

int run_open_trace(struct run *run, const char *path, const char *name, struct vt_error *err)
{
	begin_traces(run, 1);
	run->traces = 1;
	run->trace->path = path;
	run->trace->name = vt_strdup(name);
	return open_trace(run, run->trace, err);
}

void run_close_traces(struct run *run)
{
	for (size_t i = 0; i < run->cells; i++) {
		free(run->cell[i].label);
		json_decref(run->cell[i].params);
		json_decref(run->cell[i].metrics);
	}
	for (size_t i = 0; i < run->traces; i++) {
		free(run->trace[i].name);
		json_decref(run->trace[i].info);
		if (run->trace[i].base)
			plugin_free(run->trace[i].base);
		free(run->trace[i].base);
	}
	free(run->cell);
	free(run->trace);
	run->cell = NULL;
	run->trace = NULL;
	run->cells = run->traces = 0;
}

void run_free(struct run *run)
{
	run_close_traces(run);
	for (size_t i = 0; i < run->plugins; i++)
		plugin_free(&run->plugin[i]);
	free(run->plugin);
}
