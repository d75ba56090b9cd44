/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy that ruins others: it writes behind the memory that malloc() gave it, over what malloc()
 * keeps there, so that whoever asks for memory next dies of it.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/policy.h"

static int ruin_open(struct vtick_host *host)
{
	/* So much that it stands at the end of the heap. */
	const size_t size = 100000;
	char *p = malloc(size);

	(void)host;
	if (!p)
		return -1;
	/* Volatile, for no compiler would let it pass. */
	for (volatile size_t i = size; i < size + 256; i++)
		((volatile char *)p)[i] = (char)0xff;
	return 0;
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "corrupt",
	.open = ruin_open,
};
