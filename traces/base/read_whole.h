/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is read as a whole, up to a limit. */
#ifndef VTICK_TRACES_BASE_READ_WHOLE_H
#define VTICK_TRACES_BASE_READ_WHOLE_H

#include <jansson.h>
#include <stddef.h>

#include "traces/base/error.h"
#include "traces/base/limits.h"

/* All of @fd, whatever it is, which messages call @file: *@len bytes and a NUL, allocated. NULL
 * with @err set: it cannot be read, or holds more than @limit. */
char *read_whole(int fd, const char *file, enum limit limit, size_t *len, struct vt_error *err);

/* The JSON document in the file @path, which holds no more than @limit; with a key
 * that comes twice it is none. The caller owns it. NULL with @err set. */
json_t *read_json(const char *path, enum limit limit, struct vt_error *err);

#endif
