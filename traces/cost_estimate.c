/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cost_estimate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/samples.h"
#include "traces/trace.h"

#define NOWHERE UINT32_MAX
#define NEVER UINT64_MAX
/* Fewer samples than this say nothing. */
#define SAMPLES_MIN 20
/* An interrupt that came so many times later than most did was not the hypervisor's doing. */
#define AWAY_FACTOR 10

struct lp_seen {
	uint64_t irq;  /* time of the last OBS_HV_IRQ; NEVER */
	uint64_t fire; /* of the last OBS_FIRE since; NEVER */
	bool life;     /* somebody else than the hypervisor's timer was at work since the irq */
	bool written;  /* the match, since the irq */
	uint64_t programmed; /* OBS_PROG: when the match is due; NEVER */
};

struct vp_seen {
	uint32_t lp;	 /* where it runs, or last ran */
	uint64_t due;	 /* the deadline that it wrote, machine time; NEVER: it passed */
	uint64_t offset; /* guest counter - machine counter */
	uint64_t exit;	 /* of the exit that it is in; NEVER */
	bool wrote;	 /* its timer, in that exit */
};

struct trace_costs {
	const struct trace_meta *meta;
	uint64_t until, last;
	struct lp_seen *lp;
	struct vp_seen *vp;
	bool irqs;
	struct samples latency; /* interrupt (or expiry, where no interrupts are recorded) - due */
	struct samples per_expiry; /* from one expiry of an interrupt to its next */
	struct samples busy;	/* from an interrupt to the first sign of somebody else on its LP */
	struct samples handler; /* from an interrupt to the next write of the match */
	struct samples gap;	/* between two interrupts of an LP */
	struct samples exit_arm; /* from the EXIT to the ENTRY around a timer write */
};

struct trace_costs *trace_costs_new(const struct trace_meta *meta, uint64_t until)
{
	struct trace_costs *c = vt_alloc(sizeof(*c));

	*c = (struct trace_costs){ .meta = meta, .until = until };
	c->lp = vt_alloc((meta->lps + 1) * sizeof(*c->lp));
	c->vp = vt_alloc((meta->vps + 1) * sizeof(*c->vp));
	for (uint32_t i = 0; i < meta->lps; i++)
		c->lp[i] = (struct lp_seen){ .irq = NEVER, .fire = NEVER, .programmed = NEVER };
	for (uint32_t i = 0; i < meta->vps; i++)
		c->vp[i] = (struct vp_seen){ .lp = NOWHERE, .due = NEVER, .exit = NEVER };
	return c;
}

static void add(const struct trace_costs *c, struct samples *s, uint64_t from, uint64_t to)
{
	uint64_t apart = trace_ticks_to_ns(to >= from ? to - from : from - to, c->meta->clock_hz);
	/* Of some of them is looked for what is ten times as long. */
	int64_t ns = apart < JSON_EXACT_MAX ? (int64_t)apart : JSON_EXACT_MAX;

	samples_add(s, to >= from ? ns : -ns);
}

/* The hypervisor is done with the LP's interrupt, at the latest now. */
static void sign_of_life(struct trace_costs *c, uint32_t lp, uint64_t now)
{
	struct lp_seen *l;

	if (lp == NOWHERE)
		return;
	l = &c->lp[lp];
	if (l->irq != NEVER && !l->life)
		add(c, &c->busy, l->irq, now);
	l->life = true;
}

static void irq(struct trace_costs *c, struct lp_seen *l, uint64_t now)
{
	c->irqs = true;
	if (l->irq != NEVER)
		add(c, &c->gap, l->irq, now);
	if (l->programmed != NEVER && l->programmed <= now)
		add(c, &c->latency, l->programmed, now);
	l->programmed = NEVER;
	l->irq = now;
	l->fire = NEVER;
	l->life = false;
	l->written = false;
}

static void fire(struct trace_costs *c, struct vp_seen *v, uint64_t now)
{
	struct lp_seen *l = v->lp == NOWHERE ? NULL : &c->lp[v->lp];

	if (!l)
		return;
	if (l->irq == NEVER) {
		/* No interrupts are recorded, as far as was seen. */
		if (!c->irqs && v->due != NEVER)
			add(c, &c->latency, v->due, now);
	} else if (l->fire == NEVER) {
		if (v->due != NEVER)
			add(c, &c->latency, v->due, l->irq);
		l->fire = now;
	} else {
		if (!l->life)
			add(c, &c->per_expiry, l->fire, now);
		l->fire = now;
	}
	/* Where a periodic timer goes on is the recorded hypervisor's rule. */
	v->due = NEVER;
}

static void arm(struct trace_costs *c, struct vp_seen *v, const struct trace_event *ev)
{
	v->due = ev->value - v->offset > ev->time && ev->value > v->offset + ev->time
		     ? ev->value - v->offset
		     : NEVER;
	v->wrote = true;
	sign_of_life(c, v->lp, ev->time);
}

/* A deadline that the counter jumped to or over is over, whenever KVM or Xen noticed. */
static void set_counter(struct vp_seen *v, const struct trace_event *ev)
{
	uint64_t deadline = v->due + v->offset;

	v->offset = ev->value - ev->time;
	if (v->due != NEVER)
		v->due = deadline > ev->value ? deadline - v->offset : NEVER;
}

static void leave(struct trace_costs *c, struct vp_seen *v, uint64_t now)
{
	if (v->exit != NEVER && v->wrote)
		add(c, &c->exit_arm, v->exit, now);
	v->exit = NEVER;
}

void trace_costs_event(struct trace_costs *c, const struct trace_event *ev)
{
	struct vp_seen *v = &c->vp[ev->vp]; /* number 0 for events that have none */

	if (ev->time > c->until)
		return;
	c->last = ev->time;
	switch ((enum trace_type)ev->type) {
	case TRACE_SCHED_IN:
		sign_of_life(c, ev->lp, ev->time);
		v->lp = ev->lp;
		v->exit = NEVER;
		break;
	case TRACE_SCHED_OUT:
		sign_of_life(c, v->lp, ev->time);
		v->exit = NEVER;
		break;
	case TRACE_ARM:
		arm(c, v, ev);
		break;
	case TRACE_DISARM:
		v->due = NEVER;
		v->wrote = true;
		sign_of_life(c, v->lp, ev->time);
		break;
	case TRACE_COUNTER:
		set_counter(v, ev);
		break;
	case TRACE_EXIT:
		v->exit = ev->time;
		v->wrote = false;
		break;
	case TRACE_ENTRY:
		leave(c, v, ev->time);
		sign_of_life(c, v->lp, ev->time);
		break;
	case TRACE_OBS_FIRE:
		fire(c, v, ev->time);
		break;
	case TRACE_OBS_HV_IRQ:
		irq(c, &c->lp[ev->lp], ev->time);
		break;
	case TRACE_OBS_PROG:
		if (c->lp[ev->lp].irq != NEVER && !c->lp[ev->lp].written)
			add(c, &c->handler, c->lp[ev->lp].irq, ev->time);
		c->lp[ev->lp].written = true;
		c->lp[ev->lp].programmed = !ev->value		  ? NEVER
					   : ev->value > ev->time ? ev->value
								  : ev->time;
		break;
	case TRACE_LOST:
		c->lp[ev->lp].irq = NEVER;
		break;
	default: /* the others say nothing of costs */
		break;
	}
}

/* Puts a figure and where it is from; a time before 0 is a clock's error. */
static void put(json_t *figures, const char *name, int64_t ns, char *source)
{
	json_put(figures, name,
		 json_make("{s:I, s:o}", "ns", (json_int_t)(ns < 0 ? 0 : ns), "source",
			   json_text(source)));
	free(source);
}

/*
 * Late by a constant: its mean is what makes as many timers come due in the meantime as did. What
 * is far beyond most is the machine that was away.
 */
static void put_latency(struct trace_costs *c, json_t *figures, const char *span)
{
	struct samples *s = &c->latency;
	const char *what = c->irqs ? "an LP's timer interrupt" : "the expiry of a VP's timer";

	if (s->count < SAMPLES_MIN)
		return;
	samples_sort(s);

	int64_t median = samples_percentile(s, 50), limit = (median > 0 ? median : 0) * AWAY_FACTOR;
	size_t near = limit ? samples_up_to(s, limit) : s->count, away = s->count - near;

	put(figures, "latency_ns", samples_mean(s, 0, near),
	    vt_format("mean time from deadline to %s, the %zu of %zu within %d times the median of "
		      "%" PRId64 " ns; %s",
		      what, near, s->count, AWAY_FACTOR, median, span));
	if (away < SAMPLES_MIN)
		return;

	/* Samples may have been thinned out; the recording has that many times more. */
	uint64_t times = s->seen / s->count ? s->seen / s->count : 1;
	int64_t mean = samples_mean(s, near, s->count), before = 0;
	unsigned __int128 all = (unsigned __int128)trace_ticks_to_ns(c->last, c->meta->clock_hz) *
				c->meta->lps / (away * times);
	int64_t every = all < JSON_EXACT_MAX ? (int64_t)all : JSON_EXACT_MAX;

	/* What it was away before the first timer came due in that time. */
	if (c->gap.count >= SAMPLES_MIN) {
		samples_sort(&c->gap);
		before = samples_percentile(&c->gap, 50);
	}
	if (mean + before >= every)
		return;
	put(figures, "away_ns", mean + before,
	    vt_format("mean of the other %zu, and the median time between two interrupts of an LP, "
		      "%" PRId64 " ns; %s",
		      away, before, span));
	put(figures, "away_every_ns", every,
	    vt_format("time of all %" PRIu32 " LPs, divided by the other %zu; %s", c->meta->lps,
		      away, span));
}

/* The work for a timer, by its mean as the latency; returns what it is in most cases. */
static int64_t put_per_expiry(struct samples *s, json_t *figures, const char *what,
			      const char *span)
{
	samples_sort(s);

	int64_t median = samples_percentile(s, 50);
	size_t near = samples_up_to(s, (median > 0 ? median : 0) * AWAY_FACTOR);

	if (!near)
		return median;
	put(figures, "per_expiry_ns", samples_mean(s, 0, near),
	    vt_format("mean time from %s, the %zu of %zu within %d times the median of %" PRId64
		      " ns; %s",
		      what, near, s->count, AWAY_FACTOR, median, span));
	return median;
}

static void put_work(struct trace_costs *c, json_t *figures, const char *span)
{
	int64_t per_expiry = 0;

	if (c->per_expiry.count >= SAMPLES_MIN)
		per_expiry = put_per_expiry(&c->per_expiry, figures,
					    "one expiry of an interrupt to its next", span);
	else if (c->handler.count >= SAMPLES_MIN)
		per_expiry = put_per_expiry(
		    &c->handler, figures,
		    "an interrupt to the next write of the match, most of which ran one timer",
		    span);
	if (c->busy.count >= SAMPLES_MIN) {
		samples_sort(&c->busy);
		put(figures, "base_ns", samples_percentile(&c->busy, 10) - per_expiry,
		    vt_format("10th percentile of %zu times from an interrupt to the next switch, "
			      "write or entry on its LP, less an expiry; %s",
			      c->busy.count, span));
	}
	if (c->exit_arm.count >= SAMPLES_MIN) {
		samples_sort(&c->exit_arm);
		put(figures, "exit_arm_ns", samples_percentile(&c->exit_arm, 50),
		    vt_format(
			"median of %zu times from the exit to the entry around a timer write; %s",
			c->exit_arm.count, span));
	}
}

json_t *trace_costs_profile(struct trace_costs *c, const char *span, const char *path,
			    struct vt_error *err)
{
	json_t *figures = json_object();

	put_latency(c, figures, span);
	put_work(c, figures, span);
	if (json_object_size(figures))
		return json_make("{s:s, s:o}", "schema", "vtick.costs/1", "figures", figures);
	json_decref(figures);
	vt_error_set(err, path, VT_NO_OFFSET,
		     "says nothing of the recorded hypervisor's costs, expected at least %d "
		     "OBS_HV_IRQ or OBS_FIRE events, or EXIT and "
		     "ENTRY ('vtick import --exits')",
		     SAMPLES_MIN);
	return NULL;
}

void trace_costs_free(struct trace_costs *c)
{
	if (!c)
		return;
	samples_free(&c->latency);
	samples_free(&c->per_expiry);
	samples_free(&c->busy);
	samples_free(&c->handler);
	samples_free(&c->gap);
	samples_free(&c->exit_arm);
	free(c->lp);
	free(c->vp);
	free(c);
}
