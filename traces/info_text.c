/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/sort.h"
#include "traces/base/text_table.h"
#include "traces/info.h"

/* More LPs or VPs than this are not listed one by one: --json has them all. */
#define ROWS_MAX 16u

static void label(FILE *to, const char *name)
{
	fprintf(to, "  %-11s ", name);
}

/* Text of a foreign file, on one line, without what would drive a terminal. */
static void put_text(FILE *to, const char *text)
{
	safe_put(SAFE_TEXT, to, text);
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* @part * scale / @whole with one digit behind the point. */
static const char *ratio(char text[32], uint64_t part, uint64_t scale, uint64_t whole)
{
	unsigned __int128 tenths = whole ? (unsigned __int128)part * scale * 10 / whole : 0;

	if (!whole)
		return "-";
	snprintf(text, 32, "%" PRIu64 ".%u", (uint64_t)(tenths / 10), (unsigned)(tenths % 10));
	return text;
}

/* ", slop 50us", if it is known. */
static void put_time(FILE *to, const char *what, const json_t *ns)
{
	char text[16];

	if (!json_is_integer(ns) || json_integer_value(ns) < 0)
		return;
	human_time(text, sizeof(text), json_integer_value(ns));
	fprintf(to, ", %s %s", what, text);
}

static uint32_t domains(const struct trace_meta *meta)
{
	uint64_t *list = vt_alloc(((size_t)meta->vps + 1) * sizeof(*list));
	uint32_t count = 0;

	for (uint32_t i = 0; i < meta->vps; i++)
		list[i] = meta->vp[i].domain;
	sort_u64(list, meta->vps);
	for (uint32_t i = 0; i < meta->vps; i++)
		count += !i || list[i] != list[i - 1];
	free(list);
	return count;
}

static void put_source(FILE *to, const struct trace_meta *meta)
{
	static const char *const keys[] = { "hypervisor", "version", "tool", "capture", "command" };
	const json_t *source = json_object_get(meta->more, "source");
	const char *class = string_of(meta->more, "class");

	label(to, "class");
	put_text(to, class ? class : "not stated");
	fputc('\n', to);
	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *text = string_of(source, keys[i]);

		if (!text)
			continue;
		label(to, keys[i]);
		put_text(to, text);
		fputc('\n', to);
	}
}

/* "whole.vtt, 0.5 s to 0.6 s, 3 of 6 VPs": what it is a part of, the whole first. */
static void put_cuts(FILE *to, const struct trace_meta *meta)
{
	const json_t *cuts = json_object_get(json_object_get(meta->more, "source"), "cuts"), *cut;
	size_t i;

	json_array_foreach(cuts, i, cut)
	{
		const char *of = string_of(cut, "of");
		char from[16], end[16];

		human_time(from, sizeof(from), json_integer_value(json_object_get(cut, "from_ns")));
		human_time(end, sizeof(end), json_integer_value(json_object_get(cut, "to_ns")));
		label(to, "cut of");
		put_text(to, of ? of : "a trace");
		fprintf(to,
			", %s to %s, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " VPs\n",
			from, end, json_integer_value(json_object_get(cut, "vps")),
			json_integer_value(json_object_get(cut, "of_vps")));
	}
}

static void put_host_model(FILE *to, const struct trace_meta *meta)
{
	const json_t *host = json_object_get(meta->more, "host_model");
	const char *scheduler = string_of(host, "scheduler");
	const json_t *v;

	if (!json_object_size(host))
		return;
	label(to, "host");
	fputs("scheduler ", to);
	put_text(to, scheduler ? scheduler : "not known");
	if (json_is_integer(v = json_object_get(host, "tick_hz")))
		fprintf(to, ", tick %" JSON_INTEGER_FORMAT " Hz", json_integer_value(v));
	put_time(to, "slice", json_object_get(host, "slice_ns"));
	put_time(to, "slop", json_object_get(host, "slop_ns"));
	fputc('\n', to);
}

static void put_file(FILE *to, const struct trace_info *i)
{
	const struct trace_meta *meta = i->meta;
	uint64_t ns = trace_ticks_to_ns(meta->end, meta->clock_hz);
	uint32_t count = domains(meta);
	char text[32];

	label(to, "length");
	fprintf(to, "%" PRIu64 ".%09" PRIu64 " s, counter at %" PRIu64 " Hz\n", ns / 1000000000,
		ns % 1000000000, meta->clock_hz);
	label(to, "machine");
	fprintf(to, "%" PRIu32 " LP%s, %" PRIu32 " VP%s of %" PRIu32 " domain%s\n", meta->lps,
		human_s(meta->lps), meta->vps, human_s(meta->vps), count, human_s(count));
	put_cuts(to, meta);
	put_host_model(to, meta);
	label(to, "file");
	fprintf(to, "%" PRIu64 " bytes, %" PRIu64 " event%s", i->bytes, i->sum.total,
		human_s(i->sum.total));
	if (i->sum.total)
		fprintf(to, ", %s bytes each", ratio(text, i->bytes, 1, i->sum.total));
	fputc('\n', to);
	label(to, "sha256");
	fputs(i->truncated ? "none: the file is cut off\n" : i->sha256, to);
	fputs(i->truncated ? "" : " (of the events)\n", to);
}

static void put_events(FILE *to, const struct trace_info *i)
{
	static const struct text_column columns[] = {
		{ .title = "EVENT", .left = true, .first = true },
		{ .title = "COUNT" },
		{ .title = "PER SECOND" },
		{ .title = "WHAT", .left = true },
	};
	struct text_table *t = text_table_new(columns, 4);
	char text[32];

	for (unsigned e = 0; e < TRACE_TYPES; e++) {
		if (!i->sum.events[e])
			continue;
		text_table_row(t);
		text_table_set(t, 0, trace_type_name(e));
		text_table_format(t, 1, "%" PRIu64, i->sum.events[e]);
		text_table_set(t, 2,
			       ratio(text, i->sum.events[e], i->meta->clock_hz, i->meta->end));
		text_table_set(t, 3, trace_types[e].help);
	}
	fputc('\n', to);
	text_table_print(t, to, 2, false);
}

static void put_timers(FILE *to, const struct trace_info *i)
{
	const struct trace_summary *s = &i->sum;
	const json_t *unseen = json_object_get(i->meta->more, "unseen_ticks");
	const char *separator = "";

	fputc('\n', to);
	label(to, "arms");
	for (unsigned d = 0; d < TRACE_DEVS; d++) {
		if (!s->arms_by_dev[d])
			continue;
		fprintf(to, "%s%" PRIu64 " %s", separator, s->arms_by_dev[d], trace_dev_name(d));
		separator = ", ";
	}
	fprintf(to,
		"%s%" PRIu64 " one-shot, %" PRIu64 " periodic, %" PRIu64
		" already past when written\n",
		*separator ? "; " : "", s->events[TRACE_ARM] - s->arms_periodic, s->arms_periodic,
		s->arms_past);
	if (s->events[TRACE_SEED]) {
		label(to, "inferred");
		fprintf(to, "%" PRIu64 " timer%s armed before the recording began\n",
			s->events[TRACE_SEED],
			s->events[TRACE_SEED] == 1 ? " that was" : "s that were");
	}
	label(to, "stops");
	for (unsigned r = 0; r < TRACE_REASONS; r++)
		fprintf(to, "%s%" PRIu64 " %s", r ? ", " : "", s->sched_out[r],
			trace_reason_name(r));
	fputs(" (reasons of sched_out)\n", to);
	if (json_integer_value(unseen)) {
		label(to, "unseen");
		fprintf(to,
			"%" JSON_INTEGER_FORMAT
			" tick%s of timers that were armed before the capture began: no replay "
			"shows %s\n",
			json_integer_value(unseen), human_s((uint64_t)json_integer_value(unseen)),
			json_integer_value(unseen) == 1 ? "it" : "them");
	}
	if (s->lost) {
		label(to, "lost");
		fprintf(to,
			"%" PRIu64 " record%s that the recorder dropped, or that %s missing by "
			"what follows (LOST events)\n",
			s->lost, human_s(s->lost), s->lost == 1 ? "is" : "are");
	}
}

static int64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void put_lateness(FILE *to, const json_t *o)
{
	char p50[32], p99[32], most[32];

	if (!o || !number(o, "ticks"))
		return;
	human_time(p50, sizeof(p50), number(o, "p50_ns"));
	human_time(p99, sizeof(p99), number(o, "p99_ns"));
	human_time(most, sizeof(most), number(o, "max_ns"));
	label(to, "lateness");
	fprintf(to, "of %" PRId64 " recorded tick%s p50 %s, p99 %s, largest %s at %.6f s of ",
		number(o, "ticks"), human_s((uint64_t)number(o, "ticks")), p50, p99, most,
		(double)number(o, "max_at_ns") / 1e9);
	put_text(to, json_string_value(json_object_get(o, "max_name")));
	fputs(" (vtick late says why)\n", to);
}

static void put_skipped(FILE *to, const struct trace_meta *meta)
{
	json_t *skipped = json_object_get(meta->more, "skipped");
	const char *key;
	json_int_t records = 0;
	json_t *v;

	if (!json_object_size(skipped))
		return;
	json_object_foreach(skipped, key, v) records += json_integer_value(v);
	label(to, "skipped");
	fprintf(to, "%" JSON_INTEGER_FORMAT " foreign record%s of %zu kind%s: see --json\n",
		records, human_s((uint64_t)records), json_object_size(skipped),
		human_s(json_object_size(skipped)));
}

static void put_more(FILE *to, uint32_t rows, uint32_t all)
{
	if (rows < all)
		fprintf(to, "  ... %" PRIu32 " more: see --json\n", all - rows);
}

static void put_lps(FILE *to, const struct trace_info *i)
{
	static const struct text_column columns[] = {
		{ .title = "LP", .first = true },
		{ .title = "SCHED_IN" },
		{ .title = "SCHED_OUT" },
		{ .title = "% BUSY" },
	};
	uint32_t rows = i->meta->lps < ROWS_MAX ? i->meta->lps : ROWS_MAX;
	struct text_table *t = text_table_new(columns, 4);
	char text[32];

	for (uint32_t n = 0; n < rows; n++) {
		const struct summary_lp *lp = &i->sum.lp[n];

		text_table_row(t);
		text_table_format(t, 0, "%" PRIu32, n);
		text_table_format(t, 1, "%" PRIu64, lp->sched_in);
		text_table_format(t, 2, "%" PRIu64, lp->sched_out);
		text_table_set(t, 3, ratio(text, lp->busy, 100, i->meta->end));
	}
	fputc('\n', to);
	text_table_print(t, to, 2, false);
	put_more(to, rows, i->meta->lps);
}

static void put_vps(FILE *to, const struct trace_info *i)
{
	static const struct text_column columns[] = {
		{ .title = "VP", .first = true },
		{ .title = "NAME", .left = true, .first = true },
		{ .title = "SCHED_IN" },
		{ .title = "WAKE" },
		{ .title = "ARM" },
		{ .title = "DISARM" },
		{ .title = "% RUNS" },
		{ .title = "% WAITS" },
		{ .title = "% BLOCK" },
	};
	static const enum summary_state states[] = { SUMMARY_RUNS, SUMMARY_WAITS, SUMMARY_BLOCKED };
	uint32_t rows = i->meta->vps < ROWS_MAX ? i->meta->vps : ROWS_MAX;
	struct text_table *t = text_table_new(columns, 9);
	char text[32];

	for (uint32_t n = 0; n < rows; n++) {
		const struct summary_vp *vp = &i->sum.vp[n];

		text_table_row(t);
		text_table_format(t, 0, "%" PRIu32, n);
		text_table_set(t, 1, i->meta->vp[n].name);
		text_table_format(t, 2, "%" PRIu64, vp->sched_in);
		text_table_format(t, 3, "%" PRIu64, vp->wakes);
		text_table_format(t, 4, "%" PRIu64, vp->arms);
		text_table_format(t, 5, "%" PRIu64, vp->disarms);
		for (size_t s = 0; s < sizeof(states) / sizeof(*states); s++)
			text_table_set(t, 6 + s,
				       ratio(text, vp->ticks[states[s]], 100, i->meta->end));
	}
	if (rows)
		fputc('\n', to);
	text_table_print(t, to, 2, false);
	put_more(to, rows, i->meta->vps);
}

static void put_notes(FILE *to, const struct trace_meta *meta)
{
	const json_t *notes = json_object_get(meta->more, "notes");
	size_t n;
	json_t *note;

	if (json_array_size(notes))
		fputc('\n', to);
	json_array_foreach(notes, n, note)
	{
		if (!json_is_string(note))
			continue;
		fputs("  note: ", to);
		put_text(to, json_string_value(note));
		fputc('\n', to);
	}
}

void trace_info_text(const struct trace_info *i, FILE *to)
{
	put_text(to, i->path);
	fputs(i->truncated ? " (cut off)\n" : "\n", to);
	put_source(to, i->meta);
	put_file(to, i);
	put_events(to, i);
	put_timers(to, i);
	put_lateness(to, i->lateness);
	put_skipped(to, i->meta);
	put_lps(to, i);
	put_vps(to, i);
	put_notes(to, i->meta);
}
