/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_decode.h"

#include <errno.h>
#include <event-parse.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <trace-cmd.h>
#include <unistd.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/import/kvm/record.h"
#include "traces/import/kvm/tracecmd_buffers.h"
#include "traces/import/kvm/tracecmd_late.h"
#include "traces/import/kvm/tracecmd_threads.h"
#include "traces/trace.h"

/* trace-cmd.h of its version 3 leaves these out, though the library exports them. */
const char *tracecmd_get_trace_clock(struct tracecmd_input *handle);
const char *tracecmd_get_uname(struct tracecmd_input *handle);

enum {
	IDS = 65536,	 /* common_type is an unsigned short */
	SPOOL = 4096,	 /* records written at a time */
	ALIVE = 1 << 15, /* records between signs of life */
	FIELDS = 4,
	EOI_NONE = -1, /* kvm_eoi: no interrupt was in service */
};

/* The fields that an event's handler reads, by name: their places differ between kernels. */
struct wanted {
	const char *system;
	const char *event;
	enum kvm_kind kind;
	const char *field[FIELDS]; /* [0] and [1] are required */
};

enum {
	W_SWITCH,
	W_WAKING,
	W_WAKEUP,
	W_MSR,
	W_APIC,
	W_ACCEPT,
	W_EOI,
	W_START,
	W_EXPIRE,
	W_EXPIRE_EXIT,
	W_HV_IRQ,
	W_EXIT,
	W_ENTRY,
	W_TO_USER,
	W_VCPU_WAKEUP,
	W_HV_TIMER,
	W_ST_CONFIG,
	W_ST_COUNT,
	W_ST_ONE_SHOT,
	W_ST_PERIODIC,
	W_ST_CALLBACK,
	W_ST_EXPIRATION,
	WANTED
};

static const struct wanted wanted[WANTED] = {
	[W_SWITCH] = { "sched",
		       "sched_switch",
		       KVM_SWITCH,
		       { "next_pid", "prev_state", "next_comm" } },
	[W_WAKING] = { "sched", "sched_waking", KVM_WAKING, { "pid" } },
	[W_WAKEUP] = { "sched", "sched_wakeup", KVM_WAKEUP, { "pid" } },
	[W_MSR] = { "kvm", "kvm_msr", KVM_MSR, { "ecx", "data", "write", "exception" } },
	[W_APIC] = { "kvm", "kvm_apic", KVM_APIC, { "reg", "val", "rw" } },
	[W_ACCEPT] = { "kvm", "kvm_apic_accept_irq", KVM_ACCEPT, { "vec", "apicid" } },
	[W_EOI] = { "kvm", "kvm_eoi", KVM_EOI, { "vector" } },
	[W_START] = { "timer", "hrtimer_start", KVM_START, { "hrtimer", "expires", "function" } },
	[W_EXPIRE] = { "timer",
		       "hrtimer_expire_entry",
		       KVM_EXPIRE,
		       { "hrtimer", "now", "function" } },
	[W_EXPIRE_EXIT] = { "timer", "hrtimer_expire_exit", KVM_EXPIRE_EXIT, { "hrtimer" } },
	[W_HV_IRQ] = { "irq_vectors", "local_timer_entry", KVM_HV_IRQ, { "vector" } },
	[W_EXIT] = { "kvm", "kvm_exit", KVM_EXIT, { "exit_reason", NULL, "vcpu_id", "isa" } },
	[W_ENTRY] = { "kvm", "kvm_entry", KVM_ENTRY, { "vcpu_id", NULL, "vcpu_id" } },
	[W_TO_USER] = { "kvm", "kvm_userspace_exit", KVM_TO_USER, { "reason" } },
	[W_VCPU_WAKEUP] = { "kvm", "kvm_vcpu_wakeup", KVM_OTHER, { "ns" } },
	[W_HV_TIMER] = { "kvm", "kvm_hv_timer_state", KVM_OTHER, { "vcpu_id", NULL, "vcpu_id" } },
	[W_ST_CONFIG] = { "kvm",
			  "kvm_hv_stimer_set_config",
			  KVM_HV_CONFIG,
			  { "timer_index", "config", "vcpu_id", "host" } },
	[W_ST_COUNT] = { "kvm",
			 "kvm_hv_stimer_set_count",
			 KVM_HV_COUNT,
			 { "timer_index", "count", "vcpu_id", "host" } },
	[W_ST_ONE_SHOT] = { "kvm",
			    "kvm_hv_stimer_start_one_shot",
			    KVM_HV_START,
			    { "timer_index", "count", "vcpu_id", "time_now" } },
	[W_ST_PERIODIC] = { "kvm",
			    "kvm_hv_stimer_start_periodic",
			    KVM_HV_START,
			    { "timer_index", "exp_time", "vcpu_id", "time_now" } },
	[W_ST_CALLBACK] = { "kvm",
			    "kvm_hv_stimer_callback",
			    KVM_HV_FIRE,
			    { "timer_index", "vcpu_id" } },
	[W_ST_EXPIRATION] = { "kvm",
			      "kvm_hv_stimer_expiration",
			      KVM_HV_EXPIRED,
			      { "timer_index", "vcpu_id" } },
};

struct type {
	const struct wanted *w; /* NULL: passed over */
	struct tep_format_field *field[FIELDS];
	uint64_t n;	 /* records of this type */
	uint64_t passed; /* of those, passed over */
};

struct cpu {
	uint64_t last;
	bool seen;
	struct late_cpu late;
};

struct decode {
	struct tracecmd_input *handle;
	struct tep_handle *tep;
	int spool, report;
	struct type *type;	/* [IDS] */
	struct cpu *cpu;	/* [cpus] */
	struct cpu *per_buffer; /* [buffers * cpus] */
	int cpus;
	struct tracecmd_buffers buffers;
	struct tracecmd_buffers counted; /* the same, read once before; none if there is but one */
	uint64_t records, spooled, backward, lost, gaps, no_type, t0, last;
	uint64_t stimer_writes, tdt_writes, tmict_writes, lapic_starts, lapic_fires;
	struct tracecmd_threads threads;
	struct late_timers late;
	size_t held;
	struct kvm_record out[SPOOL];
};

static int write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static json_t *or_empty(const char *s)
{
	return json_text(s ? s : "");
}

static void __attribute__((noreturn)) give_report(int fd, json_t *report)
{
	char *s = json_print(report, JSON_COMPACT);

	_exit(write_all(fd, s, strlen(s)) ? 1 : 0);
}

static void __attribute__((noreturn)) fail(int fd, const char *what)
{
	json_t *report = json_object();

	json_put(report, "error", or_empty(what));
	give_report(fd, report);
}

static void flush(struct decode *d)
{
	char why[128];

	if (write_all(d->spool, d->out, d->held * sizeof(*d->out))) {
		snprintf(why, sizeof(why), "cannot write to the temporary file (TMPDIR): %s",
			 strerror(errno));
		fail(d->report, why);
	}
	d->held = 0;
}

static void spool_linked(struct decode *d, uint64_t ts, int cpu, uint32_t pid, enum kvm_kind kind,
			 unsigned flags, uint64_t a, uint64_t b, uint64_t link)
{
	d->out[d->held++] = (struct kvm_record){
		.ts = ts,
		.a = a,
		.b = b,
		.link = link,
		.pid = pid,
		.cpu = (uint16_t)cpu,
		.kind = (uint8_t)kind,
		.flags = (uint8_t)flags,
	};
	d->spooled++;
	if (d->held == SPOOL)
		flush(d);
}

static void spool(struct decode *d, uint64_t ts, int cpu, uint32_t pid, enum kvm_kind kind,
		  unsigned flags, uint64_t a, uint64_t b)
{
	spool_linked(d, ts, cpu, pid, kind, flags, a, b, 0);
}

/* The library reads fields without a look at the record's size. */
static bool number(const struct type *t, unsigned field, const struct tep_record *r,
		   uint64_t *value)
{
	struct tep_format_field *f = t->field[field];
	unsigned long long v = 0;

	*value = 0;
	if (!f || f->offset < 0 || f->size <= 0 || r->size < 0 || f->offset + f->size > r->size)
		return false;
	if (tep_read_number_field(f, r->data, &v))
		return false;
	*value = v;
	return true;
}

static void learn_comm(struct decode *d, const struct type *t, const struct tep_record *r,
		       uint32_t tid)
{
	const struct tep_format_field *f = t->field[2];
	char comm[TRACECMD_COMM] = "";

	if (!f || f->offset < 0 || f->size <= 0 || f->offset + f->size > r->size)
		return;
	/* A fixed array up to 6.18; where it is __data_loc the saved command lines have to do. */
	if (f->flags & TEP_FIELD_IS_DYNAMIC)
		return;
	memcpy(comm, (const char *)r->data + f->offset,
	       (size_t)f->size < sizeof(comm) - 1 ? (size_t)f->size : sizeof(comm) - 1);
	tracecmd_threads_comm(&d->threads, tid, comm);
}

/* What the hrtimer's callback is, as KVM_F_ flags. */
static unsigned callback(const struct decode *d, uint64_t function)
{
	const char *name = tep_find_function(d->tep, function);

	/* The library gives the nearest symbol below. */
	if (!name || tep_find_function_address(d->tep, function) != function)
		return KVM_F_UNKNOWN;
	if (!strncmp(name, "apic_timer_fn", 13))
		return KVM_F_LAPIC;
	if (!strncmp(name, "stimer_timer_callback", 21))
		return KVM_F_STIMER;
	/* Renamed in 6.9. */
	if (!strcmp(name, "tick_sched_timer") || !strcmp(name, "tick_nohz_handler"))
		return KVM_F_TICK;
	return 0;
}

static bool timer_msr(uint64_t msr)
{
	return msr == MSR_IA32_TSC_DEADLINE || msr == MSR_X2APIC_BASE + (APIC_REG_LVTT >> 4) ||
	       msr == MSR_X2APIC_BASE + (APIC_REG_TMICT >> 4) ||
	       msr == MSR_X2APIC_BASE + (APIC_REG_TDCR >> 4) || msr == MSR_IA32_TSC ||
	       msr == MSR_IA32_TSC_ADJUST;
}

static bool timer_register(uint64_t reg)
{
	return reg == APIC_REG_LVTT || reg == APIC_REG_TMICT || reg == APIC_REG_TDCR;
}

/* Whether the record was used; @flags and the fields are the record's. */
static bool keep(struct decode *d, struct type *t, const struct tep_record *r, uint32_t pid,
		 uint64_t f[FIELDS], unsigned *flags)
{
	switch (t->w - wanted) {
	case W_SWITCH:
		f[0] = tracecmd_threads_now(&d->threads, (uint32_t)f[0]);
		learn_comm(d, t, r, (uint32_t)f[0]);
		return true;
	case W_WAKING:
	case W_WAKEUP:
		f[0] = tracecmd_threads_now(&d->threads, (uint32_t)f[0]);
		return true;
	case W_MSR:
		tracecmd_threads_kvm(&d->threads, pid, -1);
		d->stimer_writes += f[2] && f[0] >= MSR_STIMER_FIRST && f[0] <= MSR_STIMER_LAST;
		if (!f[2] || f[3] || !timer_msr(f[0]))
			return false;
		d->tdt_writes += f[0] == MSR_IA32_TSC_DEADLINE;
		return true;
	case W_APIC:
		tracecmd_threads_kvm(&d->threads, pid, -1);
		if (!f[2] || !timer_register(f[0]))
			return false;
		/* The registers are 32 bits wide; the field became u64 in 6.1. */
		f[1] &= UINT32_MAX;
		d->tmict_writes += f[0] == APIC_REG_TMICT;
		return true;
	case W_EOI:
		return (int32_t)f[0] != EOI_NONE;
	case W_START:
		*flags = callback(d, f[2]);
		d->lapic_starts += (*flags & KVM_F_LAPIC) != 0;
		return *flags != 0;
	case W_EXPIRE:
		*flags = callback(d, f[2]);
		d->lapic_fires += (*flags & KVM_F_LAPIC) != 0;
		return true;
	case W_TO_USER:
		tracecmd_threads_kvm(&d->threads, pid, -1);
		return true;
	case W_EXIT:
		f[1] = f[3];
		/* fall through */
	case W_ENTRY:
	case W_HV_TIMER:
	case W_VCPU_WAKEUP:
		tracecmd_threads_kvm(&d->threads, pid,
				     t->field[2] && f[2] < UINT32_MAX ? (int64_t)f[2] : -1);
		return t->w->kind != KVM_OTHER;
	case W_ST_CONFIG:
	case W_ST_COUNT:
	case W_ST_ONE_SHOT:
	case W_ST_PERIODIC:
		tracecmd_threads_kvm(&d->threads, pid, f[2] < UINT32_MAX ? (int64_t)f[2] : -1);
		/* `host`: the VMM restores what the guest once wrote. */
		if (t->w->kind != KVM_HV_START)
			return f[0] < KVM_STIMERS && !f[3];
		f[1] = f[1] > f[3] ? f[1] - f[3] : 0;
		*flags = t->w - wanted == W_ST_PERIODIC ? KVM_F_PERIODIC : 0;
		return f[0] < KVM_STIMERS;
	case W_ST_CALLBACK:
	case W_ST_EXPIRATION:
		return f[0] < KVM_STIMERS;
	default:
		return true;
	}
}

/* A record that is read, for what is late. */
static void look_late(struct decode *d, struct cpu *c, const struct type *t, uint64_t ts, int cpu,
		      uint32_t pid, const uint64_t f[FIELDS])
{
	uint64_t expires;

	switch (t->w - wanted) {
	case W_START:
		late_started(&d->late, f[0], f[1]);
		break;
	case W_EXPIRE:
		expires = c->late.n ? late_expires(&d->late, f[0], f[1]) : 0;
		for (unsigned i = 0; expires && i < c->late.n; i++) {
			const struct late_silence *s = &c->late.silence[i];

			/* In the burst that ends the silence it is the expiry that does. */
			spool_linked(d, ts, cpu, pid, KVM_LATE, 0, expires, s->before,
				     i || !c->late.back ? s->since : 0);
		}
		break;
	case W_SWITCH:
	case W_ENTRY:
		late_over(&c->late);
		break;
	default:
		break;
	}
}

static void record(struct decode *d, struct tep_record *r, size_t which, int cpu)
{
	struct cpu *c = &d->cpu[cpu], *own = &d->per_buffer[which * (size_t)d->cpus + (size_t)cpu];
	uint64_t ts = r->ts, f[FIELDS];
	unsigned flags = 0;
	bool first = !c->seen, use;
	uint32_t pid, tid;
	struct type *t;
	int id;

	if (!d->records++)
		d->t0 = d->last = ts;
	if (ts < d->last) {
		ts = d->last;
		d->backward++;
	}
	d->last = ts;
	id = tep_data_type(d->tep, r);
	tid = (uint32_t)tep_data_pid(d->tep, r);
	pid = tracecmd_threads_now(&d->threads, tid);
	if (r->missed_events) {
		uint64_t count = r->missed_events > 0 ? (uint64_t)r->missed_events : 0;

		d->gaps++;
		d->lost += count;
		spool(d, ts, cpu, pid, KVM_GAP, 0, own->seen ? own->last : d->t0, count);
		first = true;
	}
	if (first)
		late_lost(&c->late);
	else
		late_record(&c->late, ts, c->last);
	c->seen = own->seen = true;
	c->last = own->last = ts;
	if (id < 0 || id >= IDS) {
		d->no_type++;
		return;
	}
	t = &d->type[id];
	t->n++;
	use = t->w && (!d->counted.n || tracecmd_buffers_tells(&d->counted, which, cpu, id));
	for (unsigned i = 0; use && i < FIELDS; i++)
		if (!number(t, i, r, &f[i]) && t->w->field[i] && i < 2)
			use = false;
	if (use)
		look_late(d, c, t, ts, cpu, pid, f);
	use = use && keep(d, t, r, pid, f, &flags);
	if (use)
		spool(d, ts, cpu, pid, t->w->kind, flags, f[0], f[1]);
	else
		t->passed++;
	if (use && t->w->kind == KVM_SWITCH && f[1] & KVM_STATE_DEAD)
		tracecmd_threads_end(&d->threads, tid);
	if (!use && first)
		spool(d, ts, cpu, pid, KVM_OTHER, 0, 0, 0);
}

static void find_types(struct decode *d, json_t *missing)
{
	for (unsigned i = 0; i < WANTED; i++) {
		struct tep_event *e =
		    tep_find_event_by_name(d->tep, wanted[i].system, wanted[i].event);
		struct type *t;

		if (!e || e->id < 0 || e->id >= IDS)
			continue;
		t = &d->type[e->id];
		for (unsigned f = 0; f < FIELDS; f++) {
			if (wanted[i].field[f])
				t->field[f] = tep_find_field(e, wanted[i].field[f]);
			if (f < 2 && wanted[i].field[f] && !t->field[f])
				break;
			if (f == FIELDS - 1)
				t->w = &wanted[i];
		}
		if (!t->w)
			json_push(missing, or_empty(wanted[i].event));
	}
}

static json_t *counts(const struct decode *d, bool passed)
{
	json_t *object = json_object();

	for (int id = 0; id < IDS; id++) {
		uint64_t n = passed ? d->type[id].passed : d->type[id].n;
		struct tep_event *e = n ? tep_find_event(d->tep, id) : NULL;
		char name[32];

		if (!n)
			continue;
		snprintf(name, sizeof(name), "type %d", id);
		json_t *key = or_empty(e && e->name ? e->name : name);
		const char *k = json_string_value(key);
		json_t *old = json_object_get(object, k);

		json_put_u64(object, k, n + (uint64_t)json_integer_value(old));
		json_decref(key);
	}
	return object;
}

/* All buffers are of one clock, or none is to be trusted. */
static const char *clock_of(const struct decode *d)
{
	const char *first = NULL;

	for (size_t i = 0; i < d->buffers.n; i++) {
		const struct tracecmd_buffer *b = &d->buffers.buffer[i];
		const char *clock = tracecmd_get_trace_clock(b->handle);

		if (!b->records || !clock || !*clock)
			continue;
		if (first && strcmp(first, clock))
			fail(d->report,
			     "its buffers were recorded with different trace clocks, "
			     "expected one (trace-cmd record -C mono, before each -B too)");
		first = clock;
	}
	return first ? first : tracecmd_get_trace_clock(d->handle);
}

static json_t *describe(struct decode *d, json_t *missing)
{
	json_t *report = json_object(), *seen = counts(d, false), *last = json_array();
	json_t *instances = json_array();

	json_put(report, "clock", or_empty(clock_of(d)));
	json_put(report, "uname", or_empty(tracecmd_get_uname(d->handle)));
	json_put(report, "cpus", json_integer(d->cpus));
	json_put_u64(report, "records", d->records);
	json_put_u64(report, "spooled", d->spooled);
	json_put_u64(report, "t0", d->t0);
	json_put_u64(report, "t1", d->last);
	json_put_u64(report, "backward", d->backward);
	json_put_u64(report, "gaps", d->gaps);
	json_put_u64(report, "lost", d->lost);
	for (size_t i = 1; i < d->buffers.n; i++)
		if (d->buffers.buffer[i].records)
			json_push(instances, or_empty(d->buffers.buffer[i].name));
	json_put(report, "instances", instances);
	json_put_u64(seen, "tsc_deadline_writes", d->tdt_writes);
	json_put_u64(seen, "stimer_msr_writes", d->stimer_writes);
	json_put_u64(seen, "tmict_writes", d->tmict_writes);
	json_put_u64(seen, "hrtimer_start_apic_timer_fn", d->lapic_starts);
	json_put_u64(seen, "hrtimer_expire_apic_timer_fn", d->lapic_fires);
	for (int i = 0; i < d->cpus; i++)
		json_push(last, json_integer((json_int_t)d->cpu[i].last));
	json_put(report, "last", last);
	json_put(report, "seen", seen);
	json_put(report, "skipped", counts(d, true));
	json_put(report, "missing", missing);
	for (size_t i = 0; i < d->threads.n; i++) {
		uint32_t thread = d->threads.thread[i].tid;
		const char *comm = tep_data_comm_from_pid(d->tep, (int)tracecmd_threads_id(thread));

		/* The saved command lines are those of the end. */
		if (comm && !tracecmd_threads_again(&d->threads, thread) && strcmp(comm, "<...>") &&
		    strcmp(comm, "<unknown>"))
			tracecmd_threads_comm(&d->threads, thread, comm);
	}
	json_put(report, "threads", tracecmd_threads_json(&d->threads));
	return report;
}

static struct tracecmd_input *open_file(const struct decode *d, int data)
{
	struct tracecmd_input *handle;
	int fd = dup(data);

	if (fd < 0 || lseek(fd, 0, SEEK_SET))
		fail(d->report, "cannot seek in the capture");
	handle = tracecmd_open_fd(fd, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!handle)
		fail(d->report, "libtracecmd cannot read it, expected a whole trace.dat file");
	return handle;
}

/* Reads the file once before, to see which buffer holds what. */
static void count_buffers(struct decode *d, int data)
{
	struct tracecmd_input *handle = open_file(d, data);
	char *wrong = tracecmd_buffers_open(&d->counted, handle);
	struct tep_record *r;
	uint64_t n = 0;
	size_t which;
	int cpu, id;

	if (wrong)
		fail(d->report, wrong);
	while ((r = tracecmd_buffers_next(&d->counted, &which, &cpu))) {
		id = tep_data_type(tracecmd_get_tep(handle), r);
		if (id >= 0 && id < IDS && cpu >= 0 && cpu < d->counted.cpus)
			tracecmd_buffers_count(&d->counted, which, cpu, id);
		tracecmd_free_record(r);
		if (!(++n % ALIVE) && write_all(d->report, "\n", 1))
			_exit(1);
	}
}

void tracecmd_decode(int data, int spool_fd, int report_fd)
{
	struct decode *d = vt_alloc(sizeof(*d));
	json_t *missing = json_array();
	struct tep_record *r;
	size_t which;
	char *wrong;
	int cpu = 0;

	d->spool = spool_fd;
	d->report = report_fd;
	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	d->handle = open_file(d, data);
	if (tracecmd_buffer_instances(d->handle) > 0)
		count_buffers(d, data);
	wrong = tracecmd_buffers_open(&d->buffers, d->handle);
	if (wrong)
		fail(report_fd, wrong);
	d->tep = tracecmd_get_tep(d->handle);
	d->cpus = d->buffers.cpus;
	if (d->cpus < 1 || d->cpus > (int)TRACE_LPS_MAX)
		fail(report_fd, "an impossible number of CPUs, expected 1 to 4096");
	d->type = vt_array(IDS, sizeof(*d->type));
	d->cpu = vt_array((size_t)d->cpus, sizeof(*d->cpu));
	d->per_buffer = vt_array(d->buffers.n * (size_t)d->cpus, sizeof(*d->per_buffer));
	find_types(d, missing);
	if (write_all(report_fd, "\n", 1))
		_exit(1);
	while ((r = tracecmd_buffers_next(&d->buffers, &which, &cpu))) {
		if (cpu >= 0 && cpu < d->cpus)
			record(d, r, which, cpu);
		tracecmd_free_record(r);
		if (!(d->records % ALIVE) && write_all(report_fd, "\n", 1))
			_exit(1);
	}
	flush(d);
	give_report(report_fd, describe(d, missing));
}
