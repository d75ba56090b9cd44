/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/input_built.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

struct built {
	char *tree, *version, *commit; /* NULL: not said */
	char *files;		       /* "a.c 0123456789ab, b.c ...": what is compiled */
	char *callers;		       /* "load, run"; NULL: none is unknown */
};

/* A string into @to, the first of its name. */
static int take(char **to, struct scan *s)
{
	char *text = NULL;
	int more = scan_string(s, &text);

	if (!more && !*to) {
		*to = text;
		return 0;
	}
	free(text);
	return more;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* As much as a heading can have. */
#define LONGEST 500

/* ", "@text, behind what is in *@all; @text is given away. */
static void append(char **all, char *text)
{
	char *longer;

	if (!*all) {
		*all = text;
		return;
	}
	if (strlen(*all) > LONGEST) {
		free(text);
		return;
	}
	longer = vt_format("%s, %s", *all, text);
	free(*all);
	free(text);
	*all = longer;
}

static bool is_source(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && !strcmp(name + n - 2, ".c");
}

/* A patch shows in the hash of its file. */
static int read_file(struct built *b, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	char *name = NULL, *hash = NULL;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "name"))
			more = take(&name, s);
		else if (scan_is(&key, "sha256"))
			more = take(&hash, s);
		else
			more = scan_skip(s);
	}
	if (!more && name && is_source(name))
		append(&b->files, vt_format("%s %.12s", base_name(name), hash ? hash : "?"));
	free(name);
	free(hash);
	return more;
}

static int read_files(struct built *b, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false)
		more = read_file(b, s);
	return more;
}

static int read_callers(struct built *b, struct scan *s)
{
	int more = scan_enter(s, '[');

	for (bool first = true; !more && (more = scan_element(s, first)) > 0; first = false) {
		char *name = NULL;

		more = scan_string(s, &name);
		if (more)
			free(name);
		else
			append(&b->callers, name);
	}
	return more;
}

static int read_built(struct built *b, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "tree"))
			more = take(&b->tree, s);
		else if (scan_is(&key, "version"))
			more = take(&b->version, s);
		else if (scan_is(&key, "commit"))
			more = take(&b->commit, s);
		else if (scan_is(&key, "files"))
			more = read_files(b, s);
		else if (scan_is(&key, "unknown_callers"))
			more = read_callers(b, s);
		else
			more = scan_skip(s);
	}
	return more;
}

static char *title(const struct built *b)
{
	return vt_format(
	    "%s %s%s%.12s, %s%s%s", b->tree ? b->tree : "?", b->version ? b->version : "?",
	    b->commit ? " " : "", b->commit ? b->commit : "", b->files ? b->files : "?",
	    b->callers ? "; unknown code around it: " : "", b->callers ? b->callers : "");
}

int input_read_built(struct cell *c, struct scan *s)
{
	struct built b = { 0 };
	int more = read_built(&b, s);

	if (!more) {
		free(c->built);
		c->built = title(&b);
	}
	free(b.tree);
	free(b.version);
	free(b.commit);
	free(b.files);
	free(b.callers);
	return more;
}
