/* SPDX-License-Identifier: GPL-2.0-only */
/* How `vtick dump` prints: a buffer in front of standard output, and one line per event. */
#ifndef VTICK_TRACES_DUMP_H
#define VTICK_TRACES_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/lateness.h"
#include "traces/trace.h"

#define DUMP_NOWHERE UINT32_MAX
/* No line is longer, names aside: they are cut to DUMP_NAME_MAX bytes. */
#define DUMP_LINE_MAX 1024u
#define DUMP_NAME_MAX 128u

/*
 * Lines go to the file descriptor past stdio: that is several times as fast, and lets a closed
 * pipe (`| head`) end the work without a message.
 */
struct dump_out {
	char *buffer;
	size_t len;
	bool closed; /* the reader of the pipe has gone */
};

void dump_open(struct dump_out *o);
/* Room for one more line; NULL if output failed or the pipe was closed. */
char *dump_room(struct dump_out *o, struct vt_error *err);
/* Text of any length, behind what is there. 0 (also if the pipe was closed) or -1. */
int dump_write(struct dump_out *o, const char *text, size_t len, struct vt_error *err);
/* 0 or -1; frees. */
int dump_close(struct dump_out *o, struct vt_error *err);

/* Who runs where, and what each guest's counter shows: what a line needs to know of the past. */
struct dump_state {
	const struct trace_meta *meta;
	uint32_t *lp;	   /* [vps] where it runs, or DUMP_NOWHERE */
	uint64_t *counter; /* [vps] guest counter - machine counter, modulo 2^64 */
	char **name;	   /* [vps] as it is printed */
	size_t vp_width; /* of the column of VPs' names: names of any length keep the columns behind
			    them in line */
};

/* At the start of a trace, whose header must outlive it. */
void dump_begin(struct dump_state *s, const struct trace_meta *meta);
void dump_end(struct dump_state *s);

/* Prints how late a tick was that was delivered with the event that was just printed: takes its
 * place before the end of that line, returns the new end. */
char *dump_late_text(char *p, const struct lateness *l);
char *dump_late_json(char *p, const struct lateness *l);

/* Prints event number @index, returns the end of what it printed. */
char *dump_text(char *p, const struct dump_state *s, uint64_t index, const struct trace_event *ev);
char *dump_json(char *p, const struct dump_state *s, uint64_t index, const struct trace_event *ev);
/* What @ev changes: after it was printed. */
void dump_follow(struct dump_state *s, const struct trace_event *ev);
/* Prints the heading of the text's columns, returns the end of it. */
char *dump_heading(char *p, const struct dump_state *s);

#endif
