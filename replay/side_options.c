/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/side_options.h"

const char *const away_ways[] = { "drawn", "recorded", NULL };
