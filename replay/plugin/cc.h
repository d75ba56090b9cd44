/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy's source to a shared object in a temporary folder. */
#ifndef VTICK_REPLAY_PLUGIN_CC_H
#define VTICK_REPLAY_PLUGIN_CC_H

#include <signal.h>

#include "traces/base/error.h"

struct plugin_cc {
	char *folder; /* NULL: none was made */
	char *object;
	sigset_t mask; /* as it was: signals that end the process wait until the folder is gone */
};

/*
 * Compiles @source with $CC (cc), whose own messages go to stderr. 0 or -1; plugin_cc_end() in any
 * case, soon: the object may be removed once it is loaded.
 */
int plugin_cc(struct plugin_cc *c, const char *source, struct vt_error *err);
void plugin_cc_end(struct plugin_cc *c);

#endif
