/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a trace.dat is cut off, and what mends it: what is looked at before libtracecmd is. */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "traces/import/kvm/tracecmd_layout.h"

static struct fuzz_file file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&file);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tracecmd_layout l = { 0 };
	struct capture *c;
	struct vt_error err;
	char buffer[4096];

	fuzz_file_set(&file, data, size);
	c = capture_open(file.path, &err);
	if (!c)
		return 0;
	while (capture_read(c, buffer, sizeof(buffer), &err) > 0)
		;
	if (!tracecmd_layout(&l, c, "x.dat", capture_bytes(c), &err) && l.cut && !l.no_data) {
		/* What is put right lies inside the copy. */
		for (size_t i = 0; i < l.patches; i++)
			FUZZ_HOLDS(l.patch[i].n <= sizeof(l.patch[i].byte) &&
				       l.patch[i].offset <= l.size &&
				       l.patch[i].n <= l.size - l.patch[i].offset,
				   "a patch lies behind the end of the copy");
	}
	tracecmd_layout_free(&l);
	capture_close(c);
	return 0;
}
