/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/whole.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"

/* ---- as a file ---- */

static int read_events(struct whole *t, struct trace_reader *r, struct vt_error *err)
{
	struct trace_legal *legal = trace_legal_new(t->meta.lps, t->meta.vps);
	const struct trace_event *ev;
	size_t n, room = 0;
	int got;

	while ((got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, r, ev, n, err)) {
			got = -1;
			break;
		}
		if (t->n + n > room) {
			room = 2 * room + n;
			t->ev = vt_realloc(t->ev, room * sizeof(*t->ev));
		}
		memcpy(t->ev + t->n, ev, n * sizeof(*ev));
		t->n += n;
	}
	trace_legal_free(legal);
	return got;
}

int whole_read(struct whole *t, const char *path, struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(path, err);
	int failed;

	*t = (struct whole){ 0 };
	trace_meta_init(&t->meta);
	if (!r)
		return -1;
	trace_meta_free(&t->meta);
	trace_meta_copy(&t->meta, trace_reader_meta(r));
	failed = read_events(t, r, err);
	trace_reader_close(r);
	return failed;
}

/* @f: NULL, or what is open as @path. */
static int write_trace(const struct whole *t, struct file *f, const char *path,
		       struct vt_error *err)
{
	const struct trace_writer_options o = { .file = f };
	struct trace_writer *w = trace_writer_open(path, &t->meta, &o, err);

	if (!w)
		return -1;
	for (size_t i = 0; i < t->n; i++) {
		if (trace_writer_add(w, &t->ev[i], err)) {
			trace_writer_abort(w);
			return -1;
		}
	}
	return trace_writer_finish(w, NULL, err);
}

int whole_write(const struct whole *t, const char *path, struct vt_error *err)
{
	return write_trace(t, NULL, path, err);
}

int whole_write_into(const struct whole *t, struct file **f, const char *path, struct vt_error *err)
{
	struct file *open = *f;

	*f = NULL;
	return write_trace(t, open, path, err);
}

void whole_copy(struct whole *to, const struct whole *from)
{
	*to = (struct whole){ .n = from->n };
	trace_meta_copy(&to->meta, &from->meta);
	to->ev = vt_array(from->n + 1, sizeof(*to->ev));
	if (from->n)
		memcpy(to->ev, from->ev, from->n * sizeof(*to->ev));
}

void whole_free(struct whole *t)
{
	trace_meta_free(&t->meta);
	free(t->ev);
	t->ev = NULL;
	t->n = 0;
}

/* ---- what it is ---- */

void whole_legalize(struct whole *t)
{
	struct trace_legal *legal = trace_legal_new(t->meta.lps, t->meta.vps);
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!trace_event_fault(&t->ev[i], t->meta.lps, t->meta.vps) &&
		    !trace_legal_event(legal, &t->ev[i]))
			t->ev[n++] = t->ev[i];
	}
	t->n = n;
	if (n && t->meta.end < t->ev[n - 1].time)
		t->meta.end = t->ev[n - 1].time;
	trace_legal_free(legal);
}

uint64_t whole_hash(const struct whole *t)
{
	const uint64_t fixed[] = { t->meta.clock_hz, t->meta.end, t->meta.lps, t->meta.vps };
	char *more = json_print(t->meta.more, JSON_SORT_KEYS | JSON_COMPACT);
	uint64_t h = XXH64(fixed, sizeof(fixed), XXH64(more, strlen(more), 0));

	free(more);
	for (uint32_t i = 0; i < t->meta.vps; i++) {
		const struct trace_vp *v = &t->meta.vp[i];
		const uint64_t ids[] = { v->domain, v->vcpu };

		h = XXH64(v->name, strlen(v->name), XXH64(ids, sizeof(ids), h));
	}
	return XXH64(t->ev, t->n * sizeof(*t->ev), h);
}

static uint64_t values_of(const json_t *o)
{
	uint64_t n = 1;
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)o, key, v) n += values_of(v);
	json_array_foreach(o, i, v) n += values_of(v);
	return n;
}

/* Without the zeros at its end: 120000 has two. */
static unsigned digits_of(uint64_t x)
{
	unsigned n = 0;

	while (x && x % 10 == 0)
		x /= 10;
	for (; x; x /= 10)
		n++;
	return n;
}

static unsigned bits_of(uint64_t x)
{
	return x ? 64u - (unsigned)__builtin_clzll(x) : 0;
}

static void add_number(struct whole_size *s, uint64_t x)
{
	s->digits += digits_of(x);
	s->bits += bits_of(x);
}

/* Otherwise than by small numbers. */
static bool is_named(const struct whole *t, uint32_t vp)
{
	const struct trace_vp *v = &t->meta.vp[vp];
	char name[32];

	snprintf(name, sizeof(name), "d%" PRIu32 "v%" PRIu32, v->domain, v->vcpu);
	return strcmp(name, v->name) != 0 || v->domain >= t->meta.vps || v->vcpu >= t->meta.vps;
}

struct whole_size whole_size(const struct whole *t)
{
	struct whole_size s = { .events = t->n,
				.members = (uint64_t)t->meta.vps + t->meta.lps +
					   values_of(t->meta.more) +
					   (t->meta.clock_hz != 1000000000) };
	size_t n;
	uint64_t *time = whole_times(t, &n);

	for (uint32_t i = 0; i < t->meta.vps; i++)
		s.members += is_named(t, i);
	for (size_t i = 1; i < n; i++)
		add_number(&s, time[i] - time[i - 1]);
	free(time);
	for (size_t i = 0; i < t->n; i++) {
		s.fields += (uint64_t)(t->ev[i].sub != 0) + (t->ev[i].extra != 0);
		add_number(&s, t->ev[i].extra);
	}
	return s;
}

bool whole_less(const struct whole_size *a, const struct whole_size *b)
{
	if (a->events != b->events)
		return a->events < b->events;
	if (a->members != b->members)
		return a->members < b->members;
	if (a->fields != b->fields)
		return a->fields < b->fields;
	if (a->digits != b->digits)
		return a->digits < b->digits;
	return a->bits < b->bits;
}

/* ---- the times that it names ---- */

static bool value_is_time(const struct trace_event *ev)
{
	enum trace_unit unit = trace_types[ev->type].value.unit;

	return unit == TRACE_TIME || unit == TRACE_DEADLINE || unit == TRACE_COUNT_OF;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t *whole_times(const struct whole *t, size_t *n)
{
	uint64_t *time = vt_array(2 * t->n + 2, sizeof(*time));
	size_t all = 0, k = 0;

	time[all++] = 0;
	time[all++] = t->meta.end;
	for (size_t i = 0; i < t->n; i++) {
		time[all++] = t->ev[i].time;
		if (value_is_time(&t->ev[i]))
			time[all++] = t->ev[i].value;
	}
	qsort(time, all, sizeof(*time), by_value);
	for (size_t i = 0; i < all; i++) {
		if (!k || time[i] != time[k - 1])
			time[k++] = time[i];
	}
	*n = k;
	return time;
}

static uint64_t moved(uint64_t x, const uint64_t *from, const uint64_t *to, size_t n)
{
	const uint64_t *at = bsearch(&x, from, n, sizeof(*from), by_value);

	return at ? to[at - from] : x;
}

void whole_move(struct whole *t, const uint64_t *from, const uint64_t *to, size_t n)
{
	t->meta.end = moved(t->meta.end, from, to, n);
	for (size_t i = 0; i < t->n; i++) {
		struct trace_event *ev = &t->ev[i];

		ev->time = moved(ev->time, from, to, n);
		if (value_is_time(ev))
			ev->value = moved(ev->value, from, to, n);
	}
}
