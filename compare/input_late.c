/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Documents of `vtick late --json` (schema vtick.late/1, LATE.md): each VM of each view is a cell,
 * each slice with enough ticks a run. Numbers of less than 1 ns count as 1: they are compared by
 * ratios.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "traces/base/mem.h"

/* A slice with fewer ticks says nothing of its VM: late's LATE_SLICE_TICKS. */
#define TICKS_LEAST 10
#define SLICES_MAX 100000
/* So that counts of many recordings add up: the largest that a document holds. */
#define COUNT_MAX ((INT64_C(1) << 53) - 1)

/* What a slice is compared by: its key, and the metric that it is a run of. */
static const struct late_key {
	const char *key, *metric;
} keys[] = {
	{ "mean_ns", "late_mean_ns" },	   { "p99_ns", "late_p99_ns" },
	{ "host_ns", "late_host_ns" },	   { "wait_ns", "late_wait_ns" },
	{ "inject_ns", "late_inject_ns" },
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static void add_sample(struct samples *to, int64_t v)
{
	if (!(to->n & (to->n - 1)))
		to->v = vt_realloc(to->v, (to->n ? to->n * 2 : 1) * sizeof(*to->v));
	to->v[to->n++] = v < 1 ? 1 : v;
}

/* *@has: it is a number, and no null. */
static int read_number(struct scan *s, int64_t *v, bool *has)
{
	*has = !scan_null(s);
	return *has ? scan_integer(s, v) : 0;
}

static int read_slice(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int64_t value[KEYS] = { 0 }, ticks = -1;
	bool has[KEYS] = { false };
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		size_t i = 0;

		while (i < KEYS && !scan_is(&key, keys[i].key))
			i++;
		if (i < KEYS)
			more = read_number(s, &value[i], &has[i]);
		else if (scan_is(&key, "ticks"))
			more = scan_integer(s, &ticks);
		else
			more = scan_skip(s);
	}
	if (more)
		return more;
	if (ticks < 0)
		return scan_fail(s, "a slice has no 'ticks', expected 0 or more");
	c->slices++;
	if (c->slices > SLICES_MAX)
		return scan_fail(s, "more than %d slices", SLICES_MAX);
	if (ticks < TICKS_LEAST)
		return 0;
	for (size_t i = 0; i < KEYS; i++) {
		if (!has[i])
			return scan_fail(s, "a slice with ticks has no '%s'", keys[i].key);
		add_sample(&c->samples[metric_find(keys[i].metric)], value[i]);
	}
	return 0;
}

static int read_slices(struct cell *c, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false)
		more = read_slice(c, s);
	return more;
}

static struct cell *add_vm(struct input *in)
{
	struct cell *c = input_add_cell(in);

	c->timing = c->late = true;
	c->trace = vt_strdup("late");
	c->status = vt_strdup("ok");
	c->samples = vt_alloc(metric_count * sizeof(*c->samples));
	return c;
}

/* VMs that had no tick, by name. */
static int read_silent(struct input *in, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false)
		more = scan_string(s, &add_vm(in)->policy);
	return more;
}

/* What became of a VM's ticks. */
static int read_ticks(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		int64_t n = 0;

		more = scan_integer(s, &n);
		if (!more && (n < 0 || n > COUNT_MAX))
			more = scan_fail(s, "a count of ticks cannot be %" PRId64, n);
		if (scan_is(&key, "delivered"))
			c->came = n;
		else if (scan_is(&key, "missed"))
			c->missed = n;
	}
	return more;
}

static int read_vm(struct input *in, struct scan *s)
{
	struct cell *c = add_vm(in);
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	bool slices = false;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "name")) {
			more = scan_string(s, &c->policy);
		} else if (scan_is(&key, "ticks")) {
			more = read_ticks(c, s);
		} else if (scan_is(&key, "slices")) {
			slices = true;
			more = read_slices(c, s);
		} else {
			more = scan_skip(s);
		}
	}
	if (more)
		return more;
	if (!c->policy || !*c->policy)
		return scan_fail(s, "a VM has no 'name'");
	return slices ? 0 : scan_fail(s, "VM '%.60s' has no 'slices'", c->policy);
}

static int read_vms(struct input *in, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false)
		more = read_vm(in, s);
	return more;
}

/* ---- names: the same VM in two recordings ---- */

/* "web" of "web-1234" and "web/2" of "web-1234/2": a VM that nobody named has its process's number.
 * malloc'ed. */
static char *without_number(const char *name)
{
	const char *end = strchr(name, '/');
	size_t n = end ? (size_t)(end - name) : strlen(name), digits = n;

	while (digits && isdigit((unsigned char)name[digits - 1]))
		digits--;
	if (digits < 2 || digits == n || name[digits - 1] != '-')
		return vt_strdup(name);
	return vt_format("%.*s%s", (int)(digits - 1), name, end ? end : "");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool all_differ(char *const *name, size_t n)
{
	char **sorted = vt_array(n + 1, sizeof(*sorted));
	bool differ = true;

	if (n) {
		memcpy(sorted, name, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_text);
	}
	for (size_t i = 1; i < n; i++)
		differ &= strcmp(sorted[i - 1], sorted[i]) != 0;
	free(sorted);
	return differ;
}

/* Process numbers go where the VMs of a view are told apart without them. */
static int settle_names(struct cell *c, size_t n, struct scan *s)
{
	char **shorter = vt_array(n + 1, sizeof(*shorter));
	char **name = vt_array(n + 1, sizeof(*name));
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		shorter[i] = without_number(c[i].policy);
		name[i] = c[i].policy;
	}
	if (all_differ(shorter, n)) {
		for (size_t i = 0; i < n; i++) {
			c[i].policy = shorter[i];
			shorter[i] = name[i];
		}
	} else if (!all_differ(name, n)) {
		failed = scan_fail(s, "two VMs of a view have one name: they cannot be told apart");
	}
	for (size_t i = 0; i < n; i++)
		free(shorter[i]);
	free(shorter);
	free(name);
	return failed;
}

static int read_view(struct input *in, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	char *label = NULL;
	size_t first = in->cells;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "label"))
			more = scan_string(s, &label);
		else if (scan_is(&key, "vms"))
			more = read_vms(in, s);
		else if (scan_is(&key, "silent"))
			more = read_silent(in, s);
		else
			more = scan_skip(s);
	}
	if (!more && !label)
		more = scan_fail(s, "a view has no 'label'");
	if (!more && in->cells > first)
		more = settle_names(&in->cell[first], in->cells - first, s);
	for (size_t i = first; !more && label && i < in->cells; i++) {
		struct cell *c = &in->cell[i];

		if (strcmp(label, "recording")) {
			c->param = vt_alloc(sizeof(*c->param));
			c->param[c->params++] = (struct param){ vt_strdup("by"), vt_strdup(label) };
		}
		cell_name_params(c);
	}
	free(label);
	return more;
}

int input_read_views(struct input *in, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false)
		more = read_view(in, s);
	return more;
}
