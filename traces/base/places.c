/* SPDX-License-Identifier: GPL-2.0-only */
/* A file of its own, since it is all that differs between installations in other folders. */
#include "traces/base/installed.h"

/* For tools that read this file without the Makefile. */
#ifndef PLACE_LIB
#define PLACE_LIB "../lib"
#define PLACE_EXEC "../libexec"
#define PLACE_DOC "../share/doc/vtick"
#endif

const char *const installed_places[] = {
	[INSTALLED_BUILT] = "",
	[INSTALLED_SOURCES] = "sources",
	[INSTALLED_LIB] = PLACE_LIB "/vtick",
	[INSTALLED_EXEC] = PLACE_EXEC "/vtick",
	[INSTALLED_DOC] = PLACE_DOC,
};
