/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keeper: a policy of the tests that keeps the queue of timers itself: a list for each LP, in order
 * of expiry. `equals` says where a timer comes to stand among those of its time, `due` whether one
 * of this very moment runs, `clock` whether the match is set by the time at which the look
 * at the queue began or by that at which it is done, `raise` when it asks for a look, `home`
 * whether a VP's timer follows it, `slop` whether the match keeps away from now. keep=no: the host
 * keeps the queue. reference_keeper.c is the same a second time.
 */
#include "replay/policy.h"

enum { EQUALS_BEHIND, EQUALS_BEFORE };
enum { DUE_NOW, DUE_BEFORE };
enum { CLOCK_BEGUN, CLOCK_DONE };
enum { RAISE_FIRST, RAISE_ALWAYS };
enum { HOME_STAYS, HOME_FOLLOWS };
enum { SLOP_HOST, SLOP_NONE };
enum { KEEP_YES, KEEP_NO };

struct params {
	uint64_t equals, due, clock, raise, home, slop, keep;
};

static const struct vtick_param params[] = {
	{ "equals", VTICK_CHOICE, offsetof(struct params, equals), "behind", "behind|before",
	  NULL },
	{ "due", VTICK_CHOICE, offsetof(struct params, due), "now", "now|before", NULL },
	{ "clock", VTICK_CHOICE, offsetof(struct params, clock), "begun", "begun|done", NULL },
	{ "raise", VTICK_CHOICE, offsetof(struct params, raise), "first", "first|always", NULL },
	{ "home", VTICK_CHOICE, offsetof(struct params, home), "stays", "stays|follows", NULL },
	{ "slop", VTICK_CHOICE, offsetof(struct params, slop), "host", "host|none", NULL },
	{ "keep", VTICK_CHOICE, offsetof(struct params, keep), "yes", "yes|no", NULL },
	{ 0 },
};

struct item {
	struct item *next;
	uint64_t expiry;
	uint32_t kind, number; /* whose it is: queue_fire() */
	uint32_t lp;
	int active, used;
};

struct vp {
	struct item timer, slice;
	struct vtick_timer hosts;
	uint64_t deadline;
	int masked;
	int64_t resumes;
};

struct lp {
	struct item tick;
	struct item *first;
	uint32_t len, guest_len;
};

static const struct params *params_of(const struct vtick_host *h)
{
	return vtick_params(h);
}

static void report(struct vtick_host *h, uint32_t lp, struct vtick_queue q)
{
	const struct lp *l = vtick_lp(h, lp);

	q.next = l->first ? l->first->expiry : VTICK_NEVER;
	q.len = l->len;
	q.guest_len = l->guest_len;
	h->queue_report(h, lp, &q);
}

static void raise_if(struct vtick_host *h, uint32_t lp, int first)
{
	if (first || params_of(h)->raise == RAISE_ALWAYS)
		h->run_timers(h, lp);
}

/* True if it was the first. */
static int take_off(struct vtick_host *h, struct item *it)
{
	struct lp *l = vtick_lp(h, it->lp);
	struct item **at = &l->first;

	while (*at != it)
		at = &(*at)->next;
	*at = it->next;
	it->active = 0;
	l->len--;
	l->guest_len -= it->kind == VTICK_GUEST_TIMER;
	return at == &l->first;
}

static void del(struct vtick_host *h, struct item *it)
{
	int first;

	if (!it->active)
		return;
	first = take_off(h, it);
	report(h, it->lp, (struct vtick_queue){ .removes = 1 });
	raise_if(h, it->lp, first);
}

static void add(struct vtick_host *h, struct item *it, uint32_t lp, uint64_t expiry)
{
	struct lp *l = vtick_lp(h, lp);
	struct item **at = &l->first;
	int before = params_of(h)->equals == EQUALS_BEFORE;

	del(h, it);
	while (*at && ((*at)->expiry < expiry || (!before && (*at)->expiry == expiry)))
		at = &(*at)->next;
	it->next = *at;
	*at = it;
	l->len++;
	l->guest_len += it->kind == VTICK_GUEST_TIMER;
	it->expiry = expiry;
	it->active = 1;
	report(h, lp, (struct vtick_queue){ .adds = 1, .moves = it->used && it->lp != lp });
	it->used = 1;
	it->lp = lp;
	raise_if(h, lp, l->first == it);
}

/* ---- the hypervisor's ---- */

static struct item *own(const struct vtick_host *h, uint32_t kind, uint32_t number)
{
	return kind == VTICK_HV_TICK ? &((struct lp *)vtick_lp(h, number))->tick
				     : &((struct vp *)vtick_vp(h, number))->slice;
}

static void queue_hv(struct vtick_host *h, uint32_t kind, uint32_t number, uint32_t lp,
		     uint64_t expiry)
{
	struct item *it = own(h, kind, number);

	it->kind = kind;
	it->number = number;
	if (expiry == VTICK_NEVER)
		del(h, it);
	else
		add(h, it, lp, expiry);
}

static void pends(struct vtick_host *h, uint32_t vp)
{
	const struct vp *v = vtick_vp(h, vp);

	if (!v->masked)
		h->pend(h, vp, v->deadline);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	pends(h, timer->vp);
}

static void runs(struct vtick_host *h, uint32_t lp, struct item *it)
{
	uint64_t again;

	take_off(h, it);
	report(h, lp, (struct vtick_queue){ 0 });
	again = h->queue_fire(h, it->kind, it->number);
	if (again != VTICK_NEVER)
		add(h, it, lp, again);
	if (it->kind != VTICK_GUEST_TIMER)
		return;
	pends(h, it->number);
}

static void queue_run(struct vtick_host *h, uint32_t lp)
{
	const struct params *p = params_of(h);
	const struct lp *l = vtick_lp(h, lp);
	uint64_t now = h->now;

	while (l->first && (p->due == DUE_NOW ? l->first->expiry <= now : l->first->expiry < now))
		runs(h, lp, l->first);
	if (p->clock == CLOCK_DONE)
		now = h->free_at(h, lp);
	now += p->slop == SLOP_HOST ? h->slop : 0;
	/* Not at this very moment, where nothing of it runs. */
	now += p->due == DUE_BEFORE;
	if (!l->first)
		h->hw_arm(h, lp, VTICK_NEVER);
	else
		h->hw_arm(h, lp, l->first->expiry > now ? l->first->expiry : now);
}

/* ---- the guest ---- */

static int begin(struct vtick_host *h)
{
	if (params_of(h)->keep == KEEP_YES)
		h->keep_queue(h);
	return 0;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = vtick_vp(h, vp);
	uint64_t counter = h->counter(h, vp), due;

	v->timer.kind = VTICK_GUEST_TIMER;
	v->timer.number = vp;
	v->deadline = a->deadline;
	due = h->now + (a->deadline > counter ? a->deadline - counter : 0);
	if (params_of(h)->keep == KEEP_YES)
		add(h, &v->timer, h->lp_of(h, vp), due);
	else
		h->timer_add(h, &v->hosts, h->lp_of(h, vp), due, 0);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	del(h, &v->timer);
	h->timer_del(h, &v->hosts);
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)vector;
	((struct vp *)vtick_vp(h, vp))->masked = masked;
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	if (params_of(h)->home == HOME_FOLLOWS && v->timer.active && v->timer.lp != lp)
		add(h, &v->timer, lp, v->timer.expiry);
}

/* The clock errors tell how often and when it came. */
static void resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	h->clock_error(h, VTICK_NO_VP, ++v->resumes);
	h->clock_error(h, vp, (int64_t)h->free_at(h, lp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "keeper",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, hosts),
	.lp_size = sizeof(struct lp),
	.open = begin,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.timer_due = timer_due,
	.resume = resume,
	.queue_run = queue_run,
	.queue_hv = queue_hv,
};
