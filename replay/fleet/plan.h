/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which results a folder is to hold: each call of -O says so before it begins, in a file of its
 * own, so that who reads the folder knows what is still missing.
 */
#ifndef VTICK_REPLAY_FLEET_PLAN_H
#define VTICK_REPLAY_FLEET_PLAN_H

#include "replay/fleet/folder.h"
#include "replay/fleet/list.h"

/* Writes that all of @list are to be made, whatever the shard. 0 or -1. */
int plan_write(const char *folder, const struct fleet_list *list, struct vt_error *err);

/* Adds the names of all plans in @folder. 0 or -1. */
int plan_read(const char *folder, struct paths *names, struct vt_error *err);

#endif
