/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/convert.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/record/convert_state.h"
#include "traces/tick_idle.h"

#define TASK_DEAD 0x80

static int write_event(void *arg, const struct trace_event *ev, struct vt_error *err)
{
	struct convert *c = arg;

	if (!c->w)
		return 0;
	tick_idle_event(c->tick_idle, ev);
	c->tally.events++;
	if (c->vps_written != c->meta.vps) {
		trace_writer_meta(c->w, &c->meta);
		c->vps_written = c->meta.vps;
	}
	return trace_writer_add(c->w, ev, err);
}

static void run_ends(void *arg, uint32_t lp, uint32_t vp, enum trace_reason reason)
{
	struct convert *c = arg;

	tick_idle_leaves(c->tick_idle, lp);
	c->vp[vp].blocked = reason == TRACE_BLOCK || reason == TRACE_WAIT;
	c->tally.closed += reason == TRACE_LOST_VP;
}

static struct schedule_sink sink(struct convert *c)
{
	return (struct schedule_sink){ .put = write_event, .run_ends = run_ends, .arg = c };
}

struct convert *convert_new(uint32_t lps, const struct clock *clock, uint32_t tick_hz)
{
	struct convert *c = vt_alloc(sizeof(*c));
	struct schedule_sink to = sink(c);

	trace_meta_init(&c->meta);
	c->meta.clock_hz = 1000000000;
	c->meta.lps = lps;
	c->clock = clock;
	c->schedule = schedule_new(lps, 0, &to);
	c->away = vt_array(lps + 1, sizeof(*c->away));
	c->tick_idle = tick_idle_new(lps, tick_hz ? c->meta.clock_hz / tick_hz : 0);
	return c;
}

struct convert *convert_clone(const struct convert *from)
{
	struct convert *c = vt_alloc(sizeof(*c));
	struct schedule_sink to = sink(c);

	*c = *from;
	trace_meta_copy(&c->meta, &from->meta);
	vptable_copy(&c->table, &from->table);
	c->vp = vt_alloc(c->vp_room * sizeof(*c->vp));
	if (c->vp_known)
		memcpy(c->vp, from->vp, c->vp_known * sizeof(*c->vp));
	c->schedule = schedule_copy(from->schedule, &to);
	c->away = vt_array(c->meta.lps + 1, sizeof(*c->away));
	c->tick_idle = tick_idle_copy(from->tick_idle);
	return c;
}

void convert_free(struct convert *c)
{
	if (!c)
		return;
	vptable_free(&c->table);
	trace_meta_free(&c->meta);
	schedule_free(c->schedule);
	tick_idle_free(c->tick_idle);
	free(c->vp);
	free(c->away);
	free(c);
}

void convert_vcpu(struct convert *c, const struct raw_vcpu *v, uint64_t *number)
{
	*number = vptable_add(&c->table, &c->meta, v);
	schedule_grow(c->schedule, c->meta.vps);
	while (c->vp_known < c->meta.vps) {
		if (c->vp_known == c->vp_room) {
			c->vp_room = c->vp_room ? c->vp_room * 2 : 64;
			c->vp = vt_realloc(c->vp, c->vp_room * sizeof(*c->vp));
		}
		c->vp[c->vp_known++] = (struct rec_vp){ .waker = SCHEDULE_NOBODY };
	}
}

bool convert_knows_vm(const struct convert *c, uint64_t kvm, uint32_t tgid)
{
	return vptable_vm(&c->table, kvm, tgid) != VPTABLE_NONE;
}

void convert_name_vm(struct convert *c, uint64_t kvm, uint32_t tgid, const char *name)
{
	if (!convert_knows_vm(c, kvm, tgid))
		vptable_add_vm(&c->table, kvm, tgid, name);
}

void convert_created(struct convert *c, const struct raw_event *e)
{
	vptable_created(&c->table, &c->meta, e);
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

const char *convert_tick_idle(const struct convert *c)
{
	return tick_idle_told(c->tick_idle, convert_now(c));
}

const struct convert_tally *convert_tally(const struct convert *c)
{
	return &c->tally;
}

uint32_t convert_vms(const struct convert *c)
{
	return c->table.vms;
}

void convert_no_infer(struct convert *c)
{
	c->no_infer = true;
}

/* ---- output ---- */

int convert_output(struct convert *c, struct trace_writer *w, uint64_t start, struct vt_error *err)
{
	c->w = w;
	c->start = start;
	c->last = start;
	if (convert_seeds(c, err))
		return -1;
	return schedule_begin(c->schedule, err);
}

/* ---- what was not seen ---- */

static int lost(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	c->tally.lost += e->b;
	c->tally.holes++;
	return schedule_lost(c->schedule, convert_now(c), e->cpu, convert_ticks(c, (int64_t)e->a),
			     e->b, err);
}

/* The output may have begun meanwhile. */
static int away(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	uint64_t until = convert_ticks(c, (int64_t)e->a);

	if (until <= convert_now(c) || convert_now(c) < c->away[e->cpu])
		return 0;
	c->away[e->cpu] = until;
	c->tally.aways++;
	c->tally.away_ns += until - convert_now(c);
	return convert_emit(
	    c, (struct trace_event){ .type = TRACE_AWAY, .lp = e->cpu, .value = until }, err);
}

/* Programs that the kernel skipped: it says how often, not on which CPU. */
static int missed(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	c->tally.missed += e->b;
	return convert_lost(c, 0, e->a, e->b, err);
}

/* ---- who runs, sleeps and is woken ---- */

/*
 * A task that is preempted on its way to sleep stays runnable. One that gives the CPU up while it
 * is runnable was asked to by the scheduler, on kernels without full preemption. One that sleeps
 * inside KVM_RUN halts, as far as can be told; outside it is the VMM that sleeps.
 */
static enum trace_reason reason_of(const struct raw_event *e)
{
	if ((e->flags & RAW_PREEMPT) || !e->a)
		return TRACE_PREEMPT;
	if (e->a & TASK_DEAD)
		return TRACE_OFFLINE;
	return e->flags & RAW_IN_RUN ? TRACE_BLOCK : TRACE_WAIT;
}

static int wake(struct convert *c, uint32_t vp, uint32_t waker, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];

	v->waker = SCHEDULE_NOBODY;
	v->leaves = false;
	v->blocked = false;
	return convert_emit(
	    c, (struct trace_event){ .type = TRACE_WAKE, .vp = vp, .lp = (uint16_t)waker }, err);
}

/*
 * sched_waking comes on the waker's CPU, and may come before the sleeper is off its own: then its
 * switch-out is awaited, if it is sure to come; or the kernel side says later that it slept.
 */
static int woken(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];

	if (!v->blocked) {
		v->waker = e->type == RAW_WAKING ? e->cpu : SCHEDULE_NOBODY;
		v->leaves = e->flags & RAW_LEAVES;
		return 0;
	}
	if (e->type == RAW_WAKEUP && v->waker != SCHEDULE_NOBODY)
		return wake(c, vp, v->waker, err);
	return wake(c, vp, e->cpu, err);
}

static int switched_out(struct convert *c, uint32_t vp, const struct raw_event *e,
			struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];
	bool leaves = v->leaves;

	/* If it does not run, its switch-in was lost, or this is the first that is seen of it. */
	if (convert_acts(c, vp, e, err) || convert_run(c, vp, e->cpu, err))
		return -1;
	v->met = true;
	v->holes = c->tally.holes;
	if (reason_of(e) == TRACE_OFFLINE)
		convert_timer_gone(c, vp);
	if (schedule_out(c->schedule, convert_now(c), vp, reason_of(e), err))
		return -1;
	if (!leaves || !v->blocked || v->waker == SCHEDULE_NOBODY)
		return 0;
	return wake(c, vp, v->waker, err);
}

/* Its address is another's now: it is gone, even if its thread is the one that goes on. */
static int replaced(struct convert *c, uint32_t vp, struct vt_error *err)
{
	convert_timer_gone(c, vp);
	if (schedule_lp(c->schedule, vp) == SCHEDULE_NOBODY)
		return 0;
	return schedule_out(c->schedule, convert_now(c), vp, TRACE_OFFLINE, err);
}

/* ---- events ---- */

static int seen(struct convert *c, const struct raw_event *e, struct vt_error *err)
{
	const struct sighting *s = &c->table.seen[e->a];

	convert_sighted(c, s);
	guest_tsc_set(&c->vp[s->vp].tsc, s->v.tsc_offset, s->v.tsc_ratio);
	if ((e->flags & RAW_ON_CPU) && schedule_lp(c->schedule, s->vp) == SCHEDULE_NOBODY &&
	    schedule_vp(c->schedule, e->cpu) == SCHEDULE_NOBODY)
		return convert_run(c, s->vp, e->cpu, err);
	return 0;
}

static int vp_event(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	switch (e->type) {
	case RAW_IN:
		c->vp[vp].leaves = false;
		return convert_run(c, vp, e->cpu, err);
	case RAW_OUT:
		return switched_out(c, vp, e, err);
	case RAW_WAKING:
	case RAW_WAKEUP:
		return woken(c, vp, e, err);
	case RAW_ARM_TSC:
	case RAW_ARM_LAPIC:
		return convert_armed(c, vp, e, err);
	case RAW_DISARM:
		return convert_disarmed(c, vp, e, err);
	case RAW_LVTT:
		return convert_lvtt(c, vp, e, err);
	case RAW_IGNORED:
		c->tally.ignored++;
		return 0;
	case RAW_OFFSET:
		c->tally.offsets++;
		guest_tsc_set(&c->vp[vp].tsc, e->a, e->b);
		return 0;
	case RAW_FIRE:
		return convert_fired(c, vp, e, err);
	case RAW_PEND:
		return convert_pended(c, vp, e, err);
	case RAW_CREATED:
		return replaced(c, vp, err);
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
	case RAW_AWAY:
		return away(c, e, err);
	case RAW_TIMER_IRQ:
		return convert_emit(
		    c, (struct trace_event){ .type = TRACE_OBS_HV_IRQ, .lp = e->cpu }, err);
	default:
		vp = vptable_find(&c->table, e->vcpu, e->ts);
		return vp == VPTABLE_NONE ? 0 : vp_event(c, vp, e, err);
	}
}
