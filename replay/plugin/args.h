/* SPDX-License-Identifier: GPL-2.0-only */
/* The "key=value,..." behind a policy's name: its parameters and the options of the cell. */
#ifndef VTICK_REPLAY_PLUGIN_ARGS_H
#define VTICK_REPLAY_PLUGIN_ARGS_H

#include "replay/plugin/plugin.h"

/* An option that every policy takes, because the hypervisor around it is the engine's. */
struct plugin_option {
	const char *name;
	const char *unit;
	const char *fallback; /* where neither the command line nor the trace says */
	const char *help;
};

#define PLUGIN_OPTIONS 4
extern const struct plugin_option plugin_option[PLUGIN_OPTIONS];

/* The table of parameters is sound: every one has a default that is one of its choices. 0 or -1. */
int plugin_args_check(const struct plugin *p, struct vt_error *err);
/* Number of parameters. */
uint32_t plugin_args_count(const struct plugin *p);
/* Allocates p->values, sets defaults, then what @list says (NULL: nothing). 0 or -1. */
int plugin_args_parse(struct plugin *p, const char *list, struct vt_error *err);

#endif
