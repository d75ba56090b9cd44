/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/utf8.h"
#include "traces/dump.h"

#define VP_WIDTH_MIN 10u

static char *put(char *p, const char *text)
{
	while (*text)
		*p++ = *text++;
	return p;
}

static char *put_u64(char *p, uint64_t v)
{
	char digits[20];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*p++ = digits[--n];
	return p;
}

/* @v, right-aligned in @width columns. */
static char *put_right(char *p, uint64_t v, unsigned width)
{
	char digits[20];
	unsigned n = (unsigned)(put_u64(digits, v) - digits);

	while (width-- > n)
		*p++ = ' ';
	memcpy(p, digits, n);
	return p + n;
}

/* Bytes that begin a character of UTF-8. */
static bool begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* Blanks up to column @width of the field that began at @start, one at least. */
static char *pad(char *p, const char *start, size_t width)
{
	size_t columns = 0;

	for (const char *c = start; c < p; c++)
		columns += begins(*c);
	do
		*p++ = ' ';
	while (columns++ < width);
	return p;
}

/* A VP's number and its name, of a foreign file: cut, and nothing in it drives a terminal. */
static char *shown(uint32_t vp, const char *name)
{
	char *numbered = vt_format("%" PRIu32 ":%s", vp, name);
	char *text = safe_text(SAFE_TEXT, numbered);
	size_t n = strnlen(text, DUMP_NAME_MAX + 1);

	free(numbered);
	if (n <= DUMP_NAME_MAX)
		return text;
	n = DUMP_NAME_MAX;
	while (n && !begins(text[n]))
		n--;
	text[n] = '\0';
	return text;
}

void dump_begin(struct dump_state *s, const struct trace_meta *meta)
{
	size_t vps = meta->vps;

	*s = (struct dump_state){ .meta = meta, .vp_width = VP_WIDTH_MIN };
	s->lp = vt_array(vps + 1, sizeof(*s->lp));
	s->counter = vt_array(vps + 1, sizeof(*s->counter));
	s->name = vt_array(vps + 1, sizeof(*s->name));
	memset(s->lp, 0xff, vps * sizeof(*s->lp)); /* DUMP_NOWHERE */
	for (size_t i = 0; i < vps; i++) {
		size_t columns;

		s->name[i] = shown((uint32_t)i, meta->vp[i].name);
		columns = utf8_count(s->name[i]);
		if (columns > s->vp_width)
			s->vp_width = columns;
	}
}

void dump_end(struct dump_state *s)
{
	for (uint32_t i = 0; i < s->meta->vps; i++)
		free(s->name[i]);
	free(s->name);
	free(s->lp);
	free(s->counter);
}

char *dump_heading(char *p, const struct dump_state *s)
{
	char *start;

	p = put(p, "#    INDEX              TIME ns           TIME ticks   LP ");
	start = p;
	p = pad(put(p, "VP"), start, s->vp_width);
	return put(p, "EVENT       WHAT\n");
}

static uint32_t lp_of(const struct dump_state *s, const struct trace_event *ev)
{
	if (trace_type_has_lp(ev->type))
		return ev->lp;
	return s->lp[ev->vp];
}

static char *put_ns(char *p, uint64_t ticks, const struct dump_state *s)
{
	return put_u64(p, trace_ticks_to_ns(ticks, s->meta->clock_hz));
}

/* Where @then lies, seen from @now: "+123 ns", "-123 ns". */
static char *put_relative(char *p, uint64_t then, uint64_t now, const struct dump_state *s)
{
	*p++ = then < now ? '-' : '+';
	p = put_ns(p, then < now ? now - then : then - now, s);
	return put(p, " ns");
}

static char *put_vp_name(char *p, uint64_t vp, const struct dump_state *s)
{
	if (vp < s->meta->vps)
		return put(p, s->name[vp]);
	return put_u64(put(p, "VP "), vp);
}

/* " KEY VALUE", as its unit wants it. A span of 0 says nothing. */
static char *put_field(char *p, const struct dump_state *s, const struct trace_event *ev,
		       const struct trace_field *field, uint64_t v)
{
	uint64_t now = ev->time;

	if (field->unit == TRACE_ABSENT || (field->unit == TRACE_SPAN && !v))
		return p;
	*p++ = ' ';
	p = put(p, field->key);
	*p++ = ' ';
	switch (field->unit) {
	case TRACE_SPAN:
		return put(put_ns(p, v, s), " ns");
	case TRACE_COUNT_OF:
	case TRACE_DEADLINE:
		now += s->counter[ev->vp];
		break;
	case TRACE_TIME:
		break;
	case TRACE_VP_NUMBER:
		return put_vp_name(p, v, s);
	default:
		return put_u64(p, v);
	}
	p = put(put_u64(p, v), " (");
	p = put_relative(p, v, now, s);
	return put(p, field->unit == TRACE_DEADLINE && v <= now ? ", past)" : ")");
}

static char *put_what(char *p, const struct dump_state *s, const struct trace_event *ev)
{
	const struct trace_type_info *t = &trace_types[ev->type];

	if (t->sub.key)
		p = put(p, t->sub.names[ev->sub]);
	else
		p--; /* the blank in front of the first field stands already */
	p = put_field(p, s, ev, &t->value, ev->value);
	return put_field(p, s, ev, &t->extra, ev->extra);
}

char *dump_text(char *p, const struct dump_state *s, uint64_t index, const struct trace_event *ev)
{
	uint32_t lp = lp_of(s, ev);
	char *start;

	p = put_right(p, index, 10);
	*p++ = ' ';
	p = put_right(p, trace_ticks_to_ns(ev->time, s->meta->clock_hz), 20);
	*p++ = ' ';
	p = put_right(p, ev->time, 20);
	*p++ = ' ';
	if (lp == DUMP_NOWHERE)
		p = put(p, "   -");
	else
		p = put_right(p, lp, 4);
	*p++ = ' ';
	start = p;
	p = trace_type_has_vp(ev->type) ? put(p, s->name[ev->vp]) : put(p, "-");
	p = pad(p, start, s->vp_width);
	start = p;
	p = put(p, trace_type_name(ev->type));
	p = pad(p, start, 11);
	p = put_what(p, s, ev);
	while (p[-1] == ' ')
		p--;
	*p++ = '\n';
	return p;
}

static char *json_u64(char *p, const char *key, uint64_t v)
{
	p = put(p, ",\"");
	p = put(p, key);
	p = put(p, "\":");
	return put_u64(p, v);
}

static char *json_name(char *p, const char *key, const char *value)
{
	p = put(p, ",\"");
	p = put(p, key);
	p = put(p, "\":\"");
	p = put(p, value);
	*p++ = '"';
	return p;
}

static char *json_field(char *p, const struct trace_field *field, uint64_t v)
{
	return field->unit == TRACE_ABSENT ? p : json_u64(p, field->key, v);
}

static char *json_sub(char *p, const struct trace_type_info *t, unsigned sub)
{
	if (!t->sub.is_flag)
		return json_name(p, t->sub.key, t->sub.names[sub]);
	p = put(p, ",\"");
	p = put(p, t->sub.key);
	return put(p, sub ? "\":true" : "\":false");
}

static char *json_fields(char *p, const struct dump_state *s, const struct trace_event *ev)
{
	const struct trace_type_info *t = &trace_types[ev->type];

	if (t->sub.key)
		p = json_sub(p, t, ev->sub);
	p = json_field(p, &t->value, ev->value);
	p = json_field(p, &t->extra, ev->extra);
	if (t->value.unit != TRACE_DEADLINE)
		return p;
	p = put(p, ",\"past\":");
	return put(p, ev->value <= ev->time + s->counter[ev->vp] ? "true" : "false");
}

char *dump_json(char *p, const struct dump_state *s, uint64_t index, const struct trace_event *ev)
{
	uint32_t lp = lp_of(s, ev);

	p = put(p, "{\"index\":");
	p = put_u64(p, index);
	p = json_u64(p, "time", ev->time);
	p = json_u64(p, "time_ns", trace_ticks_to_ns(ev->time, s->meta->clock_hz));
	p = json_name(p, "event", trace_type_name(ev->type));
	if (lp != DUMP_NOWHERE)
		p = json_u64(p, "lp", lp);
	if (trace_type_has_vp(ev->type))
		p = json_u64(p, "vp", ev->vp);
	p = json_fields(p, s, ev);
	return put(p, "}\n");
}

void dump_follow(struct dump_state *s, const struct trace_event *ev)
{
	if (ev->type == TRACE_SCHED_IN)
		s->lp[ev->vp] = ev->lp;
	else if (ev->type == TRACE_SCHED_OUT)
		s->lp[ev->vp] = DUMP_NOWHERE;
	else if (ev->type == TRACE_COUNTER)
		s->counter[ev->vp] = ev->value - ev->time;
}

static char *put_i64(char *p, int64_t v)
{
	if (v < 0)
		*p++ = '-';
	return put_u64(p, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

char *dump_late_text(char *p, const struct lateness *l)
{
	p = put_i64(put(p - 1, "  late "), l->late);
	p = put_i64(put(p, " ns: host "), l->host);
	p = put_i64(put(p, ", wait "), l->wait);
	p = put_i64(put(p, ", inject "), l->inject);
	*p++ = '\n';
	return p;
}

static char *json_i64(char *p, const char *key, int64_t v)
{
	p = put(put(put(p, ",\""), key), "\":");
	return put_i64(p, v);
}

char *dump_late_json(char *p, const struct lateness *l)
{
	p = json_i64(p - 2, "late_ns", l->late); /* before "}\n" */
	p = json_i64(p, "host_ns", l->host);
	p = json_i64(p, "wait_ns", l->wait);
	p = json_i64(p, "inject_ns", l->inject);
	return put(p, "}\n");
}
