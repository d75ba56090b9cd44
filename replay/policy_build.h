/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick policy build`, and what `policy show` says of a kind. */
#ifndef VTICK_REPLAY_POLICY_BUILD_H
#define VTICK_REPLAY_POLICY_BUILD_H

#include <stdbool.h>

struct policy_build {
	const char *kind;
	const char *tree;
	const char *rev;    /* NULL: the files as they lie there */
	const char *name;   /* NULL: the kind's */
	const char *output; /* NULL: it is only tried */
	bool verbose, json;
	bool lines; /* it tells which code it came to */
};

/* Each returns an exit code. */
int policy_build(const struct policy_build *q);
/* The kinds that there are. */
int policy_build_list(bool json);
/* What of the hypervisor is real in the kind of @folder, and what is vtick's. */
int policy_show_kind(const char *folder);

#endif
