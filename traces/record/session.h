/* SPDX-License-Identifier: GPL-2.0-only */
/* One recording: from the kernel's ring to a trace file. */
#ifndef VTICK_TRACES_RECORD_SESSION_H
#define VTICK_TRACES_RECORD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/error.h"
#include "traces/record/probes.h"

struct session_options {
	const char *output;
	uint64_t duration_ns; /* 0: until a signal or the command's end */
	uint64_t
	    flight_ns;	  /* not 0: keep that much in memory, write it on SIGUSR1 and at the end */
	bool allow_empty; /* to see no vCPU is no error */
	bool no_infer;	  /* no SEEDs */
	bool readable;	  /* for others, as the umask says */
	char *const *command;	  /* NULL: none */
	const char *user;	  /* that runs it; NULL: the caller */
	const char *command_line; /* of vtick itself */
	struct probes_options probes;
};

int session_run(const struct session_options *o, struct vt_error *err);

#endif
