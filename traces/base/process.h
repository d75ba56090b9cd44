/* SPDX-License-Identifier: GPL-2.0-only */
/* This process. */
#ifndef VTICK_TRACES_BASE_PROCESS_H
#define VTICK_TRACES_BASE_PROCESS_H

#include <sys/types.h>

/* The program's file, an absolute path, also where there is no /proc; malloc'ed, NULL if nobody
 * knows. */
char *process_path(void);

/* In a child of @parent: it is killed when @parent ends, and now, if that has ended already. */
void process_dies_with(pid_t parent);

#endif
