/* SPDX-License-Identifier: GPL-2.0-only */
/* Which policies a replay is of: what was asked for, one by one. */
#ifndef VTICK_REPLAY_RUN_SELECT_H
#define VTICK_REPLAY_RUN_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

struct selected {
	char **spec;	/* as plugin_load() takes them; they have to outlive what is loaded */
	bool *expanded; /* [n] a pattern stood for it */
	size_t n;
};

/*
 * Each of @given in its order. "all" and patterns as a shell has them ('kvm-*') stand for the
 * installed policies that they fit, in order of the names' bytes, each once: a name
 * beside them that they stand for is no second one; what stands behind a colon goes to each.
 * Values in braces are each of those in them (sweep.h).
 * Without any: passthrough and virtual, the two of the mail, and then the design that recorded the
 * @traces, if one of them says so and it is installed. 0 or -1; selected_free() in any case.
 */
int select_policies(struct selected *s, const char *const *given, size_t n,
		    const char *const *traces, size_t trace_count, struct vt_error *err);
/* The policy that is the base of a closed loop over the trace: what recorded it, as far as that is
 * known. */
const char *select_base(const char *path);
void selected_free(struct selected *s);

#endif
