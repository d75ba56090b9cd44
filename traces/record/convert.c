/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/record/guest_tsc.h"
#include "traces/record/vptable.h"
#include "traces/trace.h"

#define NONE UINT32_MAX
#define TASK_DEAD 0x80

/* What is known of a VP as of the last event. */
struct vp {
	uint32_t lp;	  /* it runs there, or NONE */
	uint32_t waker;	  /* CPU of a sched_waking that came while it still ran, or NONE */
	bool blocked;	  /* switched out to sleep, and no WAKE given since */
	bool written;	  /* its timer was written in this recording */
	bool awaits_fire; /* KVM started a one-shot that has neither fired nor been stopped */
	bool armed;	  /* as far as the guest is concerned */
	bool periodic;
	bool met;	/* it has had an event before */
	uint64_t holes; /* in the recording, at its last switch or arm */
	uint32_t timer_mode;
	struct guest_tsc tsc;
};

struct convert {
	struct vptable table;
	struct trace_meta meta;
	struct vp *vp;
	uint32_t vp_room, vp_known;
	uint32_t *running; /* [lps] VP or NONE */
	const struct clock *clock;
	struct trace_writer *w;
	uint32_t vps_written; /* of the meta that the writer has */
	uint64_t start, last;
	struct convert_tally tally;
};

struct convert *convert_new(uint32_t lps, const struct clock *clock)
{
	struct convert *c = vt_alloc(sizeof(*c));

	trace_meta_init(&c->meta);
	c->meta.clock_hz = 1000000000;
	c->meta.lps = lps;
	c->clock = clock;
	c->running = vt_alloc(lps * sizeof(*c->running));
	memset(c->running, 0xff, lps * sizeof(*c->running));
	return c;
}

struct convert *convert_clone(const struct convert *from)
{
	struct convert *c = vt_alloc(sizeof(*c));

	*c = *from;
	trace_meta_copy(&c->meta, &from->meta);
	vptable_copy(&c->table, &from->table);
	c->vp = vt_alloc(c->vp_room * sizeof(*c->vp));
	if (c->vp_known)
		memcpy(c->vp, from->vp, c->vp_known * sizeof(*c->vp));
	c->running = vt_alloc(c->meta.lps * sizeof(*c->running));
	memcpy(c->running, from->running, c->meta.lps * sizeof(*c->running));
	return c;
}

void convert_free(struct convert *c)
{
	if (!c)
		return;
	vptable_free(&c->table);
	trace_meta_free(&c->meta);
	free(c->vp);
	free(c->running);
	free(c);
}

void convert_vcpu(struct convert *c, const struct raw_vcpu *v, uint64_t *number)
{
	*number = vptable_add(&c->table, &c->meta, v);
	while (c->vp_known < c->meta.vps) {
		if (c->vp_known == c->vp_room) {
			c->vp_room = c->vp_room ? c->vp_room * 2 : 64;
			c->vp = vt_realloc(c->vp, c->vp_room * sizeof(*c->vp));
		}
		c->vp[c->vp_known++] = (struct vp){ .lp = NONE, .waker = NONE };
	}
}

bool convert_knows_vm(const struct convert *c, uint64_t kvm, uint32_t tgid)
{
	for (uint32_t i = 0; i < c->table.vms; i++)
		if (c->table.vm[i].kvm == kvm && c->table.vm[i].tgid == tgid)
			return true;
	return false;
}

void convert_name_vm(struct convert *c, uint64_t kvm, uint32_t tgid, const char *name)
{
	uint32_t nth = 1;
	struct vm *vm;
	char text[160];

	for (uint32_t i = 0; i < c->table.vms; i++)
		nth += c->table.vm[i].tgid == tgid;
	vm = vptable_vm(&c->table, kvm, tgid);
	if (vm->name)
		return;
	if (nth > 1)
		snprintf(text, sizeof(text), "%s/%u", name, nth);
	vm->name = vt_strdup(nth > 1 ? text : name);
}

struct trace_meta *convert_meta(struct convert *c)
{
	return &c->meta;
}

json_t *convert_tsc_json(const struct convert *c)
{
	static const char *const how[] = { "kvm", "host", "solved" };
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->vp_known; i++) {
		const struct guest_tsc *g = &c->vp[i].tsc;

		if (!g->confirmed)
			continue;
		json_push(list, json_make("{s:I, s:I, s:I, s:s}", "vp", (json_int_t)i, "kvm_offset",
					  (json_int_t)g->kvm_offset, "offset",
					  (json_int_t)g->offset, "how", how[g->how]));
	}
	return list;
}

const struct convert_tally *convert_tally(const struct convert *c)
{
	return &c->tally;
}

uint32_t convert_vms(const struct convert *c)
{
	return c->table.vms;
}

/* ---- output ---- */

static int put(struct convert *c, struct trace_event ev, struct vt_error *err)
{
	if (!c->w)
		return 0;
	ev.time = c->last > c->start ? c->last - c->start : 0;
	c->tally.events++;
	if (c->vps_written != c->meta.vps) {
		trace_writer_meta(c->w, &c->meta);
		c->vps_written = c->meta.vps;
	}
	return trace_writer_add(c->w, &ev, err);
}

static int put_vp(struct convert *c, unsigned type, uint32_t vp, unsigned sub, struct vt_error *err)
{
	return put(c, (struct trace_event){ .type = (uint8_t)type, .vp = vp, .sub = (uint8_t)sub },
		   err);
}

static int put_lp(struct convert *c, unsigned type, uint32_t vp, uint32_t lp, struct vt_error *err)
{
	return put(c, (struct trace_event){ .type = (uint8_t)type, .vp = vp, .lp = (uint16_t)lp },
		   err);
}

/* A point in time of the machine as ticks of the trace. */
static uint64_t ticks(const struct convert *c, int64_t ns)
{
	if (ns < 0 || (uint64_t)ns <= c->start)
		return 0;
	return (uint64_t)ns - c->start < TRACE_TICK_LIMIT ? (uint64_t)ns - c->start
							  : TRACE_TICK_LIMIT - 1;
}

int convert_output(struct convert *c, struct trace_writer *w, uint64_t start, struct vt_error *err)
{
	c->w = w;
	c->start = start;
	c->last = start;
	for (uint32_t lp = 0; lp < c->meta.lps; lp++)
		if (c->running[lp] != NONE && put_lp(c, TRACE_SCHED_IN, c->running[lp], lp, err))
			return -1;
	return 0;
}

/* ---- who runs where ---- */

/* The run was not seen to end. */
static int close_run(struct convert *c, uint32_t lp, struct vt_error *err)
{
	uint32_t vp = c->running[lp];

	if (vp == NONE)
		return 0;
	c->running[lp] = NONE;
	c->vp[vp].lp = NONE;
	c->vp[vp].blocked = false;
	c->tally.closed++;
	return put_vp(c, TRACE_SCHED_OUT, vp, TRACE_LOST_VP, err);
}

/*
 * What must have happened did not come: the kernel did not run the probe, and did not count that
 * either. Seen on a locked-down kernel, all that happens on a CPU while certain other processes
 * run there. It is told from what follows: a switch-out without a switch-in, an injection without
 * an expiry. Unless events were lost since: then those are among them.
 */
static int not_seen(struct convert *c, struct vp *v, uint32_t lp, uint64_t *tally,
		    struct vt_error *err)
{
	struct trace_event ev = { .type = TRACE_LOST, .lp = (uint16_t)lp, .extra = 1 };

	if (!v->met || v->holes != c->tally.holes)
		return 0;
	++*tally;
	ev.value = ticks(c, (int64_t)c->last);
	return put(c, ev, err);
}

static int run(struct convert *c, uint32_t vp, uint32_t lp, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];

	if (v->lp == lp)
		return 0;
	if (v->lp != NONE && close_run(c, v->lp, err))
		return -1;
	if (close_run(c, lp, err))
		return -1;
	c->running[lp] = vp;
	v->lp = lp;
	v->blocked = false;
	v->waker = NONE;
	return put_lp(c, TRACE_SCHED_IN, vp, lp, err);
}

static int switched_out(struct convert *c, uint32_t vp, const struct raw_event *e,
			struct vt_error *err)
{
	struct vp *v = &c->vp[vp];
	unsigned reason = TRACE_BLOCK;

	/* Its switch-in was lost, or this is the first that is seen of it. */
	if (v->lp == NONE && not_seen(c, v, e->cpu, &c->tally.unseen_switches, err))
		return -1;
	if (run(c, vp, e->cpu, err))
		return -1;
	v->met = true;
	v->holes = c->tally.holes;
	/* A task that is preempted on its way to sleep stays runnable. One that gives the CPU up
	 * while it is runnable was asked to by the scheduler, on kernels without full preemption.
	 */
	if ((e->flags & RAW_PREEMPT) || !e->a)
		reason = TRACE_PREEMPT;
	else if (e->a & TASK_DEAD)
		reason = TRACE_OFFLINE;
	c->running[v->lp] = NONE;
	v->lp = NONE;
	v->blocked = reason == TRACE_BLOCK;
	if (reason == TRACE_OFFLINE) {
		v->armed = false;
		if (v->awaits_fire)
			c->tally.cancelled++;
		v->awaits_fire = false;
	}
	return put_vp(c, TRACE_SCHED_OUT, vp, reason, err);
}

/*
 * sched_waking comes first, on the waker's CPU, but may come before the sleeper is off its own, and
 * also for one that then never leaves it; sched_wakeup comes when it is runnable for certain.
 */
static int woken(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];
	uint32_t lp = e->cpu;

	if (!v->blocked) {
		v->waker = e->type == RAW_WAKING ? e->cpu : NONE;
		return 0;
	}
	if (e->type == RAW_WAKEUP && v->waker != NONE)
		lp = v->waker;
	v->waker = NONE;
	v->blocked = false;
	return put_lp(c, TRACE_WAKE, vp, lp, err);
}

/* ---- the guest's timer ---- */

/* The guest acts, so its VP runs: if not, a switch-in was lost or lies before the first sight. */
static int acts(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];

	if (v->lp != NONE)
		return 0;
	if (not_seen(c, v, e->cpu, &c->tally.unseen_switches, err) || run(c, vp, e->cpu, err))
		return -1;
	v->met = true;
	v->holes = c->tally.holes;
	return 0;
}

static void write_replaces(struct convert *c, struct vp *v)
{
	if (v->awaits_fire)
		c->tally.cancelled++;
	v->awaits_fire = false;
	v->written = true;
}

static void note_residual(struct convert *c, const struct raw_event *e, int64_t deadline)
{
	int64_t off = (int64_t)(e->b + e->c) - deadline;
	uint64_t size = (uint64_t)(off < 0 ? -off : off);
	uint64_t step = size / RESIDUAL_STEP_NS;

	c->tally.residual[step < RESIDUAL_STEPS ? step : RESIDUAL_STEPS - 1]++;
	c->tally.residuals++;
	if (size > c->tally.residual_max)
		c->tally.residual_max = size;
}

static int armed(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];
	struct trace_event ev = { .type = TRACE_ARM, .vp = vp, .sub = TRACE_LAPIC, .extra = 0 };
	bool started = e->flags & RAW_STARTED;
	int64_t deadline = (int64_t)e->a;

	if (acts(c, vp, e, err))
		return -1;
	write_replaces(c, v);
	if (e->type == RAW_ARM_TSC) {
		ev.sub = TRACE_TSC_DEADLINE;
		deadline = guest_tsc_deadline(&v->tsc, c->clock, e->a,
					      started ? e->b + e->c : e->ts, started);
		if (started)
			note_residual(c, e, deadline);
		c->tally.arms_tsc++;
	} else {
		ev.extra = e->b < TRACE_TICK_LIMIT ? e->b : TRACE_TICK_LIMIT - 1;
		if (e->flags & RAW_TDCR)
			c->tally.arms_tdcr++;
		else
			c->tally.arms_tmict++;
	}
	v->armed = true;
	v->periodic = ev.extra != 0;
	v->awaits_fire = started && !v->periodic;
	v->holes = c->tally.holes;
	if (v->awaits_fire)
		c->tally.started++;
	else if (!v->periodic)
		c->tally.at_once++;
	ev.value = ticks(c, deadline);
	return put(c, ev, err);
}

static int disarmed(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	if (acts(c, vp, e, err))
		return -1;
	write_replaces(c, &c->vp[vp]);
	c->vp[vp].armed = false;
	if (e->flags & RAW_LAPIC)
		c->tally.disarms_tmict++;
	else
		c->tally.disarms_msr++;
	return put_vp(c, TRACE_DISARM, vp, 0, err);
}

static int lvtt_written(struct convert *c, uint32_t vp, const struct raw_event *e,
			struct vt_error *err)
{
	uint32_t mode = (uint32_t)e->a & LVTT_MODE_MASK, old = (uint32_t)e->b;
	struct vp *v = &c->vp[vp];
	struct trace_event ev = {
		.type = TRACE_MASK,
		.vp = vp,
		.sub = e->a & LVTT_MASKED ? 1 : 0,
		.extra = e->a & 0xff,
	};

	if (acts(c, vp, e, err))
		return -1;
	c->tally.lvtt++;
	v->timer_mode = mode;
	if (mode != old && (mode == LVTT_TSCDEADLINE || old == LVTT_TSCDEADLINE)) {
		/* To or from TSC-deadline mode stops the timer. */
		if (v->armed) {
			write_replaces(c, v);
			v->armed = false;
			if (put_vp(c, TRACE_DISARM, vp, 0, err))
				return -1;
		}
	} else if (mode != old && v->armed) {
		c->tally.mode_changes++;
	}
	return put(c, ev, err);
}

static int pended(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];

	c->tally.pends++;
	if (acts(c, vp, e, err))
		return -1;
	if (v->awaits_fire) {
		v->awaits_fire = false;
		if (v->holes == c->tally.holes)
			v->armed = false;
		if (not_seen(c, v, e->cpu, &c->tally.unseen_fires, err))
			return -1;
		c->tally.fired_unknown++;
	}
	return put_vp(c, TRACE_OBS_PEND, vp, 0, err);
}

static int fired(struct convert *c, uint32_t vp, struct vt_error *err)
{
	struct vp *v = &c->vp[vp];

	if (v->periodic && v->armed)
		c->tally.fired_periodic++;
	else if (v->awaits_fire)
		c->tally.fired++;
	else
		c->tally.fired_unarmed++;
	if (!v->written)
		c->tally.unseen_ticks++;
	if (!v->periodic) {
		v->armed = false;
		v->awaits_fire = false;
	}
	return put_vp(c, TRACE_OBS_FIRE, vp, 0, err);
}

/* ---- */

static int lost(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	struct trace_event ev = { .type = TRACE_LOST, .lp = e->cpu, .extra = e->b };

	c->tally.lost += e->b;
	c->tally.holes++;
	if (close_run(c, e->cpu, err))
		return -1;
	ev.value = ticks(c, (int64_t)e->a);
	return put(c, ev, err);
}

/* Programs that the kernel skipped: it says how often, not on which CPU. */
static int missed(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	struct trace_event ev = { .type = TRACE_LOST, .extra = e->b };

	c->tally.missed += e->b;
	ev.value = ticks(c, (int64_t)e->a);
	return put(c, ev, err);
}

static int seen(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	const struct sighting *s = &c->table.seen[e->a];
	struct vp *v = &c->vp[s->vp];

	guest_tsc_set(&v->tsc, s->v.tsc_offset, s->v.tsc_ratio);
	v->timer_mode = s->v.timer_mode;
	if ((e->flags & RAW_ON_CPU) && v->lp == NONE && e->cpu < c->meta.lps &&
	    c->running[e->cpu] == NONE)
		return run(c, s->vp, e->cpu, err);
	return 0;
}

static int vp_event(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	switch (e->type) {
	case RAW_IN:
		return run(c, vp, e->cpu, err);
	case RAW_OUT:
		return switched_out(c, vp, e, err);
	case RAW_WAKING:
	case RAW_WAKEUP:
		return woken(c, vp, e, err);
	case RAW_ARM_TSC:
	case RAW_ARM_LAPIC:
		return armed(c, vp, e, err);
	case RAW_DISARM:
		return disarmed(c, vp, e, err);
	case RAW_LVTT:
		return lvtt_written(c, vp, e, err);
	case RAW_IGNORED:
		c->tally.ignored++;
		return 0;
	case RAW_OFFSET:
		c->tally.offsets++;
		guest_tsc_set(&c->vp[vp].tsc, e->a, e->b);
		return 0;
	case RAW_FIRE:
		return fired(c, vp, err);
	case RAW_PEND:
		return pended(c, vp, e, err);
	default:
		return 0;
	}
}

int convert_event(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	uint32_t vp;

	if (e->cpu >= c->meta.lps)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "an event of CPU %u, expected at most %u", e->cpu,
				    c->meta.lps - 1);
	c->last = e->ts;
	switch (e->type) {
	case RAW_VCPU:
		return seen(c, e, err);
	case RAW_LOST:
		return lost(c, e, err);
	case RAW_MISSED:
		return missed(c, e, err);
	case RAW_TIMER_IRQ:
		return put(c, (struct trace_event){ .type = TRACE_OBS_HV_IRQ, .lp = e->cpu }, err);
	default:
		vp = vptable_find(&c->table, e->vcpu, e->ts);
		return vp == VPTABLE_NONE ? 0 : vp_event(c, vp, e, err);
	}
}
