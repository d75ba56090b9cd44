/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorder's converter on events that no sane kernel gives, in the order that its sorter puts
 * them: what it writes is legal. The input is a byte of options, then events of 32 bytes.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "traces/base/call_files.h"
#include "traces/commands.h"
#include "traces/record/convert.h"

#define LPS 3u
#define VCPUS 5u
#define EVENTS_MAX 400u
#define BEGAN UINT64_C(1000000000000)
#define TSC_BEGAN UINT64_C(7000000000000)
#define TSC_HZ UINT64_C(2000000000)

/* An event as the input holds it. */
struct piece {
	uint32_t step; /* of time; its upper byte: how far it is shifted */
	uint8_t type, flags, cpu, vcpu;
	uint64_t a, b;
	uint32_t c;
	uint8_t vm, mode, near, more;
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

struct state {
	struct convert *c;
	struct trace_writer *w;
	bool met[VCPUS];
	/* Sightings whose time is still to come: they are known beforehand. */
	struct raw_event ahead[VCPUS];
	bool is_ahead[VCPUS];
	uint64_t now;
	struct vt_error err;
};

static void meet(struct state *s, const struct piece *p, struct raw_event e)
{
	static const uint32_t modes[] = { LVTT_ONESHOT, LVTT_PERIODIC, LVTT_TSCDEADLINE };
	struct raw_vcpu v = {
		.ev = e,
		.kvm = 0x1000 + p->vm % 3,
		.tgid = 10 + p->vm % 3,
		.vcpu_id = p->vcpu % VCPUS,
		.tsc_offset = p->near & 2 ? 0 : p->a,
		.tsc_ratio = p->near & 4 ? p->b : 0,
		.tscdeadline = p->near & 8 ? p->b : 0,
		.expires = p->near & 16 ? e.ts + p->c : 0,
		.period = p->near & 32 ? p->c : 0,
		.timer_mode = modes[p->mode % 3],
		.lvtt = p->c,
		.advance = p->near & 64 ? p->c : 0,
		.target = (p->near & 128 ? s->now : 0) + p->b,
		.hardware = p->more & 1,
	};

	v.ev.type = RAW_VCPU;
	v.ev.flags = p->flags & (RAW_SNAPSHOT | RAW_ON_CPU | RAW_ASLEEP | RAW_WRITTEN);
	if (!convert_knows_vm(s->c, v.kvm, v.tgid))
		convert_name_vm(s->c, v.kvm, v.tgid, "vm");
	convert_vcpu(s->c, &v, &v.ev.a);
	if (p->more & 2) {
		s->ahead[p->vcpu % VCPUS] = v.ev;
		s->is_ahead[p->vcpu % VCPUS] = true;
		return;
	}
	if (convert_event(s->c, &v.ev, &s->err))
		FUZZ_HOLDS(false, "%s", s->err.text);
}

/* What was held back comes in front of what comes next. */
static void catch_up(struct state *s, uint32_t vcpu)
{
	if (!s->is_ahead[vcpu])
		return;
	s->is_ahead[vcpu] = false;
	s->ahead[vcpu].ts = s->now;
	if (convert_event(s->c, &s->ahead[vcpu], &s->err))
		FUZZ_HOLDS(false, "%s", s->err.text);
}

/* Where the flight recorder writes: a copy goes on. */
static void take_off(struct state *s)
{
	struct convert *base = s->c;

	s->c = convert_clone(base);
	convert_free(base);
	if (convert_output(s->c, s->w, s->now, &s->err))
		FUZZ_HOLDS(false, "%s", s->err.text);
}

static void give(struct state *s, const struct piece *p)
{
	uint32_t vcpu = p->vcpu % VCPUS;
	struct raw_event e = {
		.vcpu = 0x2000 + vcpu * 16,
		.a = p->a,
		.b = p->b,
		.c = p->c,
		.cpu = (uint16_t)(p->cpu % LPS),
		.type = p->type % (RAW_AWAY + 1),
		.flags = p->flags,
	};

	s->now += (uint64_t)(p->step & 0xffffff) << (p->step >> 24) % 32;
	if (s->now - BEGAN >= TRACE_TICK_LIMIT)
		s->now = BEGAN + TRACE_TICK_LIMIT - 1;
	e.ts = s->now;
	if (p->near & 1) { /* the time, or the guest's TSC of it */
		e.a += e.type == RAW_ARM_TSC ? TSC_BEGAN + (s->now - BEGAN) * 2 : s->now;
		e.b += e.type == RAW_ARM_TSC ? s->now : 0;
	}
	if (e.type == RAW_LOST || e.type == RAW_MISSED || e.type == RAW_AWAY) {
		e.a = s->now + p->c; /* until then */
		e.b %= TRACE_TICK_LIMIT;
	}
	catch_up(s, vcpu);
	if (e.type == RAW_CREATED) {
		e.a = 0x1000 + p->vm % 3;
		e.b = vcpu;
		e.c = 10 + p->vm % 3;
		convert_created(s->c, &e);
	}
	if (!s->met[vcpu] || e.type == RAW_VCPU)
		meet(s, p, e);
	s->met[vcpu] = true;
	if (!(p->more & 4))
		catch_up(s, vcpu);
	if (e.type != RAW_VCPU && convert_event(s->c, &e, &s->err))
		FUZZ_HOLDS(false, "%s", s->err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock clock = {
		.first = { TSC_BEGAN, BEGAN },
		.last = { TSC_BEGAN, BEGAN },
		.hz = TSC_HZ,
	};
	struct state s = { .now = BEGAN };
	struct trace_meta *meta;
	struct piece p;
	uint8_t options;

	if (size < 1 + sizeof(p))
		return 0;
	options = *data++;
	size--;
	call_files_begin();
	fuzz_file_set(&trace, NULL, 0);
	s.c = convert_new(LPS, &clock, 1000);
	s.w = trace_writer_open(trace.out, convert_meta(s.c), NULL, &s.err);
	FUZZ_HOLDS(s.w, "%s", s.err.text);
	if (!(options & 1) && options & 2)
		convert_no_infer(s.c);
	/* A flight recorder starts its output long after it began to listen. */
	if (!(options & 1) && convert_output(s.c, s.w, BEGAN, &s.err))
		FUZZ_HOLDS(false, "%s", s.err.text);
	for (unsigned n = 0; n < EVENTS_MAX && size >= sizeof(p); n++) {
		memcpy(&p, data, sizeof(p));
		data += sizeof(p);
		size -= sizeof(p);
		give(&s, &p);
		if (options & 1 && n == options / 2u)
			take_off(&s);
	}
	meta = convert_meta(s.c);
	json_decref(convert_tsc_json(s.c));
	FUZZ_HOLDS(!trace_writer_finish(s.w, meta, &s.err), "%s", s.err.text);
	FUZZ_HOLDS(!fuzz_run(&command_check, "-q", trace.path, NULL),
		   "check does not like what the converter wrote");
	convert_free(s.c);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_list(data, size, max, 1, sizeof(struct piece), seed);
}
