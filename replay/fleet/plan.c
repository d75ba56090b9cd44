/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet/plan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "traces/base/file.h"
#include "traces/base/mem.h"

/* Hidden, so that it is taken for no result. */
#define PREFIX ".traces-"

int plan_write(const char *folder, const struct fleet_list *list, struct vt_error *err)
{
	char *text = NULL, *path;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);
	int failed;

	for (size_t i = 0; i < list->n; i++)
		fwrite(list->trace[i].name, 1, strlen(list->trace[i].name) + 1, f);
	vt_text_close(f);
	/* By what it says: shards write the same one, and other traces another. */
	path = vt_format("%s/" PREFIX "%016llx", folder, (unsigned long long)XXH64(text, size, 0));
	failed = file_save(path, text, size, err);
	free(path);
	free(text);
	return failed;
}

int plan_read(const char *folder, struct paths *names, struct vt_error *err)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int failed = 0;

	if (!d)
		return vt_error_set(err, folder, VT_NO_OFFSET, "the folder cannot be read: %s",
				    strerror(errno));
	while (!failed && (errno = 0, e = readdir(d))) {
		char *path;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) || strchr(e->d_name + 1, '.'))
			continue; /* not one that is being written either */
		path = vt_format("%s/%s", folder, e->d_name);
		failed = folder_list(names, path, err);
		free(path);
	}
	if (!failed && errno)
		failed = vt_error_set(err, folder, VT_NO_OFFSET, "the folder cannot be read: %s",
				      strerror(errno));
	closedir(d);
	return failed;
}
