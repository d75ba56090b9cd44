/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs what is recorded: the recorder needs root, its command does not. Behind sudo, pkexec or
 * doas it is their caller.
 */
#ifndef VTICK_TRACES_RECORD_RUN_AS_H
#define VTICK_TRACES_RECORD_RUN_AS_H

#include <stdbool.h>
#include <sys/types.h>

#include "traces/base/error.h"

struct run_as {
	bool change; /* to another than this process is; else nothing below counts */
	uid_t uid;
	gid_t gid;
	char *name, *home, *shell; /* NULL: the machine does not know that user */
};

/* @wanted: a user's name or id; NULL: the caller. 0, or -1 with nothing to free. */
int run_as_find(struct run_as *as, const char *wanted, struct vt_error *err);
void run_as_free(struct run_as *as);

/* Makes this process that user's, for good: ids, groups, HOME, USER, LOGNAME, SHELL. 0, or -1 with
 * errno. */
int run_as_become(const struct run_as *as);

#endif
