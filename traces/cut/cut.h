/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick cut`: what is asked for. */
#ifndef VTICK_TRACES_CUT_CUT_H
#define VTICK_TRACES_CUT_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/options.h"

struct cut_request {
	const char *path;
	const char *output;
	uint64_t from_ns, to_ns; /* UINT64_MAX: to the end */
	struct opt_list vms;	 /* none: all */
	bool anonymous;
};

/* Makes it. 0, or -1 with @err filled and nothing left behind. */
int cut_trace(const struct cut_request *q, struct vt_error *err);

#endif
