/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of an xentrace file.
 *
 * The layout and the numbers are those of Xen's public interface, xen/include/public/trace.h
 * (xen-project/xen, releases 4.5 to 4.21). A record is one header word, then a TSC (low word
 * first) if bit 31 is set, then as many words as bits 28-30 say. All words are little endian.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_RECORD_H
#define VTICK_TRACES_IMPORT_XEN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	XEN_RECORD_MAX = 4 + 8 + 7 * 4,
	XEN_WORDS_MAX = 7,
	XEN_CPU_CHANGE_SIZE = 12,
	/* Domain numbers from here on are Xen's own (DOMID_FIRST_RESERVED): the idle domain is
	   0x7fff. */
	XEN_DOMAIN_RESERVED = 0x7ff0,
};

/* The whole header word of a CPU_CHANGE record: no TSC, two words (pCPU, bytes that follow). */
#define XEN_CPU_CHANGE_HEADER 0x2001f003u

/* Event numbers: bits 27-16 are the class (exactly one bit), 15-12 the subclass. */
enum {
	XEN_LOST_RECORDS = 0x001f001, /* count, did | vid << 16, first lost TSC (lo, hi) */
	XEN_WRAP_BUFFER = 0x001f002,  /* padding */
	XEN_CPU_CHANGE = 0x001f003,

	XEN_RUNSTATE = 0x0021001, /* + old << 8 + new << 4: vcpu | dom << 16 */
	XEN_RUNSTATE_MASK = 0xffff00f,
	XEN_CONTINUE_RUNNING = 0x0021002, /* vcpu | dom << 16 */
	XEN_YIELD = 0x0028005,		  /* dom, vcpu */
	XEN_SWITCH_INFPREV = 0x002800e,	  /* dom, unit, ns that it ran (low 32 bits) */
	XEN_SWITCH_INFNEXT = 0x002800f,	  /* dom, unit, ns that it waited, slice ns */

	XEN_CROSSING = 0x0081000, /* the subclass of the next ones */
	XEN_CROSSING_MASK = 0xffff000,
	XEN_VMENTRY = 0x0081001,
	XEN_VMEXIT = 0x0081002,	    /* reason, rip */
	XEN_SVM_EXIT = 0x0081003,   /* Xen 4.19 on; before, AMD used VMEXIT */
	XEN_EXIT_FLAGS = 0x0000500, /* 64-bit rip, nested */
	XEN_INJ_VIRQ = 0x0082004,
	XEN_MSR_WRITE = 0x008200d,	/* msr, value (lo, hi) */
	XEN_IOMEM_WRITE = 0x0082217,	/* address, data */
	XEN_IOMEM_WRITE_64 = 0x0082317, /* address (lo, hi), data */
	XEN_LAPIC_START = 0x0084004,	/* delta ns (lo, hi), period ns (lo, hi), vector */
	XEN_LAPIC_STOP = 0x0084008,
	XEN_LAPIC_CALLBACK = 0x008400a, /* periodic mode only */

	XEN_PV_CLASS = 0x0200000,
	XEN_PV_HYPERCALL = 0x020100d, /* number in bits 0-19, then arguments */
	XEN_PV_SUBCALL = 0x020200e,   /* the same inside a multicall */
	/* Not in Xen's own tree: extra records of a Xen built to log its timers. Next to the PV
	 * ones: dom << 16 | vcpu, 0, deadline ns (lo, hi), NOW() ns (lo, hi). */
	XEN_PV_SET_SINGLESHOT = 0x0201020,
	XEN_PV_STOP = 0x0201021,
	XEN_PV_FIRE = 0x0201022,
	XEN_PV_SET_TIMER_OP = 0x0201023,
	XEN_MACHINE_TIMER_IRQ = 0x0801020,
	XEN_MACHINE_TIMER_SET = 0x0801021, /* deadline ns (lo, hi), NOW() ns (lo, hi) */
};

/* Exit reasons: Intel SDM 3C, appendix C; AMD APM 2, appendix C. */
enum { XEN_EXIT_VMCALL = 18, XEN_EXIT_VMMCALL = 0x81 };

enum xen_runstate { XEN_RUNNING, XEN_RUNNABLE, XEN_BLOCKED, XEN_OFFLINE };

struct xen_record {
	uint64_t offset; /* of its header in the uncompressed capture */
	uint64_t tsc;	 /* its own, or the last one before it on its pCPU */
	uint32_t event;
	uint8_t n; /* words */
	bool has_tsc;
	uint32_t w[XEN_WORDS_MAX];
};

static inline uint32_t xen_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Bytes of the record that @header begins. */
static inline uint32_t xen_record_size(uint32_t header)
{
	return 4 + (header >> 31) * 8 + (header >> 28 & 7) * 4;
}

/*
 * Decodes a whole record; .tsc only if it has one, words that it does not have are 0. Of VM entries
 * and exits, which most records are, the first word only. XEN_RECORD_MAX bytes from @p on must be
 * readable, so that nothing has to branch on how many words there are.
 */
static inline void xen_record_decode(struct xen_record *r, const uint8_t *p)
{
	uint32_t header = xen_le32(p);
	unsigned n = header >> 28 & 7;

	r->event = header & 0xfffffff;
	r->n = (uint8_t)n;
	r->has_tsc = header >> 31;
	p += 4;
	if (r->has_tsc) {
		r->tsc = xen_le32(p) | (uint64_t)xen_le32(p + 4) << 32;
		p += 8;
	}
	if ((r->event & XEN_CROSSING_MASK) == XEN_CROSSING) {
		r->w[0] = n ? xen_le32(p) : 0;
		return;
	}
	for (unsigned i = 0; i < XEN_WORDS_MAX; i++) {
		uint32_t w = xen_le32(p + (size_t)4 * i);

		r->w[i] = i < n ? w : 0;
	}
}

static inline uint64_t xen_u64(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

static inline bool xen_is_runstate(uint32_t event)
{
	return (event & XEN_RUNSTATE_MASK) == XEN_RUNSTATE && (event & 0xcc0) == 0;
}

static inline unsigned xen_runstate_old(uint32_t event)
{
	return event >> 8 & 3;
}

static inline unsigned xen_runstate_new(uint32_t event)
{
	return event >> 4 & 3;
}

static inline bool xen_is_exit(uint32_t event)
{
	event &= ~(uint32_t)XEN_EXIT_FLAGS;
	return event == XEN_VMEXIT || event == XEN_SVM_EXIT;
}

/* VMCALL of VMX and VMMCALL of SVM, whose numbers are nothing that comes in the other (18: a write
 * of CR2). */
static inline bool xen_is_hypercall(uint32_t event, uint32_t reason)
{
	return xen_is_exit(event) && (reason == XEN_EXIT_VMCALL || reason == XEN_EXIT_VMMCALL);
}

static inline bool xen_is_entry(uint32_t event)
{
	return (event & ~(uint32_t)XEN_EXIT_FLAGS) == XEN_VMENTRY;
}

/* @word is vcpu | dom << 16, as runstate records pack it. */
/* SWITCH_INFNEXT's slice where the scheduler sets no timer. */
#define XEN_NO_SLICE UINT32_MAX

static inline bool xen_is_vp(uint32_t word)
{
	return word >> 16 < XEN_DOMAIN_RESERVED;
}

/* The least number of words that the importer reads from a record of this event. */
unsigned xen_words_needed(uint32_t event);

#endif
