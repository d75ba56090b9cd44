/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/find/look.h"

#include "replay/engine/engine.h"

/* A trace of a few events is looked at whatever its periods are, up to this. */
#define DEAR 20000u

int look_open(struct look *l, const struct run *run, const struct metric *metric)
{
	char why[PLUGIN_WHY];

	*l = (struct look){ .run = run, .metric = metric, .dear = DEAR };
	for (size_t i = 0; i < run->plugins; i++) {
		l->policy[i] = plugin_open(&run->plugin[i], why);
		if (l->policy[i])
			continue;
		l->failed = true;
		return vt_error_set(&l->err, run->plugin[i].spec, VT_NO_OFFSET, "%s", why);
	}
	return 0;
}

/* The largest value that a guest's counter is set to. */
static uint64_t largest_counter(const struct whole *t)
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->ev[i].type == TRACE_COUNTER && t->ev[i].value > most)
			most = t->ev[i].value;
	}
	return most;
}

uint64_t look_price(const struct whole *t)
{
	uint64_t span = t->meta.end + largest_counter(t), n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *ev = &t->ev[i];

		if ((ev->type == TRACE_ARM || ev->type == TRACE_SEED) && ev->extra)
			n += span / ev->extra;
		if (n > UINT64_MAX / 2)
			break;
	}
	return n;
}

static struct engine_options options_of(const struct run *run, size_t side, const struct whole *t)
{
	struct engine_options o = plugin_options(&run->plugin[side], &t->meta);

	o.costs = run->has_costs ? &run->costs : NULL;
	return o;
}

/* How bad the number of policy @side is. */
static int64_t badness(struct look *l, size_t side, const struct whole *t,
		       const struct seeds *seeds)
{
	const struct plugin *p = &l->run->plugin[side];
	const struct engine_options options = options_of(l->run, side, t);
	struct engine *e =
	    engine_new(&t->meta, l->policy[side], p->values, &options, p->policy->name, NULL);
	int64_t is = LOOK_NOTHING;
	const json_t *value;
	json_t *cell;

	engine_seeds(e, seeds);
	engine_events(e, t->ev, t->n);
	cell = engine_finish(e);
	if (cell) {
		value = metric_value(cell, l->metric->name);
		if (json_is_integer(value))
			is = metric_badness(l->metric->better, json_integer_value(value));
		json_decref(cell);
	} else {
		l->failed = true;
		vt_error_set(&l->err, p->spec, VT_NO_OFFSET, "ended its cell: %s",
			     engine_end(e)->why);
	}
	engine_free(e);
	return is;
}

int64_t look_at(struct look *l, const struct whole *t)
{
	int64_t is[LOOK_SIDES] = { 0 };
	struct seeds seeds;
	bool nothing = l->failed || look_price(t) > l->dear;

	if (nothing)
		return LOOK_NOTHING;
	seeds_init(&seeds, t->meta.vps);
	seeds_look(&seeds, t->ev, t->n);
	for (size_t i = 0; i < l->run->plugins && !nothing; i++) {
		is[i] = badness(l, i, t, &seeds);
		nothing = is[i] == LOOK_NOTHING;
	}
	seeds_free(&seeds);
	l->traces++;
	return nothing ? LOOK_NOTHING : is[0] - is[1];
}
