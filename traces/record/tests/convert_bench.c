/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/tests/convert_bench.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

const struct clock tsc_clock = {
	.first = { TSC_BEGAN, BEGAN },
	.last = { TSC_BEGAN, BEGAN },
	.hz = TSC_HZ,
};

void open_bench(struct bench *b)
{
	*b = (struct bench){ .path = "/tmp/vtick-convert-XXXXXX" };
	int fd = mkstemp(b->path);

	cr_assert(fd >= 0);
	close(fd);
	b->c = convert_new(4, &tsc_clock, 0);
	b->w = trace_writer_open(b->path, convert_meta(b->c), NULL, &b->err);
	cr_assert(b->w);
}

void begin(struct bench *b)
{
	open_bench(b);
	cr_assert(!convert_output(b->c, b->w, BEGAN, &b->err));
}

struct raw_event at(uint64_t us, unsigned type, uint64_t vcpu, uint16_t cpu)
{
	return (struct raw_event){
		.ts = BEGAN + us * 1000, .type = (uint8_t)type, .vcpu = vcpu, .cpu = cpu
	};
}

void give(struct bench *b, struct raw_event e)
{
	cr_assert(!convert_event(b->c, &e, &b->err), "%s", b->err.text);
}

struct raw_vcpu sighting(uint64_t us, uint64_t vcpu, uint32_t vcpu_id, uint64_t offset)
{
	return (struct raw_vcpu){
		.ev = at(us, RAW_VCPU, vcpu, 0),
		.kvm = 0x1234,
		.tgid = 100,
		.vcpu_id = vcpu_id,
		.tsc_offset = offset,
		.timer_mode = LVTT_TSCDEADLINE,
	};
}

void sight(struct bench *b, struct raw_vcpu *v)
{
	if (!convert_knows_vm(b->c, v->kvm, v->tgid))
		convert_name_vm(b->c, v->kvm, v->tgid, "vm");
	convert_vcpu(b->c, v, &v->ev.a);
}

void meet(struct bench *b, uint64_t us, uint64_t vcpu, uint32_t vcpu_id, uint64_t offset)
{
	struct raw_vcpu v = sighting(us, vcpu, vcpu_id, offset);

	sight(b, &v);
	give(b, v.ev);
}

void end(struct bench *b)
{
	struct trace_legal *legal;

	cr_assert(!trace_writer_finish(b->w, convert_meta(b->c), &b->err), "%s", b->err.text);
	b->r = trace_reader_open(b->path, &b->err);
	cr_assert(b->r, "%s", b->err.text);
	cr_assert(trace_reader_next(b->r, &b->ev, &b->n, &b->err) >= 0);
	legal = trace_legal_new(4, convert_meta(b->c)->vps);
	for (size_t i = 0; i < b->n; i++) {
		const char *fault = trace_legal_event(legal, &b->ev[i]);

		cr_assert(!fault, "event %zu: %s", i, fault ? fault : "");
	}
	trace_legal_free(legal);
}

void done(struct bench *b)
{
	trace_reader_close(b->r);
	convert_free(b->c);
	unlink(b->path);
}

void expect(const struct bench *b, size_t i, uint64_t us, unsigned type, unsigned sub)
{
	cr_assert(i < b->n, "only %zu events", b->n);
	cr_expect(b->ev[i].type == type, "event %zu is %s, expected %s", i,
		  trace_type_name(b->ev[i].type), trace_type_name(type));
	cr_expect(b->ev[i].time == us * 1000, "event %zu at %lu", i, (unsigned long)b->ev[i].time);
	cr_expect(b->ev[i].sub == sub, "event %zu has sub %u", i, b->ev[i].sub);
}

uint64_t tsc_at(uint64_t us)
{
	return TSC_BEGAN + us * (TSC_HZ / 1000000);
}

struct raw_event arm(uint64_t us, uint64_t due, uint64_t offset)
{
	struct raw_event e = at(us, RAW_ARM_TSC, VCPU, 1);

	e.a = tsc_at(due) + offset;
	e.b = BEGAN + due * 1000 - 1000;
	e.c = 1000;
	e.flags = RAW_STARTED;
	return e;
}
