/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_ENGINE_HOST_H
#define VTICK_REPLAY_ENGINE_HOST_H

#include "replay/engine/state.h"

/* Lines of a policy's log that are printed; the rest are counted. */
#define LOG_LINES_MAX 20u

/* A host with its services; the engine fills in the cell's numbers. */
extern const struct vtick_host host_services;

/* The cell ends as @kind says, for the reason that @format and what follows give. */
void host_end(struct engine *e, enum engine_end_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
