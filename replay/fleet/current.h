/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a result says what a replay would say now, told by what it was made from. */
#ifndef VTICK_REPLAY_FLEET_CURRENT_H
#define VTICK_REPLAY_FLEET_CURRENT_H

#include <jansson.h>

#include "replay/run/run.h"

/*
 * `provenance.made_from` of the results of -O: all that a result of the only trace of @run depends
 * on (RESULT.md). The caller owns it.
 */
json_t *current_made_from(const struct run *run);

enum current {
	CURRENT_NOT,  /* it is to be made (again) */
	CURRENT_LOST, /* it is current, but lacks cells, and would lack them again */
	CURRENT_WHOLE,
};

/*
 * The result @document (of -O; NULL: there is none) of the only trace of @run, whose cells have not
 * run. A cell that was lost for want of time or memory, or to a SIGKILL, is to be made again;
 * another lost one is its policy's doing.
 */
enum current current_look(const json_t *document, struct run *run);

#endif
