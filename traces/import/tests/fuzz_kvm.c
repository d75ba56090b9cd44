/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the decoder of trace.dat files hands on, to a trace: any records in order of time. The input
 * is a byte of options, then records of 24 bytes.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "traces/base/call_files.h"
#include "traces/commands.h"
#include "traces/import/kvm/answer.h"
#include "traces/import/kvm/events.h"
#include "traces/import/kvm/header.h"
#include "traces/import/kvm/scan.h"
#include "traces/import/kvm/seeds.h"
#include "traces/import/kvm/vms.h"

#define CPUS 3u
#define THREADS 4u
#define RECORDS_MAX 400u
#define T0 UINT64_C(1000000000)

/* A record as the input holds it. */
struct piece {
	uint32_t step; /* of time; its upper byte: how far it is shifted */
	uint8_t kind, flags, cpu, pid;
	uint64_t a, b;
};

static struct fuzz_file trace;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&trace);
	return 0;
}

/* What the decoder lets through. */
static void limit(struct kvm_record *r)
{
	static const uint64_t msr[] = { MSR_IA32_TSC_DEADLINE, 0x832, 0x838, 0x83e, MSR_IA32_TSC,
					MSR_IA32_TSC_ADJUST };
	static const uint64_t apic[] = { APIC_REG_LVTT, APIC_REG_TMICT, APIC_REG_TDCR };

	switch (r->kind) {
	case KVM_SWITCH:
	case KVM_WAKING:
	case KVM_WAKEUP:
		r->a = 100 + r->a % (THREADS + 1);
		break;
	case KVM_MSR:
		r->a = msr[r->a % 6];
		break;
	case KVM_APIC:
		r->a = apic[r->a % 3];
		r->b &= UINT32_MAX;
		break;
	case KVM_HV_CONFIG:
	case KVM_HV_COUNT:
	case KVM_HV_START:
	case KVM_HV_FIRE:
	case KVM_HV_EXPIRED:
		r->a %= KVM_STIMERS;
		break;
	case KVM_GAP: /* it ends at its record */
		r->a = T0 + r->a % (r->ts - T0 + 1);
		break;
	default:
		break;
	}
}

static size_t make_records(const uint8_t *data, size_t size, struct kvm_record *record)
{
	const uint8_t known = KVM_F_LAPIC | KVM_F_TICK | KVM_F_UNKNOWN | KVM_F_STIMER;
	uint64_t now = T0;
	size_t n = 0;

	for (; size >= sizeof(struct piece) && n < RECORDS_MAX; n++) {
		struct piece p;
		struct kvm_record *r = &record[n];

		memcpy(&p, data, sizeof(p));
		data += sizeof(p);
		size -= sizeof(p);
		/* The decoder refuses times that no trace holds. */
		now += (uint64_t)(p.step & 0xffffff) << (p.step >> 24) % 32;
		now = now < TRACE_TICK_LIMIT ? now : TRACE_TICK_LIMIT - 1;
		*r = (struct kvm_record){ .ts = now,
					  .a = p.a,
					  .b = p.b,
					  .pid = 100 + p.pid % (THREADS + 1),
					  .cpu = (uint16_t)(p.cpu % CPUS),
					  .kind = p.kind % KVM_KINDS,
					  .flags = p.flags & known };
		if (p.flags & 8) /* times near the present one */
			r->b += now;
		limit(r);
	}
	return n;
}

static json_t *make_report(const struct kvm_record *record, size_t n, uint8_t options)
{
	static const char *const clocks[] = { "mono", "x86-tsc", "local", "boot" };
	json_t *threads = json_array(), *last = json_array();

	for (uint32_t i = 0; i < THREADS; i++)
		json_push(threads, json_make("{s:i,s:i,s:s}", "tid", (int)(100 + i), "vcpu",
					     (int)i - (options >> 7), "comm", "CPU 0/KVM"));
	for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
		uint64_t ts = 0;

		for (size_t i = 0; i < n; i++)
			ts = record[i].cpu == cpu ? record[i].ts : ts;
		json_push(last, json_integer((json_int_t)ts));
	}
	return json_make("{s:s,s:o,s:o,s:{s:i}}", "clock", clocks[options & 3], "threads", threads,
			 "last", last, "seen", "sched_switch", 1);
}

static int write_trace(const struct import_options *o, struct kvm_header *h, struct kvm_scan *s)
{
	struct trace_meta start, end;
	struct trace_writer *w;
	struct kvm_events *e;
	struct vt_error err;
	int ret;

	trace_meta_init(&start);
	trace_meta_init(&end);
	kvm_header(&start, h);
	w = trace_writer_open(trace.out, &start, NULL, &err);
	FUZZ_HOLDS(w, "the trace does not open: %s", err.text);
	e = kvm_events_new(s, o->exits, w);
	ret = kvm_events_run(e, &err);
	if (ret) {
		trace_writer_abort(w);
	} else {
		h->tally = kvm_events_tally(e);
		kvm_header(&end, h);
		ret = trace_writer_finish(w, &end, &err);
		kvm_answer(o, s, h->tally);
	}
	kvm_events_free(e);
	trace_meta_free(&start);
	trace_meta_free(&end);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kvm_record record[RECORDS_MAX];
	struct tracecmd_layout layout = { .version = 6 };
	struct import_verdict verdict = { 0 };
	struct import_options o = { .capture = "x.dat", .output = trace.out, .verdict = &verdict };
	struct tracecmd_file f = { .record = record, .cpus = CPUS };
	struct kvm_vms vms = { 0 };
	struct kvm_scan scan;
	struct kvm_header h = {
		.options = &o, .layout = &layout, .scan = &scan, .vms = &vms, .sha256 = ""
	};
	struct vt_error err;

	if (size < 1 + sizeof(struct piece))
		return 0;
	f.n = make_records(data + 1, size - 1, record);
	f.t0 = record[0].ts;
	f.t1 = record[f.n - 1].ts;
	f.report = make_report(record, f.n, *data);
	o.exits = *data & 16;
	o.cpu_hz = *data & 32 ? 2000000000 : 0;
	layout.cut = *data & 64;
	call_files_begin();
	fuzz_file_set(&trace, NULL, 0);
	if (!kvm_scan(&scan, &f, o.cpu_hz, layout.cut, NULL, "x.dat", &err) && scan.vps) {
		kvm_vms_find(&vms, &scan);
		kvm_seeds_find(&scan);
		if (!write_trace(&o, &h, &scan))
			FUZZ_HOLDS(!fuzz_run(&command_check, "-q", trace.path, NULL),
				   "check does not like what import wrote");
		kvm_vms_free(&vms);
	}
	kvm_scan_free(&scan);
	json_decref(f.report);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_list(data, size, max, 1, sizeof(struct piece), seed);
}
