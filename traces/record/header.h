/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recorded trace's header says beyond the fields that a replay needs. */
#ifndef VTICK_TRACES_RECORD_HEADER_H
#define VTICK_TRACES_RECORD_HEADER_H

#include <jansson.h>

#include "traces/record/convert.h"
#include "traces/record/probes.h"

struct header_facts {
	const char *command; /* as a shell would take it */
	const struct probes *probes;
	const struct clock *clock;
	/* NULL while the recording runs. */
	const struct probes_count *count;
	const struct convert *convert;
	const struct convert_tally *tally;
	uint64_t recorded, late;
	uint64_t flight_ns; /* 0: a whole recording */
	bool no_infer;	    /* no SEEDs */
};

void header_fill(json_t *more, const struct header_facts *f);

#endif
