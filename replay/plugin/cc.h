/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy's source to a shared object that only memory has. */
#ifndef VTICK_REPLAY_PLUGIN_CC_H
#define VTICK_REPLAY_PLUGIN_CC_H

#include "traces/base/error.h"

/*
 * Compiles @source with $CC (cc), whose own messages go to stderr, in a temporary folder that is
 * gone on return. Returns a descriptor of the object, which the caller closes, or -1. SIGINT,
 * SIGTERM and SIGHUP that the caller blocks end it; so does the end of this process, and the folder
 * goes then, too.
 */
int plugin_cc(const char *source, struct vt_error *err);

#endif
