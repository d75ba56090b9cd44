/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/header.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/record/kernel_facts.h"

/* Whether this host is itself a guest: CPUID leaf 1, ECX bit 31. */
static bool nested(void)
{
#if defined(__x86_64__)
	unsigned a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c >> 31;
#else
	return false;
#endif
}

static json_t *source(const struct header_facts *f)
{
	json_t *source = json_object(), *clock = json_object();
	struct utsname u;
	char tool[64];

	snprintf(tool, sizeof(tool), "vtick record %s", vtick_version());
	json_put_text(source, "hypervisor", "KVM");
	if (!uname(&u))
		json_put_text(source, "version", u.release);
	json_put_text(source, "tool", tool);
	json_put_text(source, "command", f->command);
	json_put_text(clock, "name", "CLOCK_MONOTONIC");
	json_put_u64(clock, "tsc_hz", f->clock->hz);
	json_put(source, "clock", clock);
	return source;
}

/* Linux arms no timer for a time slice (without HRTICK, off by default): its tick looks after it.
 */
static json_t *host_model(const struct header_facts *f)
{
	json_t *model = json_object();
	uint32_t hz = kernel_tick_hz();
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (!uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2)
		json_put_text(model, "scheduler",
			      major > 6 || (major == 6 && minor >= 6) ? "eevdf" : "cfs");
	json_put_u64(model, "slop_ns", 0);
	json_put_u64(model, "slice_ns", 0);
	if (hz)
		json_put_u64(model, "tick_hz", hz);
	if (f->tally && convert_tick_idle(f->convert))
		json_put_text(model, "tick_idle", convert_tick_idle(f->convert));
	return model;
}

static uint64_t residual_rank(const struct convert_tally *t, uint64_t percent)
{
	uint64_t want = (t->residuals * percent + 99) / 100, sum = 0;

	for (uint64_t i = 0; i < RESIDUAL_STEPS; i++) {
		sum += t->residual[i];
		if (sum >= want)
			return i + 1 < RESIDUAL_STEPS ? (i + 1) * RESIDUAL_STEP_NS
						      : t->residual_max;
	}
	return t->residual_max;
}

static json_t *recorded(const struct convert_tally *t)
{
	json_t *o = json_object(), *writes = json_object(), *timers = json_object();
	json_t *deadlines = json_object(), *residual;

	json_put_u64(writes, "deadline", t->arms_tsc);
	json_put_u64(writes, "deadline_zero", t->disarms_msr);
	json_put_u64(writes, "tmict", t->arms_tmict);
	json_put_u64(writes, "tmict_zero", t->disarms_tmict);
	json_put_u64(writes, "tdcr_rearmed", t->arms_tdcr);
	json_put_u64(writes, "lvtt", t->lvtt);
	json_put_u64(writes, "ignored", t->ignored);
	json_put_u64(timers, "started", t->started);
	json_put_u64(timers, "due_at_once", t->at_once);
	json_put_u64(timers, "fired", t->fired);
	json_put_u64(timers, "fired_periodic", t->fired_periodic);
	json_put_u64(timers, "seeded", t->seeds);
	json_put_u64(timers, "fired_seeded", t->fired_seeded);
	json_put_u64(timers, "fired_unarmed", t->fired_unarmed);
	json_put_u64(timers, "fired_unknown", t->fired_unknown);
	json_put_u64(timers, "cancelled", t->cancelled);
	json_put_u64(timers, "injected", t->pends);
	json_put_u64(deadlines, "by_hrtimer", t->by_hrtimer);
	json_put_u64(deadlines, "never", t->never);
	json_put_u64(deadlines, "hrtimer_early", t->early);
	json_put_u64(deadlines, "offsets_renewed", t->renewals);
	json_put(o, "writes", writes);
	json_put(o, "timers", timers);
	json_put(o, "deadlines", deadlines);
	if (t->residuals) {
		residual = json_object();
		json_put_u64(residual, "count", t->residuals);
		json_put_u64(residual, "p50", residual_rank(t, 50));
		json_put_u64(residual, "p99", residual_rank(t, 99));
		json_put_u64(residual, "max", t->residual_max);
		json_put(o, "residual_ns", residual);
	}
	return o;
}

static const char *const type_name[RAW_TYPES] = {
	[RAW_VCPU] = "vcpu",	   [RAW_OUT] = "switch_out",	  [RAW_IN] = "switch_in",
	[RAW_WAKING] = "waking",   [RAW_WAKEUP] = "wakeup",	  [RAW_OFFSET] = "tsc_offset",
	[RAW_ARM_TSC] = "arm_tsc", [RAW_ARM_LAPIC] = "arm_lapic", [RAW_DISARM] = "disarm",
	[RAW_IGNORED] = "ignored", [RAW_LVTT] = "lvtt",		  [RAW_FIRE] = "fire",
	[RAW_PEND] = "pend",	   [RAW_TIMER_IRQ] = "timer_irq", [RAW_CREATED] = "created",
};

static json_t *accounts(const struct header_facts *f)
{
	json_t *o = json_object(), *hits = json_object(), *lost = json_object();

	json_put_u64(o, "hits", f->count->all_hits);
	json_put_u64(o, "recorded", f->recorded);
	json_put_u64(o, "lost", f->count->all_lost);
	for (int t = 0; t < RAW_TYPES; t++) {
		json_put_u64(hits, type_name[t], f->count->hits[t]);
		json_put_u64(lost, type_name[t], f->count->lost[t]);
	}
	json_put(o, "hits_by_type", hits);
	json_put(o, "lost_by_type", lost);
	json_put_u64(o, "recursion_misses", f->count->missed);
	json_put_u64(o, "holes", f->tally->holes);
	json_put_u64(o, "runs_closed", f->tally->closed);
	json_put_u64(o, "unseen_fires", f->tally->unseen_fires);
	json_put_u64(o, "unseen_switches", f->tally->unseen_switches);
	json_put_u64(o, "late", f->late);
	return o;
}

static json_t *unseen(const struct header_facts *f)
{
	json_t *list = json_array();

	json_push_format(list,
			 "timers that were armed before the recording began%s, but for their "
			 "ticks",
			 f->no_infer ? ""
				     : " and were masked then, or of vCPUs that had not run yet");
	json_push_format(
	    list, "timers that a VMM sets itself (KVM_SET_MSRS, KVM_SET_LAPIC: a restored guest)");
	json_push_format(
	    list, "VMs whose local APIC is the VMM's (no in-kernel irqchip), Hyper-V and Xen guest "
		  "timers");
	json_push_format(
	    list, "expiries of the VMX preemption timer, and interrupts that another CPU injects "
		  "(pi_inject_timer)");
	if (f->tally && (f->tally->unseen_fires || f->tally->unseen_switches))
		json_push_format(list,
				 "%" PRIu64 " switch-ins and %" PRIu64
				 " expiries for which the kernel did not run the probe; "
				 "what follows from them shows them (LOST events)",
				 f->tally->unseen_switches, f->tally->unseen_fires);
	if (f->tally && f->tally->holes)
		json_push_format(list, "what happened while events were lost (LOST events)");
	return list;
}

static json_t *notes(const struct header_facts *f)
{
	const struct convert_tally *t = f->tally;
	json_t *list = json_array();

	json_push_format(
	    list, "guest counters are the machine's: deadlines are converted from the guest's TSC");
	json_push_format(
	    list, "a VP runs while its thread is on a CPU, in the guest, in KVM or in the VMM");
	if (f->flight_ns)
		json_push_format(list, "the last %" PRIu64 " s of a flight recording",
				 f->flight_ns / 1000000000);
	if (!t)
		return list;
	if (t->seeds)
		json_push_format(list,
				 "timers that were armed before, read from KVM, as SEED: %" PRIu64,
				 t->seeds);
	if (t->by_hrtimer)
		json_push_format(list,
				 "TSC deadlines that the guest's TSC told otherwise than KVM's own "
				 "hrtimers, taken from these: %" PRIu64 ", of which %" PRIu64
				 " so far ahead that KVM's arithmetic overflows, which are never",
				 t->by_hrtimer, t->never);
	if (t->aways)
		json_push_format(list,
				 "times of more than 1 ms in which the machine under a CPU was "
				 "elsewhere, as AWAY: %" PRIu64 ", in all %" PRIu64 " us",
				 t->aways, t->away_ns / 1000);
	if (t->offsets)
		json_push_format(list, "TSC offsets that changed during the recording: %" PRIu64,
				 t->offsets);
	if (t->mode_changes)
		json_push_format(
		    list,
		    "changes between one-shot and periodic under a running timer, not in the "
		    "trace: %" PRIu64,
		    t->mode_changes);
	if (t->closed && !t->holes)
		json_push_format(list,
				 "runs that were closed because a switch was not seen: %" PRIu64,
				 t->closed);
	if (f->late)
		json_push_format(
		    list,
		    "events that came too late to be sorted in, their time was raised: %" PRIu64,
		    f->late);
	if (f->count->missed)
		json_push_format(
		    list, "the CPU of events missed by recursion is not known, their LOST events "
			  "name LP 0");
	if (f->count->no_room)
		json_push_format(
		    list, "sightings of vCPUs that the kernel side had no room for: %" PRIu64,
		    f->count->no_room);
	return list;
}

void header_fill(json_t *more, const struct header_facts *f)
{
	json_put(more, "source", source(f));
	json_put_text(more, "class", nested() ? "nested" : "bare-metal");
	json_put(more, "host_model", host_model(f));
	json_put(more, "probes", probes_json(f->probes));
	json_put(more, "unseen", unseen(f));
	json_put(more, "notes", notes(f));
	if (f->tally) {
		json_put(more, "recorded", recorded(f->tally));
		json_put(more, "guest_tsc", convert_tsc_json(f->convert));
		json_put_u64(more, "unseen_ticks", f->tally->unseen_ticks);
	}
	if (f->count && f->tally)
		json_put(more, "accounts", accounts(f));
}
