/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick import`: what the command hands to the importer of one capture format.
 */
#ifndef VTICK_TRACES_IMPORT_IMPORT_H
#define VTICK_TRACES_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/error.h"

struct capture;

/* What a trace cannot answer, however whole it is. */
struct import_verdict {
	char why[512]; /* and what to record instead, one line; empty: nothing is wrong */
};

/* How the line of a verdict begins where no deadline is known. */
#define IMPORT_NOTHING "nothing to compare: no guest timer write with a known deadline"

struct import_options {
	const char *capture;	/* the foreign recording, a path or its capture_name() */
	struct capture *source; /* the same, opened; the importer closes it. NULL: not yet */
	const char *output;	/* path of the trace to write */
	uint64_t cpu_hz;	/* TSC rate; 0: take it from the capture */
	bool exits;		/* EXIT and ENTRY events too */
	bool no_infer; /* no SEED events of timers that were armed before the capture began */
	const char *scheduler;		/* of the recorded host; NULL: as the capture shows it */
	const char *class_name;		/* bare-metal, nested, emulated; NULL: not said */
	struct import_verdict *verdict; /* to be filled by an importer that can tell; or NULL */
};

/*
 * Reads the capture, writes the trace. 0, or -1 with @err filled and no output left behind.
 * A capture that is cut off is no error: the importer warns and notes it in the header.
 */
typedef int (*import_fn)(const struct import_options *o, struct vt_error *err);

int import_xentrace(const struct import_options *o, struct vt_error *err);
int import_trace_cmd(const struct import_options *o, struct vt_error *err);
int import_text(const struct import_options *o, struct vt_error *err);

/*
 * @o's capture, to be read once from start to end or, with @keep, at any offset as well. The
 * importer closes it. NULL with @err filled.
 */
struct capture *import_open(const struct import_options *o, bool keep, struct vt_error *err);

/* True if so many of a trace's @runs had to end as lost that the CPUs' stamps cannot go together.
 */
bool import_stamps_disagree(uint64_t lost, uint64_t runs);

/* The part of a path behind its last slash: headers hold no directories. */
const char *import_basename(const char *path);

/*
 * The command that makes this trace from this capture, malloc'ed: base names, and an output named
 * after the capture, so that the header does not depend on where the files lay.
 */
char *import_command(const char *format, const struct import_options *o);

#endif
