/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes an xentrace file as large as one likes, of guests that halt: on each pCPU one VP after
 * another is woken by its TSC deadline, runs for a moment, asks for the next and halts again, in a
 * new random order each time round. No pCPU is ever asked for more than half of its time, however
 * many VPs share it.
 *
 * Usage: xen_capture FILE PCPUS VCPUS TICKS EXITS: VCPUS on each pCPU, TICKS on all of them
 * together, and EXITS more VM exits in each.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/import/xen/record.h"

/* xenalyze takes a machine for one of 2.4 GHz unless told. */
#define TICKS_OF(ns) ((ns)*12 / 5)
/* A VP has its pCPU for itself this long. */
#define SLOT_NS UINT64_C(200000)
/* xentrace collects a pCPU's records about so often. */
#define SLOTS_OF_A_POLL 50
#define MSR_TSC_DEADLINE 0x6e0
#define IDLE_DOMAIN 0x7fffu

/* Reasons of VM exits, as Intel's manual numbers them (SDM 3D, appendix C). */
enum { EXIT_CPUID = 10, EXIT_HLT = 12, EXIT_MSR_WRITE = 32, GUEST_RIP = 0x1000 };

struct pcpu {
	uint32_t id;
	uint32_t *order; /* which VP has which slot of this round */
	uint32_t *next;	 /* and of the next one: [vcpus], slot by VP */
	uint8_t *buf;
	size_t n;
};

struct capture {
	FILE *f;
	uint32_t pcpus, vcpus, exits;
	uint64_t random;
};

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint32_t below(struct capture *c, uint32_t n)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (uint32_t)((c->random >> 32) * n >> 32);
}

static void put_word(uint8_t *p, uint32_t w)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(w >> 8 * i);
}

static void word(struct pcpu *p, uint32_t w)
{
	put_word(p->buf + p->n, w);
	p->n += 4;
}

static void record(struct pcpu *p, uint64_t ns, uint32_t event, unsigned n, const uint32_t *w)
{
	uint64_t tsc = TICKS_OF(ns);

	word(p, event | n << 28 | UINT32_C(1) << 31);
	word(p, (uint32_t)tsc);
	word(p, (uint32_t)(tsc >> 32));
	for (unsigned i = 0; i < n; i++)
		word(p, w[i]);
}

#define RECORD(p, ns, event, ...)                                                                  \
	record(p, ns, event, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t),               \
	       (uint32_t[]){ __VA_ARGS__ })

static void runstate(struct pcpu *p, uint64_t ns, enum xen_runstate from, enum xen_runstate to,
		     uint32_t vcpu)
{
	RECORD(p, ns, (uint32_t)XEN_RUNSTATE + ((uint32_t)from << 8) + ((uint32_t)to << 4), vcpu);
}

/* A guest's VM exit, and what Xen has to say of it, and back: within 3 us from @ns on. */
static void vm_exit(struct pcpu *p, uint64_t ns, uint32_t reason)
{
	RECORD(p, ns, XEN_VMEXIT | 0x100, reason, GUEST_RIP + reason, 0xffffffff);
}

static void entry(struct pcpu *p, uint64_t ns)
{
	record(p, ns, XEN_VMENTRY, 0, NULL);
}

/* One slot that begins at @ns: @vp is woken, answers its tick, wants the next at @deadline, and
 * halts. */
static void slot(const struct capture *c, struct pcpu *p, uint64_t ns, uint32_t vp,
		 uint64_t deadline)
{
	uint32_t vcpu = (1 + p->id * c->vcpus + vp) << 16, idle = IDLE_DOMAIN << 16 | p->id;
	uint64_t delta, tsc = TICKS_OF(deadline);

	ns += 2000;
	runstate(p, ns, XEN_BLOCKED, XEN_RUNNABLE, vcpu);
	runstate(p, ns + 1000, XEN_RUNNING, XEN_RUNNABLE, idle);
	runstate(p, ns + 1500, XEN_RUNNABLE, XEN_RUNNING, vcpu);
	entry(p, ns += 3000);
	for (uint32_t i = 0; i < c->exits; i++) {
		vm_exit(p, ns += 1000, EXIT_CPUID);
		entry(p, ns += 2000);
	}
	vm_exit(p, ns += 10000, EXIT_MSR_WRITE);
	RECORD(p, ns + 500, XEN_MSR_WRITE, MSR_TSC_DEADLINE, (uint32_t)tsc, (uint32_t)(tsc >> 32));
	delta = deadline - (ns + 1000);
	RECORD(p, ns + 1000, XEN_LAPIC_START, (uint32_t)delta, (uint32_t)(delta >> 32), 0, 0, 0xec);
	entry(p, ns += 2000);
	vm_exit(p, ns += 5000, EXIT_HLT);
	runstate(p, ns + 1000, XEN_RUNNING, XEN_BLOCKED, vcpu);
	runstate(p, ns + 1500, XEN_RUNNABLE, XEN_RUNNING, idle);
}

static bool flush(const struct capture *c, struct pcpu *p)
{
	uint8_t head[XEN_CPU_CHANGE_SIZE];
	size_t n = p->n;

	put_word(head, XEN_CPU_CHANGE_HEADER);
	put_word(head + 4, p->id);
	put_word(head + 8, (uint32_t)n);
	p->n = 0;
	return fwrite(head, sizeof(head), 1, c->f) == 1 && fwrite(p->buf, n, 1, c->f) == 1;
}

/* Lets every VP have a slot of the next round, in an order of chance. */
static void shuffle(struct capture *c, struct pcpu *p)
{
	for (uint32_t i = 0; i < c->vcpus; i++)
		p->order[p->next[i]] = i;
	for (uint32_t i = c->vcpus; i > 1; i--) {
		uint32_t other = below(c, i), t = p->next[i - 1];

		p->next[i - 1] = p->next[other];
		p->next[other] = t;
	}
}

static bool write_all(struct capture *c, struct pcpu *p, uint64_t slots)
{
	uint64_t round_ns = c->vcpus * SLOT_NS;

	for (uint64_t s = 0; s < slots;) {
		uint64_t until = s + SLOTS_OF_A_POLL < slots ? s + SLOTS_OF_A_POLL : slots;

		for (uint32_t i = 0; i < c->pcpus; i++) {
			for (uint64_t at = s; at < until; at++) {
				uint32_t vp;

				if (!(at % c->vcpus))
					shuffle(c, &p[i]);
				vp = p[i].order[at % c->vcpus];
				slot(c, &p[i], (1 + at) * SLOT_NS, vp,
				     (1 + at / c->vcpus * c->vcpus + p[i].next[vp]) * SLOT_NS +
					 round_ns);
			}
			if (!flush(c, &p[i]))
				return false;
		}
		s = until;
	}
	return true;
}

static void *get(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

static struct pcpu *new_pcpus(const struct capture *c)
{
	struct pcpu *p = get(c->pcpus, sizeof(*p));

	for (uint32_t i = 0; i < c->pcpus; i++) {
		p[i].id = i;
		p[i].order = get(c->vcpus, sizeof(*p[i].order));
		p[i].next = get(c->vcpus, sizeof(*p[i].next));
		p[i].buf = get(SLOTS_OF_A_POLL * (12 + 2 * (size_t)c->exits), XEN_RECORD_MAX);
		for (uint32_t v = 0; v < c->vcpus; v++)
			p[i].next[v] = v;
	}
	return p;
}

static void free_pcpus(const struct capture *c, struct pcpu *p)
{
	for (uint32_t i = 0; i < c->pcpus; i++) {
		free(p[i].order);
		free(p[i].next);
		free(p[i].buf);
	}
	free(p);
}

int main(int argc, char **argv)
{
	struct capture c = { .random = 1 };
	struct pcpu *p;
	bool ok;

	if (argc != 6) {
		fprintf(stderr, "xen_capture: usage: xen_capture FILE PCPUS VCPUS TICKS EXITS\n");
		return 2;
	}
	c.pcpus = (uint32_t)strtoul(argv[2], NULL, 10);
	c.vcpus = (uint32_t)strtoul(argv[3], NULL, 10);
	c.exits = (uint32_t)strtoul(argv[5], NULL, 10);
	if (!c.pcpus || !c.vcpus || (uint64_t)c.pcpus * c.vcpus > 1000 || c.exits > 40) {
		fprintf(stderr,
			"xen_capture: expected 1 to 1000 VPs, each with at most 40 exits a tick\n");
		return 2;
	}
	c.f = fopen(argv[1], "wb");
	if (c.f) {
		p = new_pcpus(&c);
		ok = write_all(&c, p, strtoull(argv[4], NULL, 10) / c.pcpus);
		ok = !fclose(c.f) && ok;
		free_pcpus(&c, p);
	} else {
		ok = false;
	}
	if (!ok)
		fprintf(stderr, "xen_capture: %s cannot be written\n", argv[1]);
	return ok ? 0 : 2;
}
