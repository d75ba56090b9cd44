/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/kinds/callers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/kinds/sha256.h"
#include "replay/kinds/text.h"
#include "traces/base/mem.h"

/* Adds to @all what the functions of @text do with timers. 0 or -1. */
static int add_functions(FILE *all, const struct kind_caller *c, const char *text,
			 struct vt_error *err)
{
	char *plain = text_without_comments(text);
	int failed = 0;

	for (size_t i = 0; !failed && i < c->functions; i++) {
		char *body = text_function(plain, c->function[i]);
		char *statements = body ? text_statements(body, c->pattern, err) : NULL;

		if (body && !statements)
			failed = -1;
		if (statements)
			fprintf(all, "%s\n%s", c->function[i], statements);
		free(statements);
		free(body);
	}
	free(plain);
	return failed;
}

static int read_statements(struct caller_seen *seen, const struct kind_caller *c,
			   const struct tree *t, struct vt_error *err)
{
	size_t size;
	FILE *all = vt_text_open(&seen->statements, &size);
	int failed = 0;

	for (size_t i = 0; !failed && i < c->paths; i++) {
		bool missing;
		char *text = tree_read(t, c->path[i], &size, &missing);

		if (text)
			failed = add_functions(all, c, text, err);
		else if (!missing)
			failed = -1;
		free(text);
	}
	vt_text_close(all);
	return failed;
}

int caller_look(struct caller_seen *seen, const struct kind_caller *c, const struct tree *t,
		struct vt_error *err)
{
	char hex[65];

	*seen = (struct caller_seen){ 0 };
	if (read_statements(seen, c, t, err))
		return -1;
	if (!*seen->statements)
		return 0;
	sha256_hex(seen->statements, strlen(seen->statements), hex);
	memcpy(seen->hash, hex, 16);
	for (size_t i = 0; i < c->knowns; i++) {
		if (strcmp(c->known[i].hash, seen->hash))
			continue;
		seen->known = true;
		seen->define = c->known[i].define;
	}
	return 0;
}

void caller_free(struct caller_seen *seen)
{
	free(seen->statements);
	*seen = (struct caller_seen){ 0 };
}
