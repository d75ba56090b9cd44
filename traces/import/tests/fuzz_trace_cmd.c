/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick import trace-cmd`, its child with libtracecmd included: slow, as each input is a process.
 */
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
	fuzz_import("trace-cmd", size & 1 ? "--exits" : NULL, data, size);
	return 0;
}
