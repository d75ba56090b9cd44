/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_RUN_SOUND_H
#define VTICK_REPLAY_RUN_SOUND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * True if @metrics can stand in a result as those of a cell, whoever wrote them: an object of what
 * the catalogue has and nothing else, with numbers that can be; newer than @minor need not be
 * there.
 */
bool sound_metrics(const json_t *metrics, uint32_t minor);

#endif
