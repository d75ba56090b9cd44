/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/header.h"

#include <inttypes.h>
#include <string.h>

#include "traces/base/json.h"

struct whole {
	const struct trace_reader *r;
	const struct trace_meta *meta;
	const struct cut_survey *s;
	const struct cut_pick *pick;
	bool all; /* nothing is left out */
};

/* Adds a note, once: a cut may be of a cut. */
static void note(struct trace_meta *meta, json_t *text)
{
	json_t *notes = json_object_get(meta->more, "notes"), *old;
	size_t i;

	if (!json_is_array(notes)) {
		notes = json_array();
		json_put(meta->more, "notes", notes);
	}
	json_array_foreach(notes, i, old)
	{
		if (json_equal(old, text)) {
			json_decref(text);
			return;
		}
	}
	json_push(notes, text);
}

/* Fills @kept with what a cut keeps of the entries of @list. */
typedef void keep_fn(json_t *kept, json_t *list, const struct whole *w);

static void keep_of(json_t *holder, const char *key, keep_fn *keep, const struct whole *w)
{
	json_t *list = json_object_get(holder, key), *kept = json_array();

	if (json_is_array(list)) {
		keep(kept, list, w);
		json_put(holder, key, kept);
	} else {
		json_decref(kept);
	}
}

/* What names VPs by their numbers: those that are left out go, the others are numbered anew. */
static void renumber(json_t *kept, json_t *list, const struct whole *w)
{
	json_t *of;
	size_t i;

	json_array_foreach(list, i, of)
	{
		const json_t *number = json_object_get(of, "vp");
		json_int_t vp = json_integer_value(number);

		if (json_is_integer(number)) {
			if (vp < 0 || vp >= (json_int_t)w->meta->vps ||
			    w->pick->number[vp] == CUT_LEFT_OUT)
				continue;
			json_put_u64(of, "vp", w->pick->number[vp]);
		}
		json_push(kept, json_incref(of));
	}
}

/* What names them by their names. */
static void by_name(json_t *kept, json_t *list, const struct whole *w)
{
	json_t *names = json_object(), *of;
	size_t i;

	for (uint32_t vp = 0; vp < w->meta->vps; vp++) {
		if (w->pick->number[vp] != CUT_LEFT_OUT)
			json_put(names, w->meta->vp[vp].name, json_true());
	}
	json_array_foreach(list, i, of)
	{
		const char *name = json_string_value(json_object_get(of, "vp"));

		if (name && json_object_get(names, name))
			json_push(kept, json_incref(of));
	}
	json_decref(names);
}

/* ---- the hypervisor's tick ---- */

/* When the first tick after @from comes, in ticks behind it. Ticks lie where RULES.md 3.14 says. */
static uint64_t tick_after(uint64_t from, uint64_t phase, uint64_t hz, uint64_t rate)
{
	uint64_t period = hz / rate, back = phase < period ? period - phase : 0;
	uint64_t k = (uint64_t)((unsigned __int128)(from + back) * rate / hz), at;

	do
		at = (uint64_t)((unsigned __int128)k++ * hz / rate);
	while (at <= from + back);
	return at - from - back;
}

/* The phase of the hypervisor's tick, where it is known, counts from the cut's start. */
static void move_tick(struct trace_meta *meta, const struct whole *w)
{
	json_t *host = json_object_get(meta->more, "host_model");
	json_int_t phase_ns = json_integer_value(json_object_get(host, "tick_phase_ns")),
		   rate = json_integer_value(json_object_get(host, "tick_hz"));
	const json_t *known = json_object_get(host, "tick_hz");
	uint64_t from = w->s->window.from;

	if (!from || (known && !json_is_null(known) && !rate))
		return;
	if (phase_ns > 0 && rate > 0 && (uint64_t)rate <= meta->clock_hz) {
		uint64_t phase = trace_ns_to_ticks((uint64_t)phase_ns, meta->clock_hz);

		phase = tick_after(from, phase, meta->clock_hz, (uint64_t)rate);
		phase = trace_ticks_to_ns(phase, meta->clock_hz);
		json_put_u64(host, "tick_phase_ns", phase ? phase : 1);
		return;
	}
	json_object_del(host, "tick_phase_ns");
	note(meta,
	     json_text("a cut: when the hypervisor's tick came is not known, replays begin it "
		       "anew where the cut begins"));
}

/* ---- what was counted ---- */

static uint64_t count_of(const struct trace_meta *meta, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(meta->more, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Expiries and injections of timers whose beginning nothing shows: those of the window. */
static void count_unseen(struct trace_meta *meta, const struct whole *w)
{
	uint64_t whole = count_of(meta, "unseen_ticks"), n = 0;

	if (!whole)
		return;
	for (uint32_t vp = 0; vp < w->meta->vps; vp++) {
		const struct cut_ahead *a = &w->s->ahead[vp];

		if (w->pick->number[vp] != CUT_LEFT_OUT)
			n += a->fires > a->pends ? a->fires : a->pends;
	}
	json_put_u64(meta->more, "unseen_ticks", n < whole ? n : whole);
	note(meta,
	     json_sprintf("a cut: unseen_ticks are the expiries or injections of VPs whose timer "
			  "nothing before has shown (the whole trace: %" PRIu64 ")",
			  whole));
}

static void say_parts(struct trace_meta *meta, const struct whole *w)
{
	note(meta, json_text("a cut: all other counts and numbers here, and what is said of "
			     "guest TSCs, are of the whole trace"));
	if (w->pick->vps < w->meta->vps)
		note(meta, json_sprintf("a cut: %" PRIu32 " of %" PRIu32
					" VPs are left out; LPs are idle while they ran",
					w->meta->vps - w->pick->vps, w->meta->vps));
	if (w->s->window.from)
		note(meta, json_text("a cut: timers that were armed where it begins are SEEDs; "
				     "ticks that were due before and not yet delivered are "
				     "not in it"));
}

/* ---- where it comes from ---- */

static void say_origin(struct trace_meta *meta, const struct whole *w)
{
	const char *path = trace_reader_path(w->r), *slash = strrchr(path, '/');
	json_t *source = json_object_get(meta->more, "source"), *cuts, *cut = json_object();
	uint64_t hz = meta->clock_hz;

	if (!json_is_object(source)) {
		source = json_object();
		json_put(meta->more, "source", source);
	}
	cuts = json_object_get(source, "cuts");
	if (!json_is_array(cuts)) {
		cuts = json_array();
		json_put(source, "cuts", cuts);
	}
	json_put_text(cut, "of", slash ? slash + 1 : path);
	if (*trace_reader_sha256(w->r))
		json_put_text(cut, "events_sha256", trace_reader_sha256(w->r));
	json_put_u64(cut, "from_ns", trace_ticks_to_ns(w->s->window.from, hz));
	json_put_u64(cut, "to_ns", trace_ticks_to_ns(w->s->window.to, hz));
	json_put_u64(cut, "vps", w->pick->vps);
	json_put_u64(cut, "of_vps", w->meta->vps);
	json_push(cuts, cut);
}

void cut_header(struct trace_meta *meta, const struct trace_reader *r, const struct cut_survey *s,
		const struct cut_pick *pick)
{
	const struct cut_window *window = &s->window;
	struct whole w = { .r = r, .meta = trace_reader_meta(r), .s = s, .pick = pick };
	bool to_end = window->to == w.meta->end;

	w.all = !window->from && to_end && pick->vps == w.meta->vps;
	trace_meta_init(meta);
	meta->clock_hz = w.meta->clock_hz;
	meta->lps = w.meta->lps;
	meta->end = window->to - window->from;
	for (uint32_t i = 0; i < w.meta->vps; i++) {
		const struct trace_vp *vp = &w.meta->vp[i];

		if (pick->number[i] != CUT_LEFT_OUT)
			trace_meta_add_vp(meta, vp->domain, vp->vcpu, vp->name);
	}
	json_decref(meta->more);
	meta->more = json_deep_copy(w.meta->more);
	/* A window that ends before the trace was cut off is whole. */
	if (!to_end)
		json_object_del(meta->more, "truncated");
	else if (trace_reader_truncated(r))
		json_put(meta->more, "truncated", json_true());
	if (w.all)
		return;
	keep_of(meta->more, "guest_tsc", renumber, &w);
	keep_of(json_object_get(meta->more, "source"), "guest_tsc", renumber, &w);
	keep_of(meta->more, "seeds", by_name, &w);
	move_tick(meta, &w);
	count_unseen(meta, &w);
	say_parts(meta, &w);
	say_origin(meta, &w);
}
