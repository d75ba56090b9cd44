/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an import may take: from import_guard() on the process, and each child that it starts, has
 * no more CPU time and memory than the limits say (base/limits.h). Where it would take more it ends
 * with a line that names the limit, and nothing is left behind.
 */
#ifndef VTICK_TRACES_IMPORT_GUARD_H
#define VTICK_TRACES_IMPORT_GUARD_H

#include "traces/base/error.h"

/* @capture is what the lines name. */
void import_guard(const char *capture);

/* In a child: no file that it writes grows over @most bytes, which what it unpacks would. */
void import_guard_child(uint64_t most);

/* A child ended with exit code @code: fills @err and returns -1 if that was because of a limit;
 * else 0. */
int import_guard_blame(int code, const char *capture, struct vt_error *err);

#endif
