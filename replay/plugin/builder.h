/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a policy: below a process of its own, the builder, which has a temporary folder and
 * removes it whatever becomes of the tools that work there, and of vtick.
 */
#ifndef VTICK_REPLAY_PLUGIN_BUILDER_H
#define VTICK_REPLAY_PLUGIN_BUILDER_H

#include <limits.h>
#include <signal.h>
#include <stddef.h>

#include "traces/base/error.h"

/* What the parent sees of it. */
struct builder_shared {
	struct vt_error err;
	char folder[PATH_MAX]; /* it is there */
};

struct builder {
	char *folder;	      /* NULL: none was made */
	int result;	      /* where the object goes in the end */
	sigset_t mask;	      /* the tools' */
	struct vt_error *err; /* &shared->err */
	struct builder_shared *shared;
};

/* In the builder: leaves the object as @b->folder/policy.so. 0, or -1 with @b->err. What
 * it reads of the user's it notes (call_reads()): no output of the call may be among it. */
typedef int builder_work_fn(const struct builder *b, void *arg);

/*
 * Has @work done in a builder, for @what (a name for messages). Returns a descriptor of the object,
 * which the caller closes, or -1. SIGINT, SIGTERM and SIGHUP that the caller blocks end it; so does
 * the end of this process, and the folder goes then, too.
 */
int builder_run(const char *what, builder_work_fn *work, void *arg, struct vt_error *err);

/* ---- for the work ---- */

/* The path of @name in the folder, malloc'ed. */
char *builder_path(const struct builder *b, const char *name);
/* Writes @size bytes into the new file @name, whose folders are made. 0 or -1. */
int builder_write(const struct builder *b, const char *name, const void *data, size_t size);
/* vtick's policy.h as @name. */
int builder_write_policy_h(const struct builder *b, const char *name);

/* What a tool prints that is to be had. */
enum builder_output {
	BUILDER_STDOUT, /* the rest is dropped */
	BUILDER_STDERR,
	BUILDER_SHOWN, /* both, and they are shown on stderr */
};

struct builder_said {
	char *text; /* NUL behind it */
	size_t size;
	int status; /* exit code; 128 + the signal that it died of; 127: there is no such tool */
};

/*
 * Runs the tool @argv in @folder (NULL: the present one), with LC_ALL=C unless it is shown, and
 * without input. 0, or -1 with @b->err: there is no process, it prints more than 64 MiB, or the
 * builder is to end. builder_said_free() in any case.
 */
int builder_tool(const struct builder *b, enum builder_output output, const char *folder,
		 const char *const *argv, struct builder_said *said);
void builder_said_free(struct builder_said *said);

#endif
