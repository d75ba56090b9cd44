/* SPDX-License-Identifier: GPL-2.0-only */
#include "xen_header.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		abort();
}

static void set_u64(json_t *object, const char *key, uint64_t value)
{
	set(object, key, json_integer((json_int_t)(value < INT64_MAX ? value : INT64_MAX)));
}

/* A file's name may hold any bytes; JSON is UTF-8. */
static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text);

	if (!value) {
		char *plain = strdup(text);

		if (!plain)
			abort();
		for (char *p = plain; *p; p++)
			if (*p & '\x80')
				*p = '?';
		value = json_string(plain);
		free(plain);
	}
	set(object, key, value);
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

static json_t *source(const struct import_options *o, const struct xen_scan *s, const struct clock_rate *rate)
{
	json_t *source = json_object(), *clock = json_object();
	char *command = import_command("xentrace", o);

	set_text(source, "hypervisor", "Xen");
	set_text(source, "tool", "xentrace");
	set_text(source, "capture", import_basename(o->capture));
	set_text(source, "capture_sha256", s->sha256);
	set_text(source, "command", command);
	set_u64(source, "records", s->records);
	set_u64(clock, "hz", rate->hz);
	set_text(clock, "method", rate->method);
	set_u64(clock, "samples", rate->samples);
	set_u64(clock, "spread_ppm", rate->spread_ppm);
	set(source, "clock", clock);
	free(command);
	return source;
}

/* What is known of the host's own timers (DESIGN section 4). */
static json_t *host_model(const struct import_options *o, const struct xen_scan *s)
{
	const char *scheduler = o->scheduler ? o->scheduler : xen_scan_scheduler(s);
	uint64_t slice = xen_scan_slice(s);
	json_t *model = json_object();

	/* TIMER_SLOP, xen/common/timer.c: 50 us unless booted with timer_slop=. */
	set_u64(model, "slop_ns", 50000);
	if (scheduler) {
		bool credit = !strcmp(scheduler, "credit");

		set_text(model, "scheduler", scheduler);
		/* csched_tick runs every 10 ms (CSCHED_TICKS_PER_TSLICE 3, tslice 30 ms); the others
		 * have no periodic tick. */
		set_u64(model, "tick_hz", credit ? 100 : 0);
		if (credit && !slice)
			slice = 30000000;
	}
	if (slice)
		set_u64(model, "slice_ns", slice);
	return model;
}

static json_t *skipped(const struct xen_tally *t)
{
	struct word_entry *all = word_map_sorted(&t->skipped);
	json_t *object = json_object();
	char id[16];

	for (size_t i = 0; i < t->skipped.n; i++) {
		snprintf(id, sizeof(id), "0x%08" PRIx32, all[i].key);
		set_u64(object, id, all[i].value);
	}
	if (t->skipped_more)
		set_u64(object, "more", t->skipped_more);
	free(all);
	return object;
}

static json_t *unseen(const struct xen_tally *t)
{
	json_t *list = json_array();

	say(list, "one-shot timers that were armed before the capture began, and masks that were set before");
	say(list, "expiries of one-shot guest timers, and when a guest took an interrupt (ACK)");
	if (!t->register_writes)
		say(list, "register writes of the local APIC timer: so no masks, and every timer counts as "
			  "lapic, TSC-deadline ones too");
	if (!t->machine_timer)
		say(list, "the machine's own timer: how it was programmed, and its interrupts");
	if (t->pv_writes_blind)
		say(list, "deadlines of %" PRIu64 " PV timer hypercalls", t->pv_writes_blind);
	if (t->lost_gaps || t->cut_lps)
		say(list, "what happened while records were lost (LOST events)");
	return list;
}

static void say_count(json_t *list, uint64_t n, const char *what)
{
	if (n)
		say(list, "%s: %" PRIu64, what, n);
}

static json_t *notes(const struct import_options *o, const struct xen_scan *s, const struct clock_rate *rate,
		     const struct xen_tally *t)
{
	json_t *list = json_array();
	bool odd_ids = false;

	say(list,
	    "guest counters are the machine's: deadlines come from Xen's own ns, offsets do not matter");
	if (!strcmp(rate->method, "assumed"))
		say(list,
		    "the capture is cut too early to measure its TSC rate: 1 GHz is assumed, so times in "
		    "ns and deadlines mean nothing without --cpu-hz");
	if (!o->scheduler && !xen_scan_scheduler(s))
		say(list, "the capture does not show its scheduler (--scheduler)");
	if (!o->class_name)
		say(list, "the class of the machine was not given (--class)");
	for (uint32_t i = 0; i < s->pcpus; i++)
		odd_ids |= s->pcpu[i].id != i;
	if (odd_ids)
		say(list,
		    "pCPUs are not numbered without gaps: LPs are numbered in their order, see lp_pcpu");
	say_count(list, s->before_tsc, "records of a pCPU before its first TSC, skipped");
	say_count(list, t->pv_writes_blind, "PV timer writes without a deadline");
	say_count(list, t->pv_deadlines, "PV timer writes with a deadline, kept as lapic one-shots");
	say_count(list, t->counter_writes, "guest TSC writes, converted away");
	say_count(list, t->offline_idle,
		  "changes to offline of a VP that did not run, without an event (its timer stays armed)");
	say_count(list, t->in_pv, "local APIC timer records while a PV VP ran, given to that VP");
	say_count(list, t->lost_gaps, "gaps of lost records");
	say_count(list, t->cut_lps, "LPs whose records end before the capture's, closed with LOST");
	say_count(list, t->no_vp_arm, "timer starts while no VP ran there, skipped");
	say_count(list, t->no_vp_disarm, "timer stops while no VP ran there, skipped");
	say_count(list, t->no_vp_mask, "LVTT writes while no VP ran there, skipped");
	say_count(list, t->no_vp_pend, "timer callbacks while no VP ran there, skipped");
	say_count(list, t->no_vp_exit, "VM exits and entries while no VP ran there, skipped");
	say_count(list, t->odd_in, "changes to running of a VP that ran there already, skipped");
	say_count(list, t->odd_out, "changes from running of a VP that did not run, skipped");
	say_count(list, t->odd_continue, "CONTINUE_RUNNING of a VP that did not run there, skipped");
	say_count(list, t->forced_out,
		  "runs closed as lost because the capture shows another on that LP or "
		  "of that VP");
	return list;
}

void xen_header(struct trace_meta *meta, const struct import_options *o, const struct xen_scan *s,
		const struct clock_rate *rate, const struct xen_tally *tally)
{
	struct word_entry *vps = word_map_sorted(&s->vps);
	json_t *pcpus;
	bool odd_ids = false;

	meta->clock_hz = rate->hz;
	meta->end = s->t1 - s->t0;
	meta->lps = s->pcpus ? s->pcpus : 1;
	for (size_t i = 0; i < s->vps.n; i++)
		trace_meta_add_vp(meta, vps[i].key >> 16, vps[i].key & 0xffff, NULL);
	free(vps);

	set(meta->more, "source", source(o, s, rate));
	set(meta->more, "host_model", host_model(o, s));
	if (o->class_name)
		set_text(meta->more, "class", o->class_name);
	if (s->truncated)
		set(meta->more, "truncated", json_true());
	pcpus = json_array();
	for (uint32_t i = 0; i < s->pcpus; i++) {
		odd_ids |= s->pcpu[i].id != i;
		if (json_array_append_new(pcpus, json_integer(s->pcpu[i].id)))
			abort();
	}
	if (odd_ids)
		set(meta->more, "lp_pcpu", pcpus);
	else
		json_decref(pcpus);
	if (!tally)
		return;
	set_u64(meta->more, "unseen_ticks", tally->unseen_ticks);
	set(meta->more, "skipped", skipped(tally));
	set(meta->more, "unseen", unseen(tally));
	set(meta->more, "notes", notes(o, s, rate, tally));
}
