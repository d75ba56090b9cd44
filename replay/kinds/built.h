/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy was built from: in its shared object as the text `vtick_policy_built`, in results
 * as policy.built (RESULT.md). Names, hashes and answers, nothing of the tree's text, and no path
 * but those inside the tree.
 */
#ifndef VTICK_REPLAY_KINDS_BUILT_H
#define VTICK_REPLAY_KINDS_BUILT_H

#include <jansson.h>
#include <stdbool.h>

#define BUILT_SYMBOL "vtick_policy_built"

/* @built as the C source that puts it into an object; malloc'ed. */
char *built_source(const json_t *built);
/* The text of the loaded object that @symbol is of; NULL: it has none. */
const char *built_of(const void *symbol);
/* What the text @built of an object says, looked at word by word; NULL: it is none of ours. */
json_t *built_read(const char *built);
/* Were they built from the same files by the same kind? */
bool built_same(const json_t *a, const json_t *b);
/* "Linux 6.12.117": for a heading; malloc'ed. */
char *built_title(const json_t *built);

#endif
