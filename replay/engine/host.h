/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_ENGINE_HOST_H
#define VTICK_REPLAY_ENGINE_HOST_H

#include "replay/engine/state.h"

/* Lines of a policy's log that are printed; the rest are counted. */
#define LOG_LINES_MAX 20u

/* A host with its services; the engine fills in the cell's numbers. */
extern const struct vtick_host host_services;

#endif
