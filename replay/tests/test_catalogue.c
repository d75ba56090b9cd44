/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of metrics is one that can be read: what a row says of itself goes together. */
#include <criterion/criterion.h>
#include <string.h>

#include "replay/catalogue.h"

/* As long as a key of the result may be. */
#define KEY_MAX 63

static bool is_list(const struct metric *m)
{
	return m->in == IN_LP || m->in == IN_DOMAIN || m->in == IN_VP;
}

static bool of_histogram(const struct metric *m)
{
	return m->form >= FORM_SAMPLES && m->form <= FORM_BUCKETS;
}

Test(catalogue, names)
{
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];
		const char *brackets = strstr(m->name, "[].");

		cr_assert_eq(metric_find(m->name), i, "%s stands twice", m->name);
		cr_assert_eq(brackets != NULL, is_list(m),
			     "%s: a list is counted by LP, domain or VP", m->name);
		for (const char *key = m->name; *key; key += strspn(key, ".[]")) {
			cr_assert_leq(strcspn(key, ".[]"), KEY_MAX, "%s: a key is too long",
				      m->name);
			key += strcspn(key, ".[]");
		}
	}
	cr_assert_eq(metric_find("ticks"), METRIC_NONE);
	cr_assert_eq(metric_find(""), METRIC_NONE);
}

Test(catalogue, order_by_name)
{
	for (size_t i = 1; i < metric_count; i++)
		cr_assert_lt(strcmp(metric_table[metric_by_name(i - 1)].name,
				    metric_table[metric_by_name(i)].name),
			     0);
}

Test(catalogue, rows)
{
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];
		size_t object = m->object ? strlen(m->object) : 0;

		cr_assert(m->unit && m->help && *m->help, "%s: no unit or no help", m->name);
		cr_assert_eq(m->kind == DETAIL, is_list(m), "%s: kind", m->name);
		cr_assert_eq(m->kind == DISTRIBUTION,
			     m->form == FORM_BUCKETS || m->form == FORM_BY_LENGTH, "%s: kind",
			     m->name);
		cr_assert_eq(m->kind == TEXT, m->form == FORM_DIGEST, "%s: kind", m->name);
		cr_assert(!m->object ||
			      (!strncmp(m->name, m->object, object) && m->name[object] == '.'),
			  "%s: its object is another", m->name);
		cr_assert(m->when != WHEN_RECORDED || m->object, "%s: what is null without it?",
			  m->name);
		cr_assert_eq(m->per_mille != 0, m->form == FORM_PERCENTILE, "%s: per_mille",
			     m->name);
		cr_assert(m->sum == SUM_ADD || is_list(m), "%s: nothing is summed up", m->name);
		cr_assert(!of_histogram(m) || m->in == IN_CELL,
			  "%s: histograms are counted by cell", m->name);
	}
}

/* Minors have no gaps, so that the next one is the largest and one. */
Test(catalogue, minors)
{
	for (uint32_t minor = 0; minor <= metrics_minor(); minor++) {
		size_t i = 0;

		while (i < metric_count && metric_table[i].since != minor)
			i++;
		cr_assert_lt(i, metric_count, "no metric came with minor %u", minor);
	}
}

/* A cause is more than one metric's, or it is the metric. */
Test(catalogue, causes)
{
	for (size_t i = 0; i < metric_count; i++) {
		const char *cause = metric_cause(&metric_table[i]);
		size_t n = 0;

		for (size_t k = 0; k < metric_count; k++)
			n += !strcmp(metric_cause(&metric_table[k]), cause);
		cr_assert(n > 1 || !strcmp(cause, metric_table[i].name), "%s: cause %s",
			  metric_table[i].name, cause);
	}
}

Test(catalogue, lists)
{
	enum metric_in in;

	cr_assert(metric_list("timer_interrupts.per_lp", &in) && in == IN_LP);
	cr_assert(metric_list("per_domain", &in) && in == IN_DOMAIN);
	cr_assert_not(metric_list("per_dom", &in));
	cr_assert_not(metric_list("ticks", &in));
	cr_assert(metric_object("observed"));
	cr_assert_not(metric_object("observed.fires"));
}
