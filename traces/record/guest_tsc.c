/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/guest_tsc.h"

/*
 * A deadline that lies so near to its timer is no accident: wrong offsets are wrong by seconds. KVM
 * reads its clocks one after the other, and may be interrupted in between: tens of ns, rarely
 * 10 us, more where the host's own CPU is taken away.
 */
#define CONFIRMS_NS 1000000
/* With no timer to tell, another offset must be nearer by this: wrong ones are wrong by seconds. */
#define WRONG_NS 1000000000
/* How well a pair of TSC and time is known. */
#define PAIR_NS 200

void guest_tsc_set(struct guest_tsc *g, uint64_t kvm_offset, uint64_t ratio)
{
	bool changed = g->kvm_offset != kvm_offset || g->ratio != ratio;

	g->kvm_offset = kvm_offset;
	g->ratio = ratio;
	if (!changed && g->confirmed)
		return;
	g->confirmed = false;
	g->off.n = 0;
	if (g->how != GUEST_TSC_HOST) {
		g->offset = kvm_offset;
		g->how = GUEST_TSC_KVM;
	}
}

static uint64_t distance(int64_t a, uint64_t b)
{
	__int128 d = (__int128)a - b;

	if (d < 0)
		d = -d;
	return d > UINT64_MAX ? UINT64_MAX : (uint64_t)d;
}

static int64_t with(const struct guest_tsc *g, const struct clock *c, uint64_t deadline,
		    uint64_t offset)
{
	return clock_ns(c, clock_host_tsc(deadline, offset, g->ratio));
}

/* Takes the offset, of those that the guest may have, that puts @deadline nearer to @due than this
 * one by @margin (ns). */
static void choose(struct guest_tsc *g, const struct clock *c, uint64_t deadline, uint64_t due,
		   uint64_t margin)
{
	const struct {
		uint64_t offset;
		enum guest_tsc_how how;
	} candidate[] = {
		{ g->kvm_offset, GUEST_TSC_KVM },
		{ 0, GUEST_TSC_HOST },
	};
	uint64_t best = distance(with(g, c, deadline, g->offset), due);

	for (unsigned i = 0; i < 2; i++) {
		uint64_t d = distance(with(g, c, deadline, candidate[i].offset), due);

		if (d >= best || best - d <= margin)
			continue;
		best = d;
		g->offset = candidate[i].offset;
		g->how = candidate[i].how;
	}
}

/* Guest TSC ticks from the write to its deadline; 0 if that was over. */
static uint64_t ahead(const struct guest_tsc *g, const struct clock *c,
		      const struct guest_tsc_write *w, uint64_t offset)
{
	uint64_t now = clock_guest_tsc(clock_tsc(c, w->at), offset, g->ratio);

	return w->deadline > now ? w->deadline - now : 0;
}

static int64_t guest_ticks(const struct guest_tsc *g, const struct clock *c, int64_t ns)
{
	uint64_t host = (uint64_t)((__int128)ns * (int64_t)c->hz / 1000000000);

	return (int64_t)clock_guest_tsc(host, 0, g->ratio);
}

/* Three timers running told of another offset: KVM's own or none, if it is one of these. */
static void renew(struct guest_tsc *g, int64_t agree)
{
	uint64_t told = (uint64_t)g->off.offset[0];
	int64_t from_kvm = (int64_t)(told - g->kvm_offset), from_host = (int64_t)told;

	g->offset = told;
	g->how = GUEST_TSC_SOLVED;
	if (from_kvm >= -agree && from_kvm <= agree) {
		g->offset = g->kvm_offset;
		g->how = GUEST_TSC_KVM;
	} else if (from_host >= -agree && from_host <= agree) {
		g->offset = 0;
		g->how = GUEST_TSC_HOST;
	}
	g->renewals += g->confirmed;
	g->confirmed = true;
	g->off.n = 0;
}

static int64_t wait_ns(const struct guest_tsc_write *w)
{
	return (int64_t)(w->told - w->at);
}

/*
 * What a started timer tells of the solution: true if this is another now. Far ones tell nothing:
 * KVM counts in whole kHz.
 */
static bool learn(struct guest_tsc *g, const struct clock *c, const struct guest_tsc_write *w)
{
	int64_t agree = guest_ticks(g, c, TSC_AGREE_NS);
	uint64_t offset = w->deadline - clock_guest_tsc(clock_tsc(c, w->told), 0, g->ratio);

	if (wait_ns(w) >= (g->confirmed ? TSC_NEAR_NS : TSC_FAR_NS))
		return false;
	if (g->confirmed && distance(with(g, c, w->deadline, g->offset), w->told) <= TSC_AGREE_NS)
		g->off.n = 0;
	else if (tsc_mismatch(&g->off, (int64_t)offset, agree)) {
		renew(g, agree);
		return true;
	}
	return false;
}

static enum tsc_says judge(const struct guest_tsc *g, const struct clock *c,
			   const struct guest_tsc_write *w, int64_t *ns)
{
	uint64_t known = c->last.ns - c->first.ns, far = ahead(g, c, w, g->offset);
	int64_t agree = TSC_AGREE_NS;

	*ns = with(g, c, w->deadline, g->offset);
	/* The rate of the TSC is known the better the longer the recording runs. */
	if (known && wait_ns(w) > 0)
		agree += (int64_t)((__int128)wait_ns(w) * PAIR_NS / (int64_t)known);
	/* Of two offsets that both may be wrong, the one that goes with the timer says how far. */
	if (!g->confirmed) {
		uint64_t kvm = ahead(g, c, w, g->kvm_offset), host = ahead(g, c, w, 0);

		far = (kvm > host) == (wait_ns(w) >= TSC_FAR_NS) ? kvm : host;
	}
	return tsc_deadline_says(*ns, (int64_t)w->told, agree, TSC_STALL_NS, far);
}

static enum tsc_says started_deadline(struct guest_tsc *g, const struct clock *c,
				      const struct guest_tsc_write *w, int64_t *ns)
{
	enum tsc_says says;

	if (!g->confirmed) {
		choose(g, c, w->deadline, w->told, 0);
		g->confirmed = distance(with(g, c, w->deadline, g->offset), w->told) < CONFIRMS_NS;
	}
	says = judge(g, c, w, ns);
	if (learn(g, c, w))
		says = judge(g, c, w, ns);
	if (says == TSC_SAYS_HRTIMER)
		*ns = (int64_t)w->told;
	else if (says == TSC_SAYS_NEVER)
		*ns = INT64_MAX;
	return says;
}

enum tsc_says guest_tsc_deadline(struct guest_tsc *g, const struct clock *c,
				 const struct guest_tsc_write *w, int64_t *ns)
{
	if (w->started)
		return started_deadline(g, c, w, ns);
	if (!g->confirmed)
		choose(g, c, w->deadline, w->at, WRONG_NS);
	*ns = with(g, c, w->deadline, g->offset);
	/* A timer that went with none of these says where the guest's TSC may be. */
	if (!g->confirmed && g->off.n) {
		uint64_t told = (uint64_t)g->off.offset[g->off.n - 1];
		int64_t other = with(g, c, w->deadline, told);

		if (distance(other, w->at) < distance(*ns, w->at))
			*ns = other;
	}
	return TSC_SAYS_BOTH;
}
