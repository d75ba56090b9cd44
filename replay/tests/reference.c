/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference replay: the events of a trace in order. Sections 2 and 5 of RULES.md. */
#include "replay/tests/reference.h"

#include <stdlib.h>
#include <string.h>

#include "replay/tests/reference_state.h"

void *ref_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		abort();
	return p;
}

void ref_sample(struct ref_samples *samples, int64_t value)
{
	const int64_t limit = (INT64_C(1) << 53) - 1;

	if (value > limit)
		value = limit;
	if (value < -limit)
		value = -limit;
	if (samples->count == samples->room) {
		samples->room = samples->room ? samples->room * 2 : 64;
		samples->value = realloc(samples->value, samples->room * sizeof(*samples->value));
		if (!samples->value)
			abort();
	}
	samples->value[samples->count++] = value;
}

int64_t ref_ns(const struct ref *r, __int128 ticks)
{
	__int128 n = ticks * 1000000000;
	__int128 hz = (__int128)r->meta->clock_hz;
	__int128 ns = n / hz;

	if (n % hz < 0)
		ns--;
	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

int64_t ref_first_after(int64_t from, int64_t period, int64_t now)
{
	if (from > now)
		return from;
	return from + ((now - from) / period + 1) * period;
}

int64_t ref_counter(const struct ref *r, uint32_t vp)
{
	return r->now + r->vp[vp].off;
}

void ref_clock_error(int64_t *max, int64_t error)
{
	if (error < 0)
		error = -error;
	if (error > *max)
		*max = error;
}

uint64_t ref_ticks(const struct ref *r, uint64_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)ns * r->meta->clock_hz / 1000000000;

	return (uint64_t)(ticks < TRACE_TICK_LIMIT ? ticks : TRACE_TICK_LIMIT - 1);
}

static void sched_in(struct ref *r, uint32_t vp, uint32_t lp, int64_t recorded)
{
	int64_t slice = r->params->recorded_slices ? recorded : r->slice;
	struct ref_vp *v = &r->vp[vp];

	ref_advance(r, vp);
	ref_block_end(r, vp, false);
	ref_wake_resolve(r, vp, false);
	ref_idle_end(r, lp);
	r->lp[lp].vp = vp;
	v->lp = v->last_lp = lp;
	v->in = r->now;
	ref_opportunity(r, vp);
	if (r->params->hv_tick_idle)
		ref_tick_start(r, lp);
	if (slice)
		ref_timer_add(r, &v->slice, lp, r->now + slice);
	ref_hook(r)->sched_in(r, vp, lp);
	if (r->hooks->resume)
		ref_owe(r, lp);
	else
		ref_deliver(r, vp);
}

static void sched_out(struct ref *r, uint32_t vp, unsigned reason)
{
	struct ref_vp *v = &r->vp[vp];
	uint32_t lp = v->lp;

	ref_advance(r, vp);
	if (reason == TRACE_OFFLINE) {
		ref_true_disarm(r, vp);
		ref_hook(r)->disarm(r, vp);
	}
	ref_timer_del(r, &v->slice);
	v->lp = REF_NONE;
	r->lp[lp].vp = REF_NONE;
	r->lp[lp].idle_since = r->now;
	r->lp[lp].guest_match = r->lp[lp].resume = REF_NEVER;
	if (r->hooks->sched_out)
		ref_hook(r)->sched_out(r, vp, lp, reason);
	if (r->params->hv_tick_idle && !r->seeding)
		ref_tick_stop(r, lp);
	if (reason == TRACE_BLOCK)
		ref_block_begin(r, vp);
}

/* What the VP of the SEED *@ev does next among its SCHED_INs, SCHED_OUTs and WAKEs, before @end. */
static bool wakes_next(const struct trace_event *ev, const struct trace_event *end)
{
	const struct trace_event *next;

	for (next = ev + 1; next < end; next++)
		if (trace_type_has_vp(next->type) && next->vp == ev->vp && next->type <= TRACE_WAKE)
			return next->type == TRACE_WAKE;
	return false;
}

static void seed(struct ref *r, const struct trace_event *ev, bool asleep)
{
	struct ref_vp *v = &r->vp[ev->vp];

	r->seeding = true;
	r->at_work = ev->lp;
	r->lp[ev->lp].vp = ev->vp;
	v->lp = v->last_lp = ev->lp;
	ref_hook(r)->sched_in(r, ev->vp, ev->lp);
	ref_true_seed(r, ev->vp, (int64_t)ev->value, (int64_t)ev->extra, ev->sub);
	ref_hook(r)->arm(r, ev->vp, (int64_t)ev->value, (int64_t)ev->extra, ev->sub);
	sched_out(r, ev->vp, asleep ? TRACE_BLOCK : TRACE_PREEMPT);
	ref_settle(r);
	r->seeding = false;
}

static void guest_write(struct ref *r, const struct trace_event *ev)
{
	ref_advance(r, ev->vp);
	r->no_exit = false;
	switch (ev->type) {
	case TRACE_ARM:
		ref_true_arm(r, ev->vp, (int64_t)ev->value, (int64_t)ev->extra, ev->sub);
		ref_hook(r)->arm(r, ev->vp, (int64_t)ev->value, (int64_t)ev->extra, ev->sub);
		break;
	case TRACE_DISARM:
		ref_true_disarm(r, ev->vp);
		ref_hook(r)->disarm(r, ev->vp);
		break;
	case TRACE_MASK:
		r->vp[ev->vp].masked = ev->sub != 0;
		ref_hook(r)->mask(r, ev->vp, ev->sub != 0);
		break;
	default:
		ref_true_counter(r, ev->vp, (int64_t)ev->value);
		ref_hook(r)->counter_set(r, ev->vp, (int64_t)ev->value);
	}
	if (!r->no_exit) {
		r->exits_arm++;
		ref_charge(r, r->at_work, REFERENCE_EXIT_ARM);
		if (r->vp[ev->vp].lp != REF_NONE)
			ref_owe(r, r->vp[ev->vp].lp);
	}
}

/* Where the hypervisor works for @vp; for one that never ran, wherever it worked last. */
static uint32_t place_of(const struct ref *r, uint32_t vp)
{
	return r->vp[vp].last_lp == REF_NONE ? 0 : r->vp[vp].last_lp;
}

static void event(struct ref *r, const struct trace_event *ev, const struct trace_event *end)
{
	if (ev->type == TRACE_SCHED_IN)
		r->at_work = ev->lp;
	else if (trace_type_has_vp(ev->type))
		r->at_work = place_of(r, ev->vp);
	if (r->cost_ns && trace_type_has_vp(ev->type) && r->vp[ev->vp].lp != REF_NONE &&
	    (ev->type == TRACE_ARM || ev->type == TRACE_DISARM || ev->type == TRACE_MASK ||
	     ev->type == TRACE_COUNTER || ev->type == TRACE_ACK || ev->type == TRACE_EXIT)) {
		ref_pull(r, r->vp[ev->vp].lp);
		ref_begin_raised(r, r->vp[ev->vp].lp, ev->vp);
		ref_pull(r, r->vp[ev->vp].lp);
	}
	switch (ev->type) {
	case TRACE_SCHED_IN:
		sched_in(r, ev->vp, ev->lp, (int64_t)ev->extra);
		break;
	case TRACE_SCHED_OUT:
		sched_out(r, ev->vp, ev->sub);
		break;
	case TRACE_WAKE:
		ref_advance(r, ev->vp);
		ref_block_end(r, ev->vp, true);
		break;
	case TRACE_ARM:
	case TRACE_DISARM:
	case TRACE_MASK:
	case TRACE_COUNTER:
		guest_write(r, ev);
		break;
	case TRACE_AWAY:
		r->lp[ev->lp].away_until = (int64_t)ev->value;
		break;
	case TRACE_SEED:
		seed(r, ev, wakes_next(ev, end));
		break;
	case TRACE_LOST:
		r->lost_events += ev->extra;
		break;
	case TRACE_OBS_HV_IRQ:
		r->obs_hv_irqs++;
		break;
	case TRACE_OBS_FIRE:
		r->obs_fires++;
		break;
	case TRACE_OBS_PEND:
		r->obs_pends++;
		break;
	default: /* EXIT and ENTRY have hooks, but none of these policies; the rest mean nothing
		    here */
		break;
	}
}

static void open_all(struct ref *r)
{
	uint32_t vp;

	r->slop = (int64_t)trace_ns_to_ticks(r->params->slop_ns, r->meta->clock_hz);
	r->slice = (int64_t)trace_ns_to_ticks(r->params->hv_slice_ns, r->meta->clock_hz);
	r->vp = ref_alloc(r->meta->vps, sizeof(*r->vp));
	r->lp = ref_alloc(r->meta->lps, sizeof(*r->lp));
	for (vp = 0; vp < r->meta->vps; vp++) {
		r->vp[vp].lp = r->vp[vp].last_lp = REF_NONE;
		r->vp[vp].undelivered = r->vp[vp].wake = REF_NO_INDEX;
		r->vp[vp].digest = UINT64_C(0xcbf29ce484222325);
	}
	ref_hv_open(r);
	ref_hook(r)->open(r);
	if (r->hooks->queue_run)
		ref_first_ticks(r);
	ref_settle(r);
}

static void free_all(struct ref *r)
{
	uint32_t i;

	ref_hook(r)->close(r);
	for (i = 0; i < r->meta->vps; i++) {
		free(r->vp[i].deadline);
		free(r->vp[i].pend.value);
	}
	for (i = 0; i < r->meta->lps; i++) {
		free(r->lp[i].len_ticks);
		free(r->lp[i].guest_len_ticks);
	}
	free(r->vp);
	free(r->lp);
	free(r->policy_skew.value);
	free(r->delivery_skew.value);
	free(r->idle.value);
}

static const struct ref_hooks *hooks_of(const char *policy)
{
	const struct ref_policy *const *p;

	for (p = ref_policies; *p; p++)
		if (!strcmp((*p)->name, policy))
			return (*p)->hooks;
	abort();
}

static const uint64_t nothing[REFERENCE_COSTS];

json_t *reference_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			 const struct reference_params *params)
{
	struct ref r = { .meta = meta, .params = params, .cost_ns = params->cost_ns };
	json_t *metrics;
	uint32_t vp;
	bool goes;
	size_t i;

	r.hooks = hooks_of(params->policy);
	if (!r.cost_ns && params->away_recorded)
		r.cost_ns = nothing;
	open_all(&r);
	for (i = 0; i < n; i++) {
		/* Section 17: who goes away takes nothing more at that moment. */
		goes = params->away_recorded && ev[i].type == TRACE_AWAY;
		ref_interrupts(&r, (int64_t)ev[i].time - goes);
		r.now = (int64_t)ev[i].time;
		event(&r, &ev[i], ev + n);
		ref_settle(&r);
	}
	ref_interrupts(&r, (int64_t)meta->end);
	r.now = (int64_t)meta->end;
	for (vp = 0; vp < meta->vps; vp++)
		ref_true_close(&r, vp);
	ref_hv_close(&r);
	metrics = ref_result(&r);
	free_all(&r);
	return metrics;
}
