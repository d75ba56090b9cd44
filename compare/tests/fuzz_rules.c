/* SPDX-License-Identifier: GPL-2.0-only */
/* A file of rules, over two results that differ. */
#define _GNU_SOURCE
#include "compare/tests/fuzz_compare.h"

#define DATA "compare/tests/data/old/"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_compare_ready();
	FUZZ_HOLDS(!access(DATA "oldest.json", R_OK), "the harness runs in the tree");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_file_set(&fuzz_base, data, size);
	fuzz_compare_files(DATA "oldest.json", DATA "guest-timer.json", fuzz_base.path);
	fuzz_run(&command_compare, "--rules", fuzz_base.path, "--today", "2026-11-22", "--which",
		 "ticks.missed", "--trace", "tiny", "--policy", "virtual", NULL);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
