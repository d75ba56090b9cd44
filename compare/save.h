/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_COMPARE_SAVE_H
#define VTICK_COMPARE_SAVE_H

#include <stddef.h>

#include "traces/base/error.h"

/* Writes @text into @path, which appears whole or not at all ("/dev/stdout" and pipes are written
 * as they are). */
int save_text(const char *path, const char *text, size_t len, struct vt_error *err);

#endif
