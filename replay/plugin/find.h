/* SPDX-License-Identifier: GPL-2.0-only */
/* Where installed policies lie: $VTICK_POLICY_PATH, beside the command, in the library folder. */
#ifndef VTICK_REPLAY_PLUGIN_FIND_H
#define VTICK_REPLAY_PLUGIN_FIND_H

#include <stddef.h>

#include "traces/base/error.h"

/*
 * Calls @visit with each folder in the order of the search, until it returns non-zero: those that
 * the environment's @variable names, then @what beside the command and in the library folder.
 */
void plugin_each_folder(const char *variable, const char *what,
			int (*visit)(const char *folder, void *arg), void *arg);

/* The path of the installed policy @name, malloc'ed; NULL and @err, which names the folders. */
char *plugin_find(const char *name, struct vt_error *err);

/* Their names, each once, in order of their bytes. */
struct plugin_names {
	char **name;
	size_t n;
};

struct plugin_names plugin_names(void);
void plugin_names_free(struct plugin_names *names);

#endif
