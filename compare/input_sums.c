/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a cell's numbers adds up to another one (RESULT.md, "What adds up"). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compare/input.h"

__extension__ typedef __int128 wide;

#define PARTS 4

struct sum {
	const char *whole;
	const char *part[PARTS];
};

#define IRQS "timer_interrupts."
#define LPS "timer_interrupts.per_lp[]."
#define DOMAINS "per_domain[]."
#define SUM4(whole, of, a, b, c, d)                                                                \
	{                                                                                          \
		whole,                                                                             \
		{                                                                                  \
			of a, of b, of c, of d                                                     \
		}                                                                                  \
	}

/* Exactly. */
static const struct sum sums[] = {
	SUM4(IRQS "total", IRQS, "guest", "hypervisor", "both", "spurious"),
	{ IRQS "total", { IRQS "lp_idle", IRQS "lp_busy" } },
	{ "exits.fire", { IRQS "lp_busy" } },
	{ "idle.wakeups", { IRQS "lp_idle" } },
	SUM4(LPS "total", LPS, "guest", "hypervisor", "both", "spurious"),
	{ LPS "total", { LPS "lp_idle", LPS "lp_busy" } },
	SUM4("ticks.due", "ticks.", "delivered", "coalesced", "missed", "pending_at_end"),
	SUM4(DOMAINS "ticks.due", DOMAINS "ticks.", "delivered", "coalesced", "missed",
	     "pending_at_end"),
	SUM4("wakeups.due", "wakeups.", "on_time", "late", "lost", "open"),
	SUM4(DOMAINS "wakeups.due", DOMAINS "wakeups.", "on_time", "late", "lost", "open"),
};

/* No more than the whole. */
static const struct sum parts[] = {
	{ "ticks.due", { "ticks.inferred" } },
	{ DOMAINS "ticks.due", { DOMAINS "ticks.inferred" } },
	{ "bound.with_hv", { "bound.guest" } },
	{ "fidelity.expiries.predicted", { "fidelity.expiries.matched" } },
	{ "fidelity.expiries.observed", { "fidelity.expiries.matched" } },
	{ "fidelity.injections.predicted", { "fidelity.injections.matched" } },
	{ "fidelity.injections.observed", { "fidelity.injections.matched" } },
	{ "fidelity.machine_interrupts.predicted", { "fidelity.machine_interrupts.matched" } },
	{ "fidelity.machine_interrupts.observed", { "fidelity.machine_interrupts.matched" } },
};

/* False: there is none, or it is only known to be so large or larger. */
static bool is_known(const struct value *v)
{
	return v->state == VALUE_SET && v->v < SCAN_INTEGER_MAX && v->v > -SCAN_INTEGER_MAX;
}

/* Of element @index where @metric is of a list. */
static bool known(const struct cell *c, size_t metric, uint32_t index, int64_t *v)
{
	const struct detail *d;
	const struct value *value;

	if (metric == METRIC_NONE)
		return false;
	if (metric_table[metric].kind == DETAIL) {
		d = cell_detail(c, metric, index);
		value = d ? &d->value : NULL;
	} else {
		value = &c->value[metric];
	}
	if (!value || !is_known(value))
		return false;
	*v = value->v;
	return true;
}

static const char *key_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* "12, the sum of its guest, hypervisor, both and spurious"; "at most ticks.due, 12". */
static void name_parts(char *to, size_t size, const struct sum *sum, int64_t total)
{
	size_t n = 0, at;

	while (n < PARTS && sum->part[n])
		n++;
	if (n == 1) {
		snprintf(to, size, "%s, %" PRId64, sum->part[0], total);
		return;
	}
	at = (size_t)snprintf(to, size, "%" PRId64 ", the sum of", total);
	for (size_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(to + at, size - at, "%s %s",
				       !i	   ? ""
				       : i + 1 < n ? ","
						   : " and",
				       key_of(sum->part[i]));
}

static int check_sum(const struct cell *c, struct scan *s, const struct sum *sum, uint32_t index)
{
	size_t whole = metric_find(sum->whole);
	int64_t is, one, total = 0;
	char expected[160];

	if (!known(c, whole, index, &is))
		return 0;
	for (size_t i = 0; i < PARTS && sum->part[i]; i++) {
		if (!known(c, metric_find(sum->part[i]), index, &one))
			return 0;
		total += one;
	}
	if (is == total)
		return 0;
	name_parts(expected, sizeof(expected), sum, total);
	return input_disagrees(s, c, &metric_table[whole], is, expected);
}

static int check_part(const struct cell *c, struct scan *s, const struct sum *sum, uint32_t index)
{
	size_t part = metric_find(sum->part[0]);
	int64_t whole, is;
	char expected[120];

	if (!known(c, metric_find(sum->whole), index, &whole) || !known(c, part, index, &is) ||
	    is <= whole)
		return 0;
	snprintf(expected, sizeof(expected), "at most %s, %" PRId64, sum->whole, whole);
	return input_disagrees(s, c, &metric_table[part], is, expected);
}

typedef int check_fn(const struct cell *c, struct scan *s, const struct sum *sum, uint32_t index);

/* Of the cell, or of each element of the list. */
static int check_each(const struct cell *c, struct scan *s, const struct sum *all, size_t n,
		      check_fn *check)
{
	for (size_t i = 0; i < n; i++) {
		size_t whole = metric_find(all[i].whole);

		if (metric_table[whole].kind != DETAIL) {
			if (check(c, s, &all[i], 0))
				return -1;
			continue;
		}
		for (size_t k = 0; k < c->details; k++)
			if (c->detail[k].metric == whole &&
			    check(c, s, &all[i], c->detail[k].index))
				return -1;
	}
	return 0;
}

/* ---- lists ---- */

/* The number of the cell that the elements of list metric @m make, or METRIC_NONE. */
static size_t cell_metric(const struct metric *m)
{
	const char *list = strstr(m->name, "[].");
	const char *rest = list ? list + 3 : m->name;
	const char *group = m->name;
	char name[128];

	while (list && list > group && list[-1] != '.')
		list--;
	snprintf(name, sizeof(name), "%.*s%s", list ? (int)(list - group) : 0, group, rest);
	return metric_find(name);
}

/* Elements of the list metric from place @at on: their sum, or the largest; false: not known. */
static bool elements(const struct cell *c, const struct metric *m, size_t at, wide *all)
{
	uint32_t metric = c->detail[at].metric;

	*all = m->sum == SUM_MAX ? -SCAN_INTEGER_MAX : 0;
	for (; at < c->details && c->detail[at].metric == metric; at++) {
		const struct value *v = &c->detail[at].value;

		if (v->state == VALUE_NULL && m->sum == SUM_MAX)
			continue;
		if (!is_known(v))
			return false;
		if (m->sum == SUM_ADD)
			*all += v->v;
		else if (v->v > *all)
			*all = v->v;
	}
	return true;
}

static int check_list(const struct cell *c, struct scan *s, size_t at)
{
	const struct metric *m = &metric_table[c->detail[at].metric];
	size_t whole = m->sum == SUM_MADE ? METRIC_NONE : cell_metric(m);
	char expected[160];
	int64_t is;
	wide all;

	if (!known(c, whole, 0, &is) || !elements(c, m, at, &all) || is == all)
		return 0;
	/* A number that large has no place in a result. */
	if (all > SCAN_INTEGER_MAX || all < -SCAN_INTEGER_MAX)
		all = all > 0 ? SCAN_INTEGER_MAX : -SCAN_INTEGER_MAX;
	snprintf(expected, sizeof(expected), "%" PRId64 ", the %s of %s", (int64_t)all,
		 m->sum == SUM_ADD ? "sum" : "largest", m->name);
	return input_disagrees(s, c, &metric_table[whole], is, expected);
}

/* ---- shares ---- */

/* In millionths, floor: @key of @kind is (@part - @less) of @whole. */
static const struct share {
	const char *key, *part, *less, *whole;
} shares[] = {
	{ "precision_ppm", "matched", NULL, "predicted" },
	{ "recall_ppm", "matched", NULL, "observed" },
	{ "count_error_ppm", "predicted", "observed", "observed" },
};

static bool fidelity(const struct cell *c, const char *kind, const char *key, int64_t *v)
{
	char name[80];

	*v = 0;
	if (!key)
		return true;
	snprintf(name, sizeof(name), "fidelity.%s.%s", kind, key);
	return known(c, metric_find(name), 0, v);
}

static int check_share(const struct cell *c, struct scan *s, const char *kind,
		       const struct share *share)
{
	int64_t is, part, less, whole;
	wide ppm;
	char name[80], expected[160];

	if (!fidelity(c, kind, share->key, &is) || !fidelity(c, kind, share->part, &part) ||
	    !fidelity(c, kind, share->less, &less) || !fidelity(c, kind, share->whole, &whole) ||
	    whole <= 0)
		return 0;
	ppm = ((wide)part - less) * 1000000;
	ppm = ppm / whole - (ppm % whole < 0);
	if (ppm == is || ppm > SCAN_INTEGER_MAX)
		return 0;
	snprintf(name, sizeof(name), "fidelity.%s.%s", kind, share->key);
	snprintf(expected, sizeof(expected), "%" PRId64 ", of %s%s%s and %s", (int64_t)ppm,
		 share->part, share->less ? " less " : "", share->less ? share->less : "",
		 share->whole);
	return input_disagrees(s, c, &metric_table[metric_find(name)], is, expected);
}

static int check_shares(const struct cell *c, struct scan *s)
{
	static const char *const kinds[] = { "expiries", "injections", "machine_interrupts" };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++)
			if (check_share(c, s, kinds[k], &shares[i]))
				return -1;
	return 0;
}

int input_check_sums(const struct cell *c, struct scan *s)
{
	if (check_each(c, s, sums, sizeof(sums) / sizeof(*sums), check_sum) ||
	    check_each(c, s, parts, sizeof(parts) / sizeof(*parts), check_part) ||
	    check_shares(c, s))
		return -1;
	for (size_t at = 0; at < c->details; at++)
		if ((!at || c->detail[at].metric != c->detail[at - 1].metric) &&
		    check_list(c, s, at))
			return -1;
	return 0;
}
