/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies as the command line names them (spec.h).
 * The process that has a struct plugin knows what the policy says of itself, and runs none of its
 * code; that is done in children, where plugin_open() loads it.
 */
#ifndef VTICK_REPLAY_PLUGIN_PLUGIN_H
#define VTICK_REPLAY_PLUGIN_PLUGIN_H

#include <jansson.h>

#include "replay/engine/engine.h"
#include "replay/plugin/cell_options.h"

#define PLUGIN_WHY 400

/* Of a policy. */
#define PLUGIN_NAME_MAX 63
#define PLUGIN_NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

/* How its code ended before it said what it is (lost.h). */
enum plugin_loss {
	PLUGIN_SPOKE,
	PLUGIN_CRASHED,
	PLUGIN_TIMEOUT,
	PLUGIN_MEMORY,
	PLUGIN_MISUSED,
};

struct plugin {
	char *spec;    /* as given */
	char *args;    /* what of it sets parameters and options; NULL: nothing */
	char *path;    /* of the shared object, or of the .c that was compiled; a kind's name */
	char *origin;  /* of a kind: where it was built from; NULL */
	json_t *built; /* of a kind: what it was built from (built.h); NULL */
	bool boxed;    /* its code runs in the sandbox */
	bool outside;  /* by its path, or a tree's: it is in no process with another */
	char *called;  /* what it is called if it does not say so itself */
	int object;    /* the shared object, open for reading; -1: not yet */
	json_t *words; /* what policy's texts stand in */
	struct vtick_param *table;
	struct vtick_policy about;
	const struct vtick_policy *policy; /* &about: what it says of itself, but no hooks */
	uint32_t params;		   /* of the policy */
	uint64_t *values;		   /* [params]: a choice by its index, else as given */
	/* What the command line set of the cell's options; the rest comes from the trace. */
	struct engine_options options;
	bool *given;	   /* [cell_options] */
	char build_id[41]; /* hex of the GNU build id, or "" */
	/* It is lost: how, by which signal (0: none), and why, the end of a line. */
	enum plugin_loss lost;
	int signal;
	char why[PLUGIN_WHY];
	json_t *unread; /* of a lost one: values of parameters, as given; NULL: none */
};

/* How long a policy may take to say what it is, ns. */
#define PLUGIN_LOAD_NS UINT64_C(10000000000)

/*
 * Finds, compiles if it is a .c or a kind, checks the policy of @spec and parses its parameters. An
 * unknown parameter, a value out of its choices, a missing symbol, another ABI are errors, and so
 * is one that is lost. 0 or -1; plugin_free() in any case. @boxed: its code is to run in the
 * sandbox (sandbox.h).
 */
int plugin_load(struct plugin *p, const char *spec, bool boxed, struct vt_error *err);

/* One that is to be beside others. */
struct plugin_beside {
	const struct plugin *loaded; /* what one of these was built from is not built again */
	size_t n;
	bool boxed;
	uint64_t limit_ns; /* as long may it take to say what it is */
};

/* The same, but one that is lost is no error. */
int plugin_load_beside(struct plugin *p, const char *spec, const struct plugin_beside *beside,
		       struct vt_error *err);
void plugin_free(struct plugin *p);

/* Loads the libraries of the system that the object needs, before this process is in the sandbox.
 */
void plugin_prepare(const struct plugin *p);

/*
 * Loads the object into this process, for good, whatever its constructors do to it. NULL with the
 * reason in @why. What the policy says of itself then is not looked at but for the head.
 */
const struct vtick_policy *plugin_open(const struct plugin *p, char why[PLUGIN_WHY]);

/* The options of a cell: as given, else as the trace's host_model says, else the defaults. */
struct engine_options plugin_options(const struct plugin *p, const struct trace_meta *meta);

/* The `params` object of RESULT.md. The caller owns it. */
json_t *plugin_params(const struct plugin *p, const struct engine_options *options);

/* Notes the files of policies, those given as @spec and all that are installed, as read by this
 * call (call_files.h). */
void plugin_note_files(const char *const *spec, size_t n);

/* Installed policies: calls @visit with each path; folders as plugin_load() searches them. */
void plugin_each(void (*visit)(const char *path, void *arg), void *arg);

#endif
