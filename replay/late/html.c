/* SPDX-License-Identifier: GPL-2.0-only */
/* Who was late, how late by percentile, the worst ticks, and what went on around them. */
#include "replay/late/html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/late/report.h"
#include "replay/watch/moment.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/plot.h"

/* Rows of the table of VMs and VPs, VMs of a picture, timelines and bars of one. */
enum { ROWS_MAX = 200, LINES_MAX = 12, MOMENTS_MAX = 3, BARS_MAX = 1500 };

static const char *time_text(char text[24], int64_t ns)
{
	human_time(text, 24, ns);
	return text;
}

/* ---- the answers ---- */

/* Its first line says of what, the others what. */
static void put_answer(struct html *h, const char *text)
{
	char *rest = vt_strdup(text + strcspn(text, "\n")), *line;

	for (char *p = rest; (p = strchr(p, '\n'));)
		*p = ' ';
	line = vt_format("%.*s:%s", (int)strcspn(text, "\n"), text, rest);
	html_verdict(h, 0, line);
	free(line);
	free(rest);
}

static void put_answers(struct html *h, const struct late_views *v)
{
	for (size_t i = 0; i < v->n; i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *f = vt_text_open(&text, &size);

		late_answer(f, &v->view[i]);
		vt_text_close(f);
		put_answer(h, text);
		free(text);
	}
	if (v->n > 1 || v->view[0].policy)
		html_paragraph(h, "faint",
			       "In a replay guests run when the recorded ones did: its waits are "
			       "mostly the recording's. A policy that stops the timer of a VP that "
			       "does not run has its wait for an LP under host.");
}

/* ---- who was late ---- */

static const struct html_column who_columns[] = {
	{ .title = "VM, VP", .left = true },
	{ .title = "ticks" },
	{ .title = "p50" },
	{ .title = "p99" },
	{ .title = "largest" },
	{ .title = "at s" },
	{ .group = "share of the lateness", .title = "host" },
	{ .title = "wait" },
	{ .title = "inject" },
	{ .group = "others", .title = "missed" },
	{ .title = "coalesced" },
	{ .title = "no expiry" },
};

static void put_share(struct html *h, const struct late_tally *t, enum tick_part part)
{
	char text[16] = "";
	__int128 all = 0;

	for (int p = 0; p < TICK_PARTS; p++)
		all += t->part_sum[p] > 0 ? t->part_sum[p] : 0;
	if (all)
		snprintf(text, sizeof(text), "%d %%",
			 (int)(t->part_sum[part] > 0 ? t->part_sum[part] * 100 / all : 0));
	html_cell(h, text);
}

static void put_count(struct html *h, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	html_cell(h, text);
}

static void put_row(struct html *h, const char *name, const struct late_tally *t)
{
	char text[24];

	html_row(h);
	html_cell(h, name);
	put_count(h, t->count[TICK_DELIVERED]);
	if (t->late) {
		html_cell(h, time_text(text, histogram_percentile(t->late, 500)));
		html_cell(h, time_text(text, histogram_percentile(t->late, 990)));
		html_cell(h, time_text(text, t->largest.late));
		snprintf(text, sizeof(text), "%.6f", (double)t->largest.at / 1e9);
		html_cell(h, text);
	} else {
		for (int i = 0; i < 4; i++)
			html_cell(h, "");
	}
	for (int p = 0; p < TICK_PARTS; p++)
		put_share(h, t, (enum tick_part)p);
	put_count(h, t->count[TICK_MISSED]);
	put_count(h, t->count[TICK_COALESCED]);
	put_count(h, t->count[TICK_NO_EXPIRY]);
}

static void put_who(struct html *h, const struct late_view *view)
{
	const struct late *l = &view->late;
	size_t rows = 0, all = 0;

	html_table(h, NULL, who_columns, sizeof(who_columns) / sizeof(*who_columns));
	for (uint32_t i = 0; i < l->vms; i++) {
		const struct late_vm *vm = &l->vm[i];

		if (!vm->chosen)
			continue;
		all += 1 + vm->vps;
		if (rows++ < ROWS_MAX)
			put_row(h, vm->name, &vm->tally);
		for (uint32_t k = 0; vm->vps > 1 && k < vm->vps; k++) {
			if (rows++ < ROWS_MAX)
				put_row(h, late_vp_name(l, vm->vp[k]), &l->vp[vm->vp[k]]);
		}
	}
	html_table_end(h);
	if (rows > ROWS_MAX)
		html_paragraph(h, NULL, "%d of %zu rows: --vm NAME or --json has the others.",
			       ROWS_MAX, all);
}

static void put_distribution(struct html *h, const struct late_view *view)
{
	const struct late *l = &view->late;
	struct plot_line line[LINES_MAX];
	struct plot plot = {
		.title = "How late ticks were, from deadline to delivery",
		.x_title = "share of the ticks that were no later",
		.y_title = "after the deadline",
		.x = PLOT_PERCENTILE,
		.y = PLOT_TIME,
		.line = line,
	};
	size_t left_out = 0;

	for (uint32_t i = 0; i < l->vms; i++) {
		const struct late_vm *vm = &l->vm[i];
		json_t *buckets;

		if (!vm->chosen || !vm->tally.late)
			continue;
		if (plot.lines == LINES_MAX) {
			left_out++;
			continue;
		}
		buckets = histogram_buckets(vm->tally.late);
		line[plot.lines].name = vm->name;
		line[plot.lines].steps = false;
		line[plot.lines].point = plot_histogram(buckets, &line[plot.lines].n);
		plot.lines++;
		json_decref(buckets);
	}
	html_plot(h, &plot);
	if (left_out)
		html_paragraph(h, "faint", "%zu VMs are not in the picture.", left_out);
	for (size_t i = 0; i < plot.lines; i++)
		free((struct plot_point *)line[i].point);
}

/* ---- the worst ticks ---- */

static const struct html_column worst_columns[] = {
	{ .title = "VP", .left = true },
	{ .title = "at s" },
	{ .title = "deadline s" },
	{ .title = "late" },
	{ .title = "host" },
	{ .title = "wait" },
	{ .title = "inject" },
	{ .title = "LP" },
	{ .title = "who ran there while it waited", .left = true },
};

static void put_worst(struct html *h, const struct late *l)
{
	char text[24];

	if (!l->worsts)
		return;
	html_heading(h, 3, "The worst %zu", l->worsts);
	html_table(h, NULL, worst_columns, sizeof(worst_columns) / sizeof(*worst_columns));
	for (size_t i = 0; i < l->worsts; i++) {
		const struct late_sample *s = &l->worst[i];
		char *ran = late_ran_text(l, s);

		html_row(h);
		html_cell(h, late_vp_name(l, s->vp));
		snprintf(text, sizeof(text), "%.6f", (double)s->at / 1e9);
		html_cell(h, text);
		snprintf(text, sizeof(text), "%.6f", (double)s->due / 1e9);
		html_cell(h, text);
		html_cell(h, time_text(text, s->late));
		for (int p = 0; p < TICK_PARTS; p++)
			html_cell(h, time_text(text, s->part[p]));
		snprintf(text, sizeof(text), "%" PRIu32, s->lp);
		html_cell(h, s->lp == TICK_NO_LP ? "" : text);
		html_cell(h, ran);
		free(ran);
	}
	html_table_end(h);
}

/* ---- what went on around them ---- */

/* The first tick that was delivered of one VP at a time, ns: as struct tick has it. */
struct search {
	const struct trace_meta *meta;
	const struct late_sample *sample;
	struct tick found;
	bool any;
};

static void look(void *search, const struct tick *t)
{
	struct search *s = search;

	if (!s->any && t->fate == TICK_DELIVERED && t->vp == s->sample->vp &&
	    tick_ns(t->due, s->meta->clock_hz) == s->sample->due) {
		s->found = *t;
		s->any = true;
	}
}

static int put_moment(struct late_views *v, const struct late_sample *sample, struct html *h,
		      struct vt_error *err)
{
	struct search s = { .meta = trace_reader_meta(v->reader), .sample = sample };
	struct moment m;
	char late[24], *title;
	int failed;

	if (late_view_ticks(v, &v->view[0], look, &s, err))
		return -1;
	if (!s.any)
		return 0;
	moment_begin(&m, s.meta, &s.found, BARS_MAX);
	failed = 0;
	for (size_t i = 0; !failed && i < v->n; i++) {
		moment_side(&m, v->view[i].label);
		failed = late_view_ticks(v, &v->view[i], moment_take, &m, err);
	}
	title = vt_format("%s, due at %.6f s, %s late", late_vp_name(&v->view[0].late, sample->vp),
			  (double)sample->due / 1e9, time_text(late, sample->late));
	if (!failed)
		failed = moment_put(&m, v->reader, title, h, err);
	free(title);
	moment_free(&m);
	return failed;
}

/* What an earlier one shows, too, is not shown again. */
static bool is_near(const struct late_sample *a, const struct late_sample *b)
{
	return a->due < b->at && b->due < a->at;
}

static int put_moments(struct late_views *v, struct html *h, struct vt_error *err)
{
	const struct late *l = &v->view[0].late;
	size_t shown[MOMENTS_MAX], n = 0;

	for (size_t i = 0; i < l->worsts && n < MOMENTS_MAX; i++) {
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again |= is_near(&l->worst[shown[k]], &l->worst[i]);
		if (again)
			continue;
		if (!n)
			html_heading(h, 2, "Around the worst ticks");
		shown[n++] = i;
		if (put_moment(v, &l->worst[i], h, err))
			return -1;
	}
	if (n)
		html_paragraph(h, "faint", "%zu moment%s of a trace of %" PRIu64 " event%s.", n,
			       human_s(n), trace_reader_events(v->reader),
			       human_s(trace_reader_events(v->reader)));
	return 0;
}

/* ---- the whole ---- */

int late_html(struct late_views *v, const char *command, FILE *to, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(v->reader);
	struct html h;
	int failed = 0;

	html_begin(&h, to, "vtick late");
	html_paragraph(&h, NULL, "%s: %.6f s, %" PRIu32 " LPs, %" PRIu32 " VPs", v->path,
		       (double)(v->span.to_ns - v->span.from_ns) / 1e9, meta->lps, meta->vps);
	if (!v->n)
		html_paragraph(&h, NULL,
			       "Nothing was recorded of expiries: -p POLICY shows what a "
			       "replay makes of it.");
	else
		put_answers(&h, v);
	for (size_t i = 0; i < v->n; i++) {
		html_heading(&h, 2, "%s",
			     v->view[i].policy ? v->view[i].label : "As it was recorded");
		put_who(&h, &v->view[i]);
		put_distribution(&h, &v->view[i]);
		put_worst(&h, &v->view[i].late);
	}
	if (v->n)
		failed = put_moments(v, &h, err);
	html_end(&h, command);
	return failed;
}
