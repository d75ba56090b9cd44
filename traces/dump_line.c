/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "traces/dump.h"

const char dump_heading[] =
    "#    INDEX              TIME ns           TIME ticks   LP VP         EVENT       WHAT\n";

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

/* Blanks up to column @width of the field that began at @start, one at least. */
static char *pad(char *p, const char *start, size_t width)
{
	do
		*p++ = ' ';
	while ((size_t)(p - start) <= width);
	return p;
}

/* A name of a foreign file: cut, and nothing in it that drives a terminal. */
static char *put_name(char *p, const char *name)
{
	for (unsigned n = 0; *name && n < DUMP_NAME_MAX; n++, name++)
		*p++ = (char)((unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name);
	return p;
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

static char *put_arm(char *p, const struct dump_state *s, const struct trace_event *ev)
{
	uint64_t counter = ev->time + s->counter[ev->vp];

	p = put(p, trace_dev_name(ev->sub));
	p = put(p, " deadline ");
	p = put_u64(p, ev->value);
	p = put(p, " (");
	p = put_relative(p, ev->value, counter, s);
	p = put(p, ev->value <= counter ? ", past)" : ")");
	if (ev->extra) {
		p = put(p, " then every ");
		p = put_ns(p, ev->extra, s);
		p = put(p, " ns");
	}
	return p;
}

static char *put_what(char *p, const struct dump_state *s, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_SCHED_IN:
		return ev->extra ? put(put_ns(put(p, "for at most "), ev->extra, s), " ns") : p;
	case TRACE_SCHED_OUT:
		return put(p, trace_reason_name(ev->sub));
	case TRACE_WAKE:
		return put(p, "by this LP");
	case TRACE_ARM:
		return put_arm(p, s, ev);
	case TRACE_MASK:
		p = put(p, ev->sub ? "masked, vector " : "unmasked, vector ");
		return put_u64(p, ev->extra);
	case TRACE_COUNTER:
		p = put(p, "set to ");
		p = put_u64(p, ev->value);
		p = put(p, " (");
		p = put_relative(p, ev->value, ev->time + s->counter[ev->vp], s);
		return put(p, ")");
	case TRACE_EXIT:
	case TRACE_ENTRY:
		p = put(p, "reason ");
		return put_u64(p, ev->extra);
	case TRACE_IPI:
		p = put(p, "to ");
		if (ev->extra < s->meta->vps)
			return put_name(p, s->meta->vp[ev->extra].name);
		p = put(p, "VP ");
		return put_u64(p, ev->extra);
	case TRACE_OBS_PROG:
		p = put(p, "deadline ");
		p = put_u64(p, ev->value);
		p = put(p, " (");
		p = put_relative(p, ev->value, ev->time, s);
		return put(p, ")");
	case TRACE_LOST:
		p = put_u64(p, ev->extra);
		p = put(p, " records, until ");
		p = put_ns(p, ev->value, s);
		return put(p, " ns");
	default:
		return p;
	}
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
	p = trace_type_has_vp(ev->type) ? put_name(p, s->meta->vp[ev->vp].name) : put(p, "-");
	p = pad(p, start, 10);
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

static char *json_fields(char *p, const struct dump_state *s, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_SCHED_IN:
		return ev->extra ? json_u64(p, "slice", ev->extra) : p;
	case TRACE_SCHED_OUT:
		return json_name(p, "reason", trace_reason_name(ev->sub));
	case TRACE_ARM:
		p = json_name(p, "dev", trace_dev_name(ev->sub));
		p = json_u64(p, "deadline", ev->value);
		p = json_u64(p, "period", ev->extra);
		p = put(p, ",\"past\":");
		return put(p, ev->value <= ev->time + s->counter[ev->vp] ? "true" : "false");
	case TRACE_MASK:
		p = put(p, ev->sub ? ",\"masked\":true" : ",\"masked\":false");
		return json_u64(p, "vector", ev->extra);
	case TRACE_COUNTER:
		return json_u64(p, "value", ev->value);
	case TRACE_EXIT:
	case TRACE_ENTRY:
		return json_u64(p, "reason", ev->extra);
	case TRACE_IPI:
		return json_u64(p, "to", ev->extra);
	case TRACE_OBS_PROG:
		return json_u64(p, "deadline", ev->value);
	case TRACE_LOST:
		p = json_u64(p, "count", ev->extra);
		return json_u64(p, "until", ev->value);
	default:
		return p;
	}
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
