/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the name of a file leads: a folder that is held open, and a name in it that is no link, so
 * that nobody can make it lead elsewhere between a look and a write.
 *
 * Links on the way are followed, as the user named them; root follows only root's own and those of
 * the caller behind sudo, as others may plant one where root writes. "-" is standard output;
 * /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N are the descriptor itself, whatever
 * stands behind it.
 */
#ifndef VTICK_TRACES_BASE_PLACE_H
#define VTICK_TRACES_BASE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "traces/base/error.h"

struct place {
	int descriptor; /* what the name is of, or -1; then what follows is not set, but for st */
	int folder;	/* for the calls that end in "at" */
	char *name;	/* in it */
	bool there;	/* st says what is there */
	bool by_kernel; /* a link of /proc that only the kernel can follow stands there */
	struct stat st;
};

/* 0; or -1 with @err, "cannot be written", and nothing to free. */
int place_find(struct place *p, const char *path, struct vt_error *err);
void place_free(struct place *p);

/* True if what is there is written in place: no regular file. */
bool place_special(const struct place *p);

/* The caller behind sudo, if this is root; the group is -1 if it is not known. */
bool place_caller(uid_t *uid, gid_t *gid);

/* True for who may have a hand in what this process writes: root and, behind sudo, its caller.
 * Whoever is not root may be had by nobody that the kernel does not stop. */
bool place_trusts(uid_t uid);

#endif
