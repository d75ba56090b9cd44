/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
/* The cells of a result (replay/RESULT.md). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "compare/input_built.h"
#include "traces/base/mem.h"

#define PATH_MAX_LEN 128
#define NO_INDEX UINT32_MAX
#define INDEX_MAX 1048576

/* A value's place in its cell: "timer_interrupts.per_lp[].total" of LP 3. */
struct place {
	struct input *in;
	struct cell *cell;
	char path[PATH_MAX_LEN];
	size_t len;
	uint32_t index;
};

static size_t push(struct place *p, const struct scan_slice *key)
{
	size_t before = p->len;
	int n = snprintf(p->path + p->len, PATH_MAX_LEN - p->len, "%s%.*s", p->len ? "." : "",
			 (int)(key->len < PATH_MAX_LEN ? key->len : PATH_MAX_LEN), key->at);

	p->len += (size_t)n;
	if (p->len >= PATH_MAX_LEN)
		p->len = PATH_MAX_LEN - 1;
	return before;
}

static void pop(struct place *p, size_t before)
{
	p->len = before;
	p->path[before] = '\0';
}

/* Of `fidelity` only the numbers of all events are compared, not those of their parts. */
static int unknown(struct place *p, struct scan *s)
{
	int c = scan_peek(s);

	if (!p->in->unknown && c != '{' && c != '[' && strncmp(p->path, "fidelity.", 9))
		p->in->unknown = vt_strdup(p->path);
	return scan_skip(s);
}

static void add_bucket(struct dist *d, int64_t upper, int64_t count)
{
	if (!(d->n & (d->n - 1)))
		d->bucket = vt_realloc(d->bucket, (d->n ? d->n * 2 : 1) * sizeof(*d->bucket));
	d->bucket[d->n++] = (struct bucket){ upper, (uint64_t)count };
	d->total += (uint64_t)count;
}

#define TOTAL_MAX (UINT64_C(1) << 62)

static int check_count(struct scan *s, const struct dist *d, int64_t count)
{
	if (count < 1)
		return scan_fail(s, "a bucket of %" PRId64 ", expected a count above 0", count);
	if (d->total > TOTAL_MAX)
		return scan_fail(s, "the counts add up to more than 2^62");
	return 0;
}

/* An integer that @m can be. */
static int read_number(struct scan *s, const struct metric *m, int64_t *v)
{
	const char *expected;
	size_t before;

	scan_peek(s);
	before = s->pos;
	if (scan_integer(s, v))
		return -1;
	expected = metric_expects(m, *v);
	if (!expected)
		return 0;
	s->pos = before;
	return scan_fail(s, "%s is %" PRId64 ", expected %s", m->name, *v, expected);
}

/* [[UPPER, COUNT], ...], ascending. */
static int read_histogram(struct scan *s, const struct metric *m, struct dist *d)
{
	int64_t upper, count;
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (scan_enter(s, '[') || scan_element(s, true) < 0 || read_number(s, m, &upper))
			return -1;
		if (scan_element(s, false) <= 0 || scan_integer(s, &count))
			return scan_fail(s, "a bucket lacks its count, expected [UPPER, COUNT]");
		more = scan_element(s, false);
		if (more)
			return more < 0
				   ? -1
				   : scan_fail(s,
					       "a bucket has three parts, expected [UPPER, COUNT]");
		if (d->n && d->bucket[d->n - 1].upper >= upper)
			return scan_fail(s, "bucket %" PRId64 " is not above the one before it",
					 upper);
		if (check_count(s, d, count))
			return -1;
		add_bucket(d, upper, count);
	}
	return more;
}

static int by_upper(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return (x->upper > y->upper) - (x->upper < y->upper);
}

/* {"LENGTH": ns, ...} in any order. */
static int read_by_length(struct scan *s, struct dist *d)
{
	struct scan_slice key;
	int more;

	if (scan_enter(s, '{'))
		return -1;
	for (bool first = true; (more = scan_key_unchecked(s, first, &key)) > 0; first = false) {
		int64_t length = 0, ns;

		if (!key.len || key.len > 10 || (key.len > 1 && *key.at == '0'))
			return scan_fail(s, "key '%.*s' is no list length",
					 (int)(key.len < 40 ? key.len : 40), key.at);
		for (size_t i = 0; i < key.len; i++) {
			if (key.at[i] < '0' || key.at[i] > '9')
				return scan_fail(s, "key '%.*s' is no list length", (int)key.len,
						 key.at);
			length = length * 10 + (key.at[i] - '0');
		}
		if (scan_integer(s, &ns))
			return -1;
		if (!ns) /* less than a nanosecond */
			continue;
		if (check_count(s, d, ns))
			return -1;
		add_bucket(d, length, ns);
	}
	if (d->n)
		qsort(d->bucket, d->n, sizeof(*d->bucket), by_upper);
	for (size_t i = 1; i < d->n; i++) {
		if (d->bucket[i - 1].upper == d->bucket[i].upper)
			return scan_fail(s, "list length %" PRId64 " comes twice",
					 d->bucket[i].upper);
	}
	return more;
}

/* Of the trace, which are no metrics. */
static int read_size(struct scan *s, const struct scan_slice *key, int64_t *v)
{
	size_t before;

	scan_peek(s);
	before = s->pos;
	if (scan_integer(s, v))
		return -1;
	if (*v >= 0)
		return 0;
	s->pos = before;
	return scan_fail(s, "trace.%.*s is %" PRId64 ", expected 0 or more", (int)key->len, key->at,
			 *v);
}

/* @i: of the metric of this path, or METRIC_NONE. */
static int read_scalar(struct place *p, struct scan *s, size_t i)
{
	struct value v = { .state = VALUE_SET };

	if (i == METRIC_NONE)
		return unknown(p, s);
	const struct metric *m = &metric_table[i];

	if (m->kind == TEXT) {
		char *text;
		int failed = scan_string(s, &text);

		if (!failed && (strlen(text) != 16 || text[strspn(text, "0123456789abcdef")]))
			failed =
			    scan_fail(s, "the digest is '%.40s', expected 16 hex digits", text);
		if (!failed)
			memcpy(p->cell->digest, text, 17);
		free(text);
		return failed;
	}
	if (m->kind != NUMBER && m->kind != DETAIL)
		return scan_fail(s, "%s is a number, expected a %s", p->path, kind_name(m->kind));
	if (m->nullable && scan_null(s))
		v.state = VALUE_NULL;
	else if (read_number(s, m, &v.v))
		return -1;
	if (m->kind == DETAIL)
		cell_add_detail(p->cell, i, p->index, v);
	else
		p->cell->value[i] = v;
	return 0;
}

static int read_value(struct place *p, struct scan *s);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which the scanner bounds */
static int read_members(struct place *p, struct scan *s)
{
	struct scan_object *o = vt_alloc(sizeof(*o));
	struct scan_slice key;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, o, &key)) > 0) {
		size_t before = push(p, &key);

		more = read_value(p, s);
		pop(p, before);
	}
	free(o);
	return more;
}

/* One element of per_domain: which one it is stands inside it. */
static int name_domain(struct place *p, struct scan *s)
{
	int64_t domain;
	struct scan ahead = *s;
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;

	if (scan_enter(&ahead, '{'))
		return -1;
	while (scan_key(&ahead, &o, &key) > 0) {
		if (!scan_is(&key, "domain")) {
			if (scan_skip(&ahead))
				return -1;
			continue;
		}
		if (scan_integer(&ahead, &domain))
			return -1;
		if (domain < 0 || domain > UINT32_MAX - 1)
			return scan_fail(&ahead, "domain is %" PRId64 ", expected less than 2^32",
					 domain);
		p->index = (uint32_t)domain;
		return 0;
	}
	return scan_fail(s, "an element of per_domain lacks its 'domain'");
}

static int read_list(struct place *p, struct scan *s, enum metric_in in)
{
	size_t before = p->len, n = 0;
	int more;

	if (scan_enter(s, '['))
		return -1;
	snprintf(p->path + p->len, PATH_MAX_LEN - p->len, "[]");
	p->len = strlen(p->path);
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (n == INDEX_MAX)
			return scan_fail(s, "%s has too many elements", p->path);
		p->index = (uint32_t)n++;
		if ((in == IN_DOMAIN && name_domain(p, s)) || read_members(p, s))
			return -1;
	}
	if (in == IN_DOMAIN)
		p->cell->domains = n;
	p->index = NO_INDEX;
	pop(p, before);
	return more;
}

/* @path is null: what it would hold was not recorded. */
static int read_nothing(struct place *p, struct scan *s)
{
	for (size_t i = 0; i < metric_count; i++) {
		const char *object = metric_table[i].object;

		if (object && !strcmp(object, p->path))
			p->cell->value[i].state = VALUE_EMPTY;
	}
	return scan_null(s) ? 0 : -1;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static int read_value(struct place *p, struct scan *s)
{
	size_t i = metric_find(p->path);
	enum metric_in in;

	if (i != METRIC_NONE && metric_table[i].kind == DISTRIBUTION) {
		struct dist *d = &p->cell->dist[i];

		d->present = true;
		return metric_table[i].form == FORM_BY_LENGTH
			   ? read_by_length(s, d)
			   : read_histogram(s, &metric_table[i], d);
	}
	if (!strcmp(p->path, "per_domain[].domain"))
		return scan_skip(s);
	switch (scan_peek(s)) {
	case '{':
		p->cell->against |= !strcmp(p->path, "fidelity");
		p->cell->bound |= !strcmp(p->path, "bound");
		return i == METRIC_NONE ? read_members(p, s) : read_scalar(p, s, i);
	case '[':
		if (p->index == NO_INDEX && metric_list(p->path, &in))
			return read_list(p, s, in);
		return i == METRIC_NONE ? unknown(p, s) : read_scalar(p, s, i);
	case 'n':
		return metric_object(p->path) ? read_nothing(p, s) : read_scalar(p, s, i);
	default:
		return read_scalar(p, s, i);
	}
}

static int read_trace(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	unsigned seen = 0;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		size_t shape = 0;

		while (shape < SHAPES && !scan_is(&key, shape_names[shape]))
			shape++;
		if (shape < SHAPES) {
			more = read_size(s, &key, &c->shape[shape]);
			seen |= 1U << shape;
		} else if (scan_is(&key, "name")) {
			more = scan_string(s, &c->trace);
		} else if (scan_is(&key, "sha256")) {
			more = scan_string(s, &c->sha256);
		} else if (scan_is(&key, "class")) {
			more = scan_string(s, &c->class);
		} else if (scan_is(&key, "unseen_ticks")) {
			more = read_size(s, &key, &c->unseen_ticks);
		} else if (scan_is(&key, "truncated")) {
			more = scan_bool(s, &c->truncated);
		} else {
			more = scan_skip(s);
		}
	}
	if (more)
		return more;
	if (!c->trace || !*c->trace)
		return scan_fail(s, "the trace has no name");
	if (!c->sha256 || strlen(c->sha256) != 64 ||
	    c->sha256[strspn(c->sha256, "0123456789abcdef")])
		return scan_fail(s, "the trace has no sha256, expected 64 hex digits");
	for (size_t i = 0; i < SHAPES; i++) {
		if (!(seen & 1U << i))
			return scan_fail(s, "the trace lacks '%s'", shape_names[i]);
	}
	return 0;
}

static int read_params(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		char *text = NULL;
		int64_t number;

		if (scan_peek(s) == '"') {
			more = scan_string(s, &text);
		} else {
			more = scan_integer(s, &number);
			if (!more)
				text = vt_format("%" PRId64, number);
		}
		if (more) {
			free(text);
			break;
		}
		c->param = vt_realloc(c->param, (c->params + 1) * sizeof(*c->param));
		c->param[c->params++] = (struct param){ vt_strndup(key.at, key.len), text };
	}
	return more;
}

static int read_policy(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	bool params = false;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "name")) {
			more = scan_string(s, &c->policy);
		} else if (scan_is(&key, "params")) {
			params = true;
			more = read_params(c, s);
		} else if (scan_is(&key, "built")) {
			more = input_read_built(c, s);
		} else {
			more = scan_skip(s);
		}
	}
	if (!more && (!c->policy || !*c->policy))
		return scan_fail(s, "the policy has no name");
	if (!more && !params)
		return scan_fail(s, "the policy lacks its 'params'");
	return more;
}

static int read_cell(struct input *in, struct scan *s)
{
	struct cell *c = input_add_cell(in);
	struct place p = { .in = in, .cell = c, .index = NO_INDEX };
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more = scan_enter(s, '{');

	c->value = vt_alloc(metric_count * sizeof(*c->value));
	c->dist = vt_alloc(metric_count * sizeof(*c->dist));
	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "trace")) {
			more = read_trace(c, s);
		} else if (scan_is(&key, "policy")) {
			more = read_policy(c, s);
		} else if (scan_is(&key, "status")) {
			more = scan_string(s, &c->status);
		} else if (scan_is(&key, "message")) {
			more = scan_string(s, &c->message);
		} else if (scan_is(&key, "event") || scan_is(&key, "signal")) {
			more = scan_skip(s);
		} else {
			size_t before = push(&p, &key);

			more = read_value(&p, s);
			pop(&p, before);
		}
	}
	if (more)
		return more;
	if (!c->trace || !c->policy || !c->status)
		return scan_fail(s, "a cell lacks its '%s'",
				 !c->trace    ? "trace"
				 : !c->policy ? "policy"
					      : "status");
	cell_name_params(c);
	c->end = s->pos;
	return 0;
}

int input_read_cells(struct input *in, struct scan *s)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (read_cell(in, s))
			return -1;
	}
	return more;
}
