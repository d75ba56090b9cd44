/* SPDX-License-Identifier: GPL-2.0-only */
/* The "key=value,..." behind a policy's name: its parameters and the options of the cell. */
#ifndef VTICK_REPLAY_PLUGIN_ARGS_H
#define VTICK_REPLAY_PLUGIN_ARGS_H

#include "replay/plugin/plugin.h"

/* The table of parameters is sound: every one has a default that is one of its choices, and a field
 * of its own. 0 or -1. */
int plugin_args_check(const struct plugin *p, struct vt_error *err);
uint32_t plugin_params_count(const struct vtick_policy *policy);
/* Allocates p->values and p->given, sets defaults, then what @list says (NULL: nothing). 0 or -1.
 */
int plugin_args_parse(struct plugin *p, const char *list, struct vt_error *err);

#endif
