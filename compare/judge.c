/* SPDX-License-Identifier: GPL-2.0-only */
/* A pair of cells to rows: what differs, which way, and whether the rules let it pass. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

/* What the rules say about one pair: those of its trace and policy, in order. */
struct ruling {
	struct comparison *c;
	struct pair *pair;
	struct rule **rule;
	size_t rules;
	struct waiver **waiver;
	size_t waivers;
	const struct metric
	    *unknown; /* the first that is beyond what results hold, on both sides */
	size_t unknowns;
};

static void ruling_init(struct ruling *r, struct comparison *c, struct pair *p)
{
	const struct subject s = { .trace = p->trace,
				   .policy = p->cell[1]->policy,
				   .policy_full = p->rules_as };

	*r = (struct ruling){ .c = c, .pair = p };
	r->rule = vt_alloc(c->rules.count * sizeof(struct rule *));
	r->waiver = vt_alloc(c->rules.waivers * sizeof(struct waiver *));
	for (size_t i = 0; i < c->rules.count; i++) {
		if (match_subject(&c->rules.rule[i].match, &s))
			r->rule[r->rules++] = &c->rules.rule[i];
	}
	for (size_t i = 0; i < c->rules.waivers; i++) {
		if (match_subject(&c->rules.waiver[i].match, &s))
			r->waiver[r->waivers++] = &c->rules.waiver[i];
	}
}

static void ruling_end(struct ruling *r)
{
	free(r->rule);
	free(r->waiver);
}

/* A limit has nothing to measure in a histogram that is only a hash. */
static void note_hash(struct rules *rules, const struct rule *decides)
{
	if ((decides->has_percent && decides->percent > 0) || decides->has_absolute ||
	    decides->has_budget)
		rules->rule[decides - rules->rule].limits_hash = true;
}

static const struct rule *deciding_rule(struct ruling *r, const struct metric *m)
{
	const struct rule *decides = NULL;

	for (size_t i = 0; i < r->rules; i++) {
		if (!glob_match(r->rule[i]->match.metric, m->name))
			continue;
		r->rule[i]->used = true;
		decides = r->rule[i];
	}
	for (size_t i = 0; i < r->waivers; i++) {
		if (glob_match(r->waiver[i]->match.metric, m->name))
			r->waiver[i]->used = true;
	}
	return decides; /* a built-in one always matches */
}

static enum direction better(const struct row *r)
{
	return r->rule->has_better ? r->rule->better : r->metric->better;
}

static enum verdict number_verdict(enum direction d, struct value b, struct value c)
{
	if (b.state != VALUE_SET || c.state != VALUE_SET) {
		if (b.state == c.state)
			return SAME;
		/* What had samples and has none now was lost. */
		return b.state == VALUE_SET && d != NEUTRAL ? WORSE : CHANGED;
	}
	if (b.v == c.v)
		return SAME;
	if (d == NEUTRAL)
		return CHANGED;
	int64_t x = metric_badness(d, b.v), y = metric_badness(d, c.v);

	return y < x ? BETTER : y > x ? WORSE : CHANGED;
}

static double relative(double base, double cand)
{
	if (base == 0)
		return cand > 0 ? INFINITY : cand < 0 ? -INFINITY : 0;
	return (cand - base) / fabs(base);
}

/* A difference of @apart from @base is within the rule's limits: within one of them, if there are
 * two. */
static bool within(const struct rule *r, double base, double apart)
{
	if (r->has_absolute && apart <= (double)r->absolute)
		return true;
	if (r->has_percent)
		return apart * 100 <= r->percent * fabs(base);
	return !r->has_absolute && r->has_budget; /* the budget alone limits */
}

static bool over_budget(const struct row *r, double v)
{
	enum direction d = better(r);
	double budget = (double)r->rule->budget;

	if (!r->rule->has_budget)
		return false;
	return d == HIGHER ? v < budget : d == ZERO ? fabs(v) > budget : v > budget;
}

static struct waiver *find_waiver(struct ruling *r, const struct row *row, double cand)
{
	for (size_t i = 0; i < r->waivers; i++) {
		struct waiver *w = r->waiver[i];
		enum direction d = better(row);

		if (w->expired || !glob_match(w->match.metric, row->metric->name))
			continue;
		if (w->has_up_to &&
		    (d == HIGHER ? cand < (double)w->up_to : cand > (double)w->up_to))
			continue;
		w->needed = true;
		return w;
	}
	return NULL;
}

/* What the gate makes of a row whose verdict is known. @is_within: the limits allow it. @cand: for
 * budgets.
 */
static void gate_row(struct ruling *r, struct row *row, bool is_within, double cand)
{
	enum fail_on on = r->c->fail_on;
	bool differs =
	    row->verdict == WORSE ||
	    (on == FAIL_ON_CHANGE && (row->verdict == BETTER || row->verdict == CHANGED));

	row->gate = GATE_PASS;
	if (row->rule->ignore) {
		row->gate = GATE_IGNORED;
		return;
	}
	row->over_budget = !isnan(cand) && over_budget(row, cand);
	if (!differs && !row->over_budget)
		return;
	if (is_within && !row->over_budget) {
		row->gate = GATE_WITHIN;
		return;
	}
	row->waiver = find_waiver(r, row, cand);
	row->gate = row->waiver ? GATE_WAIVED : GATE_FAIL;
}

static bool worth_a_row(const struct comparison *c, const struct row *row)
{
	return c->keep_all || row->verdict != SAME || row->gate == GATE_FAIL ||
	       row->gate == GATE_WAIVED;
}

static void take_row(struct ruling *r, const struct row *row)
{
	r->c->compared++;
	if (row->gate == GATE_IGNORED)
		r->c->ignored += row->verdict != SAME;
	else
		r->pair->count[row->verdict]++;
	if (!worth_a_row(r->c, row)) {
		r->pair->same++;
		return;
	}
	*comparison_add_row(r->c) = *row;
	r->pair->rows++;
}

/* Two numbers that are larger than a result can hold look the same. */
static void note_saturated(struct ruling *r, const struct metric *m, int64_t b, int64_t c)
{
	if (b != c || (b != JSON_EXACT_MAX && b != -JSON_EXACT_MAX))
		return;
	if (!r->unknowns++)
		r->unknown = m;
}

static void tell_saturated(struct ruling *r)
{
	if (r->unknowns)
		texts_add(r->c->strict ? &r->c->troubles : &r->c->warnings,
			  "trace %s, policy %s: %s%s is 2^53 - 1 on both sides, which stands for "
			  "any larger number: whether it changed is not known",
			  r->pair->trace, r->pair->policy, r->unknown->name,
			  r->unknowns > 1 ? " and others" : "");
}

static void judge_value(struct ruling *r, const struct metric *m, uint32_t element, struct value b,
			struct value c)
{
	struct row row = { .pair = r->pair, .metric = m, .element = element, .value = { b, c } };
	bool numbers = b.state == VALUE_SET && c.state == VALUE_SET;

	if (numbers)
		note_saturated(r, m, b.v, c.v);
	row.rule = deciding_rule(r, m);
	row.verdict = number_verdict(better(&row), b, c);
	row.change = numbers ? relative((double)b.v, (double)c.v) : NAN;
	gate_row(r, &row, numbers && within(row.rule, (double)b.v, fabs((double)c.v - (double)b.v)),
		 c.state == VALUE_SET ? (double)c.v : NAN);
	take_row(r, &row);
}

static void judge_digest(struct ruling *r, const struct metric *m)
{
	struct row row = { .pair = r->pair, .metric = m, .element = NO_ELEMENT, .change = NAN };

	row.rule = deciding_rule(r, m);
	row.verdict = strcmp(r->pair->cell[0]->digest, r->pair->cell[1]->digest) ? CHANGED : SAME;
	gate_row(r, &row, false, NAN);
	take_row(r, &row);
}

static enum verdict shift_verdict(enum direction d, const struct shift *s)
{
	if (d == NEUTRAL || s->nearer == s->farther)
		return CHANGED;
	return s->nearer == (d != HIGHER) ? BETTER : WORSE;
}

static void judge_distribution(struct ruling *r, const struct metric *m)
{
	size_t i = (size_t)(m - metric_table);
	const struct dist *b = &r->pair->cell[0]->dist[i], *c = &r->pair->cell[1]->dist[i];
	struct row row = { .pair = r->pair, .metric = m, .element = NO_ELEMENT, .change = NAN };
	bool is_within = false;

	row.rule = deciding_rule(r, m);
	if (b->hashed || c->hashed)
		note_hash(&r->c->rules, row.rule);
	if (dist_equal(b, c)) {
		row.verdict = SAME;
	} else if (b->hashed || c->hashed) {
		/* Which way is for its percentiles to say. */
		row.verdict = CHANGED;
	} else if (!b->n || !c->n) {
		row.verdict = b->n && better(&row) != NEUTRAL ? WORSE : CHANGED;
	} else {
		struct shift *s = vt_alloc(sizeof(*s));

		dist_compare(b, c, s);
		row.shift = s;
		row.value[0] = (struct value){ s->base, VALUE_SET };
		row.value[1] = (struct value){ s->cand, VALUE_SET };
		row.change = relative((double)s->base, (double)s->cand);
		row.verdict = shift_verdict(better(&row), s);
		is_within =
		    within(row.rule, (double)s->base, fabs((double)s->cand - (double)s->base));
		/* More samples of the same shape are no shift; their number is a metric of its own.
		 */
		if (s->ks == 0)
			row.verdict = SAME;
	}
	gate_row(r, &row, is_within, NAN);
	take_row(r, &row);
	if (row.shift && !worth_a_row(r->c, &row))
		free(row.shift);
}

/*
 * True if metric number @metric, which only one side has, is not compared because the other is of
 * an older vtick: the baseline, or a candidate that may be. There is a note of it then.
 */
static bool too_new(struct ruling *r, size_t metric)
{
	struct comparison *c = r->c;
	const struct metric *m = &metric_table[metric];
	const struct cell *base = r->pair->cell[0], *cand = r->pair->cell[1];
	bool may_be_older = c->allow_older || cand->minor < base->minor; /* else it was told */
	const struct cell *older = may_be_older && cell_predates(cand, metric) ? cand : base;

	if (!cell_predates(older, metric))
		return false;
	if (!c->noted[metric])
		texts_add(&c->notes,
			  "%s is not compared: older result: it came with minor %" PRIu32
			  ", %s is of minor %" PRIu32,
			  m->name, m->since, older->file, older->minor);
	c->noted[metric] = true;
	return true;
}

static int by_place(const struct detail *x, const struct detail *y)
{
	return x->metric != y->metric ? (x->metric > y->metric) - (x->metric < y->metric)
				      : (x->index > y->index) - (x->index < y->index);
}

/* Both lists are in order of metric and element. */
static void judge_details(struct ruling *r)
{
	const struct cell *b = r->pair->cell[0], *c = r->pair->cell[1];
	size_t i = 0, k = 0;

	while (i < b->details || k < c->details) {
		int order = i >= b->details   ? 1
			    : k >= c->details ? -1
					      : by_place(&b->detail[i], &c->detail[k]);
		const struct detail *first = order <= 0 ? &b->detail[i] : &c->detail[k];
		const struct metric *m = &metric_table[first->metric];

		if (!order)
			judge_value(r, m, first->index, first->value, c->detail[k].value);
		else if (!too_new(r, first->metric))
			texts_add(&r->c->troubles,
				  "trace %s, policy %s: only the %s has %s of element %" PRIu32,
				  r->pair->trace, r->pair->policy, r->c->side[order > 0].name,
				  m->name, first->index);
		i += order <= 0;
		k += order >= 0;
	}
}

static void judge_metric(struct ruling *r, size_t metric)
{
	const struct cell *b = r->pair->cell[0], *c = r->pair->cell[1];
	const struct metric *m = &metric_table[metric];
	bool base = cell_has(b, metric), cand = cell_has(c, metric);

	if (base != cand) {
		if (!too_new(r, metric))
			texts_add(&r->c->troubles, "trace %s, policy %s: only the %s has %s",
				  r->pair->trace, r->pair->policy, r->c->side[cand].name, m->name);
	} else if (base && m->kind == NUMBER) {
		judge_value(r, m, NO_ELEMENT, b->value[metric], c->value[metric]);
	} else if (base && m->kind == TEXT) {
		judge_digest(r, m);
	} else if (base && m->kind == DISTRIBUTION) {
		judge_distribution(r, m);
	}
}

static void judge_exact(struct ruling *r)
{
	for (size_t i = 0; i < metric_count; i++) {
		if (metric_table[i].kind != DETAIL)
			judge_metric(r, i);
	}
	judge_details(r);
	tell_saturated(r);
}

/* ---- noisy metrics: first all tests, then Holm over them, then the answers ---- */

static void decide(struct ruling *r, struct row *row, size_t tests)
{
	struct noisy *n = row->noisy;
	double alpha = r->c->rules.alpha, percent = row->rule->has_percent ? row->rule->percent : 0;
	double floor = row->rule->has_absolute ? (double)row->rule->absolute : 0;
	enum stats_answer answer = stats_decide(&n->shift, n->p_adjusted, alpha, percent / 100,
						floor, n->runs[0], n->runs[1], tests, &n->needed);
	size_t min = stats_runs_min(alpha, tests);
	enum direction d = better(row);

	row->change = n->shift.ratio - 1;
	if (answer == STATS_SAME)
		row->verdict = SAME;
	else if (answer == STATS_NOT_ENOUGH)
		row->verdict = NOT_ENOUGH;
	else if (d == NEUTRAL)
		row->verdict = CHANGED;
	else
		row->verdict = (n->shift.ratio > 1) == (d == HIGHER) ? BETTER : WORSE;
	if (!row->pair->cell[0]->late &&
	    (row->verdict == BETTER || row->verdict == WORSE || row->verdict == CHANGED) &&
	    r->c->side[0].inputs == 1 && r->c->side[1].inputs == 1)
		texts_add(&r->c->warnings,
			  "%s, %s: each side was measured in one go: what drifted meanwhile counts "
			  "as a difference, "
			  "alternate the sides (STATISTICS.md)",
			  row->pair->policy, row->metric->name);
	/* A gate that could not fail is none. */
	if (!row->rule->ignore && (n->runs[0] < min || n->runs[1] < min))
		texts_add(&r->c->troubles,
			  "%s, %s: not enough runs: %zu and %zu, at least %zu a side are needed",
			  row->pair->policy, row->metric->name, n->runs[0], n->runs[1],
			  n->needed > min ? n->needed : min);
	else if (!row->rule->ignore && row->verdict == NOT_ENOUGH && r->c->strict)
		texts_add(&r->c->troubles, "%s, %s: not enough runs to decide", row->pair->policy,
			  row->metric->name);
	gate_row(r, row, false, n->median[1]);
}

static void test_samples(struct comparison *c, struct row *row, size_t metric)
{
	struct noisy *n = vt_alloc(sizeof(*n));
	const struct samples *b = &row->pair->cell[0]->samples[metric],
			     *k = &row->pair->cell[1]->samples[metric];

	sort_i64(b->v, b->n);
	sort_i64(k->v, k->n);
	n->runs[0] = b->n;
	n->runs[1] = k->n;
	n->median[0] = stats_median(b->v, b->n);
	n->median[1] = stats_median(k->v, k->n);
	stats_mann_whitney(b->v, b->n, k->v, k->n, &n->test);
	stats_hodges_lehmann(b->v, b->n, k->v, k->n, c->rules.alpha, &n->shift);
	row->noisy = n;
	row->value[0] = (struct value){ llround(n->median[0]), VALUE_SET };
	row->value[1] = (struct value){ llround(n->median[1]), VALUE_SET };
}

/* Fewer slices of a side than this are no sample. */
#define SLICES_LEAST 10
/* Of all ticks: a difference in those that were missed that is worth a word. */
#define MISSED_MORE 0.01

/* Has each side enough slices of the VM with enough ticks in them? Most VMs of a host are idle, so
 * one that has not is a warning. */
static bool enough_ticks(struct ruling *r)
{
	const struct cell *const *cell = r->pair->cell;
	size_t metric = metric_find("late_mean_ns");
	size_t n[2] = { cell[0]->samples[metric].n, cell[1]->samples[metric].n };

	if (n[0] >= SLICES_LEAST && n[1] >= SLICES_LEAST)
		return true;
	texts_add(
	    r->c->strict ? &r->c->troubles : &r->c->warnings,
	    "%s: not enough ticks: %zu of %zu and %zu of %zu slices have 10 or more, at least "
	    "%d a side are needed",
	    r->pair->policy, n[0], cell[0]->slices, n[1], cell[1]->slices, SLICES_LEAST);
	return false;
}

/* Lateness is of ticks that came: where a side has more that never did, it is not the whole of it.
 */
static void tell_of_missed(struct ruling *r)
{
	const struct cell *const *cell = r->pair->cell;
	double share[2];

	for (int i = 0; i < 2; i++) {
		double due = (double)cell[i]->came + (double)cell[i]->missed;

		share[i] = due > 0 ? (double)cell[i]->missed / due : 0;
	}
	if (share[1] - share[0] < MISSED_MORE && share[0] - share[1] < MISSED_MORE)
		return;
	texts_add(r->c->strict ? &r->c->troubles : &r->c->warnings,
		  "%s: %" PRId64 " ticks came and %" PRId64 " were missed, %" PRId64 " and %" PRId64
		  " in the candidate: lateness is of those that came",
		  r->pair->policy, cell[0]->came, cell[0]->missed, cell[1]->came, cell[1]->missed);
}

static void test_pair(struct ruling *r)
{
	if (r->pair->cell[0]->late)
		tell_of_missed(r);
	if (r->pair->cell[0]->late && !enough_ticks(r))
		return;
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];
		struct row row = { .pair = r->pair, .metric = m, .element = NO_ELEMENT };

		if (m->kind != SAMPLES)
			continue;
		bool base = r->pair->cell[0]->samples[i].n, cand = r->pair->cell[1]->samples[i].n;

		if (base != cand)
			texts_add(&r->c->troubles, "%s: only the %s has %s", r->pair->policy,
				  r->c->side[cand].name, m->name);
		if (!base || !cand)
			continue;
		row.rule = deciding_rule(r, m);
		test_samples(r->c, &row, i);
		*comparison_add_row(r->c) = row;
		r->pair->rows++;
	}
}

/* Rows of noisy metrics that are not ignored share the chance of a false alarm. */
static void decide_noisy(struct comparison *c)
{
	double *p = vt_alloc(c->rows * sizeof(*p));
	size_t tests = 0, i, k = 0;

	for (i = 0; i < c->rows; i++) {
		if (c->row[i].noisy && !c->row[i].rule->ignore)
			p[tests++] = c->row[i].noisy->test.p;
	}
	stats_holm(p, tests);
	for (i = 0; i < c->rows; i++) {
		struct row *row = &c->row[i];
		struct ruling r;

		if (!row->noisy)
			continue;
		row->noisy->p_adjusted = row->rule->ignore ? row->noisy->test.p : p[k++];
		ruling_init(&r, c, row->pair);
		decide(&r, row, tests);
		c->compared++;
		if (row->gate == GATE_IGNORED)
			c->ignored += row->verdict != SAME;
		else
			r.pair->count[row->verdict]++;
		ruling_end(&r);
	}
	free(p);
}

/* Of two recordings: what may be doubted of all of them, and whether anything was compared. */
static void tell_of_slices(struct comparison *c)
{
	size_t late = 0, rows = 0;

	for (size_t i = 0; i < c->pairs; i++) {
		late += c->pair[i].cell[0]->late;
		rows += c->pair[i].cell[0]->late ? c->pair[i].rows : 0;
	}
	if (late && !rows)
		texts_add(&c->troubles, "not enough ticks in any VM: nothing was compared");
	if (rows && c->side[0].inputs == 1 && c->side[1].inputs == 1)
		texts_add(
		    &c->warnings,
		    "each side is one recording: what else the host did meanwhile counts as a "
		    "difference, record the sides in turns (STATISTICS.md)");
}

void comparison_judge(struct comparison *c)
{
	for (size_t i = c->judged; i < c->pairs; i++) {
		struct ruling r;

		ruling_init(&r, c, &c->pair[i]);
		c->pair[i].first_row = c->rows;
		if (c->pair[i].cell[0]->timing)
			test_pair(&r);
		else
			judge_exact(&r);
		ruling_end(&r);
	}
	c->judged = c->pairs;
}

void comparison_decide(struct comparison *c)
{
	tell_of_slices(c);
	decide_noisy(c);
}
