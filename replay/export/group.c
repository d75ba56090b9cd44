/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/group.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

#define LIST_UNKNOWN UINT32_MAX

void group_open(struct group *g, struct packets *to, const struct trace_meta *meta,
		const struct group_about *about)
{
	*g = (struct group){ .window = about->window, .replayed = about->replayed };
	tracks_open(&g->tracks, to, meta, about->number, about->name, about->about);
	tracks_begin(&g->tracks);
	slices_open(&g->slices, &g->tracks);
	deadlines_open(&g->deadlines, meta->vps);
	ticks_open(&g->ticks, &g->tracks, &about->window);
	flows_open(&g->flows, meta->vps, about->flows);
	g->gap = vt_array(meta->lps, sizeof(*g->gap));
	g->list = vt_array(meta->lps, sizeof(*g->list));
	memset(g->list, 0xff, meta->lps * sizeof(*g->list));
}

void group_close(struct group *g)
{
	tracks_close(&g->tracks);
	slices_close(&g->slices);
	deadlines_close(&g->deadlines);
	ticks_close(&g->ticks);
	flows_close(&g->flows);
	free(g->gap);
	free(g->list);
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

/* ---- what a policy does ---- */

static void show_list(struct group *g, uint32_t lp, uint64_t ns)
{
	const struct packet p = { .type = PACKET_COUNTER,
				  .time = ns,
				  .track = tracks_id(&g->tracks, TRACK_LP_LIST, lp),
				  .value = g->list[lp] };

	packets_put(g->tracks.to, &p);
}

static void show_irq(struct group *g, uint32_t lp, uint64_t ns)
{
	const struct packet p = { .type = PACKET_INSTANT,
				  .time = ns,
				  .track = tracks_id(&g->tracks, TRACK_LP_TIMER, lp),
				  .name = NAME_IRQ };

	packets_put(g->tracks.to, &p);
}

/* A tick is pended, or injected. */
static void show_step(struct group *g, enum export_name name, uint32_t vp, uint64_t ticks,
		      uint64_t flow)
{
	struct packet p = {
		.type = PACKET_INSTANT, .time = ns_of(g, ticks), .name = name, .flow = flow
	};

	if (!shown(g, p.time))
		return;
	p.track = tracks_id(&g->tracks, TRACK_VP_TIMER, vp);
	packets_put(g->tracks.to, &p);
}

/* ---- from start to end ---- */

static void begin(struct group *g)
{
	g->begun = true;
	slices_begin(&g->slices, g->window.from);
	for (uint32_t lp = 0; lp < g->tracks.meta->lps; lp++) {
		if (g->list[lp] != LIST_UNKNOWN)
			show_list(g, lp, g->window.from);
	}
}

static void end(struct group *g, uint64_t ns)
{
	g->over = true;
	slices_end(&g->slices, ns);
}

/* It is @ns: true if that is shown. */
static bool reach(struct group *g, uint64_t ns)
{
	if (!g->begun && ns >= g->window.from)
		begin(g);
	if (!g->over && ns > g->window.to)
		end(g, g->window.to);
	return g->begun && !g->over;
}

/* What the recorder or the recorded hypervisor did, and what was recorded of a guest in passing. */
static bool is_recorders(unsigned type)
{
	return type > TRACE_COUNTER && type != TRACE_SEED;
}

static void show_event(struct group *g, const struct trace_event *ev, uint64_t ns, uint64_t flow)
{
	if (ev->type == TRACE_SCHED_IN || ev->type == TRACE_SCHED_OUT)
		return;
	if (ev->type == TRACE_LOST || ev->type == TRACE_AWAY)
		gap(g, ev, ns);
	else
		instant(g, ev, ns, flow);
}

void group_event(void *group, const struct trace_event *ev)
{
	struct group *g = group;
	uint64_t ns = ns_of(g, ev->time), flow = 0;

	if (g->over)
		return;
	deadlines_until(g, ev->time);
	if (!reach(g, ns) && g->over)
		return;
	if (g->replayed && is_recorders(ev->type))
		return;
	if (trace_type_has_vp(ev->type))
		flow = g->replayed ? flows_replayed(&g->flows, ev) : flows_recorded(&g->flows, ev);
	if (g->begun)
		show_event(g, ev, ns, flow);
	slices_event(&g->slices, ev, ns, flow);
	if (deadlines_event(&g->deadlines, ev))
		deadline(g, ev->vp, ev->time, 0);
}

void group_doing(void *group, const struct doing *d)
{
	struct group *g = group;
	uint64_t ns = ns_of(g, d->time), flow;
	bool is_shown = reach(g, ns), begins;

	if (d->kind == DOING_WAITS) {
		flow = flows_waits(&g->flows, d, &begins);
		if (begins)
			show_step(g, NAME_PEND, d->vp, d->pended, flow);
		return;
	}
	if (d->kind == DOING_LIST)
		g->list[d->lp] = d->len;
	if (is_shown && d->kind == DOING_LIST)
		show_list(g, d->lp, ns);
	else if (is_shown)
		show_irq(g, d->lp, ns);
}

void group_tick(void *group, const struct tick *t)
{
	struct group *g = group;
	uint64_t flow;
	bool begins;

	ticks_show(&g->ticks, t);
	if (!g->replayed || t->fate != TICK_DELIVERED)
		return;
	flow = flows_delivered(&g->flows, t, &begins);
	if (begins)
		show_step(g, NAME_PEND, t->vp, (uint64_t)t->expired, flow);
	show_step(g, NAME_INJECT, t->vp, (uint64_t)t->at, flow);
}

void group_end(struct group *g)
{
	uint64_t ns = ns_of(g, g->tracks.meta->end);

	if (!g->over)
		deadlines_until(g, g->tracks.meta->end);
	if (reach(g, ns))
		end(g, ns);
}
