/* SPDX-License-Identifier: GPL-2.0-only */

#include "replay/kinds/stand_in.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/kinds/text.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

static bool is_there(const struct builder *b, const char *name)
{
	char *path = builder_path(b, name);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

/* A header outside the build's folder cannot be stood in for. */
static bool leads_out(const char *name)
{
	return *name == '/' || !strncmp(name, "../", 3) || strstr(name, "/../");
}

int stand_in_headers(const struct stand_in *s)
{
	struct text_words names = { 0 };
	int failed = 0;

	for (size_t i = 0; i < s->files; i++)
		text_includes(s->file[i].text, &names);
	text_words_sort(&names);
	for (size_t i = 0; !failed && i < names.n; i++) {
		if (leads_out(names.word[i]))
			failed = vt_error_set(s->builder->err, names.word[i], VT_NO_OFFSET,
					      "this header is included by a path that the %s shell "
					      "has no stand-in for",
					      s->kind->name);
		else if (!is_there(s->builder, names.word[i]))
			failed = builder_write(s->builder, names.word[i], "", 0);
	}
	text_words_free(&names);
	return failed;
}

int stand_in_probes(const struct stand_in *s, json_t *answers, FILE *macros)
{
	for (size_t i = 0; i < s->kind->probes; i++) {
		const struct kind_probe *p = &s->kind->probe[i];
		int fits = 0;

		if (p->type != KIND_PROBE)
			continue;
		for (size_t k = 0; k < s->files && !fits; k++) {
			if (!strcmp(s->file[k].name, p->file))
				fits = text_line_fits(s->file[k].text, p->pattern, s->builder->err);
		}
		if (fits < 0)
			return -1;
		fprintf(macros, "#define %s %d\n", p->name, fits);
		json_put(answers, p->name, json_boolean(fits));
	}
	return 0;
}

static void put_macro(FILE *to, const char *name, const char *rest)
{
	fprintf(to, "#ifndef %s\n#define %s%s\n#endif\n", name, name, rest);
}

static int put_macros(FILE *to, const struct stand_in *s, const struct kind_probe *p,
		      unsigned *number)
{
	struct text_words names = { 0 };
	int failed = 0;

	for (size_t i = 0; !failed && i < s->files; i++)
		failed = text_identifiers(s->file[i].text, p->pattern, &names, s->builder->err);
	text_words_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		char *value = vt_format(" %u", p->type == KIND_NUMBER ? (*number)++ : 0);

		put_macro(to, names.word[i], p->type == KIND_NUMBER ? value : "(...)");
		free(value);
	}
	text_words_free(&names);
	return failed;
}

int stand_in_macros(const struct stand_in *s)
{
	unsigned number = 0;
	int failed = 0;
	char *text;
	size_t size;
	FILE *to = vt_text_open(&text, &size);

	for (size_t i = 0; !failed && i < s->kind->probes; i++) {
		const struct kind_probe *p = &s->kind->probe[i];

		if (p->type == KIND_NUMBER || p->type == KIND_NOTHING)
			failed = put_macros(to, s, p, &number);
	}
	vt_text_close(to);
	if (!failed)
		failed = builder_write(s->builder, "generated.h", text, size);
	free(text);
	return failed;
}
