/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where what belongs to the command lies: beside it in the folder of a build, else where it was
 * installed, which is told as seen from the command, so that all of it can be moved together.
 */
#ifndef VTICK_TRACES_BASE_INSTALLED_H
#define VTICK_TRACES_BASE_INSTALLED_H

enum installed {
	INSTALLED_BUILT,   /* the command's own folder */
	INSTALLED_SOURCES, /* of a build, a link there */
	INSTALLED_LIB,	   /* policies and kinds */
	INSTALLED_EXEC,	   /* scripts */
	INSTALLED_DOC,	   /* pages */
};

/* The folder, as seen from the command's; "" for its own. places.c has them, by the Makefile. */
extern const char *const installed_places[];

/* The folder's path, absolute; malloc'ed, NULL if nobody knows where the command is. */
char *installed_folder(enum installed what);

#endif
