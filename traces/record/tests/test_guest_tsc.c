/* SPDX-License-Identifier: GPL-2.0-only */
/* Deadlines that a guest wrote, against the timers that KVM started for them. */
#include <criterion/criterion.h>

#include "traces/record/guest_tsc.h"

#define BEGAN INT64_C(1000000000000) /* ns since boot */
#define TSC_HZ UINT64_C(2500000000)
#define TSC_BEGAN UINT64_C(7000000000000)
#define MS INT64_C(1000000)
#define DAY UINT64_C(86400)

static const struct clock host = {
	.first = { TSC_BEGAN - 60 * TSC_HZ, BEGAN - 60000 * MS },
	.last = { TSC_BEGAN, BEGAN },
	.hz = TSC_HZ,
};

struct guest {
	struct guest_tsc g;
	uint64_t offset; /* what its TSC is ahead of the host's */
	int64_t now;	 /* ns from BEGAN */
	int64_t due;	 /* of the last deadline */
};

static struct guest guest(uint64_t kvm_offset, uint64_t offset)
{
	struct guest v = { .offset = offset };

	guest_tsc_set(&v.g, kvm_offset, 0);
	return v;
}

static uint64_t tsc_at(const struct guest *v, int64_t ns)
{
	return clock_guest_tsc(clock_tsc(&host, (uint64_t)(BEGAN + ns)), v->offset, v->g.ratio);
}

/* As KVM computes it, in 64 bits. @stall: ns between its readings of the two clocks. */
static uint64_t expires(const struct guest *v, uint64_t deadline, int64_t stall)
{
	uint64_t ticks = deadline - tsc_at(v, v->now + stall), khz = TSC_HZ / 1000;

	if (v->g.ratio > 1)
		khz = (uint64_t)(((unsigned __int128)khz * v->g.ratio) >> 48);
	return (uint64_t)(BEGAN + v->now) + ticks * 1000000 / khz;
}

static enum tsc_says write_stalled(struct guest *v, uint64_t deadline, int64_t stall)
{
	const struct guest_tsc_write w = {
		.deadline = deadline,
		.at = (uint64_t)(BEGAN + v->now),
		.started = true,
		.told = expires(v, deadline, stall),
	};
	enum tsc_says says = guest_tsc_deadline(&v->g, &host, &w, &v->due);

	v->due -= v->due == INT64_MAX ? 0 : BEGAN;
	return says;
}

static enum tsc_says write(struct guest *v, uint64_t deadline)
{
	return write_stalled(v, deadline, 0);
}

/* A write for @ms from now, every 3 ms: it is due then. */
static enum tsc_says tick(struct guest *v, int64_t ms)
{
	enum tsc_says says;

	v->now += 3 * MS;
	says = write(v, tsc_at(v, v->now + ms * MS));
	cr_expect(v->due >= v->now + ms * MS - 20 && v->due <= v->now + ms * MS + 20,
		  "at %ld: due %ld", (long)v->now, (long)v->due);
	return says;
}

static const struct {
	const char *name;
	uint64_t value;
	bool ahead;
	bool never; /* at least where TSC rate and uptime are those of here */
} far[] = {
	{ "all ones", UINT64_MAX, false, true },     { "2^62", UINT64_C(1) << 62, false, true },
	{ "2^63", UINT64_C(1) << 63, false, true },  { "a day", DAY *TSC_HZ, true, true },
	{ "an hour", 3600 * TSC_HZ, true, false },   { "a minute", 60 * TSC_HZ, true, false },
	{ "ten seconds", 10 * TSC_HZ, true, false },
};

/* What the guest's TSC can be: KVM's offset is its, the guest sees the host's, neither. */
static const struct {
	const char *name;
	uint64_t kvm, real;
} offsets[] = {
	{ "KVM's", (uint64_t)-6500000000000, (uint64_t)-6500000000000 },
	{ "none", (uint64_t)-6500000000000, 0 },
	{ "KVM says none", 0, 0 },
	{ "another", (uint64_t)-6500000000000, 123456789012 },
	{ "ahead of the host's", 77000000000000, 77000000000000 },
};

static void far_ones(unsigned f, unsigned o, unsigned first, unsigned every)
{
	struct guest v = guest(offsets[o].kvm, offsets[o].real);

	for (unsigned i = 0; i < 60; i++) {
		bool wild = i < first || (every && i % every == 0);
		bool known = v.g.confirmed;
		enum tsc_says says;

		if (!wild) {
			tick(&v, 2);
			continue;
		}
		v.now += 3 * MS;
		says = write(&v, far[f].ahead ? tsc_at(&v, v.now) + far[f].value : far[f].value);
		if (far[f].never && known)
			cr_expect(says == TSC_SAYS_NEVER && v.due == INT64_MAX, "says %d", says);
		cr_expect(v.due > v.now + 9000 * MS, "%s, %s: write %u at %ld is due at %ld",
			  far[f].name, offsets[o].name, i, (long)v.now, (long)v.due);
	}
	/* It has not poisoned what is known of the TSC. */
	cr_expect(v.g.confirmed, "%s, %s", far[f].name, offsets[o].name);
	cr_expect_eq(v.g.how == GUEST_TSC_SOLVED, o == 3);
	cr_expect_eq(v.g.renewals, 0);
}

Test(guest_tsc, far_deadlines)
{
	for (unsigned f = 0; f < sizeof(far) / sizeof(*far); f++)
		for (unsigned o = 0; o < sizeof(offsets) / sizeof(*offsets); o++) {
			far_ones(f, o, 1, 0);
			far_ones(f, o, 7, 0);
			far_ones(f, o, 1, 10);
			far_ones(f, o, 0, 7);
			far_ones(f, o, 2, 2);
		}
}

Test(guest_tsc, a_scaled_tsc)
{
	struct guest v = { .offset = (uint64_t)-6500000000000 };

	/* 5/4 of the host's, of what Intel takes for 1. */
	guest_tsc_set(&v.g, v.offset, (UINT64_C(1) << 48) + (UINT64_C(1) << 46));
	for (unsigned i = 0; i < 10; i++)
		cr_expect_eq(tick(&v, 2), TSC_SAYS_BOTH);
	cr_expect(v.g.confirmed && v.g.how == GUEST_TSC_KVM);
	/* An offset that three timers tell. */
	v.offset += 123456789012;
	for (unsigned i = 0; i < 10; i++)
		cr_expect_eq(tick(&v, 2), i < 2 ? TSC_SAYS_HRTIMER : TSC_SAYS_BOTH);
	cr_expect_eq(v.g.how, GUEST_TSC_SOLVED);
}

/* The guest's TSC moves, and KVM's word for it stays behind. */
Test(guest_tsc, three_mismatches_make_it_anew)
{
	struct guest v = guest(0, 0);

	for (unsigned i = 0; i < 10; i++)
		tick(&v, 2);
	v.offset = 4000000000000;
	cr_expect_eq(tick(&v, 2), TSC_SAYS_HRTIMER);
	cr_expect_eq(tick(&v, 2), TSC_SAYS_HRTIMER);
	cr_expect_eq(v.g.renewals, 0);
	cr_expect_eq(tick(&v, 2), TSC_SAYS_BOTH);
	cr_expect_eq(v.g.renewals, 1);
	cr_expect_eq(v.g.how, GUEST_TSC_SOLVED);
	/* So far that, were it still as before, KVM's arithmetic would overflow. */
	v.offset = 40000000000000;
	for (unsigned i = 0; i < 2; i++)
		cr_expect_eq(write(&v, tsc_at(&v, v.now + 2 * MS)), TSC_SAYS_NEVER);
	cr_expect_eq(tick(&v, 2), TSC_SAYS_BOTH);
	/* And back. */
	v.offset = 0;
	for (unsigned i = 0; i < 3; i++)
		tick(&v, 2);
	cr_expect_eq(v.g.renewals, 3);
	cr_expect_eq(v.g.how, GUEST_TSC_KVM);
}

/* One that is elsewhere is believed and changes nothing; so is a stall. */
Test(guest_tsc, single_ones)
{
	struct guest v = guest(0, 0);

	for (unsigned i = 0; i < 40; i++) {
		int64_t stall = i == 10 ? 300000 : i == 20 ? 50000 : i == 25 ? 9000 : 0;
		enum tsc_says says;

		v.now += 3 * MS;
		says = write_stalled(&v, tsc_at(&v, v.now + 2 * MS), stall);
		cr_expect_eq(says, i == 10   ? TSC_SAYS_HRTIMER
				   : i == 20 ? TSC_SAYS_STALL
					     : TSC_SAYS_BOTH);
		if (i == 10)
			cr_expect_eq(v.due, v.now + 2 * MS - 300000);
		else
			cr_expect(v.due >= v.now + 2 * MS - 20 && v.due <= v.now + 2 * MS + 20);
	}
	cr_expect_eq(v.g.renewals, 0);
	cr_expect_eq(v.g.how, GUEST_TSC_KVM);
}

/* KVM started no timer that was seen: it was due, or a timer of the CPU's has it. */
Test(guest_tsc, without_an_hrtimer)
{
	struct guest v = guest((uint64_t)-6500000000000, 123456789012);
	struct guest_tsc_write w = { .at = (uint64_t)BEGAN };
	int64_t due;

	/* Already one timer tells where the TSC is. */
	tick(&v, 2);
	w.deadline = tsc_at(&v, -MS);
	guest_tsc_deadline(&v.g, &host, &w, &due);
	cr_expect(due >= BEGAN - MS - 20 && due <= BEGAN - MS + 20);
	for (unsigned i = 0; i < 3; i++)
		tick(&v, 2);
	guest_tsc_deadline(&v.g, &host, &w, &due);
	cr_expect(due >= BEGAN - MS - 20 && due <= BEGAN - MS + 20);

	v = guest((uint64_t)-6500000000000, (uint64_t)-6500000000000);
	w.deadline = tsc_at(&v, 2 * MS);
	guest_tsc_deadline(&v.g, &host, &w, &due);
	cr_expect(due >= BEGAN + 2 * MS - 20 && due <= BEGAN + 2 * MS + 20);
}
