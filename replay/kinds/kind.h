/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kind of policy: a hypervisor's own source, taken from a developer's tree, with a shell of
 * vtick's around it. It is a folder with the shell (*.c, *.h) and four tables
 * (replay/kinds/KINDS.md says what stands in them).
 */
#ifndef VTICK_REPLAY_KIND_KIND_H
#define VTICK_REPLAY_KIND_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "traces/base/error.h"

/* A file of the tree, and what the shell includes it as. */
struct kind_file {
	char *name;
	char **path; /* where it may stand in the tree, the first that is there */
	size_t paths;
};

enum kind_probe_type {
	KIND_PROBE,   /* name file pattern: the macro `name` is whether a line of the file has it */
	KIND_NUMBER,  /* pattern: each word of the files that it fits is some number */
	KIND_NOTHING, /* pattern: each call of a word that it fits is left out */
	KIND_ABSENT,  /* name...: functions known to be of no use in a replay */
};

struct kind_probe {
	enum kind_probe_type type;
	char *name, *file, *pattern;
};

/* Code outside the files that the shell stands in for. */
struct kind_caller {
	char *name;
	char **path, **function;
	size_t paths, functions;
	char *pattern; /* statements with this are what it does with timers */
	/* Hashes of them that the shell's author read, each perhaps with a macro that it sets. */
	struct kind_known {
		char *hash, *define;
	} * known;
	size_t knowns;
};

struct kind {
	char *name;
	char *folder;
	char *summary; /* one line */
	char *tree;    /* what its trees are called: "Linux" */
	char *version_file, **version_key;
	size_t version_keys;
	struct kind_file *file;
	size_t files;
	struct kind_probe *probe;
	size_t probes;
	struct kind_caller *caller;
	size_t callers;
	char **source; /* names of the shell's files */
	size_t sources;
};

/* The folder of the kind @name, malloc'ed; NULL: there is none. */
char *kind_folder(const char *name);
/* Calls @visit with the folder of each kind, by name. */
void kind_each(void (*visit)(const char *folder, void *arg), void *arg);

/* Reads the kind of @folder. 0 or -1; kind_free() in any case. */
int kind_read(struct kind *k, const char *folder, struct vt_error *err);
void kind_free(struct kind *k);

/* The page `about` of a kind: what is the hypervisor's, what is ours. malloc'ed. */
char *kind_about(const struct kind *k, struct vt_error *err);

/* A whole file of vtick's own, malloc'ed, NUL behind it. */
char *kind_slurp(const char *folder, const char *name, size_t *size, struct vt_error *err);

#endif
