/* SPDX-License-Identifier: GPL-2.0-only */
/* What `replay --fates` writes, as compare reads it: two lists, parted by a line "%%". */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "compare/fates.h"

static struct fuzz_file file[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&file[0]);
	fuzz_file_make(&file[1]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = memmem(data, size, "\n%%\n", 4);
	size_t first = cut ? (size_t)(cut - data) + 1 : size;
	struct fates fates[2] = { 0 };
	struct parting p;
	struct vt_error err;

	fuzz_file_set(&file[0], data, first);
	fuzz_file_set(&file[1], cut ? cut + 4 : data, cut ? size - first - 3 : size);
	if (!fates_read(&fates[0], file[0].path, &err) &&
	    !fates_read(&fates[1], file[1].path, &err))
		FUZZ_HOLDS(!fates_part(fates, &p) || cut, "a list parts from itself");
	fates_free(&fates[0]);
	fates_free(&fates[1]);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
