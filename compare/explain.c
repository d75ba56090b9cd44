/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/explain_job.h"
#include "replay/watch/moment.h"
#include "traces/base/call_files.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/trace.h"

/* Each takes two replays. */
#define CELLS_MAX 5

/* Runs of VPs in a picture. */
#define BARS_MAX 1000

static int tell(struct explain_job *j, FILE *to, struct vt_error *err)
{
	struct trace_reader *r;
	const struct trace_meta *meta;
	struct parting p;
	const struct fate *f;

	safe_print(SAFE_UTF8, to, "%s, %s: ", j->pair->trace, j->pair->policy);
	if (!fates_part(j->fates, &p)) {
		fputs("no tick's fate differs\n", to);
		return 0;
	}
	r = trace_reader_open(j->trace, err);
	if (!r)
		return -1;
	meta = trace_reader_meta(r);
	f = &j->fates[p.count[0] ? 0 : 1].fate[p.first[p.count[0] ? 0 : 1]];
	safe_print(SAFE_UTF8, to,
		   "the first tick whose fate differs is that of %s (VP %" PRIu32
		   "), due at %" PRId64 " ns (machine tick %" PRId64 "), LP ",
		   f->vp < meta->vps ? meta->vp[f->vp].name : "?", f->vp,
		   explain_ns(f->due, meta->clock_hz), f->due);
	if (f->lp == UINT32_MAX)
		fputs("none", to);
	else
		fprintf(to, "%" PRIu32, f->lp);
	fprintf(to, "; fates that agree before it: %" PRIu64 "\n", p.alike);
	explain_tell_sides(to, j, &p, meta->clock_hz);
	trace_reader_close(r);
	fputs("  events of this VP and LP around the deadline:\n", to);
	return explain_events(to, j->trace, f->due < 0 ? 0 : (uint64_t)f->due, f->vp, f->lp, err);
}

/* A fate as the pictures have it. */
static struct tick as_tick(const struct fate *f)
{
	static const enum tick_fate fates[FATE_KINDS] = {
		[FATE_DELIVERED] = TICK_DELIVERED,
		[FATE_COALESCED] = TICK_COALESCED,
		[FATE_MISSED] = TICK_MISSED,
		[FATE_PENDING] = TICK_PENDING,
	};
	int64_t expired = f->pended == FATE_NEVER ? TICK_NEVER : f->pended;

	return (struct tick){ .fate = fates[f->kind],
			      .vp = f->vp,
			      .lp = f->lp,
			      .count = f->count,
			      .due = f->due,
			      .expired = expired,
			      .starts = f->at,
			      .at = f->at };
}

/* The first fate that differs, of the side on which it took longer. */
static struct tick parting_tick(const struct explain_job *j, const struct parting *p)
{
	struct tick longest = { .at = INT64_MIN };

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < p->count[side]; i++) {
			struct tick t = as_tick(&j->fates[side].fate[p->first[side] + i]);

			if (t.at > longest.at)
				longest = t;
		}
	}
	return longest;
}

/* Both sides around the first tick whose fate differs, as a part of a page. */
static int draw(struct explain_job *j, FILE *to, struct vt_error *err)
{
	struct html h = { .to = to };
	struct trace_reader *r;
	struct moment m;
	struct parting p;
	struct tick about;
	char *title;
	int failed;

	if (!fates_part(j->fates, &p))
		return 0;
	r = trace_reader_open(j->trace, err);
	if (!r)
		return -1;
	about = parting_tick(j, &p);
	moment_begin(&m, trace_reader_meta(r), &about, BARS_MAX);
	for (int side = 0; side < 2; side++) {
		moment_side(&m, j->c->side[side].name);
		for (size_t i = 0; i < j->fates[side].n; i++) {
			struct tick t = as_tick(&j->fates[side].fate[i]);

			moment_take(&m, &t);
		}
	}
	title =
	    vt_format("%s, %s: the first tick whose fate differs", j->pair->trace, j->pair->policy);
	failed = moment_put(&m, r, title, &h, err);
	free(title);
	moment_free(&m);
	trace_reader_close(r);
	return failed;
}

/* What @put makes of it, added to @to. */
static int add_text(struct explain_job *j, struct texts *to,
		    int (*put)(struct explain_job *j, FILE *to, struct vt_error *err),
		    struct vt_error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);
	int failed = put(j, f, err);

	vt_text_close(f);
	if (!failed)
		texts_add(to, "%s", text);
	free(text);
	return failed;
}

/* 0, also if it can't be explained, which is a warning then, or -1. */
static int explain_pair(struct explain_job *j, struct vt_error *err)
{
	int failed = 0;

	j->trace = vt_format("%s/%s.vtt", j->o->trace_dir, j->pair->trace);
	call_reads(j->trace);
	if (strchr(j->pair->trace, '/')) {
		texts_add(&j->c->warnings,
			  "--explain: '%s' is a path, expected the name of a trace",
			  j->pair->trace);
	} else if (access(j->trace, R_OK)) {
		texts_add(&j->c->warnings, "--explain: %s: %s: give its folder by --trace-dir",
			  j->trace, strerror(errno));
	} else if (!(failed = explain_replay(j, 0, err)) && !(failed = explain_replay(j, 1, err))) {
		failed = add_text(j, &j->c->explained, tell, err);
		if (!failed)
			failed = add_text(j, &j->c->pictures, draw, err);
		if (!failed && j->o->reduce)
			failed = add_text(j, &j->c->explained, explain_reduce, err);
	}
	free(j->trace);
	fates_free(&j->fates[0]);
	fates_free(&j->fates[1]);
	return failed < 0 ? -1 : 0;
}

int comparison_explain(struct comparison *c, const struct explain_options *o, struct vt_error *err)
{
	size_t cells = 0;

	/* A digest's rows stand by cell, in the order in which rows are told. */
	for (size_t i = 0; i < c->rows; i++) {
		const struct row *r = &c->row[c->order[i]];
		struct explain_job j = { .c = c, .o = o, .pair = r->pair };

		if (r->metric->kind != TEXT || r->verdict == SAME)
			continue;
		if (cells++ < CELLS_MAX && explain_pair(&j, err))
			return -1;
	}
	if (cells > CELLS_MAX)
		texts_add(&c->warnings,
			  "--explain: %zu more cells with other digests are not explained",
			  cells - CELLS_MAX);
	if (!cells)
		texts_add(
		    &c->explained, "%s",
		    c->pairs
			? "Nothing to explain: the guests of every cell got the same ticks at the "
			  "same time.\n"
			: "Nothing to explain: nothing was compared.\n");
	return 0;
}
