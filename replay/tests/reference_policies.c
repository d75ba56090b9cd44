/* SPDX-License-Identifier: GPL-2.0-only */
/* The policies that the reference knows. */
#include <stddef.h>

#include "reference_state.h"

extern const struct ref_policy ref_passthrough, ref_virtual;

const struct ref_policy *const ref_policies[] = { &ref_passthrough, &ref_virtual, NULL };

const char *reference_policy(size_t i)
{
	return ref_policies[i] ? ref_policies[i]->name : NULL;
}
