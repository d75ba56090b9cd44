/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording says about itself before anything is replayed: how late its hypervisor served
 * the guests' deadlines, and whose events it observed. FIDELITY.md.
 */
#ifndef VTICK_REPLAY_WATCH_SURVEY_H
#define VTICK_REPLAY_WATCH_SURVEY_H

#include "replay/engine/engine.h"
#include "replay/engine/histogram.h"

/* The default window has no value until the recording was surveyed. */
#define WINDOW_OF_RECORDING UINT64_MAX

enum window_from { WINDOW_GIVEN, WINDOW_LATENESS, WINDOW_DEFAULT };

struct survey {
	struct histogram late; /* ns from the true deadline to the OBS_FIRE that served it; early
				  ones are negative */
	struct histogram distance; /* its magnitude */
	uint64_t without_deadline; /* OBS_FIREs that serve none that we know of */
	bool *fired;		   /* [vps] there is an OBS_FIRE of it */
	uint64_t window_ns;
	enum window_from window_from;
	bool partial; /* a Xen: it logs expiries of PV timers alone, injections of periodic timers
			 alone */
};

/* An engine that is fed a trace, then dropped, leaves in @rec what the trace says. No policy takes
 * part. */
struct engine *survey_new(struct survey *rec, const struct trace_meta *meta);
/* After the survey: @window_ns is the window, WINDOW_OF_RECORDING: the recording's own. */
void survey_set_window(struct survey *rec, uint64_t window_ns);
void survey_free(struct survey *rec);

#endif
