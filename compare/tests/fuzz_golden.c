/* SPDX-License-Identifier: GPL-2.0-only */
/* Goldens, compared in every format; a golden of one is the same. */
#define _GNU_SOURCE
#include "compare/tests/fuzz_compare.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_compare_ready();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_compare(data, size);
	fuzz_golden();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
