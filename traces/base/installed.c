/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/installed.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/process.h"

char *installed_folder(enum installed what)
{
	const char *place = installed_places[what];
	char *exe = process_path(), *folder;

	if (!exe)
		return NULL;
	*strrchr(exe, '/') = '\0';
	folder = *place ? vt_format("%s/%s", exe, place) : vt_strdup(*exe ? exe : "/");
	free(exe);
	return folder;
}
