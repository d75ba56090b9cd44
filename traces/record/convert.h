/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From raw events in time order to the events of a trace. Knows who runs where, so that what was
 * lost is mended, and what is written is always legal.
 */
#ifndef VTICK_TRACES_RECORD_CONVERT_H
#define VTICK_TRACES_RECORD_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/record/clock.h"
#include "traces/record/raw.h"
#include "traces/trace.h"

/* |expires + advance - deadline| in steps of 100 ns; the last step: more. */
#define RESIDUAL_STEP_NS 100
#define RESIDUAL_STEPS 1001

struct convert_tally {
	uint64_t events;
	uint64_t arms_tsc, arms_tmict, arms_tdcr;
	uint64_t disarms_msr, disarms_tmict;
	uint64_t ignored, lvtt;
	uint64_t started; /* one-shot timers of KVM's that an arm started */
	uint64_t at_once; /* arms that were due when KVM saw them, one-shot */
	uint64_t fired;	  /* expiries of one-shots */
	uint64_t fired_periodic;
	uint64_t seeds;		  /* timers that were armed when the output began */
	uint64_t fired_seeded;	  /* expiries of these */
	uint64_t cancelled;	  /* started, and written over or stopped before they fired */
	uint64_t fired_unarmed;	  /* expiries that belong to no arm of this recording */
	uint64_t fired_unknown;	  /* one-shots that were injected, and were not seen to expire */
	uint64_t unseen_fires;	  /* of these: not among what was lost */
	uint64_t unseen_switches; /* switch-ins that were not seen, and not among what was lost */
	uint64_t pends;
	uint64_t unseen_ticks;
	uint64_t mode_changes; /* between one-shot and periodic under a running timer */
	uint64_t closed;       /* runs that were ended with reason lost */
	uint64_t lost, holes, missed;
	uint64_t aways, away_ns; /* the machine under a CPU was elsewhere */
	uint64_t offsets;
	uint64_t by_hrtimer; /* TSC deadlines that lie elsewhere by the TSC than by KVM's hrtimer */
	uint64_t never;	     /* of these: KVM's arithmetic overflowed */
	uint64_t early;	     /* hrtimers that KVM set early, as it was held up */
	uint64_t renewals;   /* guest TSC offsets that later timers overruled */
	uint64_t residuals;
	uint64_t residual_max;
	uint64_t residual[RESIDUAL_STEPS];
};

struct convert;

/* @clock is read at each conversion and belongs to the caller. @tick_hz: of the host's tick; 0: not
 * known. */
struct convert *convert_new(uint32_t lps, const struct clock *clock, uint32_t tick_hz);
/* One that goes on from the same state. It shares nothing. */
struct convert *convert_clone(const struct convert *c);
void convert_free(struct convert *c);

/*
 * A vCPU was seen: to be called before its first event is given; @name is its VM's. Sets the number
 * that the RAW_VCPU event given later must have in `a`.
 */
void convert_vcpu(struct convert *c, const struct raw_vcpu *v, uint64_t *number);
/* A RAW_CREATED event has come: to be called then; the event is given later, as all are. */
void convert_created(struct convert *c, const struct raw_event *e);
/* Whether that VM is known already. */
bool convert_knows_vm(const struct convert *c, uint64_t kvm, uint32_t tgid);
/* Names a VM that is not known; the second and later ones of a process get "/2" and so on. */
void convert_name_vm(struct convert *c, uint64_t kvm, uint32_t tgid, const char *name);

/* No SEEDs: timers that were armed before the output begins are not in it. */
void convert_no_infer(struct convert *c);

/*
 * Starts the output at @start (ns): first the timers that are armed then, as SEED, those of vCPUs
 * that the recording's start found among them; then VPs that run are scheduled in. Without a
 * writer, events only move the state. Ends at @w's error.
 */
int convert_output(struct convert *c, struct trace_writer *w, uint64_t start, struct vt_error *err);

int convert_event(struct convert *c, const struct raw_event *e, struct vt_error *err);

/* [{vp, kvm_offset, offset, how}] of the VPs whose timers showed it. */
json_t *convert_tsc_json(const struct convert *c);
/* clock_hz, lps and the VP table; the caller adds the rest to `more`. */
struct trace_meta *convert_meta(struct convert *c);
/* What became of the host's tick where no VP ran (tick_idle.h); NULL: it cannot be told. */
const char *convert_tick_idle(const struct convert *c);
const struct convert_tally *convert_tally(const struct convert *c);
uint32_t convert_vms(const struct convert *c);

#endif
