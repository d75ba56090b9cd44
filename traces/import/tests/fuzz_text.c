/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick import text`. The mutator moves whole lines, and changes numbers and words in one. */
#define _GNU_SOURCE
#include "traces/import/tests/fuzz_import.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_import_ready();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import("text", NULL, data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
