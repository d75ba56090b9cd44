/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/tests/kvm_build.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/import/kvm/answer.h"
#include "traces/import/kvm/header.h"
#include "traces/import/kvm/seeds.h"
#include "traces/import/tests/xen_build.h"

void kb(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, enum kvm_kind kind,
	unsigned flags, uint64_t a, uint64_t value)
{
	if (b->n == b->room) {
		b->room = b->room ? 2 * b->room : 64;
		b->record = realloc(b->record, b->room * sizeof(*b->record));
		if (!b->record)
			abort();
	}
	b->record[b->n++] = (struct kvm_record){
		.ts = ts,
		.a = a,
		.b = value,
		.pid = pid,
		.cpu = (uint16_t)cpu,
		.kind = (uint8_t)kind,
		.flags = (uint8_t)flags,
	};
}

void kb_thread(struct kvm_build *b, uint32_t tid, int vcpu)
{
	if (!b->threads)
		b->threads = json_array();
	json_array_append_new(
	    b->threads, json_pack("{s:i,s:i,s:s}", "tid", (int)tid, "vcpu", vcpu, "comm", "x"));
}

static void read_back(struct kvm_result *r, const char *path)
{
	struct trace_reader *reader = trace_reader_open(path, &r->err);
	const struct trace_event *ev;
	struct trace_legal *legal;
	size_t n, size;
	FILE *f = open_memstream(&r->events, &size);

	if (!reader || !f)
		abort();
	trace_meta_free(&r->meta);
	trace_meta_copy(&r->meta, trace_reader_meta(reader));
	legal = trace_legal_new(r->meta.lps, r->meta.vps);
	r->legal = true;
	while (trace_reader_next(reader, &ev, &n, &r->err) == 1)
		for (size_t i = 0; i < n; i++) {
			if (ev[i].type != TRACE_OBS_HV_IRQ)
				xb_show(f, &ev[i]);
			r->legal &= !trace_legal_event(legal, &ev[i]);
		}
	fclose(f);
	trace_legal_free(legal);
	trace_reader_close(reader);
}

static void write_out(struct kvm_result *r, struct kvm_build *b, struct kvm_scan *s)
{
	struct import_options o = { .capture = "x.dat", .exits = b->exits };
	struct tracecmd_layout layout = { .version = 6, .cut = b->cpu_cut != NULL };
	struct kvm_vms vms;
	struct kvm_header h = {
		.options = &o, .layout = &layout, .scan = s, .vms = &vms, .sha256 = ""
	};
	char path[] = "/tmp/vtick-test-XXXXXX";
	struct trace_meta start, end;
	struct trace_writer *w;
	struct kvm_events *e;
	struct xb_quiet said;
	int fd = mkstemp(path);

	if (fd < 0)
		abort();
	close(fd);
	trace_meta_init(&start);
	trace_meta_init(&end);
	kvm_vms_find(&vms, s);
	if (!b->no_infer)
		kvm_seeds_find(s);
	kvm_header(&start, &h);
	w = trace_writer_open(path, &start, NULL, &r->err);
	cr_assert_not_null(w, "%s", r->err.text);
	e = kvm_events_new(s, b->exits, w);
	r->ret = kvm_events_run(e, &r->err);
	r->tally = *kvm_events_tally(e);
	h.tally = &r->tally;
	kvm_header(&end, &h);
	o.verdict = &r->verdict;
	said = xb_quiet();
	kvm_answer(&o, s, &r->tally);
	r->said = xb_loud(said);
	if (r->ret)
		trace_writer_abort(w);
	else
		r->ret = trace_writer_finish(w, &end, &r->err);
	kvm_events_free(e);
	kvm_vms_free(&vms);
	trace_meta_free(&start);
	trace_meta_free(&end);
	if (!r->ret)
		read_back(r, path);
	unlink(path);
}

struct kvm_result kb_import(struct kvm_build *b)
{
	struct kvm_result r = { 0 };
	struct tracecmd_file f = { .record = b->record, .n = b->n, .cpus = b->cpus ? b->cpus : 2 };
	json_t *last = json_array();
	struct kvm_scan s;

	if (!b->threads) {
		kb_thread(b, 100, 0);
		kb_thread(b, 101, 1);
	}
	f.t0 = b->n ? b->record[0].ts : 0;
	f.t1 = b->n ? b->record[b->n - 1].ts : 0;
	for (uint32_t i = 0; i < f.cpus; i++) {
		uint64_t ts = 0;

		for (size_t k = 0; k < b->n; k++)
			if (b->record[k].cpu == i)
				ts = b->record[k].ts;
		json_array_append_new(last, json_integer((json_int_t)ts));
	}
	f.report = json_pack("{s:s,s:O,s:o,s:o}", "clock", b->clock ? b->clock : "mono", "threads",
			     b->threads, "last", last, "seen", b->seen ? b->seen : json_object());
	trace_meta_init(&r.meta);
	r.ret = kvm_scan(&s, &f, b->cpu_hz, b->cpu_cut != NULL, b->cpu_cut, "x.dat", &r.err);
	if (!r.ret) {
		write_out(&r, b, &s);
		r.clock = s.clock;
	}
	kvm_scan_free(&s);
	json_decref(f.report);
	json_decref(b->threads);
	free(b->record);
	return r;
}

void kb_result_free(struct kvm_result *r)
{
	r->clock.name = NULL;
	trace_meta_free(&r->meta);
	free(r->events);
	free(r->said);
}

bool kb_has_note(const struct kvm_result *r, const char *text)
{
	const json_t *notes = json_object_get(r->meta.more, "notes"), *note;
	bool has = false;
	size_t i;

	json_array_foreach(notes, i, note) has |= !strcmp(json_string_value(note), text);
	return has;
}
