/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/vmname.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The value of "guest=" in a list of key=value, or its first word, as QEMU's -name takes it. */
static void qemu_name(const char *text, char *name, size_t size)
{
	const char *guest = strstr(text, "guest=");

	if (guest)
		text = guest + strlen("guest=");
	snprintf(name, size, "%.*s", (int)strcspn(text, ","), text);
}

static void plain(char *name)
{
	for (char *p = name; *p; p++)
		if (*p < '!' || *p > '~')
			*p = '?';
}

void vm_name(uint32_t pid, char *name, size_t size)
{
	char path[64], args[4096], comm[32] = "vm";
	size_t len = 0;
	FILE *f;

	name[0] = 0;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cmdline", pid);
	f = fopen(path, "re");
	if (f) {
		len = fread(args, 1, sizeof(args) - 1, f);
		fclose(f);
	}
	args[len] = 0;
	for (const char *a = args; a < args + len; a += strlen(a) + 1) {
		const char *next = a + strlen(a) + 1;

		if (next >= args + len)
			break;
		if (!strcmp(a, "-name") || !strcmp(a, "--name"))
			qemu_name(next, name, size);
		else if (!strcmp(a, "--id"))
			snprintf(name, size, "%s", next);
	}
	if (!name[0]) {
		snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", pid);
		f = fopen(path, "re");
		if (f) {
			if (fgets(comm, sizeof(comm), f))
				comm[strcspn(comm, "\n")] = 0;
			fclose(f);
		}
		snprintf(name, size, "%s-%" PRIu32, comm, pid);
	}
	plain(name);
}
