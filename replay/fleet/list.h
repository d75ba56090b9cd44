/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The traces of a fleet: from files, folders and lists of them to names.
 *
 * A trace is called by its path: below the folder, if one folder is all that was given, else as it
 * was given; without what does not tell it from others ("./", a first "/", ".vtt"). So a name
 * depends on no other trace, and none changes as traces come or go.
 */
#ifndef VTICK_REPLAY_FLEET_LIST_H
#define VTICK_REPLAY_FLEET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"

struct fleet_trace {
	char *path;
	char *name;	 /* "host1/mail" */
	uint64_t events; /* 0 where it cannot be read */
	char *wrong;	/* why it cannot be read, without its path; NULL: it can, as far as known */
	uint32_t shard; /* from 0 */
	bool done;	/* its result is there and current, or it is told to be unreadable */
};

struct fleet_list {
	struct fleet_trace *trace; /* by name, as bytes; each name once */
	size_t n;
};

/*
 * All traces of the @n files and folders @given, and of those that the file @from (NULL: none; "-":
 * standard input) names, a line each, or ended by NULs. Of a folder these are its files that are
 * called *.vtt, at any depth, without hidden ones. 0 or -1; fleet_list_free() in any case.
 */
int fleet_list_make(struct fleet_list *list, const char *const *given, size_t n, const char *from,
		    struct vt_error *err);
bool fleet_list_has(const struct fleet_list *list, const char *name);
void fleet_list_free(struct fleet_list *list);

/* Opens each, to learn how many events it has, or what is wrong with it. */
void fleet_list_survey(struct fleet_list *list);

/* What is wrong with it: the error's text without the path before it, malloc'ed. */
char *fleet_wrong(const char *path, const struct vt_error *err);

#endif
