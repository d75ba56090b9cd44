/* SPDX-License-Identifier: GPL-2.0-only */
/* What is made from the text of a tree's files for them to compile: headers and macros. */
#ifndef VTICK_REPLAY_KINDS_STAND_IN_H
#define VTICK_REPLAY_KINDS_STAND_IN_H

#include <jansson.h>
#include <stdio.h>

#include "replay/kinds/complaints.h"
#include "replay/plugin/builder.h"

/* The files of a tree that go into a build. */
struct stand_in {
	const struct kind *kind;
	const struct builder *builder;
	const struct taken *file;
	size_t files;
};

/* An empty file for each header that the files include and that is not there. 0, or -1 with the
 * builder's err. */
int stand_in_headers(const struct stand_in *s);
/* The answers of the probes, by name, into @answers, as macros into @macros. 0 or -1. */
int stand_in_probes(const struct stand_in *s, json_t *answers, FILE *macros);
/* generated.h: numbers for the constants, and nothing for the calls, that the probes name. 0 or -1.
 */
int stand_in_macros(const struct stand_in *s);

#endif
