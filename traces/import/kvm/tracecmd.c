/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick import trace-cmd`: tracecmd_layout.h looks whether the file is whole, tracecmd_run.h lets
 * libtracecmd read it in a child process, scan.h and events.h are the two passes over what came
 * out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/import/capture.h"
#include "traces/import/import.h"
#include "traces/import/kvm/answer.h"
#include "traces/import/kvm/events.h"
#include "traces/import/kvm/header.h"
#include "traces/import/kvm/scan.h"
#include "traces/import/kvm/seeds.h"
#include "traces/import/kvm/tracecmd_layout.h"
#include "traces/import/kvm/tracecmd_run.h"
#include "traces/import/kvm/vms.h"

enum { BUFFER = 1 << 16 };

/* To the end, once: it is hashed, and uncompressed to where the library can seek in it. But what is
 * another file is not read on. */
static int read_all(struct capture *c, const char *path, struct vt_error *err)
{
	struct cli_progress progress;
	char *buf = vt_alloc(BUFFER);
	int64_t got;

	cli_progress_start(&progress, "reading", "bytes", capture_total(c));
	got = capture_read(c, buf, BUFFER, err);
	if (got > 0 && tracecmd_layout_front(buf, (size_t)got, path, err))
		got = -1;
	while (got > 0) {
		cli_progress(&progress, capture_done(c));
		got = capture_read(c, buf, BUFFER, err);
	}
	cli_progress_end(&progress);
	free(buf);
	return (int)got;
}

static int write_trace(const struct import_options *o, struct kvm_header *h, struct vt_error *err)
{
	struct trace_meta start, end;
	struct trace_writer *w;
	struct kvm_events *e = NULL;
	int ret = -1;

	trace_meta_init(&start);
	trace_meta_init(&end);
	kvm_header(&start, h);
	w = trace_writer_open(o->output, &start, NULL, err);
	if (!w)
		goto out;
	e = kvm_events_new(h->scan, o->exits, w);
	if (kvm_events_run(e, err)) {
		trace_writer_abort(w);
		goto out;
	}
	h->tally = kvm_events_tally(e);
	kvm_header(&end, h);
	ret = trace_writer_finish(w, &end, err);
	if (!ret && !h->layout->cut)
		kvm_answer(o, h->scan, h->tally);
out:
	kvm_events_free(e);
	trace_meta_free(&start);
	trace_meta_free(&end);
	return ret;
}

/* What no trace can be made of. */
static int usable(const struct kvm_scan *s, bool cut, const char *path, struct vt_error *err)
{
	const json_t *seen = json_object_get(s->file->report, "seen");

	if (cut)
		return 0;
	if (!s->file->n)
		return vt_error_set(err, path, VT_NO_OFFSET, "the capture holds no events");
	if (!json_integer_value(json_object_get(seen, "sched_switch")))
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "the capture holds no sched_switch events, so it does not show who ran; "
		    "expected trace-cmd record -e kvm -e sched -e timer");
	if (!s->vps)
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "the capture shows no vCPU, expected kvm events (trace-cmd record -e kvm "
		    "-e sched -e timer)");
	return 0;
}

static int convert(const struct import_options *o, struct kvm_header *h,
		   const struct tracecmd_file *f, struct vt_error *err)
{
	struct kvm_scan scan;
	struct kvm_vms vms = { 0 };
	int ret = kvm_scan(&scan, f, o->cpu_hz, h->layout->cut,
			   h->layout->cpus == f->cpus ? h->layout->cpu_cut : NULL, o->capture, err);

	if (!ret)
		ret = usable(&scan, h->layout->cut, o->capture, err);
	if (!ret && scan.clock.raw_tsc && !o->cpu_hz)
		vt_note(o->capture,
			"TSC rate %" PRIu64 " Hz, measured from the capture (%" PRIu64
			" expiries, stamps late by %" PRId64 " ns at the 99th percentile)",
			scan.clock.hz, scan.clock.samples, scan.clock.p99_ns);
	if (!ret) {
		kvm_vms_find(&vms, &scan);
		if (!o->no_infer)
			kvm_seeds_find(&scan);
		h->scan = &scan;
		h->vms = &vms;
		ret = write_trace(o, h, err);
		kvm_vms_free(&vms);
		h->scan = NULL;
		h->vms = NULL;
	}
	kvm_scan_free(&scan);
	return ret;
}

int import_trace_cmd(const struct import_options *o, struct vt_error *err)
{
	struct capture *c = import_open(o, true, err);
	struct tracecmd_layout layout = { 0 };
	struct tracecmd_file file = { 0 };
	struct kvm_header h = { .options = o, .layout = &layout };
	char sha256[65];
	int ret;

	if (!c)
		return -1;
	ret = read_all(c, o->capture, err);
	if (!ret)
		ret = tracecmd_layout(&layout, c, o->capture, capture_bytes(c), err);
	if (!ret) {
		capture_sha256(c, sha256);
		h.sha256 = sha256;
		layout.cut |= capture_cut(c);
		ret = tracecmd_run(&file, c, &layout, o->capture, err);
	}
	if (!ret)
		ret = convert(o, &h, &file, err);
	/* One line only, if it cannot be read for all that. */
	if (!ret && layout.no_data)
		vt_warn(
		    o->capture,
		    "cut off before the place that says where its events lie: none can be read");
	else if (!ret && layout.cut)
		vt_warn(o->capture, "cut off: read up to its last whole event");
	tracecmd_file_free(&file);
	tracecmd_layout_free(&layout);
	capture_close(c);
	return ret;
}
