/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages that came with vtick. */
#ifndef VTICK_TRACES_BASE_PAGES_H
#define VTICK_TRACES_BASE_PAGES_H

#include <stdio.h>

/* The folder that holds them: where they were installed, or else the sources; malloc'ed, NULL if
 * there is none. */
char *pages_folder(void);

/* Lists them, by their own headings. */
void pages_list(FILE *to);

#endif
