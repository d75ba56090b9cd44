/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shadow_vlapic.h: the part of shadow.h, and for what it says of itself, that vlapic.c alone wants:
 * registers, bits, and names of other parts of the hypervisor.
 */
#ifndef VTICK_KINDS_XEN_SHADOW_VLAPIC_H
#define VTICK_KINDS_XEN_SHADOW_VLAPIC_H

/* ---- bits: of what 32 or 64 bits hold, and little-endian ---- */

#define BITS_WORD(n, p) (((uint32_t *)(p))[(unsigned)(n) / 32])
#define BITS_BIT(n) (1u << ((unsigned)(n) % 32))

static inline bool test_bit(int n, const volatile void *p)
{
	return BITS_WORD(n, p) & BITS_BIT(n);
}

static inline bool test_and_set_bit(int n, volatile void *p)
{
	bool was = test_bit(n, p);

	BITS_WORD(n, p) |= BITS_BIT(n);
	return was;
}

static inline bool test_and_clear_bit(int n, volatile void *p)
{
	bool was = test_bit(n, p);

	BITS_WORD(n, p) &= ~BITS_BIT(n);
	return was;
}

#define set_bit(n, p) ((void)test_and_set_bit(n, p))
#define clear_bit(n, p) ((void)test_and_clear_bit(n, p))
#define fls(x) ((x) ? 32 - __builtin_clz(x) : 0)
#define ilog2(x) (31 - __builtin_clz(x))
#define hweight8(x) __builtin_popcount((uint8_t)(x))
#define hweight16(x) __builtin_popcount((uint16_t)(x))
#define multiple_bits_set(x) (((x) & ((x)-1)) != 0)
#define array_index_nospec(i, n) (i)
#define array_access_nospec(a, i) ((a)[i])
#define xchg(p, v)                                                                                 \
	({                                                                                         \
		__typeof__(*(p)) was_ = *(p);                                                      \
		*(p) = (v);                                                                        \
		was_;                                                                              \
	})

/* ---- registers ---- */

#define PAGE_SIZE 4096
#define NR_VECTORS 256
#define X86_NR_VECTORS NR_VECTORS
#define X86_IDT_VECTORS NR_VECTORS

#define MSR_X2APIC_FIRST 0x800
#define APIC_BASE_BSP (1u << 8)
#define APIC_BASE_EXTD (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)
#define APIC_BASE_ADDR_MASK ((1ull << 52) - PAGE_SIZE)

struct hvm_hw_lapic {
	uint64_t apic_base_msr, tdt_msr;
	uint32_t disabled, timer_divisor, pending_esr;
};

struct hvm_hw_lapic_regs {
	uint8_t data[1024];
};

/* ---- memory for them ---- */

struct page_info {
	uint8_t bytes[PAGE_SIZE];
};

#define alloc_domheap_page(d, flags) ((struct page_info *)shell_alloc(sizeof(struct page_info)))
#define free_domheap_page(page) xfree(page)
#define __map_domain_page_global(page) ((void *)(page))
#define unmap_domain_page_global(p) ((void)(p))
#define clear_page(p) ((void)memset(p, 0, PAGE_SIZE))

/* An access to memory that is registers: these guests write MSRs. */
struct hvm_mmio_ops {
	int (*check)(struct vcpu *v, unsigned long address);
	int (*read)(struct vcpu *v, unsigned long address, unsigned len, unsigned long *value);
	int (*write)(struct vcpu *v, unsigned long address, unsigned len, unsigned long value);
};

#define register_mmio_handler(d, ops) ((void)(ops))

/* ---- other parts of the hypervisor ---- */

/* Work that is put off: that of an INIT or a startup IPI, which a trace does not have. */
struct tasklet {
	int unused;
};

#define tasklet_init(...) ((void)0)
#define tasklet_kill(...) ((void)0)

/* Operations of the processor, which does nothing with interrupts by itself. */
struct hvm_function_table {
	int (*test_pir)(const struct vcpu *v, uint8_t vector);
	void (*update_eoi_exit_bitmap)(struct vcpu *v, uint8_t vector, uint8_t trigger);
	void (*deliver_posted_intr)(struct vcpu *v, uint8_t vector);
	void (*sync_pir_to_irr)(struct vcpu *v);
	void (*handle_eoi)(uint8_t vector, int isr);
	void (*process_isr)(int isr, struct vcpu *v);
	bool virtual_intr_delivery_enabled;
	struct {
		bool virtual_intr_delivery;
	} caps;
};

static const struct hvm_function_table hvm_funcs;
#define alternative_call(f, ...) ((f)(__VA_ARGS__))
#define alternative_vcall(f, ...) ((void)(f)(__VA_ARGS__))
#define hvm_sync_pir_to_irr(v) ((void)(v))
#define nestedhvm_vcpu_in_guestmode(v) ((void)(v), false)

/* Devices behind an IOMMU wait for the end of their interrupts. */
#define hvm_dpci_msi_eoi(d, vector) ((void)(d))

/* Interfaces that Windows knows of. */
#define has_viridian_synic(d) ((void)(d), false)
#define has_viridian_apic_assist(d) ((void)(d), false)
#define viridian_apic_assist_completed(v) ((void)(v), false)
#define viridian_apic_assist_clear(v) ((void)(v))
#define viridian_apic_assist_set(v) ((void)(v))

/* Other interrupt controllers. */
#define has_vpic(d) ((void)(d), false)
#define has_vioapic(d) ((void)(d), false)
#define dest_ExtINT 7

union vioapic_redir_entry {
	struct {
		uint8_t delivery_mode, mask, dest_id;
	} fields;
};

struct hvm_vioapic {
	union vioapic_redir_entry redirtbl[1];
};

#define domain_vioapic(d, n) ((void)(d), (struct hvm_vioapic *)NULL)

/* What a guest is saved to and restored from. */
typedef struct {
	int unused;
} hvm_domain_context_t;

#define hvm_load_instance(h) ((void)(h), 0u)
#define hvm_save_entry(type, instance, h, from) ((void)(h), (void)(from), 0)
#define hvm_load_entry(type, h, to) ((void)(h), (void)(to), 0)
#define hvm_load_entry_zeroextend(type, h, to) hvm_load_entry(type, h, to)
#define hvm_get_entry(type, h) ((void *)(h))

struct cpu_policy {
	struct {
		bool x2apic;
	} basic;
};

#define cpuid_policy cpu_policy

/* ---- domains and VPs ---- */

#define domain_lock(d) ((void)(d))
#define domain_unlock(d) ((void)(d))
#define domain_vcpu(d, n) ((n) < (d)->max_vcpus ? (d)->vcpu[n] : NULL)
#define for_each_vcpu(d, v)                                                                        \
	for ((v) = (d)->vcpu ? (d)->vcpu[0] : NULL; (v); (v) = (v)->next_in_list)
/* A page that the guest shares with Xen: no event is in it. */
#define vcpu_info(v, field) ((void)(v), false)
#define _VPF_down 1

/* The guest's counter, and ns of so many of its ticks. */
uint64_t hvm_get_guest_tsc_fixed(struct vcpu *v, uint64_t at_tsc);
#define hvm_get_guest_tsc(v) hvm_get_guest_tsc_fixed(v, 0)
uint64_t gtsc_to_gtime(const struct domain *d, uint64_t ticks);

#endif
