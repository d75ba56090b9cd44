/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VPs a cut keeps, and their numbers in it. */
#ifndef VTICK_TRACES_CUT_PICK_H
#define VTICK_TRACES_CUT_PICK_H

#include "traces/base/options.h"
#include "traces/trace.h"

#define CUT_LEFT_OUT UINT32_MAX

struct cut_pick {
	uint32_t *number; /* [VPs of the trace] in the cut, or CUT_LEFT_OUT */
	uint32_t vps;	  /* that the cut keeps */
};

/*
 * @vms: of each the words between commas are the number of a domain, the name of a VM or of a VP,
 * or a pattern of names; nothing given: all. 0, or -1 with @err if a word fits none; freed by
 * cut_pick_free() either way.
 */
int cut_pick(struct cut_pick *p, const struct trace_meta *meta, const struct opt_list *vms,
	     const char *path, struct vt_error *err);
void cut_pick_free(struct cut_pick *p);

#endif
