/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as the command line names it: NAME, PATH.so, PATH.c or KIND, then perhaps
 * ":key=value,...". In a value `\,` is a comma, `\:` a colon, `\\` a backslash, `\{` and `\}`
 * braces.
 */
#ifndef VTICK_REPLAY_PLUGIN_SPEC_H
#define VTICK_REPLAY_PLUGIN_SPEC_H

#include <stdbool.h>

#include "traces/base/error.h"

struct spec {
	char *name;
	char *kind; /* the folder of the kind that `name` is; NULL: a policy */
	char *args; /* "key=value,...", as given, without those of the host; NULL: none */
	/* Of a kind: where its source is, and what the policy is called. NULL: not given. */
	char *tree, *rev, *as;
};

/* 0 or -1; spec_free() in any case. */
int spec_parse(struct spec *s, const char *text, struct vt_error *err);
void spec_free(struct spec *s);

/*
 * Cuts the next "key=value" off *@rest ("key=value,..."; NULL when nothing is left). Its '=' and
 * the end of the value become NULs, *@value is without escapes. The key; NULL: it has no '=', and
 * *@value is what stands there.
 */
char *spec_next(char **rest, char **value);

/* Is it a file and no name? */
bool spec_is_path(const char *name);
/* Is it one to compile? */
bool spec_is_source(const char *name);

#endif
