/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/build_options.h"

#include <jansson.h>
#include <limits.h>
#include <seccomp.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "traces/base/installed.h"
#include "traces/base/mem.h"
#include "traces/base/pages.h"

#ifdef PAGE_D3
#define TIMELINES "yes (D3)"
#else
#define TIMELINES "no, they stand still (built with D3=)"
#endif

/* For tools that read this file without the Makefile. */
#ifndef WITH_RECORD
#define WITH_RECORD 1
#define WITH_TRACECMD 1
#endif

/* What `make NAME=0` or the like leaves out. */
static const struct {
	const char *name, *what;
} parts[] = {
	{ "record", WITH_RECORD ? "yes" : "no (built with RECORD=0)" },
	{ "import trace-cmd", WITH_TRACECMD ? "yes" : "no (built with TRACECMD=0)" },
	{ "timelines to zoom in", TIMELINES },
};

static const struct {
	const char *name;
	enum installed places[2]; /* as they are looked for */
} folders[] = {
	{ "policies", { INSTALLED_BUILT, INSTALLED_LIB } },
	{ "kinds", { INSTALLED_BUILT, INSTALLED_LIB } },
	{ "ci", { INSTALLED_SOURCES, INSTALLED_EXEC } },
};

static void print_folder(FILE *to, const char *name, const enum installed places[2])
{
	char real[PATH_MAX];
	bool found = false;

	for (size_t i = 0; !found && i < 2; i++) {
		char *folder = installed_folder(places[i]);
		char *path = folder ? vt_format("%s/%s", folder, name) : NULL;

		found = path && realpath(path, real);
		free(path);
		free(folder);
	}
	fprintf(to, "%s: %s\n", name, found ? real : "not installed");
}

void build_options_print(FILE *to)
{
	const struct scmp_version *seccomp = seccomp_version();

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		fprintf(to, "%s: %s\n", parts[i].name, parts[i].what);
	fprintf(to, "compiler: %s\n", __VERSION__);
	fprintf(to, "jansson: %s\n", jansson_version_str());
	fprintf(to, "libseccomp: %u.%u.%u\n", seccomp->major, seccomp->minor, seccomp->micro);
	fprintf(to, "SQLite: %s\n", sqlite3_libversion());
	fprintf(to, "zstd: %s\n", ZSTD_versionString());
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		print_folder(to, folders[i].name, folders[i].places);

	char *pages = pages_folder();

	fprintf(to, "pages: %s\n", pages ? pages : "not installed");
	free(pages);
}
