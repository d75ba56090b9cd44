/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of the text form of a trace (TEXT.md): an event, or the declaration of a VP. */
#ifndef VTICK_TRACES_IMPORT_TEXT_LINE_H
#define VTICK_TRACES_IMPORT_TEXT_LINE_H

#include "traces/trace.h"

/* What is wrong with a line, and what was expected. */
struct text_fault {
	char text[400];
};

/* The VPs that were named so far: by number, or by a name that the header or a line gave. */
struct text_vps {
	struct trace_meta *meta; /* the caller's: new ones are appended */
	json_t *numbers;	 /* name -> number */
};

/* Takes the VPs that @meta has already. */
void text_vps_init(struct text_vps *vps, struct trace_meta *meta);
void text_vps_free(struct text_vps *vps);

/* {"vp":..., "domain":..., "vcpu":..., "name":...}: who a VP is. 0, or -1 with @fault. */
int text_declare(struct text_vps *vps, const json_t *line, struct text_fault *fault);

/*
 * {"event":..., "time":..., ...} into @ev. Fields are of their types, but not yet held against the
 * header. A VP that was never named becomes one. 0, or -1 with @fault.
 */
int text_event(struct text_vps *vps, const json_t *line, struct trace_event *ev,
	       struct text_fault *fault);

/* Fills @fault; returns -1. */
int text_refuse(struct text_fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
