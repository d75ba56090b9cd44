/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/guest_tsc.h"

/*
 * KVM reads its clocks one after the other, and may be interrupted in between: tens of ns, rarely
 * 10 us, more where the host's own CPU is taken away. Wrong offsets are wrong by seconds.
 */
#define AGREES_NS 1000000

void guest_tsc_set(struct guest_tsc *g, uint64_t kvm_offset, uint64_t ratio)
{
	bool changed = g->kvm_offset != kvm_offset || g->ratio != ratio;

	g->kvm_offset = kvm_offset;
	g->ratio = ratio;
	if (!changed && g->confirmed)
		return;
	g->confirmed = false;
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

static void choose(struct guest_tsc *g, const struct clock *c, uint64_t deadline, uint64_t due)
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

		if (d >= best)
			continue;
		best = d;
		g->offset = candidate[i].offset;
		g->how = candidate[i].how;
	}
}

int64_t guest_tsc_deadline(struct guest_tsc *g, const struct clock *c, uint64_t deadline,
			   uint64_t due, bool started)
{
	int64_t ns = with(g, c, deadline, g->offset);

	if (distance(ns, due) < AGREES_NS) {
		g->confirmed |= started;
		return ns;
	}
	if (g->confirmed)
		return ns;
	choose(g, c, deadline, due);
	ns = with(g, c, deadline, g->offset);
	if (!started)
		return ns;
	if (distance(ns, due) >= AGREES_NS) {
		g->offset = deadline - clock_tsc(c, due);
		g->how = GUEST_TSC_SOLVED;
		ns = (int64_t)due;
	}
	g->confirmed = true;
	return ns;
}
