/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

struct schedule {
	struct schedule_sink sink;
	uint32_t lps, vps;
	uint32_t *on_lp; /* [lps] the VP that runs there, or SCHEDULE_NOBODY */
	bool *blind;	 /* [lps] who runs there is not known: after a gap, until the next record */
	uint32_t *on_vp; /* [vps] the LP that it runs on, or SCHEDULE_NOBODY */
	uint64_t last;	 /* time of the last event */
	struct schedule_tally tally;
};

static void *copy(const void *from, size_t size)
{
	return memcpy(vt_alloc(size), from, size);
}

struct schedule *schedule_new(uint32_t lps, uint32_t vps, const struct schedule_sink *sink)
{
	struct schedule *s = vt_alloc(sizeof(*s));

	*s = (struct schedule){ .sink = *sink, .lps = lps };
	s->on_lp = vt_alloc(lps * sizeof(*s->on_lp));
	s->blind = vt_alloc(lps * sizeof(*s->blind));
	s->on_vp = vt_alloc(vps * sizeof(*s->on_vp));
	for (uint32_t lp = 0; lp < lps; lp++)
		s->on_lp[lp] = SCHEDULE_NOBODY;
	schedule_grow(s, vps);
	return s;
}

struct schedule *schedule_copy(const struct schedule *from, const struct schedule_sink *sink)
{
	struct schedule *s = vt_alloc(sizeof(*s));

	*s = *from;
	s->sink = *sink;
	s->on_lp = copy(from->on_lp, s->lps * sizeof(*s->on_lp));
	s->blind = copy(from->blind, s->lps * sizeof(*s->blind));
	s->on_vp = copy(from->on_vp, s->vps * sizeof(*s->on_vp));
	return s;
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	free(s->on_lp);
	free(s->blind);
	free(s->on_vp);
	free(s);
}

void schedule_grow(struct schedule *s, uint32_t vps)
{
	if (vps <= s->vps)
		return;
	s->on_vp = vt_realloc(s->on_vp, vps * sizeof(*s->on_vp));
	for (uint32_t vp = s->vps; vp < vps; vp++)
		s->on_vp[vp] = SCHEDULE_NOBODY;
	s->vps = vps;
}

uint32_t schedule_vp(const struct schedule *s, uint32_t lp)
{
	return s->on_lp[lp];
}

uint32_t schedule_lp(const struct schedule *s, uint32_t vp)
{
	return vp < s->vps ? s->on_vp[vp] : SCHEDULE_NOBODY;
}

const struct schedule_tally *schedule_tally(const struct schedule *s)
{
	return &s->tally;
}

static int put(struct schedule *s, const struct trace_event *ev, struct vt_error *err)
{
	s->last = ev->time;
	return s->sink.put(s->sink.arg, ev, err);
}

/* Ends the run of @vp, which runs. */
static int end(struct schedule *s, uint64_t time, uint32_t vp, enum trace_reason reason,
	       struct vt_error *err)
{
	uint32_t lp = s->on_vp[vp];

	s->on_lp[lp] = SCHEDULE_NOBODY;
	s->on_vp[vp] = SCHEDULE_NOBODY;
	if (s->sink.run_ends)
		s->sink.run_ends(s->sink.arg, lp, vp, reason);
	return put(s,
		   &(struct trace_event){
		       .type = TRACE_SCHED_OUT, .time = time, .vp = vp, .sub = (uint8_t)reason },
		   err);
}

/* The recording shows what cannot be while @vp runs on: what ended its run, it does not show. */
static int force_out(struct schedule *s, uint64_t time, uint32_t vp, struct vt_error *err)
{
	if (vp == SCHEDULE_NOBODY || s->on_vp[vp] == SCHEDULE_NOBODY)
		return 0;
	s->tally.forced_out++;
	return end(s, time, vp, TRACE_LOST_VP, err);
}

static int unplaced(struct schedule *s, enum trace_type type)
{
	s->tally.unplaced[type]++;
	return 0;
}

int schedule_in(struct schedule *s, uint64_t time, uint32_t lp, uint32_t vp, uint64_t slice,
		struct vt_error *err)
{
	if (vp >= s->vps)
		return unplaced(s, TRACE_SCHED_IN);
	if (s->on_lp[lp] == vp) {
		s->tally.in_again++;
		return 0;
	}
	if (force_out(s, time, s->on_lp[lp], err) || force_out(s, time, vp, err))
		return -1;
	s->on_lp[lp] = vp;
	s->on_vp[vp] = lp;
	return put(s,
		   &(struct trace_event){ .type = TRACE_SCHED_IN,
					  .time = time,
					  .vp = vp,
					  .lp = (uint16_t)lp,
					  .extra = slice },
		   err);
}

int schedule_out(struct schedule *s, uint64_t time, uint32_t vp, enum trace_reason reason,
		 struct vt_error *err)
{
	if (vp >= s->vps)
		return unplaced(s, TRACE_SCHED_OUT);
	if (s->on_vp[vp] == SCHEDULE_NOBODY) {
		s->tally.out_again++;
		return 0;
	}
	return end(s, time, vp, reason, err);
}

int schedule_seed(struct schedule *s, uint32_t lp, uint32_t vp, struct vt_error *err)
{
	if (vp == SCHEDULE_NOBODY)
		return 0;
	if (schedule_lp(s, vp) != SCHEDULE_NOBODY) {
		s->tally.seeds_twice++;
		return 0;
	}
	s->tally.seeds++;
	return schedule_in(s, 0, lp, vp, 0, err);
}

int schedule_sees(struct schedule *s, uint64_t time, uint32_t lp, uint32_t vp, struct vt_error *err)
{
	bool blind = s->blind[lp];

	s->blind[lp] = false;
	if (vp == s->on_lp[lp])
		return 0;
	if (vp == SCHEDULE_NOBODY)
		return force_out(s, time, s->on_lp[lp], err);
	s->tally.forced_in += !blind;
	return schedule_in(s, time, lp, vp, 0, err);
}

int schedule_lost(struct schedule *s, uint64_t time, uint32_t lp, uint64_t until, uint64_t count,
		  struct vt_error *err)
{
	if (time < s->last)
		time = s->last;
	if (until < time)
		until = time;
	s->tally.gaps++;
	s->tally.lost += count;
	s->blind[lp] = true;
	if (s->on_lp[lp] != SCHEDULE_NOBODY && end(s, time, s->on_lp[lp], TRACE_LOST_VP, err))
		return -1;
	return put(s,
		   &(struct trace_event){ .type = TRACE_LOST,
					  .time = time,
					  .lp = (uint16_t)lp,
					  .value = until,
					  .extra = count },
		   err);
}

int schedule_emit(struct schedule *s, const struct trace_event *ev, struct vt_error *err)
{
	if ((trace_type_has_vp(ev->type) && ev->vp >= s->vps) ||
	    (trace_type_has_lp(ev->type) && ev->lp >= s->lps))
		return unplaced(s, ev->type);
	if (ev->type == TRACE_SCHED_IN)
		return schedule_in(s, ev->time, ev->lp, ev->vp, ev->extra, err);
	if (ev->type == TRACE_SCHED_OUT)
		return schedule_out(s, ev->time, ev->vp, ev->sub, err);
	if (trace_types[ev->type].runs && s->on_vp[ev->vp] == SCHEDULE_NOBODY)
		return unplaced(s, ev->type);
	return put(s, ev, err);
}

int schedule_begin(struct schedule *s, struct vt_error *err)
{
	for (uint32_t lp = 0; lp < s->lps; lp++) {
		struct trace_event ev = { .type = TRACE_SCHED_IN,
					  .vp = s->on_lp[lp],
					  .lp = (uint16_t)lp };

		if (ev.vp != SCHEDULE_NOBODY && put(s, &ev, err))
			return -1;
	}
	s->last = 0;
	return 0;
}
