/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer in a sentence, who was late, the worst ticks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/late/histogram_text.h"
#include "replay/late/report.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/sort.h"
#include "traces/base/text_table.h"

/* Lines of the table of VMs and VPs; VMs come first. */
#define ROWS_MAX 48u
/* Names that a line of the worst ticks has room for. */
#define RAN_MAX 3u

#define TIME_TEXT 24

static const char *time_text(char text[TIME_TEXT], int64_t ns)
{
	human_time(text, TIME_TEXT, ns);
	return text;
}

/* ---- the answer ---- */

static int64_t percentile(const struct late_tally *t, unsigned per_mille)
{
	return t->late ? histogram_percentile(t->late, per_mille) : INT64_MIN;
}

/* Whose 99th percentile is higher, of equal ones whose largest. */
static bool later(const struct late_tally *a, const struct late_tally *b)
{
	int64_t x = percentile(a, 990), y = percentile(b, 990);

	return x != y ? x > y : a->late && a->largest.late > b->largest.late;
}

struct ranked {
	const struct late_vm *vm;
	size_t place;
};

static int latest_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (later(&x->vm->tally, &y->vm->tally))
		return -1;
	if (later(&y->vm->tally, &x->vm->tally))
		return 1;
	return order_u64(x->place, y->place);
}

/* Of a VM in any of the views. */
static bool has_ticks(const struct late_views *v, uint32_t vm)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!late_silent(&v->view[i].late.vm[vm].tally))
			return true;
	}
	return false;
}

/* The chosen VMs of which there is something to say, the latest first; malloc'ed, *@n of them. */
static struct ranked *rank(const struct late_views *v, const struct late *l, size_t *n)
{
	struct ranked *r = vt_array((size_t)l->vms + 1, sizeof(*r));

	*n = 0;
	for (uint32_t i = 0; i < l->vms; i++) {
		if (l->vm[i].chosen && (!v || has_ticks(v, i))) {
			r[*n] = (struct ranked){ &l->vm[i], *n };
			++*n;
		}
	}
	sort_by(r, *n, sizeof(*r), latest_first);
	return r;
}

static const char *const causes[TICK_PARTS] = {
	[TICK_HOST] = "the hypervisor's timer",
	[TICK_WAIT] = "waiting for an LP",
	[TICK_INJECT] = "injection",
};

/* Less than that of the wait names nobody, per cent. */
#define NAMED 10

/* Whoever ran while a tick waited, VPs of one VM together: VM number, or vms + 0 for no VP, vms + 1
 * for long ago. */
static uint32_t group_of(const struct late *l, uint32_t vp)
{
	return vp == TICK_NO_VP ? l->vms : vp == TICK_LONG_AGO ? l->vms + 1 : l->vm_of[vp];
}

/* By VM, the longest first, for how long each was in front of the ticks of @t. malloc'ed, *@n of
 * them; late_behind.vp is a group. */
static struct late_behind *behind_vms(const struct late *l, const struct late_tally *t, size_t *n)
{
	uint64_t *ns = vt_array((size_t)l->vms + 2, sizeof(*ns));
	struct late_behind *b = vt_array((size_t)l->vms + 2, sizeof(*b));

	*n = 0;
	for (size_t i = 0; i < t->behinds; i++)
		ns[group_of(l, t->behind[i].vp)] += t->behind[i].ns;
	for (uint32_t g = 0; g < l->vms + 2; g++) {
		if (ns[g])
			b[(*n)++] = (struct late_behind){ .vp = g, .ns = ns[g] };
	}
	sort_by(b, *n, sizeof(*b), late_longest_first);
	free(ns);
	return b;
}

/* "its own VPs" of the VM @waits, which is one itself. */
static const char *group_name(const struct late *l, uint32_t group, uint32_t waits)
{
	return group == l->vms	     ? "no VP"
	       : group == l->vms + 1 ? "long ago"
	       : group == waits	     ? "its own VPs"
				     : l->vm[group].name;
}

static void put_behind(FILE *to, const struct late *l, const struct late_vm *vm)
{
	const struct late_tally *t = &vm->tally;
	size_t n, i = 0;
	struct late_behind *b = behind_vms(l, t, &n);

	while (i < n && b[i].vp >= l->vms)
		i++;

	int share = i < n ? (int)((__int128)b[i].ns * 100 / t->part_sum[TICK_WAIT]) : 0;

	if (share >= NAMED) {
		fprintf(to, ", %d %% of that behind ", share);
		safe_put(SAFE_TEXT, to, group_name(l, b[i].vp, (uint32_t)(vm - l->vm)));
	} else if (n && b[0].vp == l->vms) {
		fputs(", most of it while no VP of the trace ran there", to);
	}
	free(b);
}

static void put_answer(FILE *to, const struct late *l, const struct late_vm *vm)
{
	const struct late_tally *t = &vm->tally;
	char p99[TIME_TEXT], most[TIME_TEXT];
	unsigned share;
	enum tick_part cause = late_cause(t, &share);

	fputs("  Latest by p99 is ", to);
	safe_put(SAFE_TEXT, to, vm->name);
	fprintf(to, ": %s, largest %s at %.6f s.\n  %u %% of its lateness is %s",
		time_text(p99, percentile(t, 990)), time_text(most, t->largest.late),
		(double)t->largest.at / 1e9, share / 10, causes[cause]);
	if (cause == TICK_WAIT)
		put_behind(to, l, vm);
	fputs(".\n", to);
}

static void put_source(FILE *to, const struct late_view *view)
{
	if (view->policy) {
		fputs("In a replay of ", to);
		safe_put(SAFE_TEXT, to, view->label);
		fputs(view->stands_in
			  ? ", which stands in for the recording: a Xen logs few expiries"
			  : "",
		      to);
	} else {
		fputs("As it was recorded", to);
		if (view->partial)
			fputs(" (a Xen logs the expiries of PV timers alone)", to);
	}
	fputc('\n', to);
}

/* ---- who was late ---- */

enum {
	WHO_NAME,
	WHO_FIRST, /* of a view's columns */
	WHO_TICKS = 0,
	WHO_P50,
	WHO_P99,
	WHO_LARGEST,
	WHO_AT,
	WHO_HOST,
	WHO_WAIT,
	WHO_INJECT,
	WHO_FATES, /* one for each fate but delivered */
	WHO_COLUMNS = WHO_FATES + TICK_FATES - 1
};

static const char *const who_titles[WHO_COLUMNS] = {
	"TICKS", "P50",	  "P99",    "LARGEST", "AT s",	  "HOST%", "WAIT%",
	"INJ%",	 "COAL.", "MISSED", "AT END",  "NO EXP.", "LOST",  "UNRECORDED",
};

struct who {
	const struct late_views *v;
	struct text_table *table;
	bool shown[WHO_COLUMNS];
	size_t columns; /* of a view */
};

/* Columns of what there is nothing of are left out, but for two. */
static void choose_columns(struct who *w)
{
	for (int c = 0; c < WHO_COLUMNS; c++) {
		int fate = c - WHO_FATES + 1;

		w->shown[c] = fate < 1 || fate == TICK_MISSED || fate == TICK_COALESCED;
		/* Side by side there is room for what tells them apart. */
		if (w->v->n > 1 && (c == WHO_AT || fate > 0)) {
			w->shown[c] = fate == TICK_MISSED;
			w->columns += w->shown[c];
			continue;
		}
		for (size_t i = 0; i < w->v->n && fate >= 1; i++)
			w->shown[c] |= w->v->view[i].late.all.count[fate] != 0;
		w->columns += w->shown[c];
	}
}

static struct text_column *make_columns(const struct who *w)
{
	struct text_column *c = vt_array(1 + w->v->n * w->columns, sizeof(*c));
	size_t at = WHO_FIRST;

	c[WHO_NAME] = (struct text_column){ .title = "VM, VP", .left = true, .first = true };
	for (size_t i = 0; i < w->v->n; i++) {
		const char *group = w->v->n > 1 ? w->v->view[i].label : NULL;

		for (int k = 0; k < WHO_COLUMNS; k++) {
			if (!w->shown[k])
				continue;
			c[at++] = (struct text_column){ .title = who_titles[k], .group = group };
			group = NULL;
		}
	}
	return c;
}

static void put_share(struct text_table *table, size_t column, const struct late_tally *t,
		      enum tick_part part)
{
	__int128 all = 0;

	for (int p = 0; p < TICK_PARTS; p++)
		all += t->part_sum[p] > 0 ? t->part_sum[p] : 0;
	if (all)
		text_table_format(table, column, "%d",
				  (int)(t->part_sum[part] > 0 ? t->part_sum[part] * 100 / all : 0));
}

static void put_number(struct text_table *table, size_t at, const struct late_tally *t, int column)
{
	char text[TIME_TEXT];

	if (column == WHO_TICKS || column >= WHO_FATES) {
		int fate = column == WHO_TICKS ? TICK_DELIVERED : column - WHO_FATES + 1;

		text_table_format(table, at, "%" PRIu64, t->count[fate]);
		return;
	}
	if (!t->late)
		return;
	switch (column) {
	case WHO_P50:
		text_table_set(table, at, time_text(text, percentile(t, 500)));
		break;
	case WHO_P99:
		text_table_set(table, at, time_text(text, percentile(t, 990)));
		break;
	case WHO_LARGEST:
		text_table_set(table, at, time_text(text, t->largest.late));
		break;
	case WHO_AT:
		text_table_format(table, at, "%.6f", (double)t->largest.at / 1e9);
		break;
	default:
		put_share(table, at, t, (enum tick_part)(column - WHO_HOST));
	}
}

/* A row of VM or VP number @i: its tally in each view stands at the same place. */
static void put_row(const struct who *w, const char *name, uint32_t i, bool is_vm)
{
	size_t at = WHO_FIRST;

	text_table_row(w->table);
	text_table_set(w->table, WHO_NAME, name);
	for (size_t n = 0; n < w->v->n; n++) {
		const struct late *l = &w->v->view[n].late;

		for (int k = 0; k < WHO_COLUMNS; k++) {
			if (w->shown[k])
				put_number(w->table, at++, is_vm ? &l->vm[i].tally : &l->vp[i], k);
		}
	}
}

/* As a VP of the VM above it: "  v1". */
static void put_vp(const struct who *w, const struct late *l, const struct late_vm *vm, uint32_t vp)
{
	const char *name = late_vp_name(l, vp);
	size_t n = strlen(vm->name);
	bool begins = !strncmp(name, vm->name, n) && name[n];
	char *text = vt_format("  %s", begins ? name + n : name);

	put_row(w, text, vp, false);
	free(text);
}

static size_t put_rows(const struct who *w, const struct ranked *r, size_t vms)
{
	const struct late *l = &w->v->view[0].late;
	size_t rows = vms < ROWS_MAX ? vms : ROWS_MAX, left = ROWS_MAX - rows, without = 0;

	for (size_t i = 0; i < rows; i++) {
		const struct late_vm *vm = r[i].vm;

		put_row(w, vm->name, (uint32_t)(vm - l->vm), true);
		if (vm->vps == 1) /* it is the VM */
			continue;
		if (vm->vps > left) {
			without++;
			continue;
		}
		left -= vm->vps;
		for (uint32_t k = 0; k < vm->vps; k++)
			put_vp(w, l, vm, vm->vp[k]);
	}
	return without + vms - rows;
}

static void put_who(FILE *to, const struct late_views *v, bool colour)
{
	struct who w = { .v = v };
	struct text_column *columns;
	struct ranked *r;
	size_t vms, without;

	choose_columns(&w);
	columns = make_columns(&w);
	w.table = text_table_new(columns, 1 + v->n * w.columns);
	r = rank(v, &v->view[0].late, &vms);
	without = put_rows(&w, r, vms);
	fputc('\n', to);
	text_table_print(w.table, to, 2, colour);
	if (without)
		fprintf(
		    to,
		    "  ... %zu VMs without their VPs, or left out: --vm NAME or --json has them\n",
		    without);
	free(r);
	free(columns);
}

/* ---- who waited behind whom ---- */

#define GROUPS_MAX 5u
#define WAITERS_MAX 20u

static char *groups_text(const struct late *l, const struct late_vm *vm)
{
	char *text = NULL;
	size_t size, n;
	FILE *to = vt_text_open(&text, &size);
	struct late_behind *b = behind_vms(l, &vm->tally, &n);

	for (size_t i = 0; i < n && i < GROUPS_MAX; i++) {
		int share = (int)((__int128)b[i].ns * 100 / vm->tally.part_sum[TICK_WAIT]);

		if (i && !share)
			continue;
		fprintf(to, "%s%s %d %%", i ? ", " : "",
			group_name(l, b[i].vp, (uint32_t)(vm - l->vm)), share);
	}
	if (n > GROUPS_MAX)
		fprintf(to, ", %zu more", n - GROUPS_MAX);
	free(b);
	vt_text_close(to);
	return text;
}

static void put_waiters(FILE *to, const struct late_views *v, const struct late *l, bool colour)
{
	static const struct text_column columns[] = {
		{ .title = "VM", .left = true, .first = true },
		{ .title = "WAITED" },
		{ .title = "BEHIND", .left = true },
	};
	struct text_table *t = text_table_new(columns, sizeof(columns) / sizeof(*columns));
	char time[TIME_TEXT];
	size_t n, rows = 0;
	struct ranked *r = rank(v, l, &n);

	for (size_t i = 0; i < n && rows < WAITERS_MAX; i++) {
		const struct late_vm *vm = r[i].vm;
		char *text;

		if (!vm->tally.behinds)
			continue;
		text = groups_text(l, vm);
		text_table_row(t);
		text_table_set(t, 0, vm->name);
		text_table_set(t, 1,
			       time_text(time, result_saturate(vm->tally.part_sum[TICK_WAIT])));
		text_table_set(t, 2, text);
		free(text);
		rows++;
	}
	free(r);
	if (!rows) {
		text_table_free(t);
		return;
	}
	fputc('\n', to);
	text_table_print(t, to, 2, colour);
}

/* ---- the worst ticks ---- */

/* Exact, so that the parts add up. */
static void set_us(struct text_table *t, size_t column, int64_t ns)
{
	const char *sign = ns < 0 ? "-" : "";
	uint64_t n = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	text_table_format(t, column, "%s%" PRIu64 ".%03" PRIu64, sign, n / 1000, n % 1000);
}

char *late_ran_text(const struct late *l, const struct late_sample *s)
{
	char *text = NULL, time[TIME_TEXT];
	size_t size;
	FILE *to = vt_text_open(&text, &size);

	for (size_t i = 0; i < s->rans && i < RAN_MAX; i++)
		fprintf(to, "%s%s %s", i ? ", " : "", late_vp_name(l, s->ran[i].vp),
			time_text(time, (int64_t)s->ran[i].ns));
	if (s->rans > RAN_MAX)
		fprintf(to, ", %zu more", s->rans - RAN_MAX);
	if (s->away)
		fprintf(to, "%sthe machine was away %s", s->rans ? "; " : "",
			time_text(time, s->away));
	vt_text_close(to);
	return text;
}

static void put_worst(FILE *to, const struct late *l, bool colour)
{
	static const struct text_column columns[] = {
		{ .title = "AT s", .first = true },
		{ .title = "VP", .left = true, .first = true },
		{ .title = "DEADLINE s" },
		{ .title = "LATE us" },
		{ .title = "HOST us" },
		{ .title = "WAIT us" },
		{ .title = "INJECT us" },
		{ .title = "LP" },
		{ .title = "BEHIND", .left = true },
	};
	struct text_table *t;

	if (!l->worsts)
		return;
	t = text_table_new(columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < l->worsts; i++) {
		const struct late_sample *s = &l->worst[i];
		char *ran = late_ran_text(l, s);

		text_table_row(t);
		text_table_format(t, 0, "%.6f", (double)s->at / 1e9);
		text_table_set(t, 1, late_vp_name(l, s->vp));
		text_table_format(t, 2, "%.6f", (double)s->due / 1e9);
		set_us(t, 3, s->late);
		for (int p = 0; p < TICK_PARTS; p++)
			set_us(t, 4 + (size_t)p, s->part[p]);
		if (s->lp != TICK_NO_LP)
			text_table_format(t, 7, "%" PRIu32, s->lp);
		text_table_set(t, 8, ran);
		free(ran);
	}
	fputc('\n', to);
	text_table_print(t, to, 2, colour);
}

/* ---- all of it ---- */

static void put_head(FILE *to, const struct late_views *v)
{
	const struct trace_meta *meta = trace_reader_meta(v->reader);
	const struct late *l = &v->view[0].late;

	safe_put(SAFE_TEXT, to, v->path);
	fprintf(to, ": %.6f s", (double)v->span.to_ns / 1e9 - (double)v->span.from_ns / 1e9);
	fprintf(to, ", %" PRIu32 " LPs, %" PRIu32 " VPs of %" PRIu32 " VMs\n", meta->lps, meta->vps,
		l->vms);
}

void late_answer(FILE *to, const struct late_view *view)
{
	size_t n;
	struct ranked *r = rank(NULL, &view->late, &n);

	put_source(to, view);
	if (n && r[0].vm->tally.late)
		put_answer(to, &view->late, r[0].vm);
	else
		fputs("  No tick was delivered of a timer whose deadline is known.\n", to);
	free(r);
}

/* Else its waits would be taken for the policy's. */
static void note_replays(FILE *to, const struct late_views *v)
{
	size_t i = 0;

	while (i < v->n && !v->view[i].policy)
		i++;
	if (i < v->n)
		fputs(
		    "(In a replay guests run when the recorded ones did: its waits are mostly the "
		    "recording's.\n"
		    " A policy that stops the timer of a VP that does not run has its wait for an "
		    "LP under HOST.)\n",
		    to);
}

void late_text(const struct late_views *v, bool histogram, bool colour, FILE *to)
{
	if (!v->n)
		return;
	put_head(to, v);
	note_replays(to, v);
	for (size_t i = 0; i < v->n; i++)
		late_answer(to, &v->view[i]);
	put_who(to, v, colour);
	for (size_t i = 0; i < v->n; i++) {
		if (v->n > 1) {
			fputc('\n', to);
			put_source(to, &v->view[i]);
		}
		put_waiters(to, v, &v->view[i].late, colour);
		put_worst(to, &v->view[i].late, colour);
		if (histogram)
			late_histogram_text(&v->view[i].late, to);
	}
}
