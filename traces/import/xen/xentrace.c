/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick import xentrace`: two passes over the capture. The first (scan.h) indexes its windows
 * and finds what the header needs, the second merges the pCPUs by time (stream.h) and turns
 * records into events (events.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/import/import.h"
#include "traces/import/xen/answer.h"
#include "traces/import/xen/events.h"
#include "traces/import/xen/header.h"
#include "traces/import/xen/scan.h"
#include "traces/import/xen/seeds.h"
#include "traces/import/xen/stream.h"

/* For a capture that is cut off before its clock can be measured: ticks read as ns. */
#define ASSUMED_HZ 1000000000

static int find_rate(const struct import_options *o, struct xen_scan *s, struct clock_rate *rate,
		     struct vt_error *err)
{
	if (o->cpu_hz) {
		*rate = (struct clock_rate){ .hz = o->cpu_hz, .method = "given" };
		return 0;
	}
	if (xen_scan_rate(s, rate)) {
		vt_note(o->capture,
			"TSC rate %" PRIu64 " Hz, measured from the capture (%s, %" PRIu64
			" samples, spread %" PRIu64 " ppm)",
			rate->hz, rate->method, rate->samples, rate->spread_ppm);
		return 0;
	}
	if (!s->truncated && !xen_scan_scheduled(s))
		return vt_error_set(err, o->capture, VT_NO_OFFSET,
				    "no records of the scheduler (class 0x0002f000), which tell "
				    "who ran and how fast the TSC is; expected " XEN_RECORD);
	if (!s->truncated)
		return vt_error_set(
		    err, o->capture, VT_NO_OFFSET,
		    "the capture does not tell the TSC rate (too few switches), expected "
		    "--cpu-hz N");
	*rate = (struct clock_rate){ .hz = ASSUMED_HZ, .method = "assumed" };
	vt_warn(o->capture,
		"cut too early to measure the TSC rate, 1 GHz is assumed; give --cpu-hz N");
	return 0;
}

static int pump(const struct xen_scan *s, struct xen_merge *m, struct xen_events *e,
		struct vt_error *err)
{
	struct cli_progress progress;
	uint64_t items = 0;
	int64_t lp;
	int ret = 0;

	cli_progress_start(&progress, "importing", "records", s->records);
	while (!ret && (lp = xen_merge_first(m)) >= 0) {
		const struct xen_item *item = xen_merge_peek(m, (uint32_t)lp);
		int64_t other = xen_events_waits_for(e, item);
		const struct xen_item *first =
		    other < 0 ? NULL : xen_merge_peek(m, (uint32_t)other);

		if (first && first->tsc == item->tsc) {
			item = first;
			lp = other;
		}
		ret = xen_events_item(e, item, err);
		if (!ret)
			ret = xen_merge_advance(m, (uint32_t)lp, err);
		if (!(++items & 0xfff))
			cli_progress(&progress, xen_merge_done(m));
	}
	cli_progress_end(&progress);
	return ret;
}

static int write_trace(const struct import_options *o, const struct xen_scan *s,
		       const struct xen_seeds *seeds, const struct clock_rate *rate,
		       struct vt_error *err)
{
	struct trace_meta start, end;
	struct trace_writer *w;
	struct xen_merge *m = NULL;
	struct xen_events *e = NULL;
	int ret = -1;

	trace_meta_init(&start);
	trace_meta_init(&end);
	xen_header(&start, o, s, rate, NULL);
	w = trace_writer_open(o->output, &start, NULL, err);
	if (!w)
		goto out;
	e = xen_events_new(s, seeds, rate->hz, o->exits, w);
	m = xen_merge_new(s, xen_events_pass, e);
	if (xen_merge_start(m, err) || xen_events_seed(e, err) || pump(s, m, e, err)) {
		trace_writer_abort(w);
		goto out;
	}
	xen_header(&end, o, s, rate, xen_events_tally(e));
	xen_answer(o, s, xen_events_tally(e));
	ret = trace_writer_finish(w, &end, err);
out:
	xen_events_free(e);
	xen_merge_free(m);
	trace_meta_free(&start);
	trace_meta_free(&end);
	return ret;
}

int import_xentrace(const struct import_options *o, struct vt_error *err)
{
	struct capture *c = import_open(o, true, err);
	struct xen_seeds seeds = { 0 };
	struct clock_rate rate;
	struct xen_scan scan;
	int ret;

	if (!c)
		return -1;
	ret = xen_scan(&scan, c, o->capture, err);
	if (!ret && !scan.pcpus && !scan.truncated)
		ret = vt_error_set(err, o->capture, 0,
				   "the capture is empty, expected a CPU_CHANGE record");
	if (!ret && scan.truncated)
		vt_warn(o->capture, "cut off: read up to its last whole record");
	if (!ret)
		ret = find_rate(o, &scan, &rate, err);
	if (!ret && strcmp(rate.method, "assumed") != 0)
		xen_seeds_find(&seeds, &scan, rate.hz, !o->no_infer);
	if (!ret)
		ret = write_trace(o, &scan, &seeds, &rate, err);
	xen_seeds_free(&seeds);
	xen_scan_free(&scan);
	capture_close(c);
	return ret;
}
