/* SPDX-License-Identifier: GPL-2.0-only */
/* What the witness counted as RESULT.md's `fidelity`. */
#include "replay/watch/fidelity_json.h"

#include "replay/engine/json.h"
#include "replay/watch/witness.h"
#include "traces/base/json.h"

/* floor(@part * 1e6 / @whole), null of nothing. */
static json_t *ppm(__int128 part, unsigned __int128 whole)
{
	__int128 n = part * 1000000, all = (__int128)whole, ppm;

	if (!all)
		return json_null();
	ppm = n / all;
	return json_int(ppm * all > n ? ppm - 1 : ppm);
}

/* The named members of a histogram's object. */
static void put_members(json_t *o, const struct histogram *h, const char *prefix,
			const char *const *names)
{
	json_t *all = histogram_json(h);

	for (; *names; names++) {
		char key[16];

		snprintf(key, sizeof(key), "%s%s", prefix, *names);
		json_put(o, key, json_incref(json_object_get(all, *names)));
	}
	json_decref(all);
}

static json_t *times_json(const struct histogram *h, const struct histogram *distance)
{
	static const char *const signed_ones[] = {
		"count", "min", "p50", "p90", "p99", "max", NULL
	};
	static const char *const magnitudes[] = { "p50", "p99", NULL };
	json_t *o = json_object();

	put_members(o, h, "", signed_ones);
	put_members(o, distance, "abs_", magnitudes);
	return o;
}

static void put_tally(json_t *o, const struct witness_tally *t)
{
	json_put(o, "precision_ppm", ppm((__int128)t->matched, t->predicted));
	json_put(o, "recall_ppm", ppm((__int128)t->matched, t->observed));
	json_put_count(o, "predicted", t->predicted);
	json_put_count(o, "observed", t->observed);
	json_put_count(o, "matched", t->matched);
	json_put(o, "count_error_ppm", ppm((__int128)t->predicted - t->observed, t->observed));
	json_put(o, "dt_ns", times_json(&t->dt, &t->distance));
}

static json_t *tally_json(const struct witness_tally *t)
{
	json_t *o = json_object();

	put_tally(o, t);
	return o;
}

static json_t *kind_json(const struct witness_kind_tally *k, bool machine)
{
	static const char *const vp_states[] = { "running", "preempted", "blocked" };
	static const char *const lp_states[] = { "busy", "idle" };
	json_t *o, *left_out = json_object();

	if (!k->recorded) {
		json_decref(left_out);
		return json_null();
	}
	o = tally_json(&k->group[WITNESS_ALL]);
	json_put(o, "first_half", tally_json(&k->group[WITNESS_HALF_1]));
	json_put(o, "second_half", tally_json(&k->group[WITNESS_HALF_2]));
	for (unsigned i = 0; i < (machine ? 2u : 3u); i++)
		json_put(o, machine ? lp_states[i] : vp_states[i],
			 tally_json(&k->group[WITNESS_STATE_0 + i]));
	json_put(o, "by_chance_ppm", ppm((__int128)k->near, k->all));
	json_put_count(left_out, "unseen_observed", k->unseen);
	json_put_count(left_out, "unrecorded_predicted", k->unrecorded);
	json_put_count(left_out, "lost_predicted", k->lost_predicted);
	json_put_count(left_out, "lost_observed", k->lost_observed);
	json_put(o, "left_out", left_out);
	return o;
}

json_t *fidelity_json(const struct engine *e)
{
	static const char *const windows[] = { "given", "lateness p99", "default" };
	struct witness *w = e->witness;
	json_t *o, *late;

	if (!w)
		return json_null();
	witness_end(w);
	o = json_object();
	json_put(o, "window_ns", json_int((__int128)w->rec->window_ns));
	json_put(o, "window_from", json_text(windows[w->rec->window_from]));
	late = times_json(&w->rec->late, &w->rec->distance);
	json_put_count(late, "without_deadline", w->rec->without_deadline);
	json_put(o, "lateness_ns", late);
	json_put(o, "expiries", kind_json(&w->kind[WITNESS_EXPIRIES], false));
	json_put(o, "injections", kind_json(&w->kind[WITNESS_INJECTIONS], false));
	json_put(o, "machine_interrupts", kind_json(&w->kind[WITNESS_IRQS], true));
	return o;
}
