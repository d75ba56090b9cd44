/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue.h: the timers. With queue=timer.c the tree's own common/timer.c has them, the hypervisor's
 * ticks and slices among them: this file brings up its CPUs, calls it where Xen would, and reports
 * what becomes of its queues. With queue=engine they are vtick's.
 */
#ifndef VTICK_KINDS_XEN_QUEUE_H
#define VTICK_KINDS_XEN_QUEUE_H

static void entry_timer_due(struct vp *v);
static void pv_due(struct vtick_host *h, struct vtick_timer *timer);

/* ns of @ticks, rounded up: Xen's timers are not early. */
static s_time_t ns_of(uint64_t ticks)
{
	uint64_t ns = at.host->ns(at.host, ticks);

	return (s_time_t)(at.host->ticks(at.host, ns) < ticks ? ns + 1 : ns);
}

/* ---- what timer.c finds ---- */

extern char __start_xen_percpu[], __stop_xen_percpu[];

static struct {
	void (*softirq)(void);
	struct notifier_block *notifier;
} found;

unsigned shell_cpus(void)
{
	return at.host->lps;
}

unsigned smp_processor_id(void)
{
	return at.lp;
}

void *shell_per_cpu(void *first, unsigned cpu)
{
	if (cpu >= at.host->lps)
		shell_fail("timer.c asks for CPU %u of %u", cpu, at.host->lps);
	return at.machine->per_cpu + cpu * at.machine->stride +
	       ((char *)first - __start_xen_percpu);
}

/* An interrupt comes at its time at the earliest, and is later by the time that somebody looks at a
 * clock: what is due at this very ns has passed. (timer_slop is less by as much.) */
static s_time_t queue_now(void)
{
	return (s_time_t)at.host->ns(at.host, at.host->free_at(at.host, at.lp)) + 1;
}

void register_cpu_notifier(struct notifier_block *nfb)
{
	found.notifier = nfb;
}

void open_softirq(int nr, void (*handler)(void))
{
	found.softirq = handler;
}

void cpu_raise_softirq(unsigned cpu, unsigned nr)
{
	if (nr != TIMER_SOFTIRQ)
		shell_fail("timer.c raises softirq %u", nr);
	at.host->run_timers(at.host, cpu);
}

int reprogram_timer(s_time_t timeout)
{
	at.host->hw_arm(at.host, at.lp, timeout ? tick_of(timeout) : VTICK_NEVER);
	return 1;
}

/* What is not given back stands in a list, for the end of the cell. */
struct memory {
	struct memory *next, **to_this;
};

void *shell_alloc(size_t size)
{
	struct memory *m = calloc(1, sizeof(*m) + size);

	if (!m)
		return NULL;
	m->next = at.machine->memory;
	m->to_this = &at.machine->memory;
	if (m->next)
		m->next->to_this = &m->next;
	at.machine->memory = m;
	return m + 1;
}

void xfree(void *memory)
{
	struct memory *m = memory;

	if (!m)
		return;
	*(--m)->to_this = m->next;
	if (m->next)
		m->next->to_this = m->to_this;
	free(m);
}

/* ---- what becomes of its queues ---- */

static struct lp *lp_now(uint32_t lp)
{
	return vtick_lp(at.host, lp);
}

static bool is_active(const struct timer *t)
{
	return t->status >= TIMER_STATUS_in_heap;
}

/* Slot 0 of the heap has its size; what did not fit into it is in a list. */
static struct vtick_queue look_at_queue(uint32_t lp)
{
	const struct timers *ts = &per_cpu(timers, lp);
	struct vtick_queue q = { .len = *(const uint16_t *)ts->heap };
	s_time_t first = q.len ? ts->heap[1]->expires : STIME_MAX;

	for (const struct timer *t = ts->list; t; t = t->list_next) {
		first = t->expires < first ? t->expires : first;
		q.len++;
	}
	q.next = first == STIME_MAX ? VTICK_NEVER : tick_of(first);
	return q;
}

static void report(uint32_t lp, uint32_t adds, uint32_t removes, uint32_t moves)
{
	const struct lp *l = lp_now(lp);
	struct vtick_queue q = look_at_queue(lp);

	if (q.len < l->active)
		shell_fail("timer.c has %u timers in the queue of CPU %u, but %u say that they are "
			   "in it",
			   q.len, lp, l->active);
	q.guest_len = l->guests;
	q.adds = adds;
	q.removes = removes;
	q.moves = moves;
	at.host->queue_report(at.host, lp, &q);
}

static void leaves(const struct queued *q, uint32_t lp)
{
	lp_now(lp)->active--;
	lp_now(lp)->guests -= q->guest;
}

/* After a call of timer.c's for @t, which was in the queue of @lp before or was not. */
static void tell(const struct timer *t, struct queued *q, bool was, uint32_t lp)
{
	bool is = is_active(t), moves = is && q->used && q->last_lp != t->cpu;

	if (was)
		leaves(q, lp);
	if (is) {
		lp_now(t->cpu)->active++;
		lp_now(t->cpu)->guests += q->guest;
		q->used = true;
		q->last_lp = t->cpu;
	}
	if (was && (!is || lp != t->cpu))
		report(lp, 0, 1, 0);
	if (is)
		report(t->cpu, 1, was && lp == t->cpu, moves);
}

static void queue_set(struct timer *t, struct queued *q, s_time_t expires)
{
	bool was = is_active(t);
	uint32_t lp = t->cpu;

	set_timer(t, expires);
	tell(t, q, was, lp);
}

static void queue_stop(struct timer *t, struct queued *q)
{
	bool was = is_active(t);
	uint32_t lp = t->cpu;

	stop_timer(t);
	tell(t, q, was, lp);
}

static void queue_migrate(struct timer *t, struct queued *q, uint32_t to)
{
	bool was = is_active(t);
	uint32_t lp = t->cpu;

	migrate_timer(t, to);
	if (t->cpu != lp)
		tell(t, q, was, lp);
}

/* timer.c took it off its queue, and calls it. Returns when a tick of the hypervisor comes again.
 */
static uint64_t taken(const struct queued *q, uint32_t kind, uint32_t number)
{
	leaves(q, at.lp);
	report(at.lp, 0, 0, 0);
	return at.host->queue_fire(at.host, kind, number);
}

/* ---- timers that are not vpt.c's ---- */

static void own_due(void *data)
{
	struct own_timer *o = data;
	uint64_t again = taken(&o->queued, o->kind, o->number);
	struct vp *v;

	if (again != VTICK_NEVER)
		queue_set(&o->timer, &o->queued, ns_of(again));
	if (o->kind != VTICK_GUEST_TIMER)
		return;
	v = vtick_vp(at.host, o->number);
	v->pv.timer.lp = at.lp;
	pv_due(at.host, &v->pv.timer);
}

static void own_create(struct own_timer *o, uint32_t kind, uint32_t number, uint32_t lp)
{
	o->kind = kind;
	o->number = number;
	o->queued.guest = kind == VTICK_GUEST_TIMER;
	init_timer(&o->timer, own_due, o, lp);
}

static void own_set(struct own_timer *o, uint32_t lp, uint64_t expiry)
{
	queue_migrate(&o->timer, &o->queued, lp);
	queue_set(&o->timer, &o->queued, ns_of(expiry));
}

static void queue_own(uint32_t kind, uint32_t number, uint32_t lp, uint64_t expiry)
{
	struct own_timer *o = kind == VTICK_HV_TICK
				  ? &lp_now(number)->tick
				  : &((struct vp *)vtick_vp(at.host, number))->slice;

	if (expiry == VTICK_NEVER)
		queue_stop(&o->timer, &o->queued);
	else
		own_set(o, lp, expiry);
}

static void xen_pv_timer_add(struct vtick_host *h, struct xen_pv *v, uint32_t lp, uint64_t expiry)
{
	if (queue_is_xens())
		own_set(&container_of(v, struct vp, pv)->pv_timer, lp, expiry);
	else
		h->timer_add(h, &v->timer, lp, expiry, 0);
}

static void xen_pv_timer_del(struct vtick_host *h, struct xen_pv *v)
{
	struct own_timer *o = &container_of(v, struct vp, pv)->pv_timer;

	if (queue_is_xens())
		queue_stop(&o->timer, &o->queued);
	else
		h->timer_del(h, &v->timer);
}

/* ---- vpt.c's: there is one for each VP ---- */

static struct vp *vp_of_timer(struct timer *timer)
{
	return container_of(timer, struct vp, vcpu.arch.hvm.vlapic.pt.timer);
}

static struct vtick_timer *hosts(struct timer *timer)
{
	return &vp_of_timer(timer)->pv.timer;
}

static void vpt_due(void *data)
{
	struct vp *v = data;

	taken(&v->queued, VTICK_GUEST_TIMER, v->number);
	entry_timer_due(v);
}

void vpt_init_timer(struct timer *timer, void (*function)(void *), void *data, unsigned cpu)
{
	struct vp *v = vp_of_timer(timer);

	v->tick = function;
	v->tick_data = data;
	v->queued.guest = true;
	if (queue_is_xens())
		init_timer(timer, vpt_due, v, cpu);
	else
		*timer = (struct timer){ .function = function,
					 .data = data,
					 .cpu = cpu,
					 .status = TIMER_STATUS_inactive };
}

void vpt_set_timer(struct timer *timer, s_time_t expires)
{
	if (queue_is_xens()) {
		queue_set(timer, &vp_of_timer(timer)->queued, expires);
		return;
	}
	timer->expires = expires;
	timer->status = TIMER_STATUS_in_heap;
	at.host->timer_add(at.host, hosts(timer), timer->cpu, tick_of(expires), 0);
}

void vpt_stop_timer(struct timer *timer)
{
	if (queue_is_xens()) {
		queue_stop(timer, &vp_of_timer(timer)->queued);
		return;
	}
	timer->status = TIMER_STATUS_inactive;
	at.host->timer_del(at.host, hosts(timer));
}

void vpt_kill_timer(struct timer *timer)
{
	bool was = is_active(timer);
	uint32_t lp = timer->cpu;

	if (queue_is_xens()) {
		kill_timer(timer);
		tell(timer, &vp_of_timer(timer)->queued, was, lp);
		return;
	}
	vpt_stop_timer(timer);
}

/* Off the one CPU's list, on the other's. */
void vpt_migrate_timer(struct timer *timer, unsigned new_cpu)
{
	if (queue_is_xens()) {
		queue_migrate(timer, &vp_of_timer(timer)->queued, new_cpu);
		return;
	}
	if (timer->cpu == new_cpu)
		return;
	timer->cpu = new_cpu;
	if (vtick_timer_active(hosts(timer)))
		vpt_set_timer(timer, timer->expires);
}

bool vpt_timer_expires_before(struct timer *timer, s_time_t t)
{
	return is_active(timer) && timer->expires <= t;
}

/* ---- begin and end ---- */

static void queue_boot(void)
{
	struct machine *m = at.machine;
	size_t size = (size_t)(__stop_xen_percpu - __start_xen_percpu);

	uint64_t slop = at.host->ns(at.host, at.host->slop);

	if (slop > UINT32_MAX)
		shell_fail("a slop of %" PRIu64 " ns, expected one that timer.c's 32 bits hold",
			   slop);
	/* One ns of it is in queue_now(). */
	m->slop = timer_slop = slop ? (unsigned)slop - 1 : 0;
	m->stride = (size + 63) / 64 * 64;
	m->per_cpu = shell_alloc(m->stride * at.host->lps);
	if (!m->per_cpu)
		shell_fail("no memory");
	for (uint32_t lp = 0; lp < at.host->lps; lp++)
		memcpy(m->per_cpu + lp * m->stride, __start_xen_percpu, size);
	at.host->keep_queue(at.host);
	timer_init();
	for (uint32_t lp = 1; lp < at.host->lps; lp++)
		found.notifier->notifier_call(found.notifier, CPU_UP_PREPARE,
					      (void *)(uintptr_t)lp);
	for (uint32_t lp = 0; lp < at.host->lps; lp++)
		own_create(&lp_now(lp)->tick, VTICK_HV_TICK, lp, lp);
}

static void queue_create_vp(struct vp *v)
{
	own_create(&v->slice, VTICK_HV_SLICE, v->number, 0);
	own_create(&v->pv_timer, VTICK_GUEST_TIMER, v->number, 0);
}

static void queue_softirq(void)
{
	found.softirq();
}

static void queue_end(void)
{
	while (at.machine->memory)
		xfree(at.machine->memory + 1);
}

#endif
