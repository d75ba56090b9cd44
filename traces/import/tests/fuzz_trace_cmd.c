/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick import trace-cmd`, its child with libtracecmd included: slow, as each input is a process.
 */
#define _GNU_SOURCE
#include "traces/import/tests/fuzz_import.h"

#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>

/* What libtracecmd makes of a broken file is no finding: the child that it runs in ends, and that
 * is told. So nothing of libFuzzer's and of the sanitizers' may speak there. */
static void in_child(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		signal(numbers[i], SIG_DFL);
	__sanitizer_set_death_callback(NULL);
	__sanitizer_set_report_path("stderr"); /* which is /dev/null there */
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_import_ready();
	if (pthread_atfork(NULL, NULL, in_child))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import("trace-cmd", size & 1 ? "--exits" : NULL, data, size);
	return 0;
}
