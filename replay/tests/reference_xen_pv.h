/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's PV timers, section 14 of RULES.md: of xen-pv, and of xen-vpt's domain 0. */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_XEN_PV_H
#define VTICK_REPLAY_TESTS_REFERENCE_XEN_PV_H

#include "replay/tests/reference_state.h"

struct pv_guest {
	bool armed, masked;
	int64_t deadline, period, last;
};

void ref_pv_arm(struct ref *r, uint32_t vp, struct pv_guest *g, int64_t deadline, int64_t period,
		unsigned dev, int64_t min_period);
void ref_pv_disarm(struct ref *r, uint32_t vp, struct pv_guest *g);
void ref_pv_due(struct ref *r, uint32_t vp, struct pv_guest *g, uint32_t lp);
void ref_pv_out(struct ref *r, uint32_t vp, struct pv_guest *g);
void ref_pv_in(struct ref *r, uint32_t vp, struct pv_guest *g, uint32_t lp);

#endif
