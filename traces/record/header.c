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
#include "traces/record/kernel_facts.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		abort();
}

static void set_u64(json_t *object, const char *key, uint64_t value)
{
	set(object, key, json_integer((json_int_t)(value < INT64_MAX ? value : INT64_MAX)));
}

static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text);

	/* A command line may hold any bytes. */
	set(object, key, value ? value : json_string("(not UTF-8)"));
}

__attribute__((format(printf, 2, 3))) static void say(json_t *list, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (json_array_append_new(list, json_string(text)))
		abort();
}

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
	set_text(source, "hypervisor", "KVM");
	if (!uname(&u))
		set_text(source, "version", u.release);
	set_text(source, "tool", tool);
	set_text(source, "command", f->command);
	set_text(clock, "name", "CLOCK_MONOTONIC");
	set_u64(clock, "tsc_hz", f->clock->hz);
	set(source, "clock", clock);
	return source;
}

/* Linux arms no timer for a time slice (without HRTICK, off by default): its tick looks after it.
 */
static json_t *host_model(void)
{
	json_t *model = json_object();
	uint32_t hz = kernel_tick_hz();
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (!uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2)
		set_text(model, "scheduler",
			 major > 6 || (major == 6 && minor >= 6) ? "eevdf" : "cfs");
	set_u64(model, "slop_ns", 0);
	set_u64(model, "slice_ns", 0);
	if (hz)
		set_u64(model, "tick_hz", hz);
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
	json_t *o = json_object(), *writes = json_object(), *timers = json_object(), *residual;

	set_u64(writes, "deadline", t->arms_tsc);
	set_u64(writes, "deadline_zero", t->disarms_msr);
	set_u64(writes, "tmict", t->arms_tmict);
	set_u64(writes, "tmict_zero", t->disarms_tmict);
	set_u64(writes, "tdcr_rearmed", t->arms_tdcr);
	set_u64(writes, "lvtt", t->lvtt);
	set_u64(writes, "ignored", t->ignored);
	set_u64(timers, "started", t->started);
	set_u64(timers, "due_at_once", t->at_once);
	set_u64(timers, "fired", t->fired);
	set_u64(timers, "fired_periodic", t->fired_periodic);
	set_u64(timers, "fired_unarmed", t->fired_unarmed);
	set_u64(timers, "fired_unknown", t->fired_unknown);
	set_u64(timers, "cancelled", t->cancelled);
	set_u64(timers, "injected", t->pends);
	set(o, "writes", writes);
	set(o, "timers", timers);
	if (t->residuals) {
		residual = json_object();
		set_u64(residual, "count", t->residuals);
		set_u64(residual, "p50", residual_rank(t, 50));
		set_u64(residual, "p99", residual_rank(t, 99));
		set_u64(residual, "max", t->residual_max);
		set(o, "residual_ns", residual);
	}
	return o;
}

static const char *const type_name[RAW_TYPES] = {
	[RAW_VCPU] = "vcpu",	   [RAW_OUT] = "switch_out",	  [RAW_IN] = "switch_in",
	[RAW_WAKING] = "waking",   [RAW_WAKEUP] = "wakeup",	  [RAW_OFFSET] = "tsc_offset",
	[RAW_ARM_TSC] = "arm_tsc", [RAW_ARM_LAPIC] = "arm_lapic", [RAW_DISARM] = "disarm",
	[RAW_IGNORED] = "ignored", [RAW_LVTT] = "lvtt",		  [RAW_FIRE] = "fire",
	[RAW_PEND] = "pend",	   [RAW_TIMER_IRQ] = "timer_irq",
};

static json_t *accounts(const struct header_facts *f)
{
	json_t *o = json_object(), *hits = json_object(), *lost = json_object();

	set_u64(o, "hits", f->count->all_hits);
	set_u64(o, "recorded", f->recorded);
	set_u64(o, "lost", f->count->all_lost);
	for (int t = 0; t < RAW_TYPES; t++) {
		set_u64(hits, type_name[t], f->count->hits[t]);
		set_u64(lost, type_name[t], f->count->lost[t]);
	}
	set(o, "hits_by_type", hits);
	set(o, "lost_by_type", lost);
	set_u64(o, "recursion_misses", f->count->missed);
	set_u64(o, "holes", f->tally->holes);
	set_u64(o, "runs_closed", f->tally->closed);
	set_u64(o, "unseen_fires", f->tally->unseen_fires);
	set_u64(o, "unseen_switches", f->tally->unseen_switches);
	set_u64(o, "late", f->late);
	return o;
}

static json_t *unseen(const struct header_facts *f)
{
	json_t *list = json_array();

	say(list, "timers that were armed before the recording began, but for their ticks");
	say(list, "timers that a VMM sets itself (KVM_SET_MSRS, KVM_SET_LAPIC: a restored guest)");
	say(list, "VMs whose local APIC is the VMM's (no in-kernel irqchip), Hyper-V and Xen guest "
		  "timers");
	say(list, "expiries of the VMX preemption timer, and interrupts that another CPU injects "
		  "(pi_inject_timer)");
	if (f->tally && (f->tally->unseen_fires || f->tally->unseen_switches))
		say(list,
		    "%" PRIu64 " switch-ins and %" PRIu64
		    " expiries for which the kernel did not run the probe; "
		    "what follows from them shows them (LOST events)",
		    f->tally->unseen_switches, f->tally->unseen_fires);
	if (f->tally && f->tally->holes)
		say(list, "what happened while events were lost (LOST events)");
	return list;
}

static json_t *notes(const struct header_facts *f)
{
	const struct convert_tally *t = f->tally;
	json_t *list = json_array();

	say(list, "guest counters are the machine's: deadlines are converted from the guest's TSC");
	say(list, "a VP runs while its thread is on a CPU, in the guest, in KVM or in the VMM");
	if (f->flight_ns)
		say(list, "the last %" PRIu64 " s of a flight recording",
		    f->flight_ns / 1000000000);
	if (!t)
		return list;
	if (t->offsets)
		say(list, "TSC offsets that changed during the recording: %" PRIu64, t->offsets);
	if (t->mode_changes)
		say(list,
		    "changes between one-shot and periodic under a running timer, not in the "
		    "trace: %" PRIu64,
		    t->mode_changes);
	if (t->closed && !t->holes)
		say(list, "runs that were closed because a switch was not seen: %" PRIu64,
		    t->closed);
	if (f->late)
		say(list,
		    "events that came too late to be sorted in, their time was raised: %" PRIu64,
		    f->late);
	if (f->count->missed)
		say(list, "the CPU of events missed by recursion is not known, their LOST events "
			  "name LP 0");
	if (f->count->no_room)
		say(list, "sightings of vCPUs that the kernel side had no room for: %" PRIu64,
		    f->count->no_room);
	return list;
}

void header_fill(json_t *more, const struct header_facts *f)
{
	set(more, "source", source(f));
	set_text(more, "class", nested() ? "nested" : "bare-metal");
	set(more, "host_model", host_model());
	set(more, "probes", probes_json(f->probes));
	set(more, "unseen", unseen(f));
	set(more, "notes", notes(f));
	if (f->tally) {
		set(more, "recorded", recorded(f->tally));
		set(more, "guest_tsc", convert_tsc_json(f->convert));
		set_u64(more, "unseen_ticks", f->tally->unseen_ticks);
	}
	if (f->count && f->tally)
		set(more, "accounts", accounts(f));
}
