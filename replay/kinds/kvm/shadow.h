/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shadow.h: what the kernel's lapic.c finds where it expects the kernel. It stands for every header
 * that lapic.c and lapic.h include, but for lapic.h and asm/apicdef.h themselves, which are the
 * tree's.
 *
 * Names, types and prototypes are the kernel's, as a caller has to write them; every body is
 * vtick's own, made from what the call is documented to do and from what the compiler asked for. No
 * text of a kernel stands here. Structs have the fields that some version of lapic.c uses: one more
 * than a version knows does no harm. What lapic.c cannot need in a replay has no stand-in here: it
 * becomes a stub that ends the cell and names itself.
 *
 * SHADOW_* are the probes of the tree's text (the file `probes`).
 */
#ifndef VTICK_KINDS_KVM_SHADOW_H
#define VTICK_KINDS_KVM_SHADOW_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

typedef uint8_t u8, __u8;
typedef int8_t s8;
typedef uint16_t u16, __u16;
typedef int16_t s16;
typedef uint32_t u32, __u32, __le32;
typedef int32_t s32, __s32;
/* The kernel's 64 bits are long long, which its formats and min() rely on. */
typedef unsigned long long u64, __u64;
typedef long long s64, __s64, ktime_t;
typedef u64 gpa_t, gfn_t, hpa_t;
typedef unsigned gfp_t;

#define CONFIG_X86_64 1
#define CONFIG_64BIT 1
#define CONFIG_KVM_IOAPIC 1
#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define BITS_PER_LONG 64
#define HZ 250
#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0
#define __GFP_ZERO 0
#define NSEC_PER_USEC 1000L
#define NSEC_PER_SEC 1000000000L

#define __always_inline inline __attribute__((always_inline))
#define __maybe_unused __attribute__((unused))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __user
#define __rcu
#define __iomem
#define __init
#define __exit
#define __must_check
#define __read_mostly
#define __ro_after_init
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ volatile("" ::: "memory")
#define READ_ONCE(x) (*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) ((void)(*(volatile __typeof__(x) *)&(x) = (v)))
#define smp_load_acquire(p) READ_ONCE(*(p))
#define smp_store_release(p, v) WRITE_ONCE(*(p), v)
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb__after_atomic() barrier()
#define smp_mb__before_atomic() barrier()
#define container_of(p, type, field) ((type *)((char *)(p)-offsetof(type, field)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ul << (n))
#define BIT_ULL(n) (1ull << (n))
#define GENMASK_ULL(high, low) ((~0ull << (low)) & (~0ull >> (63 - (high))))
#define GENMASK(high, low) ((unsigned long)GENMASK_ULL(high, low))
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
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp_t(type, v, low, high) min_t(type, max_t(type, v, low), high)
#define MAX_APIC_VECTOR 256
#define APIC_VECTORS_PER_REG 32
#define array_index_nospec(i, n) (i)
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)
#define PTR_ERR(p) ((long)(p))
#define IS_ENABLED(option) 0
#define EXPORT_SYMBOL(name)
#define module_param(name, type, mode)
#define module_param_named(name, variable, type, mode)
#define MODULE_PARM_DESC(name, text)

/* ---- what must not be ---- */

/* Ends the cell with this sentence. */
_Noreturn void shell_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define BUG() shell_fail("lapic.c stands at a BUG()")
#define BUG_ON(x) ((x) ? BUG() : (void)0)
#define ASSERT(x) BUG_ON(!(x))
#define BUILD_BUG() ((void)0)
#define BUILD_BUG_ON(x) ((void)sizeof(x))
#define BUILD_BUG_ON_MSG(x, text) ((void)sizeof(x))
#define static_assert(...)
#define lockdep_assert_held(x) ((void)0)
#define lockdep_assert_once(x) ((void)0)
#define lockdep_is_held(x) 1
#define WARN_ON(x) (!!(x))
#define WARN_ON_ONCE(x) (!!(x))
#define WARN(x, ...) (!!(x))
#define WARN_ONCE(x, ...) (!!(x))
#define KVM_BUG_ON(x, kvm) (!!(x))
#define KVM_BUG(x, kvm, ...) (!!(x))
#define printk(...) ((void)0)
#define KERN_ERR
#define pr_info_once(...) ((void)0)
#define pr_info_ratelimited(...) ((void)0)
#define pr_warn_ratelimited(...) ((void)0)
#define pr_err_ratelimited(...) ((void)0)
#define pr_info(...) ((void)0)
#define pr_warn_once(...) ((void)0)
#define pr_debug(...) ((void)0)
#define vcpu_unimpl(...) ((void)0)
#define vcpu_debug(...) ((void)0)
#define kvm_debug(...) ((void)0)

/* ---- one thread, one bit or word at a time ---- */

typedef struct {
	int counter;
} atomic_t;

static inline int atomic_read(const atomic_t *a)
{
	return a->counter;
}

static inline void atomic_set(atomic_t *a, int v)
{
	a->counter = v;
}

static inline void atomic_inc(atomic_t *a)
{
	a->counter++;
}

static inline void atomic_dec(atomic_t *a)
{
	a->counter--;
}

static inline int atomic_cmpxchg(atomic_t *a, int was, int v)
{
	int old = a->counter;

	if (old == was)
		a->counter = v;
	return old;
}

#define atomic_read_acquire(a) atomic_read(a)
#define atomic_set_release(a, v) atomic_set(a, v)
#define atomic_cmpxchg_acquire(a, was, v) atomic_cmpxchg(a, was, v)
#define atomic_cmpxchg_release(a, was, v) atomic_cmpxchg(a, was, v)

#define xchg(p, v)                                                                                 \
	({                                                                                         \
		__typeof__(*(p)) old_ = *(p);                                                      \
		*(p) = (v);                                                                        \
		old_;                                                                              \
	})
#define cmpxchg(p, was, v)                                                                         \
	({                                                                                         \
		__typeof__(*(p)) old_ = *(p);                                                      \
		if (old_ == (was))                                                                 \
			*(p) = (v);                                                                \
		old_;                                                                              \
	})
#define try_cmpxchg(p, was, v)                                                                     \
	({                                                                                         \
		bool same_ = *(p) == *(was);                                                       \
		if (same_)                                                                         \
			*(p) = (v);                                                                \
		else                                                                               \
			*(was) = *(p);                                                             \
		same_;                                                                             \
	})

/* A bitmap is addressed by bytes here: x86 has the low byte first. */
static inline bool test_bit(long n, const volatile void *map)
{
	return ((const volatile u8 *)map)[n >> 3] >> (n & 7) & 1;
}

static inline void set_bit(long n, volatile void *map)
{
	((volatile u8 *)map)[n >> 3] |= (u8)(1u << (n & 7));
}

static inline void clear_bit(long n, volatile void *map)
{
	((volatile u8 *)map)[n >> 3] &= (u8) ~(1u << (n & 7));
}

static inline bool test_and_set_bit(long n, volatile void *map)
{
	bool was = test_bit(n, map);

	set_bit(n, map);
	return was;
}

static inline bool test_and_clear_bit(long n, volatile void *map)
{
	bool was = test_bit(n, map);

	clear_bit(n, map);
	return was;
}

#define __set_bit(n, map) set_bit(n, map)
#define __clear_bit(n, map) clear_bit(n, map)
#define __test_and_set_bit(n, map) test_and_set_bit(n, map)
#define __test_and_clear_bit(n, map) test_and_clear_bit(n, map)

static inline unsigned hweight8(unsigned v)
{
	return (unsigned)__builtin_popcount(v & 0xff);
}

static inline unsigned hweight16(unsigned v)
{
	return (unsigned)__builtin_popcount(v & 0xffff);
}

static inline unsigned hweight32(unsigned v)
{
	return (unsigned)__builtin_popcount(v);
}

/* The number of the lowest, and of the highest bit that is set. */
static inline int __ffs(unsigned long v)
{
	return __builtin_ctzl(v);
}

static inline int __fls(unsigned long v)
{
	return 63 - __builtin_clzl(v);
}

#define ffs(v) __builtin_ffs((int)(v))

static inline bool is_power_of_2(unsigned long v)
{
	return v && !(v & (v - 1));
}

#define fls(v) ((v) ? 32 - __builtin_clz(v) : 0)

static inline unsigned long find_next_bit(const unsigned long *map, unsigned long n,
					  unsigned long from)
{
	while (from < n && !test_bit((long)from, map))
		from++;
	return from < n ? from : n;
}

#define find_first_bit(map, n) find_next_bit(map, n, 0)
#define for_each_set_bit(bit, map, n)                                                              \
	for ((bit) = find_next_bit(map, n, 0); (bit) < (n);                                        \
	     (bit) = find_next_bit(map, n, (unsigned long)(bit) + 1))
#define BITS_TO_LONGS(bits) (((bits) + 63) / 64)
#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]
#define bitmap_zero(map, n) memset(map, 0, ((n) + 63) / 64 * 8)

/* ---- arithmetic ---- */

#define div64_u64(a, b) ((u64)(a) / (u64)(b))
#define div_u64(a, b) ((u64)(a) / (u32)(b))
#define mul_u64_u32_div(a, b, c) ((u64)((unsigned __int128)(u64)(a) * (u32)(b) / (u32)(c)))
/* Divides the 64-bit @n in place; its value is the rest. */
#define do_div(n, base)                                                                            \
	({                                                                                         \
		u32 rest_ = (u32)((u64)(n) % (u32)(base));                                         \
		(n) = (u64)(n) / (u32)(base);                                                      \
		rest_;                                                                             \
	})

/* ---- locks and counted switches: nobody else is there ---- */

struct rcu_head {
	char unused;
};
struct mutex {
	char unused;
};
struct rw_semaphore {
	char unused;
};
struct swait_queue_head {
	char unused;
};
struct rcuwait {
	char unused;
};
typedef struct {
	char unused;
} spinlock_t;

#define guard(lock) (void)
#define mutex_init(m) ((void)0)
#define mutex_lock(m) ((void)(m))
#define mutex_unlock(m) ((void)(m))
#define down_read(s) ((void)(s))
#define up_read(s) ((void)(s))
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(p) (p)
#define rcu_dereference_protected(p, held) (p)
#define rcu_dereference_check(p, held) (p)
#define rcu_assign_pointer(p, v) ((void)((p) = (v)))
#define call_rcu(head, done) (done)(head)
#define kfree_rcu(p, field) free(p)
#define kvfree_rcu(p, field) free(p)
#define preempt_disable() ((void)0)
#define preempt_enable() ((void)0)
#define preemptible() 0
#define in_hardirq() 0
#define local_irq_save(flags) ((void)((flags) = 0))
#define local_irq_restore(flags) ((void)(flags))
#define cond_resched() ((void)0)

struct static_key_false {
	atomic_t users;
};
struct static_key_false_deferred {
	struct static_key_false key;
};
struct static_key_deferred {
	struct static_key_false key;
};
struct static_key {
	atomic_t users;
};

#define DEFINE_STATIC_KEY_FALSE(name) struct static_key_false name
#define DECLARE_STATIC_KEY_FALSE(name) extern struct static_key_false name
#define DEFINE_STATIC_KEY_DEFERRED_FALSE(name, timeout) struct static_key_false_deferred name
#define static_key_users(k) ((k)->users.counter)
#define static_branch_unlikely(k) (static_key_users(k) != 0)
#define static_branch_likely(k) (static_key_users(k) != 0)
#define static_key_false(k) (static_key_users(k) != 0)
#define static_branch_inc(k) ((void)static_key_users(k)++)
#define static_branch_dec(k) ((void)static_key_users(k)--)
#define static_key_slow_inc(k) ((void)static_key_users(k)++)
#define static_key_slow_dec(k) ((void)static_key_users(k)--)
#define static_branch_slow_dec_deferred(k) ((void)static_key_users(&(k)->key)--)
#define static_key_slow_dec_deferred(k) ((void)static_key_users(&(k)->key)--)
#define static_key_deferred_flush(k) ((void)(k))
#define static_branch_deferred_inc(k) ((void)static_key_users(&(k)->key)++)
#define jump_label_rate_limit(k, timeout) ((void)(k))

/* ---- memory ---- */

#define kzalloc(n, flags) calloc(1, n)
#define kvzalloc(n, flags) calloc(1, n)
#define kzalloc_obj(object, ...) ((__typeof__(object) *)calloc(1, sizeof(__typeof__(object))))
#define kfree(p) free(p)
#define kvfree(p) free(p)
#define get_zeroed_page(flags) ((unsigned long)calloc(1, PAGE_SIZE))
#define free_page(p) free((void *)(p))

struct page;

/* ---- time ---- */

enum hrtimer_restart {
	HRTIMER_NORESTART,
	HRTIMER_RESTART,
};
enum hrtimer_mode {
	HRTIMER_MODE_ABS_HARD,
	HRTIMER_MODE_ABS_PINNED_HARD,
	HRTIMER_MODE_ABS,
	HRTIMER_MODE_ABS_PINNED,
};
#define CLOCK_MONOTONIC 1

/* The shell keeps the timer of its own that goes with it in the VP's state. */
struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *);
	ktime_t expires;
};

void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode);
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   int clock, enum hrtimer_mode mode);
void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode);
/* Was it running? */
int hrtimer_cancel(struct hrtimer *timer);
#define hrtimer_try_to_cancel(timer) hrtimer_cancel(timer)
#define hrtimer_start_expires(timer, mode) hrtimer_start(timer, (timer)->expires, mode)
#define hrtimer_get_expires(timer) ((timer)->expires)
#define hrtimer_set_expires(timer, time) ((void)((timer)->expires = (time)))
#define hrtimer_add_expires_ns(timer, ns) ((void)((timer)->expires += (s64)(ns)))
#define hrtimer_add_expires(timer, time) ((void)((timer)->expires += (time)))

ktime_t ktime_get(void);
u64 rdtsc(void);
void __delay(unsigned long cycles);
void ndelay(unsigned long ns);
void udelay(unsigned long us);
#define ktime_to_ns(t) (t)
#define ns_to_ktime(n) ((ktime_t)(n))
#define ktime_add(a, b) ((a) + (b))
#define ktime_sub(a, b) ((a) - (b))
#define ktime_add_ns(t, ns) ((t) + (s64)(ns))
#define ktime_sub_ns(t, ns) ((t) - (s64)(ns))
#define ktime_after(a, b) ((a) > (b))
#define ktime_before(a, b) ((a) < (b))
#define ktime_compare(a, b) (((a) > (b)) - ((a) < (b)))

/* ---- the host's side of KVM ---- */

#define KVM_MAX_VCPUS 1024
#define MSR_IA32_APICBASE_BSP (1 << 8)
#define MSR_IA32_APICBASE_ENABLE (1 << 11)
#define MSR_IA32_APICBASE_BASE (0xfffffull << 12)
#define X2APIC_ENABLE (1ull << 10)
#define APIC_ACCESS_PAGE_PRIVATE_MEMSLOT 0
#define KVM_MP_STATE_RUNNABLE 0
#define KVM_MP_STATE_INIT_RECEIVED 2
#define KVM_PV_EOI_BIT 0
#define KVM_PV_EOI_MASK 1
#define KVM_PV_EOI_ENABLED 1
#define KVM_PV_EOI_DISABLED 0
#define KVM_MSR_ENABLED 1
#define KVM_APIC_CHECK_VAPIC 0
#define KVM_APIC_PV_EOI_PENDING 1
#define IOAPIC_EDGE_TRIG 0
#define IOAPIC_LEVEL_TRIG 1
#define KVM_EINVAL 22
#define HV_X64_MSR_VP_ASSIST_PAGE_ENABLE 1
#define NR_PIR_VECTORS 256
#define NR_PIR_WORDS (NR_PIR_VECTORS / BITS_PER_LONG)
#define IS_ALIGNED(v, n) (((v) & ((n)-1)) == 0)
#define MCG_CMCI_P (1ull << 10)

enum {
	OUTSIDE_GUEST_MODE,
	IN_GUEST_MODE,
	EXITING_GUEST_MODE,
};

struct kvm;
struct kvm_vcpu;
struct kvm_lapic;
enum {
	KVM_SUPPRESS_EOI_BROADCAST_QUIRKED,
	KVM_SUPPRESS_EOI_BROADCAST_ENABLED,
	KVM_SUPPRESS_EOI_BROADCAST_DISABLED,
};

struct dest_map {
	DECLARE_BITMAP(map, KVM_MAX_VCPUS);
	u8 vectors[KVM_MAX_VCPUS];
};

struct msr_data {
	bool host_initiated;
	u32 index;
	u64 data;
};

struct kvm_lapic_irq {
	u32 vector;
	u16 delivery_mode, dest_mode;
	bool level;
	u16 trig_mode;
	u32 shorthand, dest_id;
	bool msi_redir_hint;
};

/* The same by its later name. */
struct rtc_status {
	DECLARE_BITMAP(map, KVM_MAX_VCPUS);
	u8 vectors[KVM_MAX_VCPUS];
};

struct kvm_cpuid_entry2 {
	u32 eax, ebx, ecx, edx;
};

struct kvm_lapic_state {
	char regs[1024];
};

struct gfn_to_hva_cache {
	gpa_t gpa;
	unsigned long len;
	void *memslot;
};

struct kvm_io_device_ops {
	int (*read)();
	int (*write)();
};

struct kvm_io_device {
	const struct kvm_io_device_ops *ops;
};

#define kvm_iodevice_init(device, operations) ((void)((device)->ops = (operations)))

#if !SHADOW_APIC_MAP
enum kvm_apic_logical_mode {
	KVM_APIC_MODE_SW_DISABLED = 0,
	KVM_APIC_MODE_XAPIC_CLUSTER = 4, /* a bit each: some versions collect them */
	KVM_APIC_MODE_XAPIC_FLAT = 8,
	KVM_APIC_MODE_X2APIC = 16,
	KVM_APIC_MODE_MAP_DISABLED = 32,
};

struct kvm_apic_map {
	struct rcu_head rcu;
	u8 mode;
	enum kvm_apic_logical_mode logical_mode;
	u32 max_apic_id;
	union {
		struct kvm_lapic *xapic_flat_map[8];
		struct kvm_lapic *xapic_cluster_map[16][4];
	};
	struct kvm_lapic *phys_map[];
};
#endif

struct kvm_vcpu_hv_synic {
	bool auto_eoi_used;
	DECLARE_BITMAP(auto_eoi_bitmap, 256);
	DECLARE_BITMAP(vec_bitmap, 256);
};

struct kvm_vcpu_hv {
	u64 hv_vapic;
	struct kvm_vcpu_hv_synic synic;
};

struct kvm_arch {
	struct mutex apic_map_lock;
	struct kvm_apic_map *apic_map;
	atomic_t apic_map_dirty;
	bool apic_access_page_done, apic_access_memslot_enabled, apic_access_memslot_inhibited;
	bool x2apic_format, x2apic_broadcast_quirk_disabled;
	bool disabled_lapic_found;
	bool mwait_in_guest, hlt_in_guest;
	u64 apic_bus_cycle_ns;
	atomic_t vapics_in_nmi_mode;
	int suppress_eoi_broadcast_mode;
	int irqchip_mode;
	void *vioapic, *vpic;
};

struct kvm {
	struct kvm_arch arch;
	struct mutex slots_lock;
	struct kvm_vcpu *vcpu; /* the only one: VMs send each other nothing in a replay */
};

struct kvm_vcpu_arch {
	struct kvm_lapic *apic;
	u64 apic_base;
	bool apicv_active; /* before it went to struct kvm_lapic */
	unsigned long apic_attention;
	s32 apic_arb_prio;
	u32 virtual_tsc_khz;
	u64 tsc_scaling_ratio, l1_tsc_scaling_ratio;
	int mp_state;
	u64 mcg_cap;
	u64 smi_pending;
	bool tpr_access_reporting;
	DECLARE_BITMAP(ioapic_handled_vectors, 256);
	int pending_ioapic_eoi, highest_stale_pending_ioapic_eoi;
	bool cpuid_dynamic_bits_dirty;
	struct {
		bool pv_unhalted;
	} pv;
	struct {
		u64 msr_val;
		struct gfn_to_hva_cache data;
	} pv_eoi;
	struct kvm_vcpu_hv hyperv;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id, vcpu_idx;
	int mode;
	bool wants_to_run;
	struct kvm_run *run;
	struct swait_queue_head wq;
	struct rcuwait wait;
	u64 requests;
	struct kvm_vcpu_arch arch;
};

struct kvm_run {
	u8 tpr_access_is_write;
	struct {
		u64 rip;
		u32 is_write;
	} tpr_access;
};

#define kvm_for_each_vcpu(i, v, kvm) for ((i) = 0, (v) = (kvm)->vcpu; (i) < 1; (i)++)
#define kvm_get_vcpu(kvm, i) ((i) ? NULL : (kvm)->vcpu)
#define kvm_rip_read(vcpu) 0

/* Numbers of families such as KVM_REQ_* are generated: any that differ do. */
#define kvm_make_request(request, vcpu) ((void)((vcpu)->requests |= 1ull << (request)))
#define kvm_check_request(request, vcpu)                                                           \
	(((vcpu)->requests >> (request)&1) && ((vcpu)->requests &= ~(1ull << (request)), true))
#define kvm_clear_request(request, vcpu) ((void)((vcpu)->requests &= ~(1ull << (request))))

void kvm_vcpu_kick(struct kvm_vcpu *vcpu);
#define kvm_vcpu_wake_up(vcpu) kvm_vcpu_kick(vcpu)
void kvm_set_pending_timer(struct kvm_vcpu *vcpu);
struct kvm_vcpu *kvm_get_running_vcpu(void);
u64 kvm_read_l1_tsc(struct kvm_vcpu *vcpu, u64 host_tsc);
u64 nsec_to_cycles(struct kvm_vcpu *vcpu, u64 ns);

extern unsigned min_timer_period_us;
extern bool pi_inject_timer, enable_apicv;
extern u64 kvm_default_tsc_scaling_ratio;
extern struct kvm_caps {
	u64 default_tsc_scaling_ratio;
	bool has_tsc_control;
} kvm_caps;

/* The features that a guest of a replay has: none, but it is in x2APIC mode. */
#define guest_cpuid_has(vcpu, feature) ((feature) == X86_FEATURE_X2APIC)
#define guest_cpu_cap_has(vcpu, feature) ((feature) == X86_FEATURE_X2APIC)
#define kvm_find_cpuid_entry(...) ((struct kvm_cpuid_entry2 *)NULL)
#define guest_cpuid_is_intel_compatible(vcpu) 1
#define kvm_update_cpuid(vcpu) ((void)(vcpu))
#define kvm_update_cpuid_runtime(vcpu) ((void)(vcpu))
#define kvm_vcpu_reserved_gpa_bits_raw(vcpu) 0ull
#define kvm_check_has_quirk(kvm, quirk) 0
#define kvm_vcpu_is_reset_bsp(vcpu) ((vcpu)->vcpu_id == 0)
#define kvm_vcpu_is_bsp(vcpu) ((vcpu)->vcpu_id == 0)
#define irqchip_in_kernel(kvm) 1
#define irqchip_split(kvm) 0
#define ioapic_in_kernel(kvm) 0
#define pic_in_kernel(kvm) 0
#define kvm_mwait_in_guest(kvm) ((kvm)->arch.mwait_in_guest)
#define kvm_hlt_in_guest(kvm) ((kvm)->arch.hlt_in_guest)
#define kvm_vcpu_is_blocking(vcpu) 0
#define kvm_make_scan_ioapic_request(kvm) ((void)(kvm))
#define kvm_request_apicv_update(...) ((void)0)
#define kvm_set_apicv_inhibit(kvm, reason) ((void)(kvm))
#define kvm_clear_apicv_inhibit(kvm, reason) ((void)(kvm))
#define kvm_set_or_clear_apicv_inhibit(kvm, reason, set) ((void)(kvm))
#define kvm_apicv_activated(kvm) enable_apicv
#define kvm_xen_sw_enable_lapic(vcpu) ((void)(vcpu))
#define is_guest_mode(vcpu) 0
#define is_smm(vcpu) 0
#define is_long_mode(vcpu) 1
#define hv_synic_vector(...) 0
#define kvm_hv_synic_has_vector(vcpu, vector) false
#define kvm_hv_synic_auto_eoi_set(vcpu, vector) false
#define kvm_hv_synic_send_eoi(vcpu, vector) ((void)(vcpu))
#define to_hv_synic(vcpu) (&(vcpu)->arch.hyperv.synic)
#define vcpu_to_synic(vcpu) (&(vcpu)->arch.hyperv.synic)
#define to_hv_vcpu(vcpu) ((struct kvm_vcpu_hv *)NULL)
#define kvm_notify_acked_irq(...) ((void)0)

#define swait_active(queue) false
#define swake_up_one(queue) ((void)(queue))
#define rcuwait_active(wait) false

/* ---- the vendor's side of KVM: what an op does is the shell's ---- */

/*
 * (name, return type, parameters). What the shell leaves NULL is one that KVM lets a vendor leave
 * out: called all the same, it does nothing and returns 0.
 */
#define KVM_OPS(OP)                                                                                \
	OP(set_hv_timer, int, (struct kvm_vcpu *, u64, bool *))                                    \
	OP(cancel_hv_timer, void, (struct kvm_vcpu *))                                             \
	OP(deliver_interrupt, void, (struct kvm_lapic *, int, int, int))                           \
	OP(deliver_posted_interrupt, int, (struct kvm_vcpu *, int))                                \
	OP(sync_pir_to_irr, int, (struct kvm_vcpu *))                                              \
	OP(hwapic_irr_update, void, ())                                                            \
	OP(hwapic_isr_update, void, ())                                                            \
	OP(apicv_pre_state_restore, void, ())                                                      \
	OP(apicv_post_state_restore, void, ())                                                     \
	OP(set_virtual_apic_mode, void, ())                                                        \
	OP(update_cr8_intercept, void, ())                                                         \
	OP(apic_init_signal_blocked, bool, ())                                                     \
	OP(vcpu_deliver_sipi_vector, void, ())                                                     \
	OP(alloc_apic_backing_page, void *, (struct kvm_vcpu *))                                   \
	OP(get_enable_apicv, bool, ())                                                             \
	OP(set_virtual_apic_access_page_addr, void, ())                                            \
	OP(set_apic_access_page_addr, void, ())

#define KVM_OP_MEMBER(name, type, parameters)                                                      \
	union {                                                                                    \
		type(*name) parameters;                                                            \
		type(*kvm_x86_##name) parameters;                                                  \
	};

struct kvm_x86_ops {
	KVM_OPS(KVM_OP_MEMBER)
	bool x2apic_icr_is_split;
};

extern
#if SHADOW_OPS_POINTER
    struct kvm_x86_ops *kvm_x86_ops;
#else
    struct kvm_x86_ops kvm_x86_ops;
#endif

long shell_op_left_out(void);

#define static_call(op)                                                                            \
	(kvm_x86_ops.op ? kvm_x86_ops.op : (__typeof__(kvm_x86_ops.op))shell_op_left_out)
#define static_call_cond(op) static_call(op)
#define kvm_x86_call(op) static_call(op)

#include "generated.h"

#include "asm/apicdef.h"

#if !SHADOW_VECTORS
/* Vector v is a bit of the v / 32nd of the registers, which stand 16 bytes apart. */
#define APIC_VECTOR_TO_BIT_NUMBER(v) ((unsigned)(v) % 32)
#define APIC_VECTOR_TO_REG_OFFSET(v) ((unsigned)(v) / 32 * 16)

static inline void *shell_vector_register(int vector, void *map)
{
	return (char *)map + APIC_VECTOR_TO_REG_OFFSET(vector);
}

static inline u32 apic_get_reg(void *registers, int offset)
{
	return *(u32 *)((char *)registers + offset);
}

static inline void apic_set_reg(void *registers, int offset, u32 v)
{
	*(u32 *)((char *)registers + offset) = v;
}

static inline u64 apic_get_reg64(void *registers, int offset)
{
	return *(u64 *)((char *)registers + offset);
}

static inline void apic_set_reg64(void *registers, int offset, u64 v)
{
	*(u64 *)((char *)registers + offset) = v;
}

static inline bool apic_test_vector(int vector, void *map)
{
	return test_bit(vector % 32, shell_vector_register(vector, map));
}

static inline void apic_set_vector(int vector, void *map)
{
	set_bit(vector % 32, shell_vector_register(vector, map));
}

static inline void apic_clear_vector(int vector, void *map)
{
	clear_bit(vector % 32, shell_vector_register(vector, map));
}

static inline int apic_find_highest_vector(void *map)
{
	for (int vector = MAX_APIC_VECTOR - 1; vector >= 0; vector--) {
		if (apic_test_vector(vector, map))
			return vector;
	}
	return -1;
}
#endif

#include "lapic.h"

#endif
