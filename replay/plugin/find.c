/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/find.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/plugin/plugin.h"
#include "traces/base/mem.h"

/* Calls @visit with each folder in the order of the search; stops when it returns non-zero. */
static void each_folder(int (*visit)(const char *folder, void *arg), void *arg)
{
	const char *env = getenv("VTICK_POLICY_PATH");
	char folder[PATH_MAX + 32];
	char exe[PATH_MAX];

	while (env && *env) {
		size_t n = strcspn(env, ":");

		if (n && n < PATH_MAX) {
			snprintf(folder, sizeof(folder), "%.*s", (int)n, env);
			if (visit(folder, arg))
				return;
		}
		env += n + (env[n] == ':');
	}

	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n > 0) {
		exe[n] = '\0';
		*strrchr(exe, '/') = '\0';
		snprintf(folder, sizeof(folder), "%s/policies", exe);
		if (visit(folder, arg))
			return;
		snprintf(folder, sizeof(folder), "%s/../lib/vtick/policies", exe);
		if (visit(folder, arg))
			return;
	}
#ifdef PKGLIBDIR
	visit(PKGLIBDIR "/policies", arg);
#endif
}

struct search {
	const char *name;
	char *found;
	char looked_in[400];
};

static int look_in(const char *folder, void *arg)
{
	struct search *s = arg;
	size_t used = strlen(s->looked_in);
	char path[PATH_MAX + 300];

	snprintf(s->looked_in + used, sizeof(s->looked_in) - used, "%s%s", used ? ", " : "",
		 folder);
	snprintf(path, sizeof(path), "%s/%s.so", folder, s->name);
	if (access(path, F_OK))
		return 0;
	s->found = vt_strdup(path);
	return 1;
}

char *plugin_find(const char *name, struct vt_error *err)
{
	struct search s = { .name = name };

	if (strlen(name) < NAME_MAX)
		each_folder(look_in, &s);
	if (!s.found)
		vt_error_set(
		    err, name, VT_NO_OFFSET,
		    "no such policy, expected a name that 'vtick policy list' shows, a .so or a .c "
		    "(looked in %s)",
		    s.looked_in);
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
		char path[PATH_MAX + 300];

		snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
		t->visit(path, t->arg);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return 0;
}

void plugin_each(void (*visit)(const char *path, void *arg), void *arg)
{
	struct tour t = { .visit = visit, .arg = arg };

	each_folder(tour_folder, &t);
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
