/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/header.h"
#include "traces/base/json.h"
#include "traces/import/kvm/tracecmd_threads.h"
#include "traces/import/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static json_t *clock_json(const struct kvm_clock *c)
{
	json_t *object = json_object();

	json_put_text(object, "name", c->name);
	json_put_u64(object, "hz", c->hz);
	json_put_text(object, "method", c->method);
	json_put_u64(object, "samples", c->samples);
	/* Of hrtimer_expire_entry: its stamp minus the monotonic time that it carries. */
	json_put(object, "stamp_delay_p50_ns", json_integer(c->p50_ns));
	json_put(object, "stamp_delay_p99_ns", json_integer(c->p99_ns));
	return object;
}

/* The guest TSC of each VP: counter = offset + capture clock * hz / clock hz. */
static json_t *guest_tsc(const struct kvm_header *h)
{
	const struct kvm_scan *s = h->scan;
	json_t *list = json_array();

	for (uint32_t i = 0; i < h->vms->vps; i++) {
		const struct kvm_vp *vp = &s->vp[h->vms->order[i]];
		const struct kvm_fit *f = &vp->fit;
		json_t *object, *residual;

		if (!f->ok)
			continue;
		object = json_object();
		residual = json_object();
		json_put_u64(object, "vp", i);
		json_put_u64(object, "hz", (uint64_t)kvm_scale((int64_t)s->clock.hz, f->slope));
		json_put(object, "offset", json_integer((int64_t)kvm_fit_offset(f, &s->clock, 0)));
		json_put_u64(object, "pairs", vp->pairs.seen);
		json_put_u64(object, "rewrites", f->segments - 1);
		json_put(residual, "median", json_integer(f->median_ns));
		json_put(residual, "p99_from_median", json_integer(f->p99_ns));
		json_put(residual, "min", json_integer(f->min_ns));
		json_put(residual, "max", json_integer(f->max_ns));
		json_put(object, "expires_minus_deadline_ns", residual);
		json_push(list, object);
	}
	return list;
}

static json_t *source(const struct kvm_header *h)
{
	json_t *object = json_object();
	char *command = import_command("trace-cmd", h->options), kernel[64];

	json_put_text(object, "hypervisor", "KVM");
	if (release(h, kernel))
		json_put_text(object, "version", kernel);
	json_put_text(object, "tool", "trace-cmd");
	json_put_u64(object, "format", h->layout->version);
	json_put_text(object, "capture", import_basename(h->options->capture));
	json_put_text(object, "capture_sha256", h->sha256);
	json_put_text(object, "command", command);
	json_put_u64(object, "records", reported(h, "records"));
	json_put(object, "clock", clock_json(&h->scan->clock));
	json_put(object, "guest_tsc", guest_tsc(h));
	if (report(h, "seen"))
		json_put(object, "seen", json_deep_copy(report(h, "seen")));
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
	json_put_u64(model, "slop_ns", 0);
	json_put_u64(model, "slice_ns", 0);
	if (!scheduler && release(h, kernel) && sscanf(kernel, "%u.%u", &major, &minor) == 2)
		scheduler = major > EEVDF_MAJOR || (major == EEVDF_MAJOR && minor >= EEVDF_MINOR)
				? "eevdf"
				: "cfs";
	if (scheduler)
		json_put_text(model, "scheduler", scheduler);
	if (h->scan->tick_hz)
		json_put_u64(model, "tick_hz", h->scan->tick_hz);
	if (h->scan->tick_phase_ns)
		json_put_u64(model, "tick_phase_ns", h->scan->tick_phase_ns);
	if (h->tally && h->tally->tick_idle)
		json_put_text(model, "tick_idle", h->tally->tick_idle);
	return model;
}

static void add(json_t *object, const char *key, uint64_t n)
{
	json_int_t old = json_integer_value(json_object_get(object, key));

	if (n)
		json_put_u64(object, key, (uint64_t)(old > 0 ? old : 0) + n);
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

	json_push_format(list,
			 "timers that were armed before the capture began%s, modes and masks that "
			 "were set before",
			 h->options->no_infer
			     ? ""
			     : " and of which it shows too little to tell when they are due");
	json_push_format(
	    list, "writes of the VMM itself (KVM_SET_MSRS, KVM_SET_LAPIC), timers that hardware or "
		  "userspace keeps");
	json_push_format(list, "yields: a runnable vCPU that is switched out counts as preempted");
	if (!saw(h, "kvm_msr"))
		json_push_format(list, "kvm_msr: so no TSC-deadline writes");
	if (!saw(h, "kvm_apic"))
		json_push_format(
		    list,
		    "kvm_apic: so no register writes of the local APIC timer but those of x2APIC");
	if (!h->scan->exits)
		json_push_format(list, "kvm_exit: so a vCPU thread that sleeps counts as halted");
	else if (!saw(h, "kvm_userspace_exit"))
		json_push_format(
		    list, "kvm_userspace_exit: so not which halts the VMM itself deals with");
	if (!saw(h, "hrtimer_expire_entry"))
		json_push_format(list, "hrtimer_expire_entry: so no expiries");
	if (!saw(h, "kvm_apic_accept_irq"))
		json_push_format(list, "kvm_apic_accept_irq: so no injections");
	if (!saw(h, "sched_wakeup") && !saw(h, "sched_waking"))
		json_push_format(list, "sched_wakeup and sched_waking: so no wake-ups");
	if (!saw(h, "local_timer_entry"))
		json_push_format(list, "local_timer_entry: so not the host's timer interrupts");
	if (h->tally->schedule.gaps)
		json_push_format(list, "what happened while events were lost (LOST events)");
	return list;
}

static void say_guest_tsc(json_t *list, const struct kvm_header *h)
{
	uint32_t known = 0;
	int64_t worst = 0;

	for (uint32_t i = 0; i < h->vms->vps; i++) {
		const struct kvm_fit *f = &h->scan->vp[h->vms->order[i]].fit;

		known += f->ok;
		if (f->ok && f->p99_ns > worst)
			worst = f->p99_ns;
	}
	if (known)
		json_push_format(
		    list,
		    "guest TSCs converted away: TSC deadlines by a fit to the hrtimers that "
		    "KVM set for "
		    "them, %" PRIu32 " of %" PRIu32 " VPs, p99 of the residual at most %" PRId64
		    " ns",
		    known, h->vms->vps, worst);
}

static void say_away(json_t *list, const struct kvm_scan *s)
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < s->away.n; i++)
		ticks += s->away.item[i].until - s->away.item[i].from;
	if (s->away.n)
		json_push_format(list,
				 "times of more than 1 ms in which the machine under a CPU was "
				 "elsewhere, as AWAY: %zu, in all %" PRId64 " us",
				 s->away.n, kvm_ticks_to_ns(&s->clock, (int64_t)ticks) / 1000);
}

static json_t *seeds(const struct kvm_header *h, const struct trace_meta *meta)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < h->vms->vps; i++) {
		const struct kvm_seed *s = &h->scan->vp[h->vms->order[i]].seed;

		if (s->given)
			notes_add_seed(list, meta,
				       &(struct notes_seed){ i, s->dev, s->deadline, s->period, 0,
							     s->by == KVM_SEED_STARTS
								 ? "starts of its hrtimer"
								 : "its expiries" });
	}
	return list;
}

/* Threads of vCPUs whose id another thread had before. */
static uint64_t again(const struct kvm_scan *s)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < s->vps; i++)
		n += tracecmd_threads_id(s->vp[i].tid) != s->vp[i].tid;
	return n;
}

static json_t *notes(const struct kvm_header *h, const json_t *seeds)
{
	const struct kvm_tally *t = h->tally;
	const struct kvm_scan *s = h->scan;
	const json_t *missing = report(h, "missing");
	json_t *list = json_array();

	say_guest_tsc(list, h);
	if (s->clock.blind)
		json_push_format(
		    list,
		    "no hrtimer_expire_entry: the trace clock '%s' is taken for the monotonic one",
		    s->clock.name);
	if (!h->options->class_name)
		json_push_format(list, "the class of the machine was not given (--class)");
	if (s->vps)
		json_push_format(
		    list,
		    "a domain is the thread id of its vCPU 0; trace-cmd does not record processes");
	notes_count(list, h->vms->by_tsc, "vCPUs grouped to VMs by their guest TSC");
	notes_count(list, h->vms->by_tid, "vCPUs grouped to VMs by the order of their threads");
	notes_count(list, h->vms->again,
		    "threads of vCPUs that were plugged again after their first thread had ended");
	notes_count(list, again(s),
		    "threads of vCPUs with an id that others had before them: 4194304 is added to "
		    "it for each of those");
	notes_count(list, h->vms->alone, "vCPUs whose VM is not known, each a domain of its own");
	for (size_t i = 0; i < json_array_size(missing); i++)
		json_push_format(list, "%s lacks the fields that are read, passed over",
				 json_string_value(json_array_get(missing, i)));
	for (size_t i = 0; i < json_array_size(report(h, "instances")); i++)
		json_push_format(list, "events of the buffer instance '%s' are among them",
				 json_string_value(json_array_get(report(h, "instances"), i)));
	notes_count(list, reported(h, "backward"),
		    "events stamped before the one in front, moved up to it");
	notes_count(list, s->duplicates, "x2APIC writes logged twice, counted once");
	notes_count(list, s->ignored_writes,
		    "timer writes that KVM drops in the mode of LVTT, skipped");
	notes_count(list, s->restarts, "hrtimers started again without a guest's write");
	notes_count(list, t->resets, "timers stopped by a change of LVTT's mode, as DISARM");
	if (t->by_hrtimer)
		json_push_format(list,
				 "TSC deadlines that the guest's TSC told otherwise than KVM's own "
				 "hrtimers, taken from these: %" PRIu64 ", of which %" PRIu64
				 " never within the trace",
				 t->by_hrtimer, t->never);
	notes_count(list, t->early,
		    "hrtimers set more than 10 us early, as the host was held up while KVM read "
		    "its clocks");
	if (s->clock.shift_ns)
		json_push_format(list,
				 "stamps are not the monotonic time that they are called: %" PRId64
				 " ns were added (a date or an offset of trace-cmd), taken away",
				 s->clock.shift_ns);
	notes_count(list, s->clock.steps,
		    "times that the host was suspended, in which hrtimers stood still");
	notes_seeds(list, seeds);
	notes_count(list, t->unknown_writes,
		    "timer writes whose deadline nothing tells, without an event");
	notes_count(list, t->from_exits,
		    "deadlines that are the time of their VMX preemption timer's exit");
	notes_count(list, t->arms_stimer, "writes of Hyper-V's synthetic timers, as of a LAPIC");
	notes_count(list, t->other_timers,
		    "writes of other timers of a vCPU than the one it uses most, without an event");
	notes_count(list, t->other_fires,
		    "expiries of other timers of a vCPU than the one it uses most, without an "
		    "event");
	notes_count(list, t->foreign_fires,
		    "expiries of timers of unknown vCPUs, without an event");
	notes_count(list, t->other_vectors, "injections of other interrupts than the timer's");
	notes_count(list, t->no_vp_pend, "injections outside vCPU threads, skipped");
	notes_count(list, t->early_wakes,
		    "wake-ups before the switch to sleep was done, put behind it");
	notes_count(list, t->blind_sleeps,
		    "sleeps of vCPU threads that count as halts, as kvm_exit was not recorded");
	notes_count(list, t->counter_writes, "guest TSC writes, converted away");
	notes_count(list, t->schedule.gaps, "gaps of lost events");
	say_away(list, s);
	notes_count(list, t->schedule.forced_out,
		    "runs closed as lost because the capture shows another thread there");
	notes_count(list, t->schedule.forced_in,
		    "runs opened without a switch because the thread's events show it");
	return list;
}

void kvm_header(struct trace_meta *meta, const struct kvm_header *h)
{
	const struct kvm_scan *s = h->scan;
	json_t *told;

	meta->clock_hz = s->clock.hz;
	meta->end = s->file->t1 - s->file->t0;
	meta->lps = s->file->cpus ? s->file->cpus : 1;
	for (uint32_t i = 0; i < h->vms->vps; i++) {
		const struct kvm_vp *vp = &s->vp[h->vms->order[i]];

		trace_meta_add_vp(meta, vp->domain, vp->vcpu_number, NULL);
	}
	json_put(meta->more, "source", source(h));
	json_put(meta->more, "host_model", host_model(h));
	if (h->options->class_name)
		json_put_text(meta->more, "class", h->options->class_name);
	if (h->layout->cut)
		json_put(meta->more, "truncated", json_true());
	if (!h->tally)
		return;
	json_put_u64(meta->more, "unseen_ticks", h->tally->unseen_ticks);
	told = seeds(h, meta);
	add(meta->more, "deadlines_from_exits", h->tally->from_exits);
	add(meta->more, "unknown_writes", h->tally->unknown_writes);
	json_put(meta->more, "skipped", skipped(h));
	json_put(meta->more, "unseen", unseen(h));
	json_put(meta->more, "notes", notes(h, told));
	if (h->tally->seeds)
		json_put(meta->more, "seeds", told);
	else
		json_decref(told);
}
