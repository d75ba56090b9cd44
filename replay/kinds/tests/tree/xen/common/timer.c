/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: a list for each CPU, and a heap that nothing is ever put
 * into. */
#include <xen/cpu.h>
#include <xen/softirq.h>
#include <xen/timer.h>

static unsigned int timer_slop __read_mostly = 50000;
integer_param("timer_slop", timer_slop);

struct timers {
	spinlock_t lock;
	struct timer **heap;
	struct timer *list;
} __cacheline_aligned;

static DEFINE_PER_CPU(struct timers, timers);
DEFINE_PER_CPU(s_time_t, timer_deadline) = 7;

static struct timer *no_heap[1];

/* True if it was the first. */
static bool take_off(struct timer *t)
{
	struct timer **at = &per_cpu(timers, t->cpu).list;
	bool first = *at == t;

	while (*at != t)
		at = &(*at)->list_next;
	*at = t->list_next;
	t->status = TIMER_STATUS_inactive;
	return first;
}

static void put(struct timer *t)
{
	struct timer **at = &per_cpu(timers, t->cpu).list;
	bool first;

	while (*at && (*at)->expires <= t->expires)
		at = &(*at)->list_next;
	first = at == &per_cpu(timers, t->cpu).list;
	t->list_next = *at;
	*at = t;
	t->status = TIMER_STATUS_in_list;
	if (first)
		cpu_raise_softirq(t->cpu, TIMER_SOFTIRQ);
}

void stop_timer(struct timer *t)
{
	if (t->status == TIMER_STATUS_in_list && take_off(t))
		cpu_raise_softirq(t->cpu, TIMER_SOFTIRQ);
}

void set_timer(struct timer *t, s_time_t expires)
{
	if (t->status == TIMER_STATUS_killed)
		return;
	stop_timer(t);
	t->expires = expires;
	put(t);
}

void kill_timer(struct timer *t)
{
	stop_timer(t);
	t->status = TIMER_STATUS_killed;
}

void init_timer(struct timer *t, void (*function)(void *), void *data, unsigned cpu)
{
	*t = (struct timer){
		.function = function, .data = data, .cpu = cpu, .status = TIMER_STATUS_inactive
	};
}

void migrate_timer(struct timer *t, unsigned new_cpu)
{
	bool listed = t->status == TIMER_STATUS_in_list;

	if (t->status == TIMER_STATUS_killed || t->cpu == new_cpu)
		return;
	stop_timer(t);
	t->cpu = new_cpu;
	if (listed)
		put(t);
}

bool timer_expires_before(struct timer *t, s_time_t time)
{
	return t->status == TIMER_STATUS_in_list && t->expires <= time;
}

s_time_t align_timer(s_time_t firsttick, uint64_t period)
{
	return period ? (firsttick + period - 1) / period * period : firsttick;
}

static void run_timers(void)
{
	struct timers *ts = &this_cpu(timers);
	s_time_t now = NOW();
	struct timer *t;

	while ((t = ts->list) && t->expires < now) {
		take_off(t);
		t->function(t->data);
	}
	now = NOW() + timer_slop;
	this_cpu(timer_deadline) = !ts->list		     ? 0
				   : ts->list->expires > now ? ts->list->expires
							     : now;
	if (!reprogram_timer(this_cpu(timer_deadline)))
		raise_softirq(TIMER_SOFTIRQ);
}

static int cpu_comes(struct notifier_block *nfb, unsigned long action, void *cpu)
{
	if (action == CPU_UP_PREPARE)
		per_cpu(timers, (unsigned long)cpu).heap = no_heap;
	ASSERT(per_cpu(timer_deadline, (unsigned long)cpu) == 7);
	return NOTIFY_DONE;
}

static struct notifier_block cpu_nfb = { .notifier_call = cpu_comes };

void timer_init(void)
{
	open_softirq(TIMER_SOFTIRQ, run_timers);
	cpu_comes(&cpu_nfb, CPU_UP_PREPARE, (void *)(unsigned long)smp_processor_id());
	register_cpu_notifier(&cpu_nfb);
}
