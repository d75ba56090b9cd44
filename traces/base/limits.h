/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vtick takes at most, in one table: of a trace (the format's own limits), and of what it is
 * given to read. LIMITS.md is made from it. Those that have a name can be moved for a call:
 *
 *	vtick import --limit capture-size=200G CAPTURE -o FILE.vtt
 *
 * What is over one is refused with its name (limit_text()).
 */
#ifndef VTICK_TRACES_BASE_LIMITS_H
#define VTICK_TRACES_BASE_LIMITS_H

#include <stdint.h>
#include <stdio.h>

#include "traces/base/error.h"

/* Those that can be moved. Their rows come first in the table. */
enum limit {
	LIMIT_CAPTURE_SIZE,  /* bytes of a capture, unpacked */
	LIMIT_EXPANSION,     /* times the packed size, */
	LIMIT_UNPACKED_SIZE, /* from that many bytes on */
	LIMIT_IMPORT_TIME,   /* ns of CPU time */
	LIMIT_IMPORT_MEMORY, /* bytes */
	LIMIT_RESULT_SIZE,   /* bytes of a result, golden or export of runs */
	LIMIT_JSON_SIZE,     /* bytes of a file of rules or costs */
	LIMITS_NAMED
};

/* As it is in force. */
uint64_t limit_value(enum limit limit);

/* "64 GiB (--limit capture-size=SIZE)", for "more than ...", malloc'ed. */
char *limit_text(enum limit limit);

/* What @packed bytes may unpack to. */
uint64_t limit_unpacked(uint64_t packed);

/* "200 times its size, and than 256 MiB (...)", malloc'ed. */
char *limit_unpacked_text(void);

/* Takes "NAME=VALUE". 0, or -1 with what is wrong with it, without a subject. */
int limit_set(const char *given, struct vt_error *err);

/* The option of commands that read: a row of their table. */
struct opt;
struct completion;
int limit_take(void *config, const struct opt *o, const char *given, struct vt_error *err);
void limit_values(struct completion *c);
#define OPT_LIMIT                                                                                  \
	{                                                                                          \
		OPT_CALL, .name = "limit", .argument = "NAME=VALUE", .many = true,                 \
			  .take = limit_take, .values = limit_values,                              \
			  .help = "move a limit of what is read, as expansion=1000; 'vtick help "  \
				  "--limits' lists them"                                           \
	}

/* The table as markdown: what LIMITS.md and `vtick help --limits` show. */
void limits_print(FILE *to);

#endif
