/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/probes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record.skel.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/record/kernel_facts.h"
#include "traces/trace.h"

#define CPUS_MAX 4096 /* TRACE_LPS_MAX */

struct probes {
	struct record_bpf *bpf;
	struct ring_buffer *ring;
	struct raw_cpu *cpu; /* mapped */
	size_t cpu_bytes;
	uint32_t cpus;
	uint64_t recorded;
	int stats_fd;
	json_t *used, *left_out;
	const struct probes_sink *sink; /* during a drain */
};

/* What libbpf said last: it knows why a program was refused. */
static char last_words[256];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_words, sizeof(last_words), fmt, ap);
	return 0;
}

/* The programs, the tracepoint each hangs on (NULL: none), and whether a recording is one without
 * it. */
static const struct program {
	const char *name, *tracepoint;
	bool needed;
} programs[] = {
	{ "sched_switch", "sched_switch", true },
	{ "on_kvm_msr", "kvm_msr", true },
	{ "on_kvm_apic", "kvm_apic", false },
	{ "on_hrtimer_start", "hrtimer_start", false },
	{ "on_hrtimer_expire", "hrtimer_expire_entry", false },
	{ "on_accept_irq", "kvm_apic_accept_irq", false },
	{ "on_waking", "sched_waking", false },
	{ "on_local_timer", "local_timer_entry", false },
	{ "on_tsc_offset", "kvm_write_tsc_offset", false },
};

static int choose(struct probes *p, const struct kernel_facts *f, struct vt_error *err)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		struct bpf_program *program =
		    bpf_object__find_program_by_name(p->bpf->obj, programs[i].name);
		bool there = kernel_tracepoint(f, programs[i].tracepoint) >= 0;

		if (!there && programs[i].needed)
			return vt_error_set(
			    err, NULL, VT_NO_OFFSET,
			    "record needs the tracepoint %s, which this kernel does not have",
			    programs[i].tracepoint);
		bpf_program__set_autoload(program, there);
		json_push(there ? p->used : p->left_out, json_text(programs[i].tracepoint));
	}
	return 0;
}

static int on_sample(void *ctx, void *data, size_t size)
{
	struct probes *p = ctx;
	const struct raw_event *e = data;
	struct raw_event whole;

	if (size < RAW_SHORT)
		return 0;
	p->recorded++;
	if (e->type == RAW_VCPU && size >= sizeof(struct raw_vcpu)) {
		p->sink->vcpu(p->sink->to, data);
		return 0;
	}
	whole = (struct raw_event){
		.ts = e->ts,
		.vcpu = e->vcpu,
		.seq = e->seq,
		.cpu = e->cpu,
		.type = e->type,
		.flags = e->flags,
	};
	if (size >= RAW_WITH_A)
		whole.a = e->a;
	if (size >= sizeof(*e)) {
		whole.b = e->b;
		whole.c = e->c;
	}
	p->sink->event(p->sink->to, &whole);
	if (e->type == RAW_OUT && size >= RAW_BOTH) {
		p->recorded++;
		whole.type = RAW_IN;
		whole.vcpu = e->b;
		whole.flags = 0;
		whole.a = 0;
		p->sink->event(p->sink->to, &whole);
	}
	return 0;
}

/* A ring is a power of two of pages. */
static uint32_t ring_bytes(uint64_t kib)
{
	uint64_t bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	while (bytes < kib * 1024)
		bytes *= 2;
	return (uint32_t)bytes;
}

static int set_up(struct probes *p, const struct probes_options *o, const struct kernel_facts *f,
		  struct vt_error *err)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus <= 0 || cpus > CPUS_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "record does not know machines with %d CPUs", cpus);
	p->cpus = (uint32_t)cpus;
	p->bpf->rodata->only_some_vmms = o->vmms != 0;
	p->bpf->rodata->switch_has_state = kernel_tracepoint(f, "sched_switch") >= 4;
	p->bpf->rodata->apic_timer_fn = f->apic_timer_fn;
	if (bpf_map__set_max_entries(p->bpf->maps.ring, ring_bytes(o->buffer_kib)) ||
	    bpf_map__set_max_entries(p->bpf->maps.cpus, p->cpus))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot size the BPF maps");
	return choose(p, f, err);
}

static int load(struct probes *p, struct vt_error *err)
{
	int failed;

	last_words[0] = 0;
	failed = record_bpf__load(p->bpf);
	if (!failed)
		failed = record_bpf__attach(p->bpf);
	if (!failed)
		return 0;
	last_words[strcspn(last_words, "\n")] = 0;
	if (failed == -ENOMEM)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "no memory for the BPF maps, expected less with --buffer KIB");
	return vt_error_set(err, NULL, VT_NO_OFFSET,
			    "the kernel does not take the BPF programs: %s (%s)", strerror(-failed),
			    last_words);
}

static int map_memory(struct probes *p, struct vt_error *err)
{
	void *cpu;

	p->cpu_bytes = p->cpus * sizeof(*p->cpu);
	cpu = mmap(NULL, p->cpu_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(p->bpf->maps.cpus), 0);
	if (cpu == MAP_FAILED)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot map the BPF counters: %s",
				    strerror(errno));
	p->cpu = cpu;
	p->ring = ring_buffer__new(bpf_map__fd(p->bpf->maps.ring), on_sample, p, NULL);
	if (!p->ring)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot map the BPF ring: %s",
				    strerror(errno));
	return 0;
}

static int choose_vmms(const struct probes *p, const struct probes_options *o, struct vt_error *err)
{
	uint8_t yes = 1;

	for (size_t i = 0; i < o->vmms; i++) {
		uint32_t pid = (uint32_t)o->vmm[i];

		if (bpf_map_update_elem(bpf_map__fd(p->bpf->maps.vmms), &pid, &yes, BPF_ANY))
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "too many --pid, expected at most %u",
					    bpf_map__max_entries(p->bpf->maps.vmms));
	}
	return 0;
}

struct probes *probes_open(const struct probes_options *o, struct vt_error *err)
{
	struct kernel_facts facts;
	struct probes *p;
	int failed;

	libbpf_set_print(keep_words);
	if (kernel_facts_get(&facts, err))
		return NULL;
	p = vt_alloc(sizeof(*p));
	p->stats_fd = -1;
	p->used = json_array();
	p->left_out = json_array();
	p->bpf = record_bpf__open();
	failed = p->bpf ? set_up(p, o, &facts, err)
			: vt_error_set(err, NULL, VT_NO_OFFSET, "cannot open the BPF programs: %s",
				       strerror(errno));
	kernel_facts_free(&facts);
	/* The counters must count the very first run. */
	if (!failed && o->stats)
		p->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (failed || load(p, err) || map_memory(p, err) || choose_vmms(p, o, err)) {
		probes_close(p);
		return NULL;
	}
	return p;
}

void probes_close(struct probes *p)
{
	if (!p)
		return;
	ring_buffer__free(p->ring);
	if (p->cpu)
		munmap(p->cpu, p->cpu_bytes);
	record_bpf__destroy(p->bpf);
	if (p->stats_fd >= 0)
		close(p->stats_fd);
	json_decref(p->used);
	json_decref(p->left_out);
	free(p);
}

/* Reading an iterator runs it over all there are; it prints nothing. */
static int walk(const struct bpf_link *link, const char *what, struct vt_error *err)
{
	char none[16];
	ssize_t n;
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;

	if (fd < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot walk the %s: %s", what,
				    strerror(errno));
	/* After a million without a word it wants to be asked again. */
	do
		n = read(fd, none, sizeof(none));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	close(fd);
	return 0;
}

int probes_start(struct probes *p, struct vt_error *err)
{
	p->bpf->bss->starting = true;
	__atomic_store_n(&p->bpf->bss->recording, true, __ATOMIC_SEQ_CST);
	if (walk(p->bpf->links.snapshot, "threads", err) ||
	    walk(p->bpf->links.snapshot_files, "open files", err))
		return -1;
	__atomic_store_n(&p->bpf->bss->starting, false, __ATOMIC_SEQ_CST);
	return 0;
}

void probes_stop(struct probes *p)
{
	__atomic_store_n(&p->bpf->bss->recording, false, __ATOMIC_SEQ_CST);
	/* Programs run under RCU: those that still saw the flag are through after a grace period.
	 */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(50000);
}

uint32_t probes_cpus(const struct probes *p)
{
	return p->cpus;
}

int probes_drain(struct probes *p, const struct probes_sink *sink)
{
	p->sink = sink;
	return ring_buffer__consume(p->ring);
}

uint64_t probes_losses(struct probes *p, const struct probes_sink *sink)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < p->cpus; i++) {
		struct raw_cpu *c = &p->cpu[i];
		uint64_t lost = __atomic_load_n(&c->lost, __ATOMIC_ACQUIRE);
		uint64_t count = lost - c->acked;
		struct raw_event e = { .type = RAW_LOST, .cpu = (uint16_t)i };

		if (!count)
			continue;
		e.ts = __atomic_load_n(&c->first, __ATOMIC_ACQUIRE);
		e.a = __atomic_load_n(&c->last, __ATOMIC_ACQUIRE);
		e.b = count;
		if (e.a < e.ts)
			e.a = e.ts;
		__atomic_store_n(&c->acked, lost, __ATOMIC_RELEASE);
		sum += count;
		sink->event(sink->to, &e);
	}
	return sum;
}

static uint64_t missed(const struct probes *p)
{
	struct bpf_program *program;
	uint64_t sum = 0;

	bpf_object__for_each_program(program, p->bpf->obj)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
			sum += info.recursion_misses;
	}
	return sum;
}

void probes_counts(const struct probes *p, struct probes_count *c)
{
	*c = (struct probes_count){ .missed = missed(p), .no_room = p->bpf->bss->no_room };
	for (uint32_t i = 0; i < p->cpus; i++)
		for (int t = 0; t < RAW_TYPES; t++) {
			c->hits[t] += __atomic_load_n(&p->cpu[i].hits[t], __ATOMIC_RELAXED);
			c->lost[t] += __atomic_load_n(&p->cpu[i].lost_by_type[t], __ATOMIC_RELAXED);
		}
	for (int t = 0; t < RAW_TYPES; t++) {
		c->all_hits += c->hits[t];
		c->all_lost += c->lost[t];
	}
}

uint64_t probes_recorded(const struct probes *p)
{
	return p->recorded;
}

json_t *probes_json(const struct probes *p)
{
	return json_make("{s:O, s:O}", "used", p->used, "left_out", p->left_out);
}

void probes_print_stats(const struct probes *p)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, p->bpf->obj)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) || !info.run_cnt)
			continue;
		fprintf(stderr, "vtick: bpf: %-18s %12" PRIu64 " runs %8" PRIu64 " ns each\n",
			bpf_program__name(program), (uint64_t)info.run_cnt,
			(uint64_t)(info.run_time_ns / info.run_cnt));
	}
}
