/* SPDX-License-Identifier: GPL-2.0-only */
/* The policies that the reference knows. */
#include <stddef.h>

#include "replay/tests/reference_state.h"

extern const struct ref_policy ref_passthrough, ref_virtual;
extern const struct ref_policy ref_kvm_hrtimer, ref_kvm_preemption_timer,
    ref_apic_timer_virtualization;
extern const struct ref_policy ref_passthrough_2021;
extern const struct ref_policy ref_xen_vpt, ref_xen_pv, ref_virtual_vtm, ref_virtual_2005;
extern const struct ref_policy ref_entry, ref_kick_policy, ref_keeper;

/* One a line. */
const struct ref_policy *const ref_policies[REFERENCE_POLICIES] = {
	&ref_passthrough,
	&ref_virtual,
	&ref_kvm_hrtimer,
	&ref_kvm_preemption_timer,
	&ref_apic_timer_virtualization,
	&ref_passthrough_2021,
	&ref_xen_vpt,
	&ref_xen_pv,
	&ref_virtual_vtm,
	&ref_virtual_2005,
	/* Of the tests: what no policy of the tree uses yet. */
	&ref_entry,
	&ref_kick_policy,
	&ref_keeper,
	NULL,
};

bool reference_policy_of_tests(size_t i)
{
	return ref_policies[i]->of_tests;
}

const char *reference_policy(size_t i)
{
	return ref_policies[i] ? ref_policies[i]->name : NULL;
}
