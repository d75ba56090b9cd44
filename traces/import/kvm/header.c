/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/header.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/header_json.h"

enum { EEVDF_MAJOR = 6, EEVDF_MINOR = 6 };

static const json_t *report(const struct kvm_header *h, const char *key)
{
	return json_object_get(h->scan->file->report, key);
}

static uint64_t reported(const struct kvm_header *h, const char *key)
{
	json_int_t n = json_integer_value(report(h, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* "Linux HOST RELEASE MACHINE": the release. False if the file does not say it. */
static bool release(const struct kvm_header *h, char to[64])
{
	const char *uname = json_string_value(report(h, "uname"));

	return uname && sscanf(uname, "%*s %*s %63s", to) == 1;
}

static void set_signed(json_t *object, const char *key, int64_t value)
{
	header_set(object, key, json_integer(value));
}

static json_t *clock_json(const struct kvm_clock *c)
{
	json_t *object = json_object();

	header_set_text(object, "name", c->name);
	header_set_u64(object, "hz", c->hz);
	header_set_text(object, "method", c->method);
	header_set_u64(object, "samples", c->samples);
	/* Of hrtimer_expire_entry: its stamp minus the monotonic time that it carries. */
	set_signed(object, "stamp_delay_p50_ns", c->p50_ns);
	set_signed(object, "stamp_delay_p99_ns", c->p99_ns);
	return object;
}

/* The guest TSC of each VP: counter = offset + capture clock * hz / clock hz. */
static json_t *guest_tsc(const struct kvm_header *h)
{
	const struct kvm_scan *s = h->scan;
	json_t *list = json_array();

	for (uint32_t i = 0; i < s->vps; i++) {
		const struct kvm_vp *vp = &s->vp[h->vms->order[i]];
		const struct kvm_fit *f = &vp->fit;
		json_t *object, *residual;

		if (!f->ok)
			continue;
		object = json_object();
		residual = json_object();
		header_set_u64(object, "vp", i);
		header_set_u64(object, "hz", (uint64_t)kvm_scale((int64_t)s->clock.hz, f->slope));
		set_signed(object, "offset", (int64_t)kvm_fit_offset(f, &s->clock, 0));
		header_set_u64(object, "pairs", vp->pairs.seen);
		header_set_u64(object, "rewrites", f->segments - 1);
		set_signed(residual, "median", f->median_ns);
		set_signed(residual, "p99_from_median", f->p99_ns);
		set_signed(residual, "min", f->min_ns);
		set_signed(residual, "max", f->max_ns);
		header_set(object, "expires_minus_deadline_ns", residual);
		if (json_array_append_new(list, object))
			abort();
	}
	return list;
}

static json_t *source(const struct kvm_header *h)
{
	json_t *object = json_object();
	char *command = import_command("trace-cmd", h->options), kernel[64];

	header_set_text(object, "hypervisor", "KVM");
	if (release(h, kernel))
		header_set_text(object, "version", kernel);
	header_set_text(object, "tool", "trace-cmd");
	header_set_u64(object, "format", h->layout->version);
	header_set_text(object, "capture", import_basename(h->options->capture));
	header_set_text(object, "capture_sha256", h->sha256);
	header_set_text(object, "command", command);
	header_set_u64(object, "records", reported(h, "records"));
	header_set(object, "clock", clock_json(&h->scan->clock));
	header_set(object, "guest_tsc", guest_tsc(h));
	if (report(h, "seen"))
		header_set(object, "seen", json_deep_copy(report(h, "seen")));
	free(command);
	return object;
}

static json_t *host_model(const struct kvm_header *h)
{
	json_t *model = json_object();
	const char *scheduler = h->options->scheduler;
	unsigned major, minor;
	char kernel[64];

	/* KVM's hrtimers have no slack, and Linux's fair schedulers no timer but the tick. */
	header_set_u64(model, "slop_ns", 0);
	header_set_u64(model, "slice_ns", 0);
	if (!scheduler && release(h, kernel) && sscanf(kernel, "%u.%u", &major, &minor) == 2)
		scheduler = major > EEVDF_MAJOR || (major == EEVDF_MAJOR && minor >= EEVDF_MINOR)
				? "eevdf"
				: "cfs";
	if (scheduler)
		header_set_text(model, "scheduler", scheduler);
	if (h->scan->tick_hz)
		header_set_u64(model, "tick_hz", h->scan->tick_hz);
	if (h->scan->tick_phase_ns)
		header_set_u64(model, "tick_phase_ns", h->scan->tick_phase_ns);
	return model;
}

static void add(json_t *object, const char *key, uint64_t n)
{
	json_int_t old = json_integer_value(json_object_get(object, key));

	if (n)
		header_set_u64(object, key, (uint64_t)(old > 0 ? old : 0) + n);
}

static json_t *skipped(const struct kvm_header *h)
{
	json_t *object =
	    report(h, "skipped") ? json_deep_copy(report(h, "skipped")) : json_object();

	/* Of other interrupts than the timer's. */
	add(object, "kvm_apic_accept_irq", h->tally->other_vectors + h->tally->no_vp_pend);
	add(object, "kvm_eoi", h->tally->other_eois);
	return object;
}

static bool saw(const struct kvm_header *h, const char *event)
{
	return json_integer_value(json_object_get(report(h, "seen"), event)) > 0;
}

static json_t *unseen(const struct kvm_header *h)
{
	json_t *list = json_array();

	header_say(
	    list, "timers that were armed, modes and masks that were set before the capture began");
	header_say(
	    list, "writes of the VMM itself (KVM_SET_MSRS, KVM_SET_LAPIC), timers that hardware or "
		  "userspace keeps");
	header_say(list, "yields: a runnable vCPU that is switched out counts as preempted");
	if (!saw(h, "kvm_msr"))
		header_say(list, "kvm_msr: so no TSC-deadline writes");
	if (!saw(h, "kvm_apic"))
		header_say(
		    list,
		    "kvm_apic: so no register writes of the local APIC timer but those of x2APIC");
	if (!saw(h, "hrtimer_expire_entry"))
		header_say(list, "hrtimer_expire_entry: so no expiries");
	if (!saw(h, "kvm_apic_accept_irq"))
		header_say(list, "kvm_apic_accept_irq: so no injections");
	if (!saw(h, "sched_wakeup") && !saw(h, "sched_waking"))
		header_say(list, "sched_wakeup and sched_waking: so no wake-ups");
	if (!saw(h, "local_timer_entry"))
		header_say(list, "local_timer_entry: so not the host's timer interrupts");
	if (h->tally->schedule.gaps)
		header_say(list, "what happened while events were lost (LOST events)");
	return list;
}

static void say_guest_tsc(json_t *list, const struct kvm_header *h)
{
	uint32_t known = 0;
	int64_t worst = 0;

	for (uint32_t i = 0; i < h->scan->vps; i++) {
		const struct kvm_fit *f = &h->scan->vp[i].fit;

		known += f->ok;
		if (f->ok && f->p99_ns > worst)
			worst = f->p99_ns;
	}
	if (known)
		header_say(list,
			   "guest TSCs converted away: TSC deadlines by a fit to the hrtimers that "
			   "KVM set for "
			   "them, %" PRIu32 " of %" PRIu32
			   " VPs, p99 of the residual at most %" PRId64 " ns",
			   known, h->scan->vps, worst);
}

static json_t *notes(const struct kvm_header *h)
{
	const struct kvm_tally *t = h->tally;
	const struct kvm_scan *s = h->scan;
	const json_t *missing = report(h, "missing");
	json_t *list = json_array();

	say_guest_tsc(list, h);
	if (s->clock.blind)
		header_say(
		    list,
		    "no hrtimer_expire_entry: the trace clock '%s' is taken for the monotonic one",
		    s->clock.name);
	if (!h->options->class_name)
		header_say(list, "the class of the machine was not given (--class)");
	if (s->vps)
		header_say(
		    list,
		    "a domain is the thread id of its vCPU 0; trace-cmd does not record processes");
	header_say_count(list, h->vms->by_tsc, "vCPUs grouped to VMs by their guest TSC");
	header_say_count(list, h->vms->by_tid,
			 "vCPUs grouped to VMs by the order of their threads");
	header_say_count(list, h->vms->alone,
			 "vCPUs whose VM is not known, each a domain of its own");
	for (size_t i = 0; i < json_array_size(missing); i++)
		header_say(list, "%s lacks the fields that are read, passed over",
			   json_string_value(json_array_get(missing, i)));
	header_say_count(list, reported(h, "instances"), "buffer instances, not read");
	header_say_count(list, reported(h, "backward"),
			 "events stamped before the one in front, moved up to it");
	header_say_count(list, s->duplicates, "x2APIC writes logged twice, counted once");
	header_say_count(list, s->ignored_writes,
			 "timer writes that KVM drops in the mode of LVTT, skipped");
	header_say_count(list, s->restarts, "hrtimers started again without a guest's write");
	header_say_count(list, t->resets, "timers stopped by a change of LVTT's mode, as DISARM");
	header_say_count(list, t->blind_deadlines,
			 "timer writes whose deadline cannot be told, taken as due at once");
	header_say_count(list, t->foreign_fires,
			 "expiries of timers of unknown vCPUs, without an event");
	header_say_count(list, t->other_vectors, "injections of other interrupts than the timer's");
	header_say_count(list, t->no_vp_pend, "injections outside vCPU threads, skipped");
	header_say_count(list, t->early_wakes,
			 "wake-ups before the switch to sleep was done, put behind it");
	header_say_count(list, t->counter_writes, "guest TSC writes, converted away");
	header_say_count(list, t->schedule.gaps, "gaps of lost events");
	header_say_count(list, t->schedule.forced_out,
			 "runs closed as lost because the capture shows another thread there");
	header_say_count(list, t->schedule.forced_in,
			 "runs opened without a switch because the thread's events show it");
	return list;
}

void kvm_header(struct trace_meta *meta, const struct kvm_header *h)
{
	const struct kvm_scan *s = h->scan;

	meta->clock_hz = s->clock.hz;
	meta->end = s->file->t1 - s->file->t0;
	meta->lps = s->file->cpus ? s->file->cpus : 1;
	for (uint32_t i = 0; i < s->vps; i++) {
		const struct kvm_vp *vp = &s->vp[h->vms->order[i]];

		trace_meta_add_vp(meta, vp->domain, vp->vcpu_number, NULL);
	}
	header_set(meta->more, "source", source(h));
	header_set(meta->more, "host_model", host_model(h));
	if (h->options->class_name)
		header_set_text(meta->more, "class", h->options->class_name);
	if (h->layout->cut)
		header_set(meta->more, "truncated", json_true());
	if (!h->tally)
		return;
	header_set_u64(meta->more, "unseen_ticks", h->tally->unseen_ticks);
	header_set(meta->more, "skipped", skipped(h));
	header_set(meta->more, "unseen", unseen(h));
	header_set(meta->more, "notes", notes(h));
}
