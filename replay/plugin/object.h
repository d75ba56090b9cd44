/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is to be loaded as a policy, before anything of it is. */
#ifndef VTICK_REPLAY_PLUGIN_OBJECT_H
#define VTICK_REPLAY_PLUGIN_OBJECT_H

#include "traces/base/error.h"

/*
 * Is what @object is open at a shared object for this machine? 0, or -1 with what it is instead;
 * @path is what it is called. Only the head is read, as it may be a stranger's.
 */
int object_check(int object, const char *path, struct vt_error *err);

/* A hash of all of it, for one that names no build id: 40 digits and a NUL. 0 or -1. */
int object_hash(int object, char hex[41]);

#endif
