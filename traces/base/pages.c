/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/pages.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/installed.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

/* Folders in folders; there are not that many. */
#define DEPTH_MAX 4

static bool is_page(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, ".md");
}

/* A page's first line, without its mark. */
static void print_page(FILE *to, const char *folder, const char *name)
{
	char *path = vt_format("%s/%s", folder, name), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	if (f && getline(&line, &room, f) > 0)
		safe_print(SAFE_TEXT, to, "  %-38s %s", name, line + strspn(line, "# "));
	free(line);
	if (f)
		fclose(f);
	free(path);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.' && strncmp(d->d_name, "build", 5) != 0 &&
	       strcmp(d->d_name, "tests") != 0;
}

static void list_folder(FILE *to, const char *folder, const char *inside, int depth)
{
	char *path = vt_format("%s/%s", folder, inside);
	struct dirent **entry;
	int n = scandir(path, &entry, visible, alphasort);

	free(path);
	for (int i = 0; i < n; i++) {
		char *name = vt_format("%s%s%s", inside, *inside ? "/" : "", entry[i]->d_name);
		char *full = vt_format("%s/%s", folder, name);
		struct stat st;

		if (is_page(name))
			print_page(to, folder, name);
		else if (depth < DEPTH_MAX && !lstat(full, &st) && S_ISDIR(st.st_mode))
			list_folder(to, folder, name, depth + 1);
		free(full);
		free(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

char *pages_folder(void)
{
	static const enum installed places[] = { INSTALLED_DOC, INSTALLED_SOURCES };
	char real[PATH_MAX], *found = NULL;

	for (size_t i = 0; !found && i < sizeof(places) / sizeof(*places); i++) {
		char *folder = installed_folder(places[i]);

		if (folder && realpath(folder, real))
			found = vt_strdup(real);
		free(folder);
	}
	return found;
}

void pages_list(FILE *to)
{
	char *folder = pages_folder();

	if (!folder) {
		fputs("\nNo pages are installed.\n", to);
		return;
	}
	fprintf(to, "\nPages, in %s:\n", folder);
	list_folder(to, folder, "", 0);
	free(folder);
}
