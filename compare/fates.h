/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of each tick under a policy, as `vtick replay --fates` writes it; where two of these
 * part. */
#ifndef VTICK_COMPARE_FATES_H
#define VTICK_COMPARE_FATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"

enum fate_kind { FATE_DELIVERED, FATE_COALESCED, FATE_MISSED, FATE_PENDING, FATE_KINDS };

#define FATE_NEVER INT64_MIN

struct fate {
	int64_t due;
	int64_t pended; /* FATE_NEVER */
	int64_t at;
	uint64_t count;
	uint32_t vp;
	uint32_t lp; /* UINT32_MAX: none */
	enum fate_kind kind;
};

struct fates {
	struct fate *fate; /* by due, then VP, then time */
	size_t n, room;
};

int fates_read(struct fates *f, const char *path, struct vt_error *err);
void fates_free(struct fates *f);

/*
 * The first tick, by deadline, whose fate differs: its place in each, and how many there say
 * something of it (0: nothing is due there then). False: there is none.
 */
struct parting {
	uint64_t alike; /* fates before it */
	size_t first[2];
	size_t count[2];
};

bool fates_part(const struct fates f[2], struct parting *p);

#endif
