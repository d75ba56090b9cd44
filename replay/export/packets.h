/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes Perfetto's native trace format, packet by packet: tracks, and what happens on them
 * (perfetto.proto). Packets may come in any order of time; whoever reads them sorts, and keeps the
 * order of those of one time.
 */
#ifndef VTICK_REPLAY_EXPORT_PACKETS_H
#define VTICK_REPLAY_EXPORT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/file.h"

struct packets {
	struct file *to;
	uint8_t *buffer;
	size_t len, room;
	uint32_t sequence;
	bool failed; /* once, and then nothing is written any more; */
	struct vt_error error;
};

void packets_open(struct packets *p, struct file *to);
/* What is left goes out. 0, or -1 with the first error. */
int packets_flush(struct packets *p, struct vt_error *err);
void packets_close(struct packets *p);

/*
 * From here on packets are of the sequence @number, from 1 on, which nobody has used before: names
 * of before are unknown in it.
 */
void packets_sequence(struct packets *p, uint32_t number);

/* In this sequence @number, not 0, stands for @text: as the name of an event, or as that of what an
 * event says. */
void packets_name(struct packets *p, uint64_t number, const char *text);
void packets_arg_name(struct packets *p, uint64_t number, const char *text);

struct packet_track {
	uint64_t id, parent; /* 0: it has none */
	const char *name;    /* UTF-8 */
	const char *about;   /* what it shows; NULL: the name says it */
	const char *unit;    /* of a counter; NULL: it is none */
	int32_t rank;	     /* among those of its parent */
	bool merged;	     /* shown as one with those of its parent that have its name */
};

/* Once, before anything happens on it, and behind its parent. */
void packets_track(struct packets *p, const struct packet_track *t);

enum packet_type { PACKET_BEGIN, PACKET_END, PACKET_INSTANT, PACKET_COUNTER };

struct packet_arg {
	uint64_t name;
	int64_t value;
};

#define PACKET_ARGS 6u

struct packet {
	enum packet_type type;
	uint64_t time; /* ns */
	uint64_t track;
	uint64_t name; /* 0: none, as of an END and a COUNTER */
	uint64_t flow; /* packets of one flow are joined by arrows in order of time; 0: none */
	int64_t value; /* of a COUNTER */
	uint32_t args;
	struct packet_arg arg[PACKET_ARGS];
};

void packets_put(struct packets *p, const struct packet *e);

#endif
