/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a timer did before its vCPU was first seen to write it: what tells of those that were armed
 * before the capture began. Xen logs the ticks of a LAPIC's periodic timer (not those of others) as
 * they are injected; and, on a build with extra records, the expiries of PV timers, with the
 * deadline.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_TICKERS_H
#define VTICK_TRACES_IMPORT_XEN_TICKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/tick_line.h"
#include "traces/import/word_map.h"

struct xen_ticker {
	uint32_t vp;		 /* vcpu | dom << 16 */
	uint32_t pcpu;		 /* id of the one where its timer was first seen */
	uint64_t seen;		 /* TSC of that; UINT64_MAX: it was not */
	uint64_t wrote;		 /* TSC of the first write of its LAPIC's; UINT64_MAX: none */
	uint64_t wrote_pv;	 /* of its PV timer */
	struct tick_times ticks; /* TSCs, of those before the first write as far as is known */
	uint64_t expired;	 /* TSC of the first expiry of its PV timer; UINT64_MAX: none */
	uint64_t late_ns;	 /* how late that was */
};

/* By vCPU as they are found. All 0: none. */
struct xen_tickers {
	struct word_map index; /* vcpu | dom << 16 -> place + 1 */
	struct xen_ticker *ticker;
	size_t n;
};

/*
 * @vp: vcpu | dom << 16; one of Xen's own is passed over, but for xen_unknown_vp(). pCPUs may come
 * in any order of time.
 */
void xen_tickers_tick(struct xen_tickers *all, uint32_t vp, uint32_t pcpu, uint64_t tsc);
void xen_tickers_write(struct xen_tickers *all, uint32_t vp, uint64_t tsc);
void xen_tickers_pv_write(struct xen_tickers *all, uint32_t vp, uint64_t tsc);
void xen_tickers_expiry(struct xen_tickers *all, uint32_t vp, uint32_t pcpu, uint64_t tsc,
			uint64_t late_ns);
void xen_tickers_free(struct xen_tickers *all);

/* In place of a VP: who runs on pCPU @id is not known yet. */
static inline uint32_t xen_unknown_vp(uint32_t id)
{
	return UINT32_C(0xffff0000) | id;
}

/* It was @vp. */
void xen_tickers_name(struct xen_tickers *all, uint32_t unknown, uint32_t vp);

#endif
