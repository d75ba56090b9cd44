/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cost_estimate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/samples.h"
#include "traces/tick_idle.h"
#include "traces/trace.h"

#define NOWHERE UINT32_MAX
#define NEVER UINT64_MAX
/* Fewer samples than this say nothing. */
#define SAMPLES_MIN 20
/* Of stretches that the recording tells itself fewer do. */
#define STRETCHES_MIN 4
/* An interrupt that came so many times later than most did was not the hypervisor's doing. */
#define AWAY_FACTOR 10
/* In so many parts is the latency told. */
#define LATENCIES 32
/* What a profile may have as own_every_ns. */
#define OWN_EVERY_MIN 1000
#define FIGURE_MAX 1000000000

struct lp_seen {
	uint64_t irq;	     /* time of the last OBS_HV_IRQ; NEVER */
	uint64_t fire;	     /* of the last OBS_FIRE since; NEVER */
	uint64_t last_fire;  /* that of the interrupt before; NEVER */
	uint64_t away_until; /* of the last AWAY */
	bool life;    /* somebody else than the hypervisor's timer was at work since the irq */
	bool written; /* the match, since the irq */
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
	struct tick_idle *idle;
	bool irqs;
	uint64_t aways, away_time; /* how often and long the recording says the machine was away */
	struct samples latency; /* interrupt (or expiry, where no interrupts are recorded) - due */
	struct samples away;	/* the same, if the machine was away meanwhile */
	struct samples per_expiry; /* from one expiry of an interrupt to its next */
	/* From an expiry to when the next timer of that LP came due, in the same interrupt or not,
	 * and how many did in the same. */
	struct samples after;
	uint64_t in_time;
	struct samples busy;	/* from an interrupt to the first sign of somebody else on its LP */
	struct samples handler; /* from an interrupt to the next write of the match */
	struct samples gap;	/* between two interrupts of an LP */
	struct samples exit_arm; /* from the EXIT to the ENTRY around a timer write */
};

static const json_t *of_host(const struct trace_meta *meta, const char *key)
{
	return json_object_get(json_object_get(meta->more, "host_model"), key);
}

/* Of the host's tick, in ticks of the trace; 0: it has none. */
static uint64_t tick_period(const struct trace_meta *meta)
{
	json_int_t hz = json_integer_value(of_host(meta, "tick_hz"));

	return hz > 0 ? meta->clock_hz / (uint64_t)hz : 0;
}

struct trace_costs *trace_costs_new(const struct trace_meta *meta, uint64_t until)
{
	struct trace_costs *c = vt_alloc(sizeof(*c));

	*c = (struct trace_costs){ .meta = meta, .until = until };
	c->lp = vt_alloc((meta->lps + 1) * sizeof(*c->lp));
	c->vp = vt_alloc((meta->vps + 1) * sizeof(*c->vp));
	c->idle = tick_idle_new(meta->lps, tick_period(meta));
	for (uint32_t i = 0; i < meta->lps; i++)
		c->lp[i] = (struct lp_seen){
			.irq = NEVER, .fire = NEVER, .last_fire = NEVER, .programmed = NEVER
		};
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
	l->last_fire = l->fire;
	l->fire = NEVER;
	l->life = false;
	l->written = false;
}

/* An LP's timer that was due at @due is served at @at. */
static void late(struct trace_costs *c, const struct lp_seen *l, uint64_t due, uint64_t at)
{
	if (due != NEVER)
		add(c, due < l->away_until ? &c->away : &c->latency, due, at);
}

/* A timer came due after the last expiry of an interrupt, and was served in it or in the next. */
static void came_after(struct trace_costs *c, uint64_t expiry, uint64_t due, bool served)
{
	if (expiry == NEVER || due == NEVER || due <= expiry)
		return;
	add(c, &c->after, expiry, due);
	c->in_time += served;
}

static void fire(struct trace_costs *c, struct vp_seen *v, uint64_t now)
{
	struct lp_seen *l = v->lp == NOWHERE ? NULL : &c->lp[v->lp];

	if (!l)
		return;
	tick_idle_expiry(c->idle, v->lp);
	if (l->irq == NEVER) {
		/* No interrupts are recorded, as far as was seen. */
		if (!c->irqs)
			late(c, l, v->due, now);
	} else if (l->fire == NEVER) {
		late(c, l, v->due, l->irq);
		came_after(c, l->last_fire, v->due, false);
		l->fire = now;
	} else {
		came_after(c, l->fire, v->due, true);
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
	if (ev->type == TRACE_SCHED_OUT && v->lp != NOWHERE)
		tick_idle_leaves(c->idle, v->lp);
	tick_idle_event(c->idle, ev);
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
	case TRACE_AWAY:
		c->aways++;
		c->away_time += ev->value - ev->time;
		c->lp[ev->lp].away_until = ev->value;
		break;
	case TRACE_LOST:
		c->lp[ev->lp].irq = c->lp[ev->lp].fire = NEVER;
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
 * Part by part of @near sorted samples its mean: so the mean of all is right, too, and the few that
 * are very late are among them.
 */
static void put_latencies(const struct samples *s, size_t near, json_t *figures, char *source)
{
	size_t parts = near < LATENCIES ? near : LATENCIES;
	json_t *list = json_array();

	for (size_t i = 0; i < parts; i++) {
		int64_t ns = samples_mean(s, i * near / parts, (i + 1) * near / parts);

		json_push(list, json_exact(ns < 0 ? 0 : (uint64_t)ns));
	}
	json_put(figures, "latency_ns",
		 json_make("{s:o, s:o}", "ns", list, "source", json_text(source)));
	free(source);
}

/* The machine under the hypervisor is away: those of @s from @first on, @which, are how late that
 * made it. */
static void put_away(struct trace_costs *c, struct samples *s, size_t first, const char *which,
		     json_t *figures, const char *span)
{
	size_t away = s->count - first;

	if (away < SAMPLES_MIN)
		return;

	/* Samples may have been thinned out; the recording has that many times more. */
	uint64_t times = s->seen / s->count ? s->seen / s->count : 1;
	int64_t mean = samples_mean(s, first, s->count), before = 0;
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
	    vt_format("mean of %s %zu, and the median time between two interrupts of an LP, "
		      "%" PRId64 " ns; %s",
		      which, away, before, span));
	put(figures, "away_every_ns", every,
	    vt_format("time of all %" PRIu32 " LPs, divided by %s %zu; %s", c->meta->lps, which,
		      away, span));
}

/* Too few interrupts waited for the machine's return; the recording says how long it was away. */
static void put_stretches(const struct trace_costs *c, json_t *figures, const char *span)
{
	uint64_t hz = c->meta->clock_hz;
	uint64_t away = trace_ticks_to_ns(c->away_time, hz) / c->aways;
	unsigned __int128 every =
	    (unsigned __int128)trace_ticks_to_ns(c->last, hz) * c->meta->lps / c->aways;

	if (c->aways < STRETCHES_MIN || away >= every || every > FIGURE_MAX)
		return;
	put(figures, "away_ns", (int64_t)away,
	    vt_format("mean of %" PRIu64 " AWAY events; %s", c->aways, span));
	put(figures, "away_every_ns", (int64_t)every,
	    vt_format("time of all %" PRIu32 " LPs, divided by these %" PRIu64 "; %s", c->meta->lps,
		      c->aways, span));
}

/*
 * How late an interrupt is. Where the recording does not say when the machine was away, that is
 * what is far beyond most.
 */
static void put_latency(struct trace_costs *c, json_t *figures, const char *span)
{
	struct samples *s = &c->latency;
	const char *what = c->irqs ? "an LP's timer interrupt" : "the expiry of a VP's timer";

	if (s->count < SAMPLES_MIN)
		return;
	samples_sort(s);
	if (c->aways) {
		put_latencies(
		    s, s->count, figures,
		    vt_format("times from deadline to %s, sorted, the means of parts of the %zu "
			      "for which the machine was not away; %s",
			      what, s->count, span));
		if (c->away.count >= SAMPLES_MIN)
			put_away(c, &c->away, 0, "the", figures, span);
		else
			put_stretches(c, figures, span);
		return;
	}

	int64_t median = samples_percentile(s, 50), limit = (median > 0 ? median : 0) * AWAY_FACTOR;
	size_t near = limit ? samples_up_to(s, limit) : s->count;

	put_latencies(
	    s, near, figures,
	    vt_format("times from deadline to %s, sorted, the means of parts of the %zu of %zu "
		      "within %d times the median of %" PRId64 " ns; %s",
		      what, near, s->count, AWAY_FACTOR, median, span));
	put_away(c, s, near, "the other", figures, span);
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

/*
 * For how long from an expiry a timer that comes due is served in the same interrupt: as many of
 * those that came due after one were, as are within this time. 0 with too few.
 */
static int64_t until_last_look(struct trace_costs *c)
{
	struct samples *s = &c->after;
	uint64_t in_time;

	if (c->in_time < SAMPLES_MIN)
		return 0;
	samples_sort(s);
	in_time = (uint64_t)((unsigned __int128)c->in_time * s->count / s->seen);
	return in_time ? s->value[in_time - 1] : 0;
}

/* Timers of the host that are not its tick, while no VP runs. */
static void put_own(struct trace_costs *c, json_t *figures, const char *span)
{
	const char *word = json_string_value(of_host(c->meta, "tick_idle"));
	uint64_t irqs, time, every;

	if (!word)
		return;
	tick_idle_own(c->idle, word, c->last, &irqs, &time);
	every = irqs ? trace_ticks_to_ns(time, c->meta->clock_hz) / irqs : 0;
	if (irqs < SAMPLES_MIN || every < OWN_EVERY_MIN || every > FIGURE_MAX)
		return;
	put(figures, "own_every_ns", (int64_t)every,
	    vt_format("time of LPs without a VP, divided by the %" PRIu64
		      " interrupts there that no guest's timer and no tick explains; %s",
		      irqs, span));
}

static void put_work(struct trace_costs *c, json_t *figures, const char *span)
{
	int64_t per_expiry = until_last_look(c);

	if (per_expiry > 0)
		put(figures, "per_expiry_ns", per_expiry,
		    vt_format(
			"of the %" PRIu64 " timers that came due after an expiry on their LP, "
			"as many within it as were served in the same interrupt, %" PRIu64 "; %s",
			c->after.seen, c->in_time, span));
	else if (c->per_expiry.count >= SAMPLES_MIN)
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
	put_own(c, figures, span);
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
	tick_idle_free(c->idle);
	samples_free(&c->latency);
	samples_free(&c->away);
	samples_free(&c->after);
	samples_free(&c->per_expiry);
	samples_free(&c->busy);
	samples_free(&c->handler);
	samples_free(&c->gap);
	samples_free(&c->exit_arm);
	free(c->lp);
	free(c->vp);
	free(c);
}
