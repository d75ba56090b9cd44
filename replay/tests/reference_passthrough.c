/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's pass-through: section 7 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

struct guest {
	bool armed, masked, has_last;
	int64_t m;	  /* in terms of the machine ITC as this design has it */
	int64_t deadline; /* the guest's, that goes with m */
	int64_t period;
	int64_t last; /* the m last pended */
	unsigned dev;
	uint32_t home;
};

struct passthrough {
	struct guest *guest;
	int64_t *shift; /* [lps] s */
};

/* scope=nearest|current, switch=rearm|none */
static bool scope_current(const struct ref *r)
{
	return ref_param(r->params, 0) == 1;
}

static bool switch_none(const struct ref *r)
{
	return ref_param(r->params, 1) == 1;
}

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct passthrough *)r->policy)->guest[vp];
}

static int64_t *shift_of(struct ref *r, uint32_t lp)
{
	return &((struct passthrough *)r->policy)->shift[lp];
}

static int64_t machine(struct ref *r, uint32_t lp)
{
	return r->now + *shift_of(r, lp);
}

static bool candidate(struct ref *r, uint32_t vp, uint32_t lp)
{
	const struct guest *g = guest_of(r, vp);

	if (!g->armed || g->masked)
		return false;
	return scope_current(r) ? r->vp[vp].lp == lp : g->home == lp;
}

static void write_hardware(struct ref *r, uint32_t lp)
{
	int64_t time, best = r->lp[lp].next;
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++) {
		if (!candidate(r, vp, lp))
			continue;
		time = guest_of(r, vp)->m - *shift_of(r, lp);
		if (time > r->now && time < best)
			best = time;
	}
	ref_hw_arm(r, lp, best);
}

/* m was reached by @itc: a one-shot is over, a periodic one goes on. */
static void spend(struct guest *g, int64_t itc)
{
	int64_t m;

	if (!g->period) {
		g->armed = false;
		return;
	}
	m = ref_first_after(g->m, g->period, itc);
	g->deadline += m - g->m;
	g->m = m;
}

static void pended(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct guest *g = guest_of(r, vp);

	if (!g->has_last || g->m != g->last)
		ref_pend(r, vp, g->deadline);
	g->has_last = true;
	g->last = g->m;
	spend(g, machine(r, lp));
}

static void passthrough_open(struct ref *r)
{
	struct passthrough *p = ref_alloc(1, sizeof(*p));
	uint32_t vp;

	p->guest = ref_alloc(r->meta->vps, sizeof(*p->guest));
	p->shift = ref_alloc(r->meta->lps, sizeof(*p->shift));
	for (vp = 0; vp < r->meta->vps; vp++)
		p->guest[vp].home = REF_NONE;
	r->policy = p;
}

static void passthrough_close(struct ref *r)
{
	struct passthrough *p = r->policy;

	free(p->guest);
	free(p->shift);
	free(p);
}

static void passthrough_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period,
			    unsigned dev)
{
	struct guest *g = guest_of(r, vp);
	uint32_t lp = r->vp[vp].lp;
	int64_t counter = ref_counter(r, vp);

	g->m = machine(r, lp) + (deadline - counter);
	g->deadline = deadline;
	g->period = period;
	g->dev = dev;
	g->armed = true;
	if (deadline <= counter && !scope_current(r)) {
		if (dev == TRACE_ITM)
			g->armed = false;
		else if (g->masked)
			spend(g, machine(r, lp));
		else
			pended(r, vp, lp);
	}
	write_hardware(r, lp);
}

static void passthrough_disarm(struct ref *r, uint32_t vp)
{
	guest_of(r, vp)->armed = false;
	if (r->vp[vp].lp != REF_NONE)
		write_hardware(r, r->vp[vp].lp);
}

static void passthrough_mask(struct ref *r, uint32_t vp, bool masked)
{
	struct guest *g = guest_of(r, vp);
	uint32_t lp = r->vp[vp].lp;

	if (g->masked && !masked && g->armed && g->m <= machine(r, lp))
		spend(g, machine(r, lp));
	g->masked = masked;
	write_hardware(r, lp);
}

static void clock_errors(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_clock_error(&r->hv_clock_error, *shift_of(r, lp));
	ref_clock_error(&r->guest_clock_error, machine(r, lp) - ref_counter(r, vp));
}

static void passthrough_counter(struct ref *r, uint32_t vp, int64_t value)
{
	struct guest *g = guest_of(r, vp);
	uint32_t lp = r->vp[vp].lp;
	int64_t d;

	if (lp == REF_NONE)
		return;
	d = value - machine(r, lp);
	*shift_of(r, lp) += d;
	if (g->armed)
		g->m += d;
	write_hardware(r, lp);
	clock_errors(r, vp, lp);
}

static void passthrough_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct guest *g = guest_of(r, vp);

	g->home = lp;
	if (g->armed && !g->masked && g->m <= machine(r, lp))
		pended(r, vp, lp);
	if (!switch_none(r))
		write_hardware(r, lp);
	clock_errors(r, vp, lp);
}

static void passthrough_irq(struct ref *r, uint32_t lp)
{
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++) {
		if (!candidate(r, vp, lp) || guest_of(r, vp)->m > machine(r, lp))
			continue;
		pended(r, vp, lp);
		/* The candidates of scope=nearest are match-only timers, that of scope=current is
		 * none. */
		if (!scope_current(r))
			r->irq_expiries++;
	}
}

static const struct ref_hooks hooks = {
	.open = passthrough_open,
	.close = passthrough_close,
	.arm = passthrough_arm,
	.disarm = passthrough_disarm,
	.mask = passthrough_mask,
	.counter_set = passthrough_counter,
	.sched_in = passthrough_in,
	.machine_irq = passthrough_irq,
	.reprogram = write_hardware,
};

const struct ref_policy ref_passthrough = { .name = "passthrough", .hooks = &hooks };
