/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes small xentrace files byte by byte, imports them, and shows what came out as text. */
#ifndef VTICK_TRACES_IMPORT_TESTS_XEN_BUILD_H
#define VTICK_TRACES_IMPORT_TESTS_XEN_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "traces/import/import.h"
#include "traces/import/xen/record.h"
#include "traces/trace.h"

#define NO_TSC UINT64_MAX
#define IDLE(pcpu) (0x7fffu << 16 | (pcpu))
#define VCPU(dom, vcpu) ((uint32_t)(dom) << 16 | (vcpu))

struct xen_build {
	uint8_t *p;
	size_t n;
	size_t window; /* where the size of the open window goes; 0: none is open */
};

/* A window of @pcpu; ends the one before. */
void xb_window(struct xen_build *b, uint32_t pcpu);
/* Fills in the size of the open window. */
void xb_end(struct xen_build *b);
void xb_bytes(struct xen_build *b, const void *p, size_t n);
void xb_word(struct xen_build *b, uint32_t word);
void xb_record(struct xen_build *b, uint64_t tsc, uint32_t event, unsigned n, const uint32_t *w);
void xb_free(struct xen_build *b);

#define XB(b, tsc, event, ...)                                                                     \
	xb_record(b, tsc, event, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t),           \
		  (uint32_t[]){ __VA_ARGS__ })
#define XB0(b, tsc, event) xb_record(b, tsc, event, 0, NULL)

/* A change of runstate of @vcpu. */
void xb_run(struct xen_build *b, uint64_t tsc, enum xen_runstate from, enum xen_runstate to,
	    uint32_t vcpu);
void xb_start(struct xen_build *b, uint64_t tsc, uint64_t delta, uint64_t period);

/* One event as a line. */
void xb_show(FILE *f, const struct trace_event *e);

/* Messages are not the tests' output: from here to xb_loud(), which gives what was said. */
struct xb_quiet {
	FILE *to;
	int stderr_was;
};
struct xb_quiet xb_quiet(void);
char *xb_loud(struct xb_quiet q); /* the caller frees */

/* What an import gave. */
struct xen_result {
	int ret;
	struct vt_error err;
	struct trace_meta meta; /* of the trace, if ret is 0 */
	char *events;		/* one line each: "TIME TYPE [vpN] [lpN] [SUB] [VALUE] [EXTRA]" */
	char *said;		/* on stderr */
	char *trace;		/* the file's bytes */
	size_t trace_size;
	bool legal;	/* every event was */
	bool left_over; /* a file stayed where none should be */
};

/* Imports @n bytes; @o may be NULL (1 GHz then, so that a tick is a nanosecond). */
struct xen_result xb_import_bytes(const uint8_t *p, size_t n, const struct import_options *o);
/* Ends the open window and imports all. */
struct xen_result xb_import(struct xen_build *b, const struct import_options *o);
void xb_result_free(struct xen_result *r);

/* True if the header's "notes" hold a line that begins with @text. */
bool xb_has_note(const struct xen_result *r, const char *text);

#endif
