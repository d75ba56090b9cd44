/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files without a name, and temporaries that have one because the file system, or the moment, asks
 * for it: every signal that ends the process takes those along, SIGKILL excepted.
 */
#ifndef VTICK_TRACES_BASE_TEMPORARY_H
#define VTICK_TRACES_BASE_TEMPORARY_H

#include <signal.h>

struct temporary {
	int fd;
	int folder; /* it lies there; the caller's */
	char *name; /* NULL: it has none */
	struct temporary *next;
};

/* A file to be called @target one day, in @folder, for writing: 0 with @t filled, or -1 with errno.
 * The descriptor is none of the standard ones. */
int temporary_open(struct temporary *t, int folder, const char *target);

/* It takes @target's place, whatever stands there, and is no temporary from then on; the descriptor
 * stays. A file on which another is mounted gets its contents instead, which no kill may come
 * between, and the descriptor is that one's. 0, or -1 with errno: then it is as before. */
int temporary_place(struct temporary *t, const char *target);

/* It is gone; closes the descriptor. */
void temporary_drop(struct temporary *t);

/* For a handler of a signal that ends the process by itself: those that have a name are gone. */
void temporary_abandon(void);

/* In a forked child: they are its parent's, and a signal does to it what it did before. */
void temporary_forget(void);

/* A file that never gets a name, in TMPDIR, to write and to read; or -1 with errno. */
int temporary_scratch(void);

/* As open() at @folder, but none of the standard descriptors: whoever closed those does not get
 * what others print into the file. */
int open_high(int folder, const char *name, int flags);

/* The folder for temporary files. */
const char *temporary_folder(void);

#endif
