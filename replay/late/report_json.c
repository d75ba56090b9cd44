/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "replay/late/report.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

const char *late_vp_name(const struct late *l, uint32_t vp)
{
	return vp == TICK_NO_VP ? "no VP" : vp == TICK_LONG_AGO ? "long ago" : l->meta->vp[vp].name;
}

static json_t *wide(__int128 n)
{
	return json_integer(result_saturate(n));
}

static void put_part(json_t *o, const char *suffix, enum tick_part part, __int128 ns)
{
	char *key = vt_format("%s%s", tick_part_name(part), suffix);

	json_put(o, key, wide(ns));
	free(key);
}

/* The VPs that ran, and for how long. */
static json_t *ran_json(const struct late *l, const struct late_behind *ran, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		bool is_vp = ran[i].vp < TICK_LONG_AGO;

		json_push(list, json_make("{s:o, s:o, s:o}", "vp",
					  is_vp ? json_exact(ran[i].vp) : json_null(), "name",
					  json_text(late_vp_name(l, ran[i].vp)), "ns",
					  json_exact(ran[i].ns)));
	}
	return list;
}

static json_t *sample_json(const struct late *l, const struct late_sample *s)
{
	json_t *o = json_object();

	json_put_exact(o, "vp", s->vp);
	json_put_text(o, "name", late_vp_name(l, s->vp));
	json_put_text(o, "vm", l->vm[l->vm_of[s->vp]].name);
	json_put(o, "lp", s->lp == TICK_NO_LP ? json_null() : json_exact(s->lp));
	json_put(o, "deadline_ns", wide(s->due));
	json_put(o, "delivered_ns", wide(s->at));
	json_put(o, "late_ns", wide(s->late));
	for (int p = 0; p < TICK_PARTS; p++)
		put_part(o, "_ns", (enum tick_part)p, s->part[p]);
	json_put(o, "away_ns", wide(s->away));
	return o;
}

static json_t *lateness_json(const struct late_tally *t, bool histogram)
{
	static const struct histogram none;
	json_t *o = histogram_json(t->late ? t->late : &none);

	if (!histogram)
		json_object_del(o, "histogram");
	return o;
}

static void put_tally(json_t *o, const struct late *l, const struct late_tally *t, bool histogram)
{
	json_t *ticks = json_object(), *parts = json_object();

	for (int f = 0; f < TICK_FATES; f++)
		json_put_exact(ticks, tick_fate_name((enum tick_fate)f), t->count[f]);
	for (int p = 0; p < TICK_PARTS; p++)
		put_part(parts, "", (enum tick_part)p, t->part_sum[p]);
	json_put(o, "ticks", ticks);
	json_put(o, "lateness_ns", lateness_json(t, histogram));
	json_put(o, "parts_ns", parts);
	json_put(o, "away_ns", wide(t->away_sum));
	json_put(o, "largest",
		 t->count[TICK_DELIVERED] ? sample_json(l, &t->largest) : json_null());
	json_put(o, "behind", ran_json(l, t->behind, t->behinds));
}

static json_t *slices_json(const struct late_vm *vm)
{
	json_t *list = json_array();

	for (unsigned i = 0; vm->slice && i < LATE_SLICES; i++) {
		const struct late_slice *s = &vm->slice[i];
		json_t *o = json_object();

		json_put_exact(o, "ticks", s->ticks);
		json_put(o, "mean_ns", s->ticks ? wide(s->mean) : json_null());
		json_put(o, "p99_ns", s->ticks ? wide(s->p99) : json_null());
		for (int p = 0; p < TICK_PARTS; p++) {
			char *key = vt_format("%s_ns", tick_part_name((enum tick_part)p));

			json_put(o, key, s->ticks ? wide(s->part[p]) : json_null());
			free(key);
		}
		json_push(list, o);
	}
	return list;
}

static json_t *vm_json(const struct late *l, const struct late_vm *vm, bool histogram)
{
	json_t *o = json_object(), *vps = json_array();

	json_put_text(o, "name", vm->name);
	json_put_exact(o, "domain", vm->domain);
	put_tally(o, l, &vm->tally, histogram);
	json_put(o, "slices", slices_json(vm));
	for (uint32_t i = 0; i < vm->vps; i++) {
		json_t *vp = json_object();

		json_put_exact(vp, "vp", vm->vp[i]);
		json_put_text(vp, "name", late_vp_name(l, vm->vp[i]));
		put_tally(vp, l, &l->vp[vm->vp[i]], histogram);
		json_push(vps, vp);
	}
	json_put(o, "vps", vps);
	return o;
}

static json_t *worst_json(const struct late *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->worsts; i++) {
		json_t *o = sample_json(l, &l->worst[i]);

		json_put(o, "ran", ran_json(l, l->worst[i].ran, l->worst[i].rans));
		json_push(list, o);
	}
	return list;
}

static json_t *view_json(const struct late_view *view, bool histogram)
{
	const struct late *l = &view->late;
	json_t *o = json_object(), *vms = json_array(), *silent = json_array();

	json_put_text(o, "label", view->label);
	json_put_text(o, "source", view->policy ? "replay" : "recording");
	json_put(o, "policy", view->policy ? json_incref(view->policy) : json_null());
	json_put(o, "stands_in", json_boolean(view->stands_in));
	json_put(o, "no_deadline",
		 view->policy
		     ? json_null()
		     : json_make("{s:o, s:o}", "expiries", json_exact(view->extra.expiries),
				 "injections", json_exact(view->extra.injections)));
	put_tally(o, l, &l->all, histogram);
	for (uint32_t i = 0; i < l->vms; i++) {
		if (l->vm[i].chosen && late_silent(&l->vm[i].tally))
			json_push(silent, json_text(l->vm[i].name));
		else if (l->vm[i].chosen)
			json_push(vms, vm_json(l, &l->vm[i], histogram));
	}
	json_put(o, "vms", vms);
	json_put(o, "silent", silent);
	json_put(o, "worst", worst_json(l));
	return o;
}

json_t *late_json(const struct late_views *v, bool histogram, const char *command)
{
	json_t *views = json_array();

	for (size_t i = 0; i < v->n; i++)
		json_push(views, view_json(&v->view[i], histogram));
	return json_make(
	    "{s:s, s:o, s:O, s:o, s:o, s:o, s:o}", "schema", "vtick.late/1", "provenance",
	    json_make("{s:s, s:o}", "version", vtick_version(), "command", json_text(command)),
	    "trace", v->trace, "from_ns", json_exact(v->span.from_ns), "to_ns",
	    json_exact(v->span.to_ns), "slices", json_exact(LATE_SLICES), "views", views);
}
