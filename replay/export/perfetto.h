/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace as a file of Perfetto's: what was recorded, and what policies did, a group each. */
#ifndef VTICK_REPLAY_EXPORT_PERFETTO_H
#define VTICK_REPLAY_EXPORT_PERFETTO_H

#include "replay/export/format.h"

extern const struct export_format format_perfetto;

#endif
