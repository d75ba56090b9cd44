/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/kinds/complaints.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/kinds/text.h"
#include "traces/base/mem.h"

#define SHOWN 5

/* What compilers complain of. The pattern's first group is the name, a second what it is of. */
static const struct {
	const char *pattern, *what;
	bool of_first; /* the groups are the other way round */
} kinds_of[] = {
	/* gcc */
	{ "'([^']+)' has no member named '([^']+)'", "field", true },
	{ "'([^']+)' undeclared", "name", false },
	{ "unknown type name '([^']+)'", "type", false },
	{ "too (few|many) arguments to function '([^']+)'", "number of arguments of", true },
	{ "invalid use of undefined type '([^']+)'", "type", false },
	{ "storage size of '([^']+)' isn't known", "type of", false },
	{ "field '([^']+)' has incomplete type", "type of", false },
	{ "invalid application of 'sizeof' to incomplete type '([^']+)'", "type", false },
	{ "conflicting types for '([^']+)'", "type of", false },
	{ "redefinition of '([^']+)'", "definition of", false },
	/* clang */
	{ "no member named '([^']+)' in '([^']+)'", "field", false },
	{ "use of undeclared identifier '([^']+)'", "name", false },
	{ "incomplete definition of type '([^']+)'", "type", false },
	{ "variable has incomplete type '([^']+)'", "type", false },
	{ "too (few|many) arguments to function call", "number of arguments of a call", false },
	/* both */
	{ "([^ :]+\\.h): No such file or directory", "header", false },
	{ "'([^']+)' file not found", "header", false },
};

/* "field 'f' of 'struct s'"; NULL: it is none of them. */
static char *phrase(const char *message)
{
	for (size_t i = 0; i < sizeof(kinds_of) / sizeof(*kinds_of); i++) {
		regmatch_t m[3];
		regex_t re;
		int fits;

		if (regcomp(&re, kinds_of[i].pattern, REG_EXTENDED))
			continue;
		fits = !regexec(&re, message, 3, m, 0);
		regfree(&re);
		if (!fits)
			continue;

		regmatch_t name = m[kinds_of[i].of_first ? 2 : 1];
		regmatch_t of = m[kinds_of[i].of_first ? 1 : 2];
		int name_len = (int)(name.rm_eo - name.rm_so), of_len = (int)(of.rm_eo - of.rm_so);

		if (!strncmp(kinds_of[i].what, "number", 6))
			return kinds_of[i].of_first ? vt_format("%s '%.*s'", kinds_of[i].what,
								name_len, message + name.rm_so)
						    : vt_strdup(kinds_of[i].what);
		if (of.rm_so < 0)
			return vt_format("%s '%.*s'", kinds_of[i].what, name_len,
					 message + name.rm_so);
		return vt_format("%s '%.*s' of '%.*s'", kinds_of[i].what, name_len,
				 message + name.rm_so, of_len, message + of.rm_so);
	}
	return NULL;
}

/* Where it stands: "arch/x86/kvm/lapic.c:12", or in a file of the shell. */
static char *place(const struct kind *k, const struct taken *file, size_t files, const char *line,
		   bool *ours)
{
	size_t n;

	if (!strncmp(line, "./", 2))
		line += 2;
	n = strcspn(line, ":");
	for (size_t i = 0; i < files; i++) {
		if (n == strlen(file[i].name) && !strncmp(line, file[i].name, n))
			return vt_format("%s:%d", file[i].path, atoi(line + n + 1));
	}
	*ours = true;
	return vt_format("the %s shell's %.*s:%d", k->name, (int)n, line, atoi(line + n + 1));
}

/* The complaint of one line; NULL: it is no error. @key: what makes it the same as another. */
static char *complaint(const struct kind *k, const struct taken *file, size_t files,
		       const char *line, char **key)
{
	const char *error = strstr(line, " error: ");
	bool ours = false;
	char *where, *what, *text;

	if (!error && !(error = strstr(line, " fatal error: ")))
		return NULL;
	where = place(k, file, files, line, &ours);
	what = phrase(error);
	*key = vt_strdup(what ? what : where);
	if (what)
		text = vt_format("%s (%s)", what, where);
	else
		text = vt_format("line %s", where);
	if (ours && what) {
		free(text);
		text = vt_format("%s, which %s asks for", what, where);
	}
	free(where);
	free(what);
	return text;
}

char *complaints(const struct kind *k, const struct taken *file, size_t files, const char *messages)
{
	struct text_words seen = { 0 };
	char *copy = vt_strdup(messages), *rest = copy, *line, *out;
	size_t size, more = 0;
	FILE *all = vt_text_open(&out, &size);

	while ((line = strsep(&rest, "\n"))) {
		char *key, *text = complaint(k, file, files, line, &key);

		if (!text)
			continue;
		if (!text_words_have(&seen, key)) {
			if (seen.n < SHOWN)
				fprintf(all, "%s%s", seen.n ? "; " : "", text);
			else
				more++;
			text_words_add(&seen, key, strlen(key));
		}
		free(key);
		free(text);
	}
	if (more)
		fprintf(all, "; and %zu more", more);
	vt_text_close(all);
	text_words_free(&seen);
	free(copy);
	return out;
}
