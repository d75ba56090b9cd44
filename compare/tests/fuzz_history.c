/* SPDX-License-Identifier: GPL-2.0-only */
/* The index of a history, an SQLite file, in all the ways in which it is shown. */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include <fcntl.h>

#include "compare/commands.h"

/* SQLite wants a name that leads somewhere. */
static char folder[] = "/tmp/vtick-fuzz-XXXXXX", path[64];

static void clean(void)
{
	unlink(path);
	rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/history.db", folder);
	atexit(clean);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
		abort();
	fuzz_run(&command_history, "--db", path, NULL);
	fuzz_run(&command_history, "--db", path, "--csv", NULL);
	fuzz_run(&command_history, "--db", path, "ticks*", "--ascii", "--nights", "3", NULL);
	return 0;
}
