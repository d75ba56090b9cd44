/* SPDX-License-Identifier: GPL-2.0-only */
/* What the writer and the reader of goldens have to agree on. */
#include <string.h>

#include "compare/golden.h"

const struct golden_list golden_lists[GOLDEN_LISTS] = {
	{ "lp", "per_lp[].", IN_LP },
	{ "domain", "per_domain[].", IN_DOMAIN },
	{ "vp", "per_vp[].", IN_VP },
};

bool golden_is(const char *text)
{
	size_t name = strcspn(GOLDEN_FORM, "/") + 1;

	return !strncmp(text, GOLDEN_FORM, name);
}
