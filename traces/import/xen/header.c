/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/header.h"
#include "traces/base/json.h"
#include "traces/import/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *source(const struct import_options *o, const struct xen_scan *s,
		      const struct clock_rate *rate)
{
	json_t *source = json_object(), *clock = json_object();
	char *command = import_command("xentrace", o);

	json_put_text(source, "hypervisor", "Xen");
	json_put_text(source, "tool", "xentrace");
	json_put_text(source, "capture", import_basename(o->capture));
	json_put_text(source, "capture_sha256", s->sha256);
	json_put_text(source, "command", command);
	json_put_u64(source, "records", s->records);
	json_put_u64(clock, "hz", rate->hz);
	json_put_text(clock, "method", rate->method);
	json_put_u64(clock, "samples", rate->samples);
	json_put_u64(clock, "spread_ppm", rate->spread_ppm);
	json_put(source, "clock", clock);
	free(command);
	return source;
}

/* What is known of the host's own timers (DESIGN section 4). */
static json_t *host_model(const struct import_options *o, const struct xen_scan *s)
{
	const char *scheduler = o->scheduler ? o->scheduler : xen_scan_scheduler(s);
	uint64_t slice = xen_scan_slice(s), said = slice;
	json_t *model = json_object();

	json_put_u64(model, "slop_ns", XEN_SLOP_NS);
	if (scheduler) {
		bool credit = !strcmp(scheduler, "credit");

		json_put_text(model, "scheduler", scheduler);
		/* csched_tick runs every 10 ms (CSCHED_TICKS_PER_TSLICE 3, tslice 30 ms); the
		 * others have no periodic tick. */
		json_put_u64(model, "tick_hz", credit ? 100 : 0);
		if (credit && !slice)
			slice = 30000000;
	}
	if (slice)
		json_put_u64(model, "slice_ns", slice);
	if (said)
		json_put_text(model, "slices", "recorded");
	return model;
}

static json_t *skipped(const struct xen_tally *t)
{
	struct word_entry *all = word_map_sorted(&t->skipped);
	json_t *object = json_object();
	char id[16];

	for (size_t i = 0; i < t->skipped.n; i++) {
		snprintf(id, sizeof(id), "0x%08" PRIx32, all[i].key);
		json_put_u64(object, id, all[i].value);
	}
	if (t->skipped_more)
		json_put_u64(object, "more", t->skipped_more);
	free(all);
	return object;
}

static json_t *unseen(const struct xen_tally *t)
{
	json_t *list = json_array();

	json_push_format(list,
			 "one-shot timers that were armed before the capture began, and masks that "
			 "were set before");
	if (t->unseen_ticks)
		json_push_format(list,
				 "periodic timers that were armed before, if their ticks lie on no "
				 "line: %" PRIu64 " ticks",
				 t->unseen_ticks);
	json_push_format(
	    list, "expiries of one-shot guest timers, and when a guest took an interrupt (ACK)");
	if (!t->register_writes)
		json_push_format(list,
				 "register writes of the local APIC timer: so no masks, and every "
				 "timer counts as "
				 "lapic, TSC-deadline ones too");
	if (!t->machine_timer)
		json_push_format(
		    list, "the machine's own timer: how it was programmed, and its interrupts");
	if (t->pv_writes_blind)
		json_push_format(list, "deadlines of %" PRIu64 " PV timer hypercalls",
				 t->pv_writes_blind);
	if (t->schedule.gaps)
		json_push_format(list, "what happened while records were lost (LOST events)");
	return list;
}

static json_t *seeds(const struct trace_meta *meta, const struct xen_tally *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->seeds->n; i++) {
		const struct xen_seed *s = &t->seeds->seed[i];

		notes_add_seed(list, meta,
			       &(struct notes_seed){ s->vp, TRACE_LAPIC, s->deadline, s->period,
						     s->slip_ns, s->by });
	}
	return list;
}

/* What is even on Xen's clock is not in the trace's time. */
static void say_stray(json_t *list, const struct xen_tally *t)
{
	uint64_t most;
	size_t n = xen_seeds_slip(t->seeds, &most);

	if (n)
		json_push_format(list,
				 "timers as SEED whose ticks are even on Xen's own clock alone: "
				 "%zu; those of a replay and the recorded ones drift apart by up "
				 "to %" PRIu64 " us",
				 n, most / 1000);
	if (t->periodic && t->seeds->stray_ns > XEN_SLOP_NS)
		json_push_format(list,
				 "Xen's own clock, in which its timers are set, strays by up to "
				 "%" PRIu64 " us from the TSC: by as much the ticks of periodic "
				 "timers in a replay and the recorded ones may drift apart",
				 t->seeds->stray_ns / 1000);
}

static json_t *notes(const struct import_options *o, const struct xen_scan *s,
		     const struct clock_rate *rate, const struct xen_tally *t, const json_t *seeds)
{
	const struct schedule_tally *sched = &t->schedule;
	const uint64_t *unplaced = sched->unplaced;
	json_t *list = json_array();
	bool odd_ids = false;

	json_push_format(list,
			 "guest counters are the machine's: deadlines come from Xen's own ns, "
			 "offsets do not matter");
	if (!strcmp(rate->method, "assumed"))
		json_push_format(list,
				 "the capture is cut too early to measure its TSC rate: 1 GHz is "
				 "assumed, so times in "
				 "ns and deadlines mean nothing without --cpu-hz");
	if (!o->scheduler && !xen_scan_scheduler(s))
		json_push_format(list, "the capture does not show its scheduler (--scheduler)");
	if (!o->class_name)
		json_push_format(list, "the class of the machine was not given (--class)");
	for (uint32_t i = 0; i < s->pcpus; i++)
		odd_ids |= s->pcpu[i].id != i;
	if (odd_ids)
		json_push_format(list,
				 "pCPUs are not numbered without gaps: LPs are numbered in their "
				 "order, see lp_pcpu");
	notes_count(list, s->before_tsc, "records of a pCPU before its first TSC, skipped");
	notes_count(list, t->pv_writes_blind, "PV timer writes without a deadline");
	notes_seeds(list, seeds);
	say_stray(list, t);
	notes_count(list, t->pv_deadlines,
		    "PV timer writes with a deadline, kept as lapic one-shots");
	notes_count(list, t->counter_writes, "guest TSC writes, converted away");
	notes_count(list, t->offline_idle,
		    "changes to offline of a VP that did not run, without an event (its timer "
		    "stays armed)");
	notes_count(list, t->gone_offline,
		    "VPs that never ran again, and Xen took them offline as they did not run: "
		    "their last SCHED_OUT is offline");
	notes_count(list, t->gone_asleep,
		    "VPs that never woke again, though their timer was due: their last SCHED_OUT "
		    "is offline");
	notes_count(
	    list, t->in_pv,
	    "local APIC timer records while a PV VP ran, which has none: of a guest that it "
	    "restores, left out");
	notes_count(list, t->in_hypercall,
		    "local APIC timer writes in a hypercall, of a guest that the VP restores, left "
		    "out");
	notes_count(list, sched->gaps - t->cut_lps, "gaps of lost records");
	notes_count(list, t->cut_lps,
		    "LPs whose records end before the capture's, closed with LOST");
	notes_count(list, unplaced[TRACE_ARM], "timer starts while no VP ran there, skipped");
	notes_count(list, unplaced[TRACE_DISARM], "timer stops while no VP ran there, skipped");
	notes_count(list, unplaced[TRACE_MASK], "LVTT writes while no VP ran there, skipped");
	notes_count(list, unplaced[TRACE_OBS_PEND] + unplaced[TRACE_OBS_FIRE],
		    "timer callbacks while no VP ran there, skipped");
	notes_count(list, unplaced[TRACE_EXIT] + unplaced[TRACE_ENTRY],
		    "VM exits and entries while no VP ran there, skipped");
	notes_count(list, sched->in_again + sched->seeds_twice,
		    "changes to running of a VP that ran there already, skipped");
	notes_count(list, sched->out_again,
		    "changes from running of a VP that did not run, skipped");
	notes_count(list, t->out_elsewhere,
		    "changes from running of a VP that ran on another LP by then, skipped");
	if (t->apart_ns)
		json_push_format(list,
				 "the pCPUs' TSCs are at least %" PRIu64
				 " us apart: VPs seem to run on two LPs at once, or are woken as "
				 "they run",
				 t->apart_ns / 1000);
	notes_count(list, t->odd_continue,
		    "CONTINUE_RUNNING of a VP that did not run there, skipped");
	notes_count(list, sched->forced_out,
		    "runs closed as lost because the capture shows another on that LP or "
		    "of that VP");
	return list;
}

void xen_header(struct trace_meta *meta, const struct import_options *o, const struct xen_scan *s,
		const struct clock_rate *rate, const struct xen_tally *tally)
{
	struct word_entry *vps = word_map_sorted(&s->vps);
	json_t *pcpus, *told;
	bool odd_ids = false;

	meta->clock_hz = rate->hz;
	meta->end = s->t1 - s->t0;
	meta->lps = s->pcpus ? s->pcpus : 1;
	for (size_t i = 0; i < s->vps.n; i++)
		trace_meta_add_vp(meta, vps[i].key >> 16, vps[i].key & 0xffff, NULL);
	free(vps);

	json_put(meta->more, "source", source(o, s, rate));
	json_put(meta->more, "host_model", host_model(o, s));
	if (o->class_name)
		json_put_text(meta->more, "class", o->class_name);
	if (s->truncated)
		json_put(meta->more, "truncated", json_true());
	pcpus = json_array();
	for (uint32_t i = 0; i < s->pcpus; i++) {
		odd_ids |= s->pcpu[i].id != i;
		json_push(pcpus, json_integer(s->pcpu[i].id));
	}
	if (odd_ids)
		json_put(meta->more, "lp_pcpu", pcpus);
	else
		json_decref(pcpus);
	if (!tally)
		return;
	json_put_u64(meta->more, "unseen_ticks", tally->unseen_ticks);
	json_put(meta->more, "skipped", skipped(tally));
	json_put(meta->more, "unseen", unseen(tally));
	told = seeds(meta, tally);
	json_put(meta->more, "notes", notes(o, s, rate, tally, told));
	if (json_array_size(told))
		json_put(meta->more, "seeds", told);
	else
		json_decref(told);
}
