/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "traces/base/cli.h"

/* Beyond that a capture is not fit for its purpose: a tick of Linux's fastest. */
enum { APART_NS = 1000000 };

#define APART                                                                                      \
	"vCPUs seem to run on two pCPUs at once, or are woken as they run, so the pCPUs' TSCs "    \
	"are "                                                                                     \
	"at least %" PRIu64 " us apart"
#define RELIABLE                                                                                   \
	"expected a recording on a machine whose Xen finds its TSCs reliable (xl debug-keys s)"

/* Bits 27 to 12 of an event: the class and, in it, the subclass. */
enum {
	CLASSES = 0xfff0,
	SCHED = 0x0020,
	HVM = 0x0080,
	HVM_EMULATION = 0x0084,
	PV = 0x0200,
};

/* Was a record of that class, or subclass, passed over? */
static bool passed_over(const struct xen_tally *t, uint32_t mask, uint32_t class)
{
	for (size_t i = 0; i < t->skipped.slots; i++) {
		if (t->skipped.slot[i].used && (t->skipped.slot[i].key >> 12 & mask) == class)
			return true;
	}
	return false;
}

/* Why no write of a guest's timer has a known deadline, and what to do. */
static void why_nothing(char *to, size_t n, const struct xen_scan *s, const struct xen_tally *t)
{
	bool hvm = s->runs.hvm.n || t->register_writes || passed_over(t, CLASSES, HVM);
	bool pv = s->runs.pv.n || passed_over(t, CLASSES, PV);
	bool emulation = t->events[TRACE_DISARM] || passed_over(t, UINT32_MAX, HVM_EMULATION);

	if (t->pv_writes_blind)
		snprintf(to, n,
			 IMPORT_NOTHING " (%" PRIu64 " timer writes of PV guests, whose deadlines "
					"this Xen does not log); expected a recording of HVM or "
					"PVH guests",
			 t->pv_writes_blind);
	else if (t->unseen_ticks)
		snprintf(to, n,
			 IMPORT_NOTHING " (%" PRIu64 " ticks are of timers that were armed before "
					"the capture began); expected a recording that begins "
					"before its guests do",
			 t->unseen_ticks);
	else if (!hvm && !pv)
		snprintf(to, n,
			 IMPORT_NOTHING " (no records of guests, of the classes HVM 0x0008f000 and "
					"PV 0x0020f000); expected " XEN_RECORD);
	else if (hvm && !pv && !emulation)
		snprintf(to, n,
			 IMPORT_NOTHING " (no records of guests' emulated devices, subclass "
					"0x00084000); expected " XEN_RECORD);
	else
		snprintf(to, n,
			 IMPORT_NOTHING
			 " (no guest wrote one); expected a longer recording, of guests at work");
}

void xen_answer(const struct import_options *o, const struct xen_scan *s, const struct xen_tally *t)
{
	struct import_verdict *v = o->verdict;
	uint64_t slip;
	size_t slips = xen_seeds_slip(t->seeds, &slip);

	if (slips)
		vt_warn(o->capture,
			"%zu of %zu timers that were armed before the capture began tick evenly on "
			"Xen's own clock alone: their ticks in a replay and the recorded ones "
			"drift apart by up to %" PRIu64 " us (--no-infer leaves such timers out)",
			slips, t->seeds->n, slip / 1000);
	if (t->apart_ns && t->apart_ns < APART_NS)
		vt_warn(o->capture, "who ran is known to that alone: " APART "; " RELIABLE,
			t->apart_ns / 1000);
	if (!v)
		return;
	if (!s->records)
		snprintf(
		    v->why, sizeof(v->why),
		    "nothing to replay: there is no record; expected a capture that ends later");
	else if (!xen_scan_scheduled(s) && !passed_over(t, CLASSES, SCHED))
		snprintf(
		    v->why, sizeof(v->why),
		    "nothing to replay: no records of the scheduler (class 0x0002f000), so who "
		    "ran is not known; expected " XEN_RECORD);
	else if (import_stamps_disagree(t->schedule.forced_out, t->events[TRACE_SCHED_IN]))
		snprintf(v->why, sizeof(v->why),
			 "who ran is not known: %" PRIu64 " of %" PRIu64 " runs end where another "
			 "pCPU shows the vCPU, so the pCPUs' TSCs do not go together; " RELIABLE,
			 t->schedule.forced_out, t->events[TRACE_SCHED_IN]);
	else if (t->apart_ns >= APART_NS)
		snprintf(v->why, sizeof(v->why), "who ran is not known: " APART "; " RELIABLE,
			 t->apart_ns / 1000);
	else if (!t->events[TRACE_ARM] && !t->events[TRACE_SEED])
		why_nothing(v->why, sizeof(v->why), s, t);
}
