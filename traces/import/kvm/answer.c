/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "traces/base/cli.h"

#define RECORD "trace-cmd record -C mono -e kvm -e sched -e timer -e irq_vectors:local_timer_entry"

static uint64_t seen(const struct kvm_scan *s, const char *event)
{
	json_int_t n =
	    json_integer_value(json_object_get(json_object_get(s->file->report, "seen"), event));

	return n > 0 ? (uint64_t)n : 0;
}

static uint64_t seen_stimers(const struct kvm_scan *s)
{
	return seen(s, "kvm_hv_stimer_set_config") + seen(s, "kvm_hv_stimer_set_count") +
	       seen(s, "kvm_hv_stimer_start_one_shot") + seen(s, "kvm_hv_stimer_start_periodic") +
	       seen(s, "kvm_hv_stimer_expiration") + seen(s, "kvm_hv_stimer_callback");
}

/* Why no write of a guest's timer has a known deadline, and what to do. */
static void why_nothing(char *to, size_t n, const struct kvm_scan *s, const struct kvm_tally *t)
{
	static const char nothing[] = IMPORT_NOTHING;

	if (t->unknown_writes && s->clock.unknown)
		snprintf(
		    to, n,
		    "%s (%" PRIu64 " writes, the stamps' clock '%s' is not that of their "
		    "hrtimers, and no hrtimer_expire_entry tells how they lie); expected " RECORD,
		    nothing, t->unknown_writes, s->clock.name);
	else if (t->unknown_writes && !seen(s, "hrtimer_start") && !seen(s, "hrtimer_expire_entry"))
		snprintf(to, n,
			 "%s (%" PRIu64 " writes, and no hrtimer_start events to tell when they "
			 "are due); expected " RECORD,
			 nothing, t->unknown_writes);
	else if (t->unknown_writes)
		snprintf(to, n,
			 "%s (%" PRIu64 " writes that no hrtimer, exit of the preemption timer or "
			 "injection explains); expected " RECORD,
			 nothing, t->unknown_writes);
	else if (seen(s, "stimer_msr_writes"))
		snprintf(to, n,
			 "%s (the guests use Hyper-V's timers, and there are no kvm_hv_stimer%s "
			 "events); expected " RECORD,
			 nothing, seen_stimers(s) ? "_set_config and _set_count" : "");
	else if (!seen(s, "kvm_msr") && !seen(s, "kvm_apic") && !seen_stimers(s))
		snprintf(to, n, "%s (no kvm_msr and no kvm_apic events); expected " RECORD,
			 nothing);
	else if (t->unseen_ticks)
		snprintf(to, n,
			 "%s (%" PRIu64 " ticks are of timers that were armed before the capture "
			 "began); expected a recording that begins before its guests do",
			 nothing, t->unseen_ticks);
	else
		snprintf(to, n,
			 "%s (no guest wrote one); expected a longer recording, of guests at work",
			 nothing);
}

void kvm_answer(const struct import_options *o, const struct kvm_scan *s, const struct kvm_tally *t)
{
	uint64_t arms = t->arms_tsc + t->arms_lapic + t->arms_stimer;
	uint64_t lost = t->schedule.forced_out;
	struct import_verdict *v = o->verdict;

	if (arms && t->unknown_writes)
		vt_warn(o->capture,
			"%" PRIu64 " of %" PRIu64 " timer writes have no known deadline and are "
			"left out; expected " RECORD,
			t->unknown_writes, arms + t->unknown_writes);
	if (t->other_timers || t->other_fires)
		vt_warn(o->capture,
			"%" PRIu64 " timer writes and %" PRIu64
			" expiries are of other timers than "
			"the one that their vCPU uses most: left out, as a VP has one",
			t->other_timers, t->other_fires);
	if (t->by_hrtimer)
		vt_warn(o->capture,
			"%" PRIu64 " of %" PRIu64 " TSC deadlines lie elsewhere by the guest's TSC "
			"than by KVM's own hrtimer: taken from the hrtimer (%" PRIu64
			" never within the trace)",
			t->by_hrtimer, t->arms_tsc, t->never);
	if (!v)
		return;
	if (import_stamps_disagree(lost, t->runs))
		snprintf(v->why, sizeof(v->why),
			 "who ran is not known: %" PRIu64 " of %" PRIu64 " runs end where another "
			 "CPU shows the vCPU, so the CPUs' stamps (clock %s) do not go together; "
			 "expected " RECORD,
			 lost, t->runs, s->clock.name);
	else if (s->clock.apart_ns)
		snprintf(v->why, sizeof(v->why),
			 "who ran is not known: by the hrtimers that expire on them the CPUs' "
			 "stamps (clock %s) are %" PRId64 " us apart; expected " RECORD,
			 s->clock.name, s->clock.apart_ns / 1000);
	else if (!arms && !t->seeds)
		why_nothing(v->why, sizeof(v->why), s, t);
}
