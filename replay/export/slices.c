/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/slices.h"

#include <stdlib.h>

#include "traces/base/mem.h"

static const uint8_t after[TRACE_REASONS] = {
	[TRACE_PREEMPT] = NAME_WAITS, [TRACE_YIELD] = NAME_WAITS,  [TRACE_BLOCK] = NAME_HALTED,
	[TRACE_OFFLINE] = NAME_NONE,  [TRACE_LOST_VP] = NAME_LOST, [TRACE_WAIT] = NAME_HELD,
};

void slices_open(struct slices *s, struct tracks *tracks)
{
	*s = (struct slices){ .tracks = tracks };
	s->state = vt_array(tracks->meta->vps, sizeof(*s->state));
	s->lp = vt_array(tracks->meta->vps, sizeof(*s->lp));
}

void slices_close(struct slices *s)
{
	free(s->state);
	free(s->lp);
}

static void slice(struct slices *s, enum packet_type type, enum track_kind kind, uint32_t index,
		  uint64_t ns)
{
	const struct packet p = { .type = type,
				  .time = ns,
				  .track = tracks_id(s->tracks, kind, index) };

	packets_put(s->tracks->to, &p);
}

static void end_slices(struct slices *s, uint32_t vp, uint64_t ns)
{
	if (!s->shown || !s->state[vp])
		return;
	slice(s, PACKET_END, TRACK_VP, vp, ns);
	if (s->state[vp] == NAME_RUNS)
		slice(s, PACKET_END, TRACK_LP, s->lp[vp], ns);
}

static void begin_slices(struct slices *s, uint32_t vp, uint64_t ns, uint64_t flow)
{
	struct packet p = { .type = PACKET_BEGIN, .time = ns, .name = s->state[vp] };

	if (!s->shown || !s->state[vp])
		return;
	p.track = tracks_id(s->tracks, TRACK_VP, vp);
	if (s->state[vp] != NAME_RUNS) {
		packets_put(s->tracks->to, &p);
		return;
	}
	p.flow = flow;
	p.arg[p.args++] = (struct packet_arg){ ARG_LP, s->lp[vp] };
	packets_put(s->tracks->to, &p);
	p = (struct packet){ .type = PACKET_BEGIN,
			     .time = ns,
			     .track = tracks_id(s->tracks, TRACK_LP, s->lp[vp]),
			     .name = tracks_vp_name(s->tracks, vp) };
	packets_put(s->tracks->to, &p);
}

static void become(struct slices *s, uint32_t vp, uint8_t state, uint64_t ns, uint64_t flow)
{
	s->state[vp] = state;
	begin_slices(s, vp, ns, flow);
}

void slices_event(struct slices *s, const struct trace_event *ev, uint64_t ns, uint64_t flow)
{
	switch (ev->type) {
	case TRACE_SCHED_IN:
		end_slices(s, ev->vp, ns);
		s->lp[ev->vp] = ev->lp;
		become(s, ev->vp, NAME_RUNS, ns, flow);
		break;
	case TRACE_SCHED_OUT:
		end_slices(s, ev->vp, ns);
		become(s, ev->vp, after[ev->sub], ns, 0);
		break;
	case TRACE_WAKE:
		if (s->state[ev->vp] == NAME_RUNS || s->state[ev->vp] == NAME_WAITS)
			break;
		end_slices(s, ev->vp, ns);
		become(s, ev->vp, NAME_WAITS, ns, 0);
		break;
	default:
		break;
	}
}

void slices_begin(struct slices *s, uint64_t ns)
{
	s->shown = true;
	for (uint32_t vp = 0; vp < s->tracks->meta->vps; vp++)
		begin_slices(s, vp, ns, 0);
}

void slices_end(struct slices *s, uint64_t ns)
{
	for (uint32_t vp = 0; vp < s->tracks->meta->vps; vp++)
		end_slices(s, vp, ns);
	s->shown = false;
}
