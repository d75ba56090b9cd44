/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick import FORMAT` on whatever there is: it is refused in one line, or gives a trace that
 * `vtick check` finds fine and that `vtick info` can tell of. */
#ifndef VTICK_TRACES_IMPORT_TESTS_FUZZ_IMPORT_H
#define VTICK_TRACES_IMPORT_TESTS_FUZZ_IMPORT_H

#include "traces/base/tests/fuzz.h"
#include "traces/commands.h"

static FUZZ_UNUSED struct fuzz_file fuzz_capture, fuzz_trace;

static FUZZ_UNUSED void fuzz_import_ready(void)
{
	fuzz_ready();
	fuzz_file_make(&fuzz_capture);
	fuzz_file_make(&fuzz_trace);
}

/* @more: an option, or NULL. */
static FUZZ_UNUSED void fuzz_import(const char *format, const char *more, const uint8_t *data,
				    size_t size)
{
	int code;

	fuzz_file_set(&fuzz_capture, data, size);
	fuzz_file_set(&fuzz_trace, NULL, 0);
	/* The limit is the process's, which imports many. */
	code = fuzz_run(&command_import, format, fuzz_capture.path, "-o", fuzz_trace.out, "--limit",
			"import-time=1000000000s", more, NULL);
	FUZZ_HOLDS(code != 1, "import ends with 1");
	if (code)
		return;
	code = fuzz_run(&command_check, "-q", fuzz_trace.path, NULL);
	FUZZ_HOLDS(!code, "check ends with %d on what import wrote", code);
	code = fuzz_run(&command_info, "--json", fuzz_trace.path, NULL);
	FUZZ_HOLDS(!code, "info ends with %d on what import wrote", code);
}

#endif
