/* SPDX-License-Identifier: GPL-2.0-only */
/* What this vtick was built with. */
#ifndef VTICK_TRACES_BASE_BUILD_OPTIONS_H
#define VTICK_TRACES_BASE_BUILD_OPTIONS_H

#include <stdio.h>

/* A line for each part that may be left out, each library, and each folder: "NAME: WHAT". */
void build_options_print(FILE *to);

#endif
