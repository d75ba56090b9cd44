/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a conversion, which convert.c and convert_timer.c share. */
#ifndef VTICK_TRACES_RECORD_CONVERT_STATE_H
#define VTICK_TRACES_RECORD_CONVERT_STATE_H

#include "traces/record/convert.h"
#include "traces/record/guest_tsc.h"
#include "traces/record/vptable.h"
#include "traces/schedule.h"

/* What is known of a VP as of the last event, besides where it runs. */
struct rec_vp {
	uint32_t waker;	  /* CPU of a sched_waking that came while it still ran, or NOBODY */
	bool blocked;	  /* switched out to sleep, and no WAKE given since */
	bool leaves;	  /* woken while it still ran, on its way to sleep */
	bool written;	  /* its timer was written in this recording */
	bool awaits_fire; /* KVM started a one-shot that has neither fired nor been stopped */
	bool armed;	  /* as far as the guest is concerned */
	bool periodic;
	bool masked;  /* the LVTT is */
	bool met;     /* it has had an event before */
	bool sighted; /* what its first sighting told is taken in */
	bool seeded;  /* its timer is a SEED of this output, and nothing was written since */
	uint8_t dev;  /* of the timer, if armed, and when it is due, ns */
	int64_t due;
	uint64_t period; /* ns, 0: one-shot */
	uint32_t lp;	 /* that it ran on last */
	uint64_t holes;	 /* in the recording, at its last switch or arm */
	struct guest_tsc tsc;
};

struct convert {
	struct vptable table;
	struct trace_meta meta;
	struct schedule *schedule;
	struct tick_idle *tick_idle;
	struct rec_vp *vp;
	uint32_t vp_room, vp_known;
	const struct clock *clock;
	struct trace_writer *w;
	uint32_t vps_written; /* of the meta that the writer has */
	bool no_infer;	      /* no SEEDs */
	uint64_t start, last;
	uint64_t *away; /* [lps] until when the machine was elsewhere */
	struct convert_tally tally;
};

/* Time of the trace. */
uint64_t convert_now(const struct convert *c);
/* A point in time of the machine as ticks of the trace. */
uint64_t convert_ticks(const struct convert *c, int64_t ns);
/* @ev happens now. 0 or -1. */
int convert_emit(struct convert *c, struct trace_event ev, struct vt_error *err);
/* An event of @vp that says no more than @sub. */
int convert_emit_vp(struct convert *c, enum trace_type type, uint32_t vp, unsigned sub,
		    struct vt_error *err);

/* @count events on @lp were lost from now to @until (ns); no run ends by it. */
int convert_lost(struct convert *c, uint16_t lp, uint64_t until, uint64_t count,
		 struct vt_error *err);
/* @vp runs on @lp: if that is news, it is scheduled in. */
int convert_run(struct convert *c, uint32_t vp, uint32_t lp, struct vt_error *err);
/* The guest acts, so its VP runs: if not, a switch-in was lost or lies before the first sight. */
int convert_acts(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err);
/* What must have happened on @e's CPU did not come; *@tally counts it. */
int convert_not_seen(struct convert *c, const struct rec_vp *v, const struct raw_event *e,
		     uint64_t *tally, struct vt_error *err);

/* What a sighting at the start tells of a VP's timer, the first time. */
void convert_sighted(struct convert *c, const struct sighting *s);
/* The SEEDs of an output that begins now. */
int convert_seeds(struct convert *c, struct vt_error *err);
/* A period's next deadline is the next behind @now (ns). */
void convert_period_on(struct rec_vp *v, int64_t now);

/* The guest's timer: convert_timer.c. Each turns an event of @vp into those of the trace. */
typedef int convert_handler(struct convert *c, uint32_t vp, const struct raw_event *e,
			    struct vt_error *err);
convert_handler convert_armed, convert_disarmed, convert_lvtt, convert_fired, convert_pended;
/* The thread is gone, and its timer with it. */
void convert_timer_gone(struct convert *c, uint32_t vp);

#endif
