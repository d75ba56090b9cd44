/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/trace.h"

__extension__ typedef __int128 wide;

/* Hardly a timer is farther ahead. */
#define FAR_NS UINT64_C(3600000000000)

enum {
	WINDOWS = 64,
	WINDOW_SAMPLES = 64,
	RESIDUALS = 8192,
	NS_HZ = 1000000000,
	NEAR_NS = 10000, /* what lies lower than the 20th part by more is an outlier */
	NS_SPAN =
	    1000000000,	     /* shorter captures are too short to measure how two ns clocks drift */
	SHIFT_NS = 1000000,  /* stamps are never so late: they were shifted */
	STEP_NS = 100000000, /* nor an expiry: the host was suspended for so long or longer */
	STEP_SAMPLES = 3,    /* expiries running that tell of a step */
	APART_NS = 1000000,  /* no tick of a host is shorter */
	APART_SAMPLES = 256, /* of a CPU */
	APART_MIN = 16,
};

struct window {
	int64_t above[2 * WINDOW_SAMPLES];
	size_t n;
};

static int64_t clamp(wide v)
{
	const wide limit = (wide)TRACE_TICK_LIMIT;

	return (int64_t)(v > limit ? limit : v < -limit ? -limit : v);
}

static wide floor_div(wide a, wide b)
{
	wide q = a / b;

	return q - (a % b < 0);
}

int64_t kvm_scale(int64_t value, int64_t slope)
{
	return clamp(floor_div((wide)value * slope, KVM_SLOPE_ONE));
}

int64_t kvm_unscale(int64_t value, int64_t slope)
{
	return clamp(floor_div((wide)value * KVM_SLOPE_ONE, slope));
}

int64_t kvm_ticks_to_ns(const struct kvm_clock *c, int64_t ticks)
{
	return clamp(floor_div((wide)ticks * NS_HZ, (wide)c->hz));
}

int64_t kvm_ns_to_ticks(const struct kvm_clock *c, int64_t ns)
{
	return clamp(floor_div((wide)ns * (wide)c->hz, NS_HZ));
}

int64_t kvm_clock_at(const struct kvm_clock *c, uint64_t monotonic)
{
	return kvm_clock_step(c, kvm_clock_flat(c, monotonic));
}

int64_t kvm_clock_flat(const struct kvm_clock *c, uint64_t monotonic)
{
	wide ns = (wide)monotonic - (wide)c->from;

	return clamp(floor_div(ns * c->slope, KVM_SLOPE_ONE) + c->at);
}

int64_t kvm_clock_step(const struct kvm_clock *c, int64_t flat)
{
	uint32_t i = c->steps;

	while (i && kvm_clock_flat(c, c->step[i - 1].from) > flat)
		i--;
	return i ? clamp((wide)flat + c->step[i - 1].ticks) : flat;
}

/* A time of the machine's uptime: below 2^62 ns. */
static bool plausible(const struct kvm_record *r)
{
	return r->kind == KVM_EXPIRE && r->b < UINT64_C(1) << 62;
}

static int64_t above(const struct kvm_clock *c, const struct kvm_record *r)
{
	return (int64_t)(r->ts - c->t0) - kvm_clock_at(c, r->b);
}

/*
 * A clock that runs on while the host is suspended (boot) leaves the monotonic one behind by as
 * much each time. The stamps are ns here.
 */
static void find_steps(struct kvm_clock *c, const struct tracecmd_file *f)
{
	uint64_t before = c->from, first = 0;
	int64_t level = 0, low = 0;
	unsigned n = 0;

	for (size_t i = 0; i < f->n && c->steps < KVM_CLOCK_STEPS; i++) {
		const struct kvm_record *r = &f->record[i];
		int64_t d;

		if (!plausible(r) || r->b < c->from)
			continue;
		d = above(c, r);
		/* What does not agree with those before it begins anew. */
		if (n && (d > low + STEP_NS || d < low - STEP_NS))
			n = 0;
		if (d < STEP_NS && d > -STEP_NS) {
			n = 0;
			before = r->b;
			continue;
		}
		if (!n) {
			/* What had not expired then did so behind the step. */
			first = before + 1;
			low = d;
		}
		low = d < low ? d : low;
		if (++n < STEP_SAMPLES)
			continue;
		level += low;
		c->step[c->steps++] = (struct kvm_clock_step){ first, level };
		n = 0;
	}
}

/*
 * Stamps are late by what came between the reading of `now` and the stamp; where the clock is
 * unstable (sched_clock without a stable TSC) some are early by far more. So each window of time
 * gives its low quartile, and the median of the slopes between these is the line's (Theil and
 * Sen's).
 */
static void fit(struct kvm_clock *c, const struct tracecmd_file *f, uint64_t span)
{
	struct window *window = vt_array(WINDOWS, sizeof(*window));
	int64_t *slope = vt_alloc(WINDOWS * WINDOWS / 2 * sizeof(*slope));
	uint64_t step = c->samples / (WINDOWS * WINDOW_SAMPLES) + 1, seen = 0;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];
		struct window *w;
		uint64_t x;

		if (!plausible(r) || r->b < c->from || r->b - c->from > span || seen++ % step)
			continue;
		x = r->b - c->from;
		w = &window[(size_t)((wide)x * WINDOWS / ((wide)span + 1))];
		if (w->n < 2 * WINDOW_SAMPLES)
			w->above[w->n++] = above(c, r);
	}
	for (size_t i = 0; i < WINDOWS; i++)
		sort_i64(window[i].above, window[i].n);
	/* Of the distances from the first guess at the line. */
	for (size_t i = 0; i < WINDOWS; i++)
		for (size_t j = i + WINDOWS / 4; j < WINDOWS; j++) {
			const struct window *a = &window[i], *b = &window[j];
			wide dx = (wide)span * (int64_t)(j - i) / WINDOWS;

			if (a->n && b->n && dx > 0)
				slope[n++] = clamp(floor_div(
				    (wide)(b->above[b->n / 4] - a->above[a->n / 4]) * KVM_SLOPE_ONE,
				    dx));
		}
	if (n) {
		sort_i64(slope, n);
		c->slope += slope[n / 2];
	}
	free(slope);
	free(window);
}

/* With the slope settled: puts the line below all points but outliers, and says how far above they
 * lie. */
static void settle(struct kvm_clock *c, const struct tracecmd_file *f)
{
	int64_t *d = vt_alloc(RESIDUALS * sizeof(*d)), low = 0, near = kvm_ns_to_ticks(c, NEAR_NS);
	uint64_t step = c->samples / RESIDUALS + 1, seen = 0;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (plausible(&f->record[i]) && !(seen++ % step) && n < RESIDUALS)
			d[n++] = above(c, &f->record[i]);
	}
	if (n) {
		size_t k = n / 20;

		sort_i64(d, n);
		if (strcmp(c->name, "mono") != 0 || c->shift_ns) {
			while (k && d[k - 1] >= d[n / 20] - near)
				k--;
			low = d[k];
			c->at += low;
		}
		c->p50_ns = kvm_ticks_to_ns(c, d[n / 2] - low);
		c->p99_ns = kvm_ticks_to_ns(c, d[n - 1 - n / 100] - low);
	}
	free(d);
}

/*
 * All CPUs read one monotonic time as their timers expire. Of many expiries of a CPU some are
 * hardly late; where its stamps are far from it nonetheless, they are of a clock of its own.
 */
static void find_apart(struct kvm_clock *c, const struct tracecmd_file *f)
{
	struct {
		int64_t above[APART_SAMPLES];
		uint64_t seen, of, n;
	} *cpu = vt_array(f->cpus, sizeof(*cpu));
	int64_t lowest = INT64_MAX, highest = INT64_MIN, ns;

	for (size_t i = 0; i < f->n; i++)
		if (f->record[i].cpu < f->cpus && plausible(&f->record[i]))
			cpu[f->record[i].cpu].of++;
	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];
		uint64_t step;

		if (r->cpu >= f->cpus || !plausible(r))
			continue;
		step = (cpu[r->cpu].of + APART_SAMPLES - 1) / APART_SAMPLES;
		if (!(cpu[r->cpu].seen++ % step))
			cpu[r->cpu].above[cpu[r->cpu].n++] = above(c, r);
	}
	for (uint32_t i = 0; i < f->cpus; i++) {
		size_t n = cpu[i].n;
		int64_t low;

		if (n < APART_MIN)
			continue;
		sort_i64(cpu[i].above, n);
		low = cpu[i].above[n / 10];
		lowest = low < lowest ? low : lowest;
		highest = low > highest ? low : highest;
	}
	free(cpu);
	ns = highest > lowest ? kvm_ticks_to_ns(c, highest - lowest) : 0;
	c->apart_ns = ns > APART_NS ? ns : 0;
}

/*
 * Stamps that are called monotonic and were shifted, by a date or an offset that the recorder added
 * to them and not to the hrtimers' times: then not one of them is near.
 */
static void find_shift(struct kvm_clock *c, const struct tracecmd_file *f,
		       const struct kvm_record *first)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];
		int64_t d = (int64_t)(r->ts - r->b);

		if (plausible(r) && d > -SHIFT_NS && d < SHIFT_NS)
			return;
	}
	c->from = first->b;
	c->at = (int64_t)(first->ts - c->t0);
	c->shift_ns = (int64_t)(first->ts - first->b);
}

static bool close_to(int64_t slope, int64_t to)
{
	return slope > to - to / 1000 && slope < to + to / 1000;
}

/*
 * Without an expiry the stamps are taken for monotonic time. They are not where KVM seems to set
 * its hrtimers into the past, which it never does.
 */
static bool starts_contradict(const struct tracecmd_file *f)
{
	uint64_t starts = 0, past = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];

		if (r->kind != KVM_START || !(r->flags & KVM_F_LAPIC) || r->b >> 62)
			continue;
		starts++;
		past += r->b + SHIFT_NS < r->ts || r->b > r->ts + FAR_NS;
	}
	return past > starts / 2;
}

int kvm_clock_find(struct kvm_clock *c, const struct tracecmd_file *f, uint64_t cpu_hz,
		   bool truncated, const char *path, struct vt_error *err)
{
	const char *name = json_string_value(json_object_get(f->report, "clock"));
	const struct kvm_record *first = NULL, *last = NULL;
	uint64_t span = 0;

	*c = (struct kvm_clock){ .name = name && *name ? name : "not said",
				 .method = "nominal",
				 .hz = NS_HZ,
				 .t0 = f->t0,
				 .from = f->t0,
				 .slope = KVM_SLOPE_ONE };
	if (!strcmp(c->name, "counter") || !strcmp(c->name, "uptime"))
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "recorded with the trace clock '%s', which tells no time; expected mono, "
		    "local, global, x86-tsc or another (trace-cmd record -C mono)",
		    c->name);
	for (size_t i = 0; i < f->n; i++) {
		if (!plausible(&f->record[i]))
			continue;
		first = first ? first : &f->record[i];
		last = &f->record[i];
		c->samples++;
	}
	c->blind = !c->samples && strcmp(c->name, "mono") != 0;
	c->unknown = !c->samples && starts_contradict(f);
	/* A file that does not say its clock (trace-cmd split) shows it by its rate. */
	c->raw_tsc = !name || !*name || !strcmp(c->name, "x86-tsc");
	if (last && last->b > first->b) {
		span = last->b - first->b;
		c->slope =
		    clamp(floor_div((wide)(last->ts - first->ts) * KVM_SLOPE_ONE, (wide)span));
		/* A file that says how to turn its TSC into ns is read in ns by the library. */
		c->raw_tsc = c->raw_tsc && !close_to(c->slope, KVM_SLOPE_ONE);
	} else {
		c->slope = 0;
		c->raw_tsc = c->raw_tsc && name && *name;
	}
	if (!strcmp(c->name, "mono")) {
		c->slope = KVM_SLOPE_ONE;
		if (last)
			find_shift(c, f, first);
		settle(c, f);
		find_apart(c, f);
		return 0;
	}
	if (last) {
		c->from = first->b;
		c->at = (int64_t)(first->ts - c->t0);
	}
	if (last && !c->raw_tsc) {
		int64_t slope = c->slope;

		c->slope = KVM_SLOPE_ONE;
		find_steps(c, f);
		c->slope = c->steps ? 0 : slope;
	}
	if (c->raw_tsc && cpu_hz) {
		c->method = "given";
		c->hz = cpu_hz;
		c->slope = clamp((wide)cpu_hz * KVM_SLOPE_ONE / NS_HZ);
	} else if (c->raw_tsc) {
		c->method = "measured";
		if (c->slope > 0)
			fit(c, f, span);
		c->hz =
		    (uint64_t)clamp(((wide)c->slope * NS_HZ + KVM_SLOPE_ONE / 2) / KVM_SLOPE_ONE);
		if (c->slope <= 0 || c->hz < 1000000 || c->hz > TRACE_CLOCK_HZ_MAX) {
			if (!truncated)
				return vt_error_set(
				    err, path, VT_NO_OFFSET,
				    "the capture does not tell the TSC rate (too few "
				    "hrtimer_expire_entry), expected --cpu-hz N");
			vt_warn(path, "cut too early to measure the TSC rate, 1 GHz is assumed; "
				      "give --cpu-hz N");
			c->method = "assumed";
			c->hz = NS_HZ;
			c->slope = KVM_SLOPE_ONE;
		}
	} else {
		if (close_to(c->slope, KVM_SLOPE_ONE) && span >= NS_SPAN)
			fit(c, f, span);
		if (!close_to(c->slope, KVM_SLOPE_ONE) || span < NS_SPAN)
			c->slope = KVM_SLOPE_ONE;
	}
	settle(c, f);
	find_apart(c, f);
	return 0;
}
