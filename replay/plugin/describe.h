/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy says of itself. Its object is loaded in a child that says it on; the parent
 * believes none of it before it was looked at.
 */
#ifndef VTICK_REPLAY_PLUGIN_DESCRIBE_H
#define VTICK_REPLAY_PLUGIN_DESCRIBE_H

#include "replay/plugin/plugin.h"

/*
 * Fills in @p->policy and @p->build_id from @p->object, which may take as long as @limit_ns; or
 * what is known of one that is lost. 0 or -1; plugin_free() in any case.
 */
int plugin_describe(struct plugin *p, uint64_t limit_ns, struct vt_error *err);

#endif
