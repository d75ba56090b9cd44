/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TSC rate of an xentrace capture, from the capture itself.
 *
 * The file does not state it, but some records carry nanoseconds next to a TSC. Three sources, the
 * best first:
 *
 *  "deadline"  differences of the TSC deadlines that a guest wrote (MSR 0x6e0) against differences
 *              of the ns that Xen made of them with its fixed scale: a few ppm
 *  "now"       records that hold NOW() (machine timer and PV deadlines, where a Xen logs them)
 *  "switch"    SWITCH_INFPREV: ns since the vCPU that leaves got the pCPU. Each switch's end is the
 *              next one's start, so these add up to the pCPU's own NOW()
 *
 * The last two give lines of (ns, TSC) points. Xen bends the rate of NOW() once a second after its
 * platform timer (local_time_calibration, xen/arch/x86/time.c); on a machine that stalls by some
 * tenths of a percent. So slopes are taken over half a second, and the rate is where they lie
 * densest: in the seconds without a stall. Deadlines know no bending: their weighted median counts.
 * Neither is moved by a delayed or a broken record. Memory is bounded: a line that grows too long
 * keeps every second point.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_CLOCK_H
#define VTICK_TRACES_IMPORT_XEN_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_slope {
	uint64_t hz;
	uint64_t ns; /* its length: the weight */
};

struct clock_slopes {
	struct clock_slope *slope;
	size_t n;
};

struct clock_point {
	uint64_t ns;
	uint64_t tsc;
};

struct clock_line {
	struct clock_point *point;
	uint32_t n;
	uint32_t stride; /* every stride-th point is kept */
	uint32_t skip;
	struct clock_point first, last; /* last: of all points, kept or not */
};

/* Adds a point; one that does not lie after the last in both clocks starts a new line. */
void clock_line_add(struct clock_line *l, struct clock_slopes *s, uint64_t ns, uint64_t tsc);
/* Ends the line: its slopes go to @s. */
void clock_line_end(struct clock_line *l, struct clock_slopes *s);
void clock_line_free(struct clock_line *l);

/* Adds the slope of @ticks over @ns if both lie in reason. */
void clock_slope_add(struct clock_slopes *s, uint64_t ticks, uint64_t ns);
void clock_slopes_free(struct clock_slopes *s);

/* One pCPU's chain of SWITCH_INFPREV records. */
struct clock_chain {
	struct clock_line line;
	uint64_t tsc, ns; /* of the last switch, on the chain's own ns clock */
	uint32_t next;	  /* the vCPU that got the pCPU then: dom << 16 | unit */
	bool linked;
};

void clock_chain_prev(struct clock_chain *c, struct clock_slopes *s, uint32_t vcpu, uint32_t ns,
		      uint64_t tsc);
void clock_chain_next(struct clock_chain *c, uint32_t vcpu);
void clock_chain_break(struct clock_chain *c, struct clock_slopes *s);

enum clock_centre {
	CLOCK_MEDIAN,
	CLOCK_MODE, /* the median of the narrowest eighth */
};

struct clock_rate {
	uint64_t hz;
	const char *method;
	uint64_t samples;
	uint64_t spread_ppm; /* between the quartiles of the slopes */
};

/* The rate of all slopes. False if there are too few or they do not agree. Sorts @s. */
bool clock_slopes_rate(struct clock_slopes *s, enum clock_centre centre, struct clock_rate *out);

#endif
