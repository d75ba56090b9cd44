/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/fleet.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "replay/fleet/current.h"
#include "replay/fleet/plan.h"
#include "replay/fleet/results.h"
#include "replay/run/remarks.h"
#include "replay/run/result.h"
#include "replay/run/runner.h"
#include "replay/run/select.h"
#include "traces/base/cli.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/read_whole.h"
#include "traces/base/safe_text.h"

/* So many results are told to lack cells, one by one; the others are counted. */
#define TOLD_MAX 20u

struct one;

struct fleet {
	const struct fleet_request *q;
	const struct run *set; /* what all runs have in common: settings and policies */
	struct fleet_list list;
	struct fleet_trace **todo; /* of this shard, the largest first */
	size_t n, next;
	bool fatal; /* what is wrong is no trace's fault */
	struct one *on_its_way;
	struct fleet_counts *counts;
};

/* One trace on its way. */
struct one {
	struct run run;
	struct fleet_trace *trace;
	struct one *beside; /* another one on its way */
};

static struct one *open_one(struct fleet *f, struct fleet_trace *t, bool quiet,
			    struct vt_error *err)
{
	struct one *o = vt_alloc(sizeof(*o));

	o->run = *f->set;
	o->run.quiet = quiet;
	o->trace = t;
	if (!run_open_trace(&o->run, t->path, t->name, err))
		return o;
	f->fatal = o->run.twins;
	run_close_traces(&o->run);
	free(o);
	return NULL;
}

static void close_one(struct one *o)
{
	run_close_traces(&o->run);
	free(o);
}

/* The trace cannot be read, as @why says. 0, or -1: it ends the call. */
static int set_aside(struct fleet *f, struct fleet_trace *t, const struct vt_error *why,
		     struct vt_error *err)
{
	json_t *document;
	int failed;

	if (!f->q->keep_going || f->fatal) {
		*err = *why;
		return -1;
	}
	free(t->wrong);
	t->wrong = fleet_wrong(t->path, why);
	t->done = true;
	f->counts->unreadable++;
	document = results_unreadable(t->name, t->wrong);
	failed = results_write(f->q->folder, t->name, document, err);
	json_decref(document);
	return failed;
}

/* ---- what is there ---- */

/* What is of others stays. */
static int check_place(const char *path, const json_t *document, struct vt_error *err)
{
	if (!document || results_ours(document))
		return 0;
	return vt_error_set(err, path, VT_NO_OFFSET,
			    "would be overwritten, and was not made by 'vtick replay -O', expected "
			    "another folder, or nothing there");
}

static int look_at(struct fleet *f, struct fleet_trace *t, struct vt_error *err)
{
	char *path = results_path(f->q->folder, t->name);
	struct vt_error ignored, why;
	json_t *document = read_json(path, LIMIT_RESULT_SIZE, &ignored);
	int failed = check_place(path, document, err);
	struct one *o = failed ? NULL : open_one(f, t, true, &why);

	free(path);
	if (o) {
		enum current c = current_look(document, &o->run);

		t->done = c != CURRENT_NOT;
		f->counts->current += t->done;
		f->counts->lost += c == CURRENT_LOST;
		close_one(o);
	} else if (!failed) {
		failed = set_aside(f, t, &why, err);
	}
	json_decref(document);
	return failed;
}

/* Leaves in f->todo what is to be done. */
static int look(struct fleet *f, struct runner_signals *signals, struct vt_error *err)
{
	struct fleet_trace **order = shard_order(&f->list);
	struct cli_progress progress;
	int failed = 0;

	f->todo = vt_array(f->list.n + 1, sizeof(struct fleet_trace *));
	cli_progress_start(&progress, "replay", "results looked at", f->list.n / f->q->shard.parts);
	for (size_t i = 0; !failed && i < f->list.n; i++) {
		if (order[i]->shard != f->q->shard.part - 1)
			continue;
		f->counts->traces++;
		failed = look_at(f, order[i], err);
		if (!order[i]->done)
			f->todo[f->n++] = order[i];
		if (!failed)
			failed = runner_signalled(signals);
		cli_progress(&progress, f->counts->traces);
	}
	cli_progress_end(&progress);
	free(order);
	return failed;
}

/* ---- what is not ---- */

static int next(void *arg, struct run **run, struct vt_error *err)
{
	struct fleet *f = arg;
	struct one *o = NULL;

	*run = NULL;
	while (!o && f->next < f->n) {
		struct fleet_trace *t = f->todo[f->next++];
		struct vt_error why;

		o = open_one(f, t, false, &why);
		if (!o && set_aside(f, t, &why, err))
			return -1;
	}
	if (o) {
		o->run.among = f->n - f->next + 1;
		o->beside = f->on_its_way;
		f->on_its_way = o;
		*run = &o->run;
	}
	return 0;
}

static int keep(struct fleet *f, const struct one *o, struct vt_error *err)
{
	json_t *document = result_document(&o->run, f->q->command);
	int failed;

	json_put(json_object_get(document, "provenance"), "made_from", current_made_from(&o->run));
	failed = results_write(f->q->folder, o->trace->name, document, err);
	json_decref(document);
	return failed;
}

static void remark(struct fleet *f, const struct run *run)
{
	struct fleet_counts *c = f->counts;

	c->made++;
	c->lost += remarks_lost(run, c->lost < TOLD_MAX) > 0;
	c->empty += remarks_empty(run, c->empty < TOLD_MAX) > 0;
	c->saturated += remarks_saturated(run, c->saturated < TOLD_MAX) > 0;
}

static void take_out(struct fleet *f, const struct one *o)
{
	struct one **at = &f->on_its_way;

	while (*at != o)
		at = &(*at)->beside;
	*at = o->beside;
}

static int done(void *arg, struct run *run, const struct vt_error *broken, struct vt_error *err)
{
	struct fleet *f = arg;
	struct one *o = (struct one *)((char *)run - offsetof(struct one, run));
	int failed;

	take_out(f, o);
	if (broken) {
		failed = set_aside(f, o->trace, broken, err);
	} else {
		failed = keep(f, o, err);
		remark(f, run);
	}
	close_one(o);
	return failed;
}

static int replay(struct fleet *f, struct runner_signals *signals, struct vt_error *err)
{
	struct runner_source source = {
		.arg = f, .jobs = f->set->jobs, .next = next, .done = done
	};

	for (size_t i = 0; i < f->n; i++)
		source.events += f->todo[i]->events * f->set->plugins;
	return runner_stream(&source, signals, err);
}

/* ---- */

/* The policies, which without any given are told from all the traces, whatever the shard. */
static int load_policies(const struct fleet *f, struct selected *selected, struct run *set,
			 struct vt_error *err)
{
	const char **paths = vt_array(f->list.n + 1, sizeof(*paths));
	int failed;

	for (size_t i = 0; i < f->list.n; i++)
		paths[i] = f->list.trace[i].path;
	failed = select_policies(selected, f->q->policies, f->q->policies_n, paths, f->list.n, err);
	free(paths);
	if (!failed)
		failed =
		    run_load_policies(set, (const char *const *)selected->spec, selected->n, err);
	if (!failed)
		remarks_sandbox(set);
	return failed;
}

/* All that could not be read, at the end, where it is seen. */
static void tell_unreadable(const struct fleet *f)
{
	for (size_t i = 0; i < f->list.n; i++) {
		const struct fleet_trace *t = &f->list.trace[i];
		struct vt_error line;

		if (!t->done || !t->wrong)
			continue;
		vt_error_set(&line, t->path, VT_NO_OFFSET, "%s", t->wrong);
		vt_error_print(&line);
	}
}

/* Signals are the runner's meanwhile. */
static int replay_what_lacks(struct fleet *f, struct run *set, struct vt_error *err)
{
	struct selected selected = { 0 };
	struct runner_signals signals;
	int failed;

	runner_block(&signals);
	failed = load_policies(f, &selected, set, err) || look(f, &signals, err) ||
		 replay(f, &signals, err);
	while (f->on_its_way) {
		struct one *o = f->on_its_way;

		f->on_its_way = o->beside;
		close_one(o);
	}
	selected_free(&selected);
	if (signals.pending) {
		vt_error_set(err, NULL, VT_NO_OFFSET,
			     "interrupted: what is done is in %s, and the same command goes on",
			     f->q->folder);
		vt_error_print(err);
	}
	runner_unblock(&signals);
	return failed;
}

/* A merge takes all that is in the folder. */
static int warn_of_others(const struct fleet *f, struct vt_error *err)
{
	struct paths paths = { 0 };
	int failed = folder_walk(&paths, f->q->folder, RESULTS_SUFFIX, err);
	char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; !failed && i < paths.n; i++) {
		char *name = results_name(f->q->folder, paths.path[i]);

		if (fleet_list_has(&f->list, name)) {
			free(name);
			continue;
		}
		if (!n++ || strcmp(name, first) < 0) {
			free(first);
			first = name;
		} else {
			free(name);
		}
	}
	if (n)
		vt_warn(f->q->folder,
			"it holds %zu result%s of traces that were not given now, '%s' first: "
			"'vtick merge' takes them, too",
			n, human_s(n), first);
	free(first);
	paths_free(&paths);
	return failed;
}

int fleet_replay(const struct fleet_request *q, struct run *set, struct fleet_counts *counts,
		 struct vt_error *err)
{
	struct fleet f = { .q = q, .set = set, .counts = counts };
	int failed;

	*counts = (struct fleet_counts){ 0 };
	failed = fleet_list_make(&f.list, q->traces, q->n, q->from, err) ||
		 results_folder(q->folder, err);
	if (!failed) {
		fleet_list_survey(&f.list);
		shard_share(&f.list, q->shard.parts);
		failed = plan_write(q->folder, &f.list, err) || replay_what_lacks(&f, set, err) ||
			 warn_of_others(&f, err);
	}
	tell_unreadable(&f);
	fleet_list_free(&f.list);
	free(f.todo);
	return failed ? -1 : 0;
}

static void print_count(FILE *to, size_t n, const char *before, const char *what)
{
	if (n)
		fprintf(to, "%s%zu %s", before, n, what);
}

void fleet_print(FILE *to, const struct fleet_request *q, const struct fleet_counts *c)
{
	safe_put(SAFE_TEXT, to, q->folder);
	fputs(": ", to);
	if (q->shard.parts > 1)
		fprintf(to, "shard %u/%u: ", q->shard.part, q->shard.parts);
	fprintf(to, "%zu trace%s: %zu replayed", c->traces, human_s(c->traces), c->made);
	print_count(to, c->current, ", ", "current");
	print_count(to, c->unreadable, ", ", "unreadable");
	print_count(to, c->lost, "; lost cells in ", c->lost == 1 ? "result" : "results");
	print_count(to, c->empty, "; nothing to compare in ", "of those replayed");
	print_count(to, c->saturated, "; numbers of 2^53 and more in ", "of those replayed");
	fputc('\n', to);
}
