/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* program_invocation_name */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ci/commands.h"
#include "traces/base/cli.h"
#include "traces/base/installed.h"
#include "traces/base/mem.h"

/* A build has a link to the folder of its sources; a script finds what belongs to it from where it
 * really lies. */
char *script_find(const char *command)
{
	static const enum installed places[] = { INSTALLED_SOURCES, INSTALLED_EXEC };
	char real[PATH_MAX], *found = NULL;

	for (size_t i = 0; !found && i < sizeof(places) / sizeof(*places); i++) {
		char *folder = installed_folder(places[i]);
		char *path = folder ? vt_format("%s/ci/%s.sh", folder, command) : NULL;

		if (path && realpath(path, real))
			found = vt_strdup(real);
		free(path);
		free(folder);
	}
	return found;
}

static int refuse(const struct opt_command *c, const char *path)
{
	struct vt_error err;
	char *folder = path ? NULL : installed_folder(INSTALLED_EXEC);

	if (path)
		vt_error_set(&err, path, VT_NO_OFFSET, "cannot be run: %s", strerror(errno));
	else
		vt_error_set(&err, NULL, VT_NO_OFFSET,
			     "%s: its script is not installed, expected %s/ci/%s.sh", c->name,
			     folder ? folder : "libexec/vtick", c->name);
	vt_error_print(&err);
	free(folder);
	return EXIT_TROUBLE;
}

static int become(const struct opt_command *c, const void *config)
{
	char *path = script_find(c->name), *folder = installed_folder(INSTALLED_BUILT);
	struct opt_list words = { 0 };

	opt_list_add(&words, vt_strdup(path ? path : c->name));
	opt_give(c, config, &words);
	if (path && !setenv("VTICK_CALLED", program_invocation_name, 1) &&
	    !setenv("VTICK_BUILD", folder, 1)) {
		opt_list_add(&words, NULL);
		execv(path, (char *const *)(uintptr_t)words.item);
		words.n--;
	}
	int code = refuse(c, path);

	opt_give_free(&words);
	free(folder);
	free(path);
	return code;
}

int script_run(const struct opt_command *c, void *config, int argc, char **argv)
{
	int code;

	if (!opt_parse(c, config, argc, argv, &code))
		return code;
	code = become(c, config);
	opt_free(c, config);
	return code;
}
