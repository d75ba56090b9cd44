/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/kinds/kind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/plugin/find.h"
#include "traces/base/mem.h"

/* ---- where they are ---- */

struct search {
	const char *name;
	char *found;
};

static int look_in(const char *folder, void *arg)
{
	struct search *s = arg;
	char *shell = vt_format("%s/%s/shell.c", folder, s->name);

	if (!access(shell, F_OK))
		s->found = vt_format("%s/%s", folder, s->name);
	free(shell);
	return s->found != NULL;
}

char *kind_folder(const char *name)
{
	struct search s = { .name = name };

	if (*name && *name != '.' && !strchr(name, '/'))
		plugin_each_folder("VTICK_KIND_PATH", "kinds", look_in, &s);
	return s.found;
}

struct tour {
	void (*visit)(const char *folder, void *arg);
	void *arg;
};

static int tour_folder(const char *folder, void *arg)
{
	const struct tour *t = arg;
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		/* One of the same name in a folder searched before hides it. */
		char *path = vt_format("%s/%s", folder, entry[i]->d_name);
		char *first = kind_folder(entry[i]->d_name);

		if (first && !strcmp(path, first))
			t->visit(path, t->arg);
		free(first);
		free(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return 0;
}

void kind_each(void (*visit)(const char *folder, void *arg), void *arg)
{
	struct tour t = { visit, arg };

	plugin_each_folder("VTICK_KIND_PATH", "kinds", tour_folder, &t);
}

/* ---- the tables ---- */

static char **add_text(char **list, size_t *n, char *text)
{
	list = vt_realloc(list, (*n + 1) * sizeof(*list));
	list[(*n)++] = text;
	return list;
}

/* The next word of the line, malloc'ed; NULL: there is none. */
static char *word(char **line)
{
	size_t blank = strspn(*line, " \t"), n = strcspn(*line + blank, " \t");
	char *w = n ? vt_strndup(*line + blank, n) : NULL;

	*line += blank + n;
	return w;
}

/* The rest of the line, malloc'ed; NULL: nothing. */
static char *rest(char *line)
{
	line += strspn(line, " \t");
	return *line ? vt_strdup(line) : NULL;
}

static char **words(char *line, size_t *n)
{
	char **list = NULL, *w;

	while ((w = word(&line)))
		list = add_text(list, n, w);
	return list;
}

/* "a,b" */
static char **parts(char *text, size_t *n)
{
	char **list = NULL, *at = text, *part;

	while ((part = strsep(&at, ",")))
		list = add_text(list, n, vt_strdup(part));
	free(text);
	return list;
}

static int files_row(struct kind *k, const char *key, char *line)
{
	if (!strcmp(key, "tree")) {
		k->tree = rest(line);
		return k->tree != NULL;
	}
	if (!strcmp(key, "summary")) {
		k->summary = rest(line);
		return k->summary != NULL;
	}
	if (!strcmp(key, "version")) {
		k->version_file = word(&line);
		k->version_key = words(line, &k->version_keys);
		return k->version_keys > 0;
	}
	if (strcmp(key, "file"))
		return 0;
	k->file = vt_realloc(k->file, (k->files + 1) * sizeof(*k->file));

	struct kind_file *f = &k->file[k->files++];

	*f = (struct kind_file){ .name = word(&line) };
	f->path = words(line, &f->paths);
	return f->paths > 0;
}

static struct kind_probe *add_probe(struct kind *k, enum kind_probe_type type)
{
	k->probe = vt_realloc(k->probe, (k->probes + 1) * sizeof(*k->probe));
	k->probe[k->probes] = (struct kind_probe){ .type = type };
	return &k->probe[k->probes++];
}

static int probes_row(struct kind *k, const char *key, char *line)
{
	char *w;

	if (!strcmp(key, "absent")) {
		while ((w = word(&line)))
			add_probe(k, KIND_ABSENT)->name = w;
		return 1;
	}
	if (strcmp(key, "probe") && strcmp(key, "number") && strcmp(key, "nothing"))
		return 0;

	struct kind_probe *p = add_probe(k, *key == 'p'		     ? KIND_PROBE
					    : !strcmp(key, "number") ? KIND_NUMBER
								     : KIND_NOTHING);

	if (p->type == KIND_PROBE) {
		p->name = word(&line);
		p->file = word(&line);
	}
	p->pattern = rest(line);
	return p->pattern != NULL;
}

static int callers_row(struct kind *k, const char *key, char *line)
{
	char *paths, *functions;

	if (!strcmp(key, "known") && k->callers) {
		struct kind_caller *c = &k->caller[k->callers - 1];

		c->known = vt_realloc(c->known, (c->knowns + 1) * sizeof(*c->known));
		c->known[c->knowns].hash = word(&line);
		c->known[c->knowns].define = word(&line);
		return c->known[c->knowns++].hash != NULL;
	}
	if (strcmp(key, "caller"))
		return 0;
	k->caller = vt_realloc(k->caller, (k->callers + 1) * sizeof(*k->caller));

	struct kind_caller *c = &k->caller[k->callers++];

	*c = (struct kind_caller){ .name = word(&line) };
	paths = word(&line);
	functions = word(&line);
	if (paths)
		c->path = parts(paths, &c->paths);
	if (functions)
		c->function = parts(functions, &c->functions);
	c->pattern = rest(line);
	return c->pattern != NULL;
}

char *kind_slurp(const char *folder, const char *name, size_t *size, struct vt_error *err)
{
	char *path = vt_format("%s/%s", folder, name), *text = NULL;
	FILE *f = fopen(path, "re");
	size_t n = 0;
	ssize_t got = f ? getdelim(&text, &n, '\0', f) : -1;

	if (!f || ferror(f))
		vt_error_set(err, path, VT_NO_OFFSET, "cannot be read: %s", strerror(errno));
	if (f && !ferror(f) && got < 0) { /* empty */
		text = vt_realloc(text, 1);
		got = 0;
		*text = '\0';
	}
	if (got < 0) {
		free(text);
		text = NULL;
	} else if (size) {
		*size = (size_t)got;
	}
	if (f)
		fclose(f);
	free(path);
	return text;
}

static int read_table(struct kind *k, const char *name,
		      int (*row)(struct kind *, const char *key, char *line), struct vt_error *err)
{
	char *text = kind_slurp(k->folder, name, NULL, err), *at = text, *line;
	int failed = text ? 0 : -1, number = 0;

	while (!failed && (line = strsep(&at, "\n"))) {
		char *key = word(&line);

		number++;
		if (key && *key != '#' && !row(k, key, line)) {
			char *path = vt_format("%s/%s", k->folder, name);

			failed =
			    vt_error_set(err, path, VT_NO_OFFSET,
					 "line %d is none that this table has: '%s'", number, key);
			free(path);
		}
		free(key);
	}
	free(text);
	return failed;
}

static int is_source(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 2 && *d->d_name != '.' && d->d_name[n - 2] == '.' &&
	       (d->d_name[n - 1] == 'c' || d->d_name[n - 1] == 'h');
}

int kind_read(struct kind *k, const char *folder, struct vt_error *err)
{
	struct dirent **entry;
	int n;

	*k = (struct kind){ .folder = vt_strdup(folder) };
	k->name = vt_strdup(strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder);
	if (read_table(k, "files", files_row, err) || read_table(k, "probes", probes_row, err) ||
	    read_table(k, "callers", callers_row, err))
		return -1;
	if (!k->tree || !k->summary || !k->version_file || !k->files)
		return vt_error_set(err, folder, VT_NO_OFFSET,
				    "its table 'files' lacks a tree, a summary, a version or a "
				    "file");
	n = scandir(folder, &entry, is_source, alphasort);
	for (int i = 0; i < n; i++) {
		k->source = add_text(k->source, &k->sources, vt_strdup(entry[i]->d_name));
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return 0;
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void free_caller(struct kind_caller *c)
{
	free(c->name);
	free(c->pattern);
	free_list(c->path, c->paths);
	free_list(c->function, c->functions);
	for (size_t i = 0; i < c->knowns; i++) {
		free(c->known[i].hash);
		free(c->known[i].define);
	}
	free(c->known);
}

void kind_free(struct kind *k)
{
	for (size_t i = 0; i < k->files; i++) {
		free(k->file[i].name);
		free_list(k->file[i].path, k->file[i].paths);
	}
	for (size_t i = 0; i < k->probes; i++) {
		free(k->probe[i].name);
		free(k->probe[i].file);
		free(k->probe[i].pattern);
	}
	for (size_t i = 0; i < k->callers; i++)
		free_caller(&k->caller[i]);
	free(k->file);
	free(k->probe);
	free(k->caller);
	free_list(k->source, k->sources);
	free_list(k->version_key, k->version_keys);
	free(k->version_file);
	free(k->summary);
	free(k->tree);
	free(k->folder);
	free(k->name);
	*k = (struct kind){ 0 };
}

char *kind_about(const struct kind *k, struct vt_error *err)
{
	return kind_slurp(k->folder, "about", NULL, err);
}
