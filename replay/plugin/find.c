/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/find.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/plugin/plugin.h"
#include "traces/base/installed.h"
#include "traces/base/mem.h"
#include "traces/base/near.h"

/* Those that the environment's @variable names. */
static int each_given(const char *variable, int (*visit)(const char *folder, void *arg), void *arg)
{
	const char *env = getenv(variable);
	int done = 0;

	while (!done && env && *env) {
		size_t n = strcspn(env, ":");
		char *folder = vt_strndup(env, n);

		if (n)
			done = visit(folder, arg);
		free(folder);
		env += n + (env[n] == ':');
	}
	return done;
}

/* @what beside the command and in its library folder. */
static int each_own(const char *what, int (*visit)(const char *folder, void *arg), void *arg)
{
	static const enum installed places[] = { INSTALLED_BUILT, INSTALLED_LIB };
	int done = 0;

	for (size_t i = 0; !done && i < sizeof(places) / sizeof(*places); i++) {
		char *folder = installed_folder(places[i]);
		char *path = folder ? vt_format("%s/%s", folder, what) : NULL;

		done = path && visit(path, arg);
		free(path);
		free(folder);
	}
	return done;
}

void plugin_each_folder(const char *variable, const char *what,
			int (*visit)(const char *folder, void *arg), void *arg)
{
	if (!each_given(variable, visit, arg))
		each_own(what, visit, arg);
}

struct search {
	const char *name;
	char *found;
	char *looked_in;
};

static int look_in(const char *folder, void *arg)
{
	struct search *s = arg;
	char *more =
	    vt_format("%s%s%s", s->looked_in ? s->looked_in : "", s->looked_in ? ", " : "", folder);
	char *path = vt_format("%s/%s.so", folder, s->name);

	free(s->looked_in);
	s->looked_in = more;
	if (access(path, F_OK)) {
		free(path);
		return 0;
	}
	s->found = path;
	return 1;
}

static void refuse(const char *name, const struct search *s, struct vt_error *err)
{
	struct plugin_names all = plugin_names();
	struct near near = { 0 };

	for (size_t i = 0; i < all.n; i++)
		near_try(&near, name, all.name[i]);
	if (near.name)
		vt_error_set(err, name, VT_NO_OFFSET, "no such policy, did you mean '%s'?",
			     near.name);
	else
		vt_error_set(
		    err, name, VT_NO_OFFSET,
		    "no such policy, expected a name that 'vtick policy list' shows, a .so or a .c "
		    "(looked in %.250s)",
		    s->looked_in ? s->looked_in : "no folder");
	plugin_names_free(&all);
}

char *plugin_find(const char *name, struct vt_error *err)
{
	struct search s = { .name = name };

	if (strlen(name) < NAME_MAX)
		plugin_each_folder("VTICK_POLICY_PATH", "policies", look_in, &s);
	if (!s.found)
		refuse(name, &s, err);
	free(s.looked_in);
	return s.found;
}

struct tour {
	void (*visit)(const char *path, void *arg);
	void *arg;
};

static int is_object(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 3 && d->d_name[0] != '.' && !strcmp(d->d_name + n - 3, ".so");
}

static int tour_folder(const char *folder, void *arg)
{
	const struct tour *t = arg;
	struct dirent **entry;
	int n = scandir(folder, &entry, is_object, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = vt_format("%s/%s", folder, entry[i]->d_name);

		t->visit(path, t->arg);
		free(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return 0;
}

void plugin_each(void (*visit)(const char *path, void *arg), void *arg)
{
	struct tour t = { .visit = visit, .arg = arg };

	plugin_each_folder("VTICK_POLICY_PATH", "policies", tour_folder, &t);
}

static void add_name(const char *path, void *arg)
{
	struct plugin_names *names = arg;
	const char *base = strrchr(path, '/') + 1;

	names->name = vt_realloc(names->name, (names->n + 1) * sizeof(*names->name));
	names->name[names->n++] = vt_strndup(base, strlen(base) - 3);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct plugin_names plugin_names(void)
{
	struct plugin_names all = { 0 };
	size_t n = 0;

	plugin_each(add_name, &all);
	if (all.n)
		qsort(all.name, all.n, sizeof(*all.name), by_bytes);
	for (size_t i = 0; i < all.n; i++) {
		if (n && !strcmp(all.name[n - 1], all.name[i]))
			free(all.name[i]);
		else
			all.name[n++] = all.name[i];
	}
	all.n = n;
	return all;
}

void plugin_names_free(struct plugin_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}
