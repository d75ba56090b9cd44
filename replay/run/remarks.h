/* SPDX-License-Identifier: GPL-2.0-only */
/* What a replay says on stderr beside its numbers, a line each; without @say it is only counted.
 */
#ifndef VTICK_REPLAY_RUN_REMARKS_H
#define VTICK_REPLAY_RUN_REMARKS_H

#include "replay/run/run.h"

/* Of each cell that was lost; the number of them. */
size_t remarks_lost(const struct run *run, bool say);
/* Of each trace in which there was nothing to do. */
size_t remarks_empty(const struct run *run, bool say);
/* Of each cell some of whose numbers are larger than a result can hold. */
size_t remarks_saturated(const struct run *run, bool say);
/* If policies that nobody installed run, and may do all that vtick may. */
void remarks_sandbox(const struct run *run);

#endif
