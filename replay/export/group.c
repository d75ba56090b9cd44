/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/group.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void group_open(struct group *g, struct packets *to, const struct trace_meta *meta, uint32_t number,
		const char *name, const char *about, const struct export_window *window,
		uint64_t *flows)
{
	*g = (struct group){ .window = *window, .flows = flows };
	tracks_open(&g->tracks, to, meta, number, name, about);
	tracks_begin(&g->tracks);
	slices_open(&g->slices, &g->tracks);
	deadlines_open(&g->deadlines, meta->vps);
	g->flow = vt_array(meta->vps, sizeof(*g->flow));
	g->gap = vt_array(meta->lps, sizeof(*g->gap));
}

void group_close(struct group *g)
{
	tracks_close(&g->tracks);
	slices_close(&g->slices);
	deadlines_close(&g->deadlines);
	free(g->flow);
	free(g->gap);
}

static uint64_t ns_of(const struct group *g, uint64_t ticks)
{
	return trace_ticks_to_ns(ticks, g->tracks.meta->clock_hz);
}

/* The same of what may lie before the start. */
static int64_t signed_ns(const struct group *g, int64_t ticks)
{
	return ticks < 0 ? -(int64_t)ns_of(g, -(uint64_t)ticks)
			 : (int64_t)ns_of(g, (uint64_t)ticks);
}

static bool shown(const struct group *g, uint64_t ns)
{
	return ns >= g->window.from && ns <= g->window.to;
}

static void say(struct packet *p, enum export_arg name, int64_t value)
{
	p->arg[p->args++] = (struct packet_arg){ name, value };
}

/* ---- deadlines ---- */

static void deadline(struct group *g, uint32_t vp, uint64_t due, uint64_t passed)
{
	struct packet p = { .type = PACKET_INSTANT, .time = ns_of(g, due), .name = NAME_DEADLINE };

	if (!shown(g, p.time))
		return;
	p.track = tracks_id(&g->tracks, TRACK_VP_TIMER, vp);
	if (passed)
		say(&p, ARG_PASSED, (int64_t)passed);
	packets_put(g->tracks.to, &p);
}

static void deadlines_until(struct group *g, uint64_t now)
{
	uint64_t due, passed;
	uint32_t vp;

	while (deadlines_next(&g->deadlines, now, &vp, &due, &passed))
		deadline(g, vp, due, passed);
}

/* ---- flows ---- */

/* The flow that @ev is a part of, or 0. */
static uint64_t flow_of(struct group *g, const struct trace_event *ev)
{
	struct group_flow *f = &g->flow[ev->vp];
	uint64_t id = f->id;

	switch (ev->type) {
	case TRACE_OBS_FIRE:
		if (!f->id)
			f->id = ++*g->flows;
		f->ran = false;
		return f->id;
	case TRACE_WAKE:
		return f->ran ? 0 : id;
	case TRACE_SCHED_IN:
		if (f->ran)
			return 0;
		f->ran = true;
		return id;
	case TRACE_OBS_PEND:
	case TRACE_ARM:
	case TRACE_DISARM:
		f->id = 0;
		return ev->type == TRACE_OBS_PEND ? id : 0;
	default:
		return 0;
	}
}

/* ---- instants ---- */

/* The machine's time of a deadline of the guest whose counter is shown. */
static int64_t machine_time(const struct group *g, const struct trace_event *ev)
{
	return (int64_t)ev->value - g->deadlines.vp[ev->vp].offset;
}

static void say_fields(struct group *g, struct packet *p, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_ARM:
	case TRACE_SEED:
		say(p, ARG_DUE, signed_ns(g, machine_time(g, ev)));
		if (ev->extra)
			say(p, ARG_PERIOD, (int64_t)ns_of(g, ev->extra));
		break;
	case TRACE_MASK:
		say(p, ARG_MASKED, ev->sub);
		say(p, ARG_VECTOR, (int64_t)ev->extra);
		break;
	case TRACE_COUNTER:
		say(p, ARG_VALUE, (int64_t)ev->value);
		break;
	case TRACE_OBS_PROG:
		say(p, ARG_DUE, (int64_t)ns_of(g, ev->value));
		break;
	case TRACE_EXIT:
	case TRACE_ENTRY:
		say(p, ARG_REASON, (int64_t)ev->extra);
		break;
	case TRACE_IPI:
		say(p, ARG_TO, (int64_t)ev->extra);
		break;
	case TRACE_WAKE:
		say(p, ARG_LP, ev->lp);
		break;
	default:
		break;
	}
}

static uint64_t track_of(struct group *g, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_OBS_HV_IRQ:
	case TRACE_OBS_PROG:
		return tracks_id(&g->tracks, TRACK_LP_TIMER, ev->lp);
	case TRACE_WAKE:
	case TRACE_EXIT:
	case TRACE_ENTRY:
	case TRACE_IPI:
		return tracks_id(&g->tracks, TRACK_VP, ev->vp);
	default:
		return tracks_id(&g->tracks, TRACK_VP_TIMER, ev->vp);
	}
}

static void instant(struct group *g, const struct trace_event *ev, uint64_t ns, uint64_t flow)
{
	struct packet p = { .type = PACKET_INSTANT,
			    .time = ns,
			    .name = NAME_OF_TYPE + (uint64_t)ev->type,
			    .flow = flow };

	p.track = track_of(g, ev);
	say_fields(g, &p, ev);
	packets_put(g->tracks.to, &p);
}

/* LOST and AWAY: from here until. What begins in the window is shown to its end; one that begins
 * in another one is an instant there. */
static void gap(struct group *g, const struct trace_event *ev, uint64_t ns)
{
	bool away = ev->type == TRACE_AWAY;
	uint64_t until = ns_of(g, ev->value), *shown_to = &g->gap[ev->lp][away];
	struct packet p = { .type = ns < *shown_to ? PACKET_INSTANT : PACKET_BEGIN,
			    .time = ns,
			    .name = NAME_OF_TYPE + (uint64_t)ev->type };

	p.track = tracks_id(&g->tracks, away ? TRACK_LP_AWAY : TRACK_LP_LOST, ev->lp);
	say(&p, ARG_UNTIL, (int64_t)until);
	if (!away)
		say(&p, ARG_COUNT, (int64_t)ev->extra);
	packets_put(g->tracks.to, &p);
	if (p.type == PACKET_INSTANT)
		return;
	*shown_to = until < ns ? ns : until;
	packets_put(g->tracks.to,
		    &(struct packet){ .type = PACKET_END, .time = *shown_to, .track = p.track });
}

/* ---- */

static void event(struct group *g, const struct trace_event *ev)
{
	uint64_t ns = ns_of(g, ev->time), flow;

	deadlines_until(g, ev->time);
	if (!g->begun && ns >= g->window.from) {
		g->begun = true;
		slices_begin(&g->slices, g->window.from);
	}
	if (ns > g->window.to) {
		g->over = true;
		return;
	}
	flow = trace_type_has_vp(ev->type) ? flow_of(g, ev) : 0;
	if (ev->type != TRACE_SCHED_IN && ev->type != TRACE_SCHED_OUT && g->begun) {
		if (ev->type == TRACE_LOST || ev->type == TRACE_AWAY)
			gap(g, ev, ns);
		else
			instant(g, ev, ns, flow);
	}
	slices_event(&g->slices, ev, ns, flow);
	if (deadlines_event(&g->deadlines, ev))
		deadline(g, ev->vp, ev->time, 0);
}

void group_events(struct group *g, const struct trace_event *ev, size_t n)
{
	for (size_t i = 0; i < n && !g->over; i++)
		event(g, &ev[i]);
}

void group_end(struct group *g)
{
	uint64_t end = ns_of(g, g->tracks.meta->end);

	if (!g->over)
		deadlines_until(g, g->tracks.meta->end);
	if (!g->begun && end >= g->window.from)
		slices_begin(&g->slices, g->window.from);
	slices_end(&g->slices, end < g->window.to ? end : g->window.to);
}
