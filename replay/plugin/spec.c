/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/spec.h"

#include <stdlib.h>
#include <string.h>

#include "replay/kinds/kind.h"
#include "replay/plugin/find.h"
#include "traces/base/mem.h"

/* The next comma that is none of a value's; NULL: there is none. */
static char *comma(char *p)
{
	for (; *p && *p != ','; p++) {
		if (*p == '\\' && p[1])
			p++;
	}
	return *p ? p : NULL;
}

static void unescape(char *p)
{
	char *to = p;

	for (; *p; p++) {
		if (*p == '\\' && (p[1] && strchr(",:\\{}", p[1])))
			p++;
		*to++ = *p;
	}
	*to = '\0';
}

char *spec_next(char **rest, char **value)
{
	char *key = *rest, *end = comma(key), *equals;

	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	equals = strchr(key, '=');
	if (!equals || equals == key) {
		*value = key;
		return NULL;
	}
	*equals = '\0';
	*value = equals + 1;
	unescape(*value);
	return key;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

bool spec_is_path(const char *name)
{
	return strchr(name, '/') || ends_with(name, ".so") || ends_with(name, ".c");
}

bool spec_is_source(const char *name)
{
	return ends_with(name, ".c");
}

/* Where ":key=value,..." begins: at the first ':' of the file's name. NULL: nowhere. */
static const char *find_args(const char *text)
{
	const char *slash = strrchr(text, '/');

	return strchr(slash ? slash : text, ':');
}

/* Takes the keys of the host out of the arguments. 0 or -1. */
static int take_host_keys(struct spec *s, const char *text, struct vt_error *err)
{
	char *args = s->args, *left = NULL;

	s->args = NULL;
	for (char *rest = args; rest;) {
		char *item = rest, *end = comma(item), *value, **to;
		char *copy = vt_strndup(item, end ? (size_t)(end - item) : strlen(item));
		char *at = copy, *key = spec_next(&at, &value);

		rest = end ? end + 1 : NULL;
		to = !key		    ? NULL
		     : !strcmp(key, "tree") ? &s->tree
		     : !strcmp(key, "rev")  ? &s->rev
		     : !strcmp(key, "name") ? &s->as
					    : NULL;
		if (to && *to) {
			vt_error_set(err, text, VT_NO_OFFSET, "'%s' is given twice", key);
			free(copy);
			free(args);
			free(left);
			return -1;
		}
		if (to) {
			*to = vt_strdup(value);
		} else {
			int len = (int)(end ? end - item : (long)strlen(item));
			char *more =
			    vt_format("%s%s%.*s", left ? left : "", left ? "," : "", len, item);

			free(left);
			left = more;
		}
		free(copy);
	}
	free(args);
	s->args = left;
	return 0;
}

static int of_kind(struct spec *s, const char *text, struct vt_error *err)
{
	if (s->args && take_host_keys(s, text, err))
		return -1;
	if (!s->tree)
		return vt_error_set(err, text, VT_NO_OFFSET,
				    "is a kind: its policy is built from a tree, expected "
				    "%s:tree=FOLDER",
				    s->name);
	return 0;
}

/* An installed policy of that name goes before a kind, unless a tree is given. */
static bool is_kind(const struct spec *s)
{
	struct vt_error ignored;
	char *policy;

	if (!s->kind)
		return false;
	if (s->args && (!strncmp(s->args, "tree=", 5) || strstr(s->args, ",tree=")))
		return true;
	policy = plugin_find(s->name, &ignored);
	free(policy);
	return !policy;
}

int spec_parse(struct spec *s, const char *text, struct vt_error *err)
{
	size_t n = strcspn(text, ":");
	const char *args;

	*s = (struct spec){ .name = vt_strndup(text, n) };
	if (!spec_is_path(s->name)) {
		s->kind = kind_folder(s->name);
		s->args = text[n] ? vt_strdup(text + n + 1) : NULL;
		if (is_kind(s))
			return of_kind(s, text, err);
		free(s->kind);
		s->kind = NULL;
		return 0;
	}
	args = find_args(text);
	free(s->name);
	s->name = args ? vt_strndup(text, (size_t)(args - text)) : vt_strdup(text);
	s->args = args ? vt_strdup(args + 1) : NULL;
	return 0;
}

void spec_free(struct spec *s)
{
	free(s->name);
	free(s->kind);
	free(s->args);
	free(s->tree);
	free(s->rev);
	free(s->as);
	*s = (struct spec){ 0 };
}
