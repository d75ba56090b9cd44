/* SPDX-License-Identifier: GPL-2.0-only */
/* The ticks of a trace as CSV, a row each. */
#ifndef VTICK_REPLAY_EXPORT_CSV_H
#define VTICK_REPLAY_EXPORT_CSV_H

#include "replay/export/format.h"

extern const struct export_format format_csv;

#endif
