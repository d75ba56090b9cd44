/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_ENGINE_HOST_H
#define VTICK_REPLAY_ENGINE_HOST_H

#include "replay/engine/state.h"

/* Lines of a policy's log that are printed; the rest are counted. */
#define LOG_LINES_MAX 20u

/* A host with its services; the engine fills in the cell's numbers. */
extern const struct vtick_host host_services;

/* Gives @e services that don't look for what it has not: costs, and matches beside the machine's.
 */
void host_shorten(struct engine *e);

/* The hooks that are called from here on are those of @e's policy, until the next such call;
 * NULL: nobody's. */
void host_enter(struct engine *e);

/* The hook that is being called, HOOKS: there is no policy; and where @address lies in the host as
 * the policy sees it, -1: elsewhere. For handlers of signals. */
uint32_t host_hook(void);
ptrdiff_t host_written(const void *address);

#endif
