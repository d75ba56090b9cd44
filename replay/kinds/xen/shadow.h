/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shadow.h: what Xen's vpt.c, timer.c and vlapic.c find where they expect the hypervisor. It stands
 * for every header that these and the tree's own ones (the table `files`) include, but for those.
 *
 * Names, types and prototypes are Xen's, as a caller has to write them; every body is vtick's own,
 * made from what the call is documented to do and from what the compiler asked for. No text of Xen
 * stands here. Structs have the fields that some version of these files uses: one more than a
 * version knows does no harm. What no local timer needs has no stand-in: it becomes a stub that
 * ends the cell and names itself.
 */
#ifndef VTICK_KINDS_XEN_SHADOW_H
#define VTICK_KINDS_XEN_SHADOW_H

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- words ---- */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64, s_time_t;
typedef bool bool_t;

#define __init
#define __read_mostly
#define __cacheline_aligned
#define CONFIG_NR_CPUS 65535
#define cf_check
#define always_inline inline __attribute__((always_inline))
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define container_of(p, type, field) ((type *)((char *)(p)-offsetof(type, field)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BUILD_BUG_ON(x) ((void)sizeof(x))
#define MILLISECS(n) ((s_time_t)(n)*1000000)
#define MICROSECS(n) ((s_time_t)(n)*1000)
#define SECONDS(n) ((s_time_t)(n)*1000000000)
#define min(a, b)                                                                                  \
	({                                                                                         \
		__auto_type one_ = (a);                                                            \
		__auto_type other_ = (b);                                                          \
		one_ < other_ ? one_ : other_;                                                     \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__auto_type one_ = (a);                                                            \
		__auto_type other_ = (b);                                                          \
		one_ > other_ ? one_ : other_;                                                     \
	})
#define MAX(a, b) max(a, b)
#define MIN(a, b) min(a, b)
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))

/* One thread only: a look and a change are one. */
#define test_and_set_bool(b)                                                                       \
	({                                                                                         \
		bool was_ = (b);                                                                   \
		(b) = true;                                                                        \
		was_;                                                                              \
	})
#define read_atomic(p) (*(p))
#define write_atomic(p, v) ((void)(*(p) = (v)))

/* ---- what is said, and what must not be ---- */

#define XENLOG_ERR
#define printk_once(...) ((void)0)
#define XENLOG_WARNING
#define XENLOG_INFO
#define XENLOG_G_WARNING
#define printk(...) ((void)0)
#define dprintk(...) ((void)0)
#define gdprintk(...) ((void)0)
#define gprintk(...) ((void)0)

/* Ends the cell with this sentence. */
_Noreturn void shell_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "vpt.c", "xen/timer.h" */
#define THIS_FILE (__FILE__[0] == '.' ? __FILE__ + 2 : __FILE__)
#define BUG() shell_fail("%s stands at a BUG()", THIS_FILE)
#define BUG_ON(x) ((x) ? BUG() : (void)0)
#define ASSERT(x) ((x) ? (void)0 : shell_fail("%s: '%s' does not hold", THIS_FILE, #x))
#define ASSERT_UNREACHABLE() shell_fail("%s stands where it should never come", THIS_FILE)
#define WARN_ON(x) ((void)(x))
#define WARN() ((void)0)
#define domain_crash(...) shell_fail("%s crashes the domain", THIS_FILE)

/* ---- locks: there is one thread ---- */

typedef struct {
	int unused;
} spinlock_t, rwlock_t;

#define spin_lock_init(l) ((void)(l))
#define spin_lock(l) ((void)(l))
#define _spin_lock(l) ((void)(l))
#define spin_unlock(l) ((void)(l))
#define spin_lock_irq(l) ((void)(l))
#define spin_unlock_irq(l) ((void)(l))
#define local_irq_save(flags) ((void)((flags) = 0))
#define local_irq_restore(flags) ((void)(flags))
#define spin_lock_irqsave(l, flags) ((void)(l), (void)((flags) = 0))
#define spin_unlock_irqrestore(l, flags) ((void)(l), (void)(flags))
#define rwlock_init(l) ((void)(l))
#define read_lock(l) ((void)(l))
#define _read_lock(l) ((void)(l))
#define read_unlock(l) ((void)(l))
#define write_lock(l) ((void)(l))
#define write_unlock(l) ((void)(l))
#define block_lock_speculation() ((void)0)

typedef struct {
	int unused;
} rcu_read_lock_t;

#define DEFINE_RCU_READ_LOCK(name) rcu_read_lock_t name
#define rcu_read_lock(l) ((void)(l))
#define rcu_read_unlock(l) ((void)(l))

/* ---- lists ---- */

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	struct list_head *was_first = head->next;

	*entry = (struct list_head){ .next = was_first, .prev = head };
	head->next = entry;
	was_first->prev = entry;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	list_add(entry, head->prev);
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = entry->prev = NULL;
}

#define list_entry(p, type, field) container_of(p, type, field)
#define list_for_each_entry(at, head, field)                                                       \
	for ((at) = list_entry((head)->next, __typeof__(*(at)), field); &(at)->field != (head);    \
	     (at) = list_entry((at)->field.next, __typeof__(*(at)), field))
#define list_for_each_entry_safe(at, after, head, field)                                           \
	for ((at) = list_entry((head)->next, __typeof__(*(at)), field),                            \
	    (after) = list_entry((at)->field.next, __typeof__(*(at)), field);                      \
	     &(at)->field != (head);                                                               \
	     (at) = (after), (after) = list_entry((at)->field.next, __typeof__(*(at)), field))

/* ---- CPUs: a cell has as many as its trace has LPs ---- */

/* The section is what each of them begins with; it is never written to. */
#define PER_CPU_SECTION __attribute__((section("xen_percpu")))
#define DEFINE_PER_CPU(type, name) PER_CPU_SECTION __typeof__(type) per_cpu__##name
#define DECLARE_PER_CPU(type, name) extern PER_CPU_SECTION __typeof__(type) per_cpu__##name
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)
void *shell_per_cpu(void *first, unsigned cpu);
#define per_cpu(name, cpu) (*(__typeof__(per_cpu__##name) *)shell_per_cpu(&per_cpu__##name, cpu))
#define this_cpu(name) per_cpu(name, smp_processor_id())

unsigned shell_cpus(void);
unsigned smp_processor_id(void);
#define for_each_online_cpu(cpu) for ((cpu) = 0; (cpu) < shell_cpus(); (cpu)++)
#define cpu_relax() ((void)0)

/* None goes. */
#define cpu_online_map (*(int *)NULL)
#define park_offline_cpus (shell_fail("%s has a CPU go", THIS_FILE), false)
#define system_state (shell_fail("%s has a CPU go", THIS_FILE), 0)
#define SYS_STATE_suspend 1

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nfb, unsigned long action, void *cpu);
	int priority;
};

#define NOTIFY_DONE 0
void register_cpu_notifier(struct notifier_block *nfb);

/* ---- work to be done on the way out of an interrupt ---- */

#define TIMER_SOFTIRQ 0
void open_softirq(int nr, void (*handler)(void));
void cpu_raise_softirq(unsigned cpu, unsigned nr);
#define raise_softirq(nr) cpu_raise_softirq(smp_processor_id(), nr)

/* ---- memory, and what a boot brings ---- */

void *shell_alloc(size_t size);
void xfree(void *memory);
#define xmalloc_array(type, n) ((type *)shell_alloc(sizeof(type) * (n)))
#define xmalloc(type) xmalloc_array(type, 1)
#define integer_param(name, variable) _Static_assert(sizeof(variable), name)
#define register_keyhandler(...) ((void)0)

/* ---- time ---- */

#define STIME_MAX INT64_MAX

s_time_t get_s_time(void);
s_time_t get_s_time_fixed(u64 at_tsc);
#define NOW() get_s_time()

/* ---- of the interface to guests ---- */

#define HVM_PARAM_TIMER_MODE 10
#define HVM_PARAM_VPT_ALIGN 16
#define HVM_NR_PARAMS 64
#define HVMPTM_delay_for_missed_ticks 0
#define HVMPTM_no_delay_for_missed_ticks 1
#define HVMPTM_no_missed_ticks_pending 2
#define HVMPTM_one_missed_tick_pending 3

/* Registers of devices that no local timer looks at. */
struct hvm_hw_pit {
	int unused;
};

struct hvm_hw_rtc {
	int unused;
};

struct hvm_hw_vpic {
	uint8_t irq_base, imr, int_output;
};

#define HPET_TIMER_NUM 3
#define RTC_IRQ 8
#define NR_ISAIRQS 16
#define NR_ISA_IRQS 16
#define platform_legacy_irq(irq) ((irq) < NR_ISAIRQS)
#define hvm_isa_irq_to_gsi(irq) ((irq) ? (irq) : 2)

enum hvm_intsrc {
	hvm_intsrc_none,
	hvm_intsrc_pic,
	hvm_intsrc_lapic,
	hvm_intsrc_nmi,
	hvm_intsrc_mce,
	hvm_intsrc_vector,
};

struct hvm_intack {
	uint8_t source, vector;
};

struct vcpu;
struct domain;

#include "shadow_vlapic.h"

/* ---- what the tree's own text makes ---- */

#include "generated.h"

#include <xen/timer.h>

#include <asm/hvm/vpt.h>

#include <asm/apicdef.h>

#include <asm/hvm/vlapic.h>

/* ---- domains and VPs ---- */

struct hvm_domain {
	struct pl_time *pl_time;
	uint64_t params[HVM_NR_PARAMS];
	struct hvm_hw_vpic vpic[2];
	struct vcpu *i8259_target;
	bool bug_x2apic_ldr_vcpu_id;
};

struct domain {
	uint16_t domain_id;
	unsigned max_vcpus;
	struct vcpu **vcpu;
	struct {
		struct hvm_domain hvm;
		PITState vpit;
		const struct cpu_policy *cpuid, *cpu_policy;
	} arch;
};

struct hvm_vcpu {
	s64 stime_offset;
	uint64_t guest_time;
	spinlock_t tm_lock;
	struct list_head tm_list;
	struct vlapic vlapic;
	uint8_t evtchn_upcall_vector;
};

struct vcpu {
	int vcpu_id;
	unsigned processor;
	unsigned long pause_flags;
	struct domain *domain;
	struct vcpu *next_in_list;
	bool is_running, is_initialised, fpu_initialised, nmi_pending;
	struct {
		struct hvm_vcpu hvm;
		bool nmi_pending;
	} arch;
};

#define _VPF_blocked 0
#define VPF_blocked (1ul << _VPF_blocked)

#define is_hvm_vcpu(v) ((void)(v), true)
#define is_hvm_domain(d) ((void)(d), true)
#define has_vpit(d) ((void)(d), false)
#define has_vrtc(d) ((void)(d), false)
#define has_vhpet(d) ((void)(d), false)
#define has_vlapic(d) ((void)(d), true)

/* The VP whose code this is; NULL: an interrupt came while another ran. */
struct vcpu *shell_current(void);
#define current shell_current()

uint64_t hvm_get_guest_time_fixed(const struct vcpu *v, uint64_t at_tsc);
#define hvm_get_guest_time(v) hvm_get_guest_time_fixed(v, 0)
void hvm_init_guest_time(struct domain *d);
void vcpu_kick(struct vcpu *v);
/* The clock page that a guest reads. */
#define update_vcpu_system_time(v) ((void)(v))

struct hvm_irq {
	unsigned nr_gsis;
	int round_robin_prev_vcpu;
};

struct hvm_irq *hvm_domain_irq(const struct domain *d);
int vioapic_get_mask(const struct domain *d, unsigned gsi);
/* Also handed on as a pointer, which a stub cannot be. */
_Noreturn void kind_unknown(const char *function);

static inline int vioapic_get_vector(const struct domain *d, unsigned gsi)
{
	kind_unknown("vioapic_get_vector");
}

int hvm_ioapic_assert(struct domain *d, unsigned gsi, bool level);
int hvm_isa_irq_assert(struct domain *d, unsigned irq,
		       int (*get_vector)(const struct domain *d, unsigned gsi));
void hvm_isa_irq_deassert(struct domain *d, unsigned irq);

#endif
