/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a hypervisor's own work costs: a profile of integer ns, read from a file, each figure with
 * its source. RULES.md section 17 says where each is charged.
 */
#ifndef VTICK_REPLAY_ENGINE_COST_PROFILE_H
#define VTICK_REPLAY_ENGINE_COST_PROFILE_H

#include <jansson.h>
#include <stdint.h>

#include "traces/base/error.h"

enum cost {
	COST_LATENCY,	 /* from the match to the start of the interrupt; nobody works meanwhile */
	COST_BASE,	 /* of an interrupt, besides what its timers do */
	COST_PER_EXPIRY, /* of each timer that runs in it */
	COST_EXIT_ARM,	 /* a guest write that exits */
	COST_EXIT_GUEST_TIMER, /* an exit by a guest-mode timer */
	COST_HARDWARE_WRITE,   /* a write of the match register */
	COST_INJECT,	       /* a delivery */
	COST_IPI,	       /* telling another LP that its VP has an interrupt */
	/* The machine under a nested or emulated hypervisor takes each LP away for COST_AWAY in
	   every COST_AWAY_EVERY. */
	COST_AWAY,
	COST_AWAY_EVERY,
	COST_OWN_EVERY, /* on an LP without a VP the host has a timer of its own that often */
	COST_KINDS,
};

#define COST_LATENCIES_MAX 64

struct costs {
	uint64_t ns[COST_KINDS];
	/* Where the latency is not always the same: the values that it has, each as often as the
	 * others; then ns[COST_LATENCY] is 0. */
	uint64_t latency_ns[COST_LATENCIES_MAX];
	uint32_t latencies; /* 0: it is always the same */
	char hash[17];	    /* of the figures alone: 16 hex digits and NUL */
};

/* Reads a profile. 0, or -1 with *@err set: unreadable, not a profile, an unknown figure or one
 * without a source. */
int costs_read(struct costs *costs, const char *path, struct vt_error *err);

/* The figures, name to ns or to a list of ns, as the result shows them. The caller owns the object.
 */
json_t *costs_json(const struct costs *costs);

#endif
