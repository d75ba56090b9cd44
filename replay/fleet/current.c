/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/fleet/current.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "replay/plugin/build_id.h"
#include "replay/watch/survey.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* For a linker that gives none: what the program's file hashes to. */
static void hash_of_program(char hex[65])
{
	FILE *f = fopen("/proc/self/exe", "re");
	uint8_t block[65536], digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	size_t n;

	*hex = '\0';
	if (!f)
		return;
	sha256_init(&ctx);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		sha256_update(&ctx, n, block);
	fclose(f);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* vtick's own build. */
static const char *own_build(void)
{
	static char hex[65];

	if (!*hex)
		build_id_of((const void *)hash_of_program, hex, sizeof(hex));
	if (!*hex)
		hash_of_program(hex);
	return hex;
}

/* One policy: what it is called, how it is set, and which build of it; a kind by its sources. */
static json_t *policy(const struct run_cell *c)
{
	const struct plugin *p = c->plugin;
	json_t *o = json_make("{s:s, s:o, s:O}", "name", p->policy->name, "label",
			      json_text(c->label), "params", c->params);

	if (p->built)
		json_object_set(o, "built", p->built);
	else
		json_put(o, "build_id", json_text(p->build_id));
	return o;
}

static json_t *mode(const struct run *run)
{
	const struct plugin *base = run->trace[0].base;
	json_t *o =
	    json_make("{s:b, s:s, s:b}", "against_recording", run->against, "away",
		      run->away_recorded ? "recorded" : "drawn", "closed_loop", run->closed);

	if (run->against && run->window_ns != WINDOW_OF_RECORDING)
		json_put_exact(o, "window_ns", run->window_ns);
	if (run->closed)
		json_put_exact(o, "residuals", run->residuals);
	if (run->bound)
		json_put(o, "bound", json_text(bound_rides[run->rides]));
	if (base)
		json_put(o, "base",
			 json_make("{s:o, s:s}", "spec", json_text(base->spec), "build_id",
				   base->build_id));
	return o;
}

json_t *current_made_from(const struct run *run)
{
	json_t *policies = json_array();

	for (size_t i = 0; i < run->cells; i++)
		json_push(policies, policy(&run->cell[i]));
	return json_make("{s:O, s:s, s:o, s:o, s:o}", "events_sha256",
			 json_object_get(run->trace[0].info, "sha256"), "vtick", own_build(),
			 "mode", mode(run), "policies", policies, "costs",
			 run->has_costs ? json_text(run->costs.hash) : json_null());
}

/* Of a trace that is cut off the header does not tell the hash. */
static int hash_truncated(struct run_trace *t)
{
	struct vt_error ignored;
	struct trace_reader *r = trace_reader_open(t->path, &ignored);
	char hex[65];
	int failed = !r || trace_hash_file(r, hex, &ignored);

	trace_reader_close(r);
	if (!failed)
		json_put(t->info, "sha256", json_text(hex));
	return failed;
}

/* How well off the cells are. */
static enum current look_at_cells(const json_t *cells)
{
	enum current c = CURRENT_WHOLE;
	const json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell)
	{
		const char *status = json_string_value(json_object_get(cell, "status"));

		if (!status || !strcmp(status, cell_status_name(CELL_TIMEOUT)) ||
		    !strcmp(status, cell_status_name(CELL_MEMORY)) ||
		    json_integer_value(json_object_get(cell, "signal")) == SIGKILL)
			return CURRENT_NOT;
		if (strcmp(status, "ok"))
			c = CURRENT_LOST;
	}
	return c;
}

enum current current_look(const json_t *document, struct run *run)
{
	const json_t *provenance = json_object_get(document, "provenance");
	const json_t *from = json_object_get(provenance, "made_from");
	const json_t *cells = json_object_get(document, "cells");
	const json_t *trace = json_object_get(json_array_get(cells, 0), "trace");
	bool same;
	json_t *now;

	if (!from || json_array_size(cells) != run->cells ||
	    json_object_get(document, "unreadable"))
		return CURRENT_NOT;
	if (run->trace[0].truncated && hash_truncated(&run->trace[0]))
		return CURRENT_NOT;
	now = current_made_from(run);
	/* The header of a trace may change without its events. */
	same = json_equal(now, from) && json_equal(run->trace[0].info, trace);
	json_decref(now);
	return same ? look_at_cells(cells) : CURRENT_NOT;
}
