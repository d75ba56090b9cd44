/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/kinds/built.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"

/* Longer is none of ours. */
#define BUILT_MAX 65536

char *built_source(const json_t *built)
{
	char *text = json_print(built, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII), *out;
	size_t size;
	FILE *f = vt_text_open(&out, &size);

	fputs("__attribute__((visibility(\"default\"), used)) const char " BUILT_SYMBOL "[] = \"",
	      f);
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\' || *p == '?')
			putc('\\', f);
		putc(*p, f);
	}
	fputs("\";\n", f);
	vt_text_close(f);
	free(text);
	return out;
}

const char *built_of(const void *symbol)
{
	const char *text = NULL;
	Dl_info info;
	void *object;

	if (!dladdr(symbol, &info) || !(object = dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY)))
		return NULL;
	text = dlsym(object, BUILT_SYMBOL);
	dlclose(object);
	return text;
}

/* ---- is it ours? ---- */

/* Printable ASCII, not too much of it. */
static bool is_word(const json_t *value)
{
	const char *s = json_string_value(value);

	if (!s || strlen(s) > 200)
		return false;
	for (; *s; s++) {
		if (*s < ' ' || *s > '~')
			return false;
	}
	return true;
}

static bool are_words(const json_t *list)
{
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		if (!is_word(value))
			return false;
	}
	return json_is_array(list);
}

static bool are_files(const json_t *list)
{
	const json_t *file;
	size_t i;

	json_array_foreach(list, i, file)
	{
		if (json_object_size(file) != 2 || !is_word(json_object_get(file, "name")) ||
		    !is_word(json_object_get(file, "sha256")))
			return false;
	}
	return json_is_array(list);
}

static bool are_answers(json_t *answers)
{
	const char *key;
	json_t *value;

	json_object_foreach(answers, key, value)
	{
		if (!json_is_boolean(value) && !is_word(value))
			return false;
	}
	return json_is_object(answers);
}

static bool is_sound(const json_t *o)
{
	const json_t *commit = json_object_get(o, "commit");

	return json_object_size(o) == (commit ? 9 : 8) && (!commit || is_word(commit)) &&
	       is_word(json_object_get(o, "kind")) && is_word(json_object_get(o, "tree")) &&
	       is_word(json_object_get(o, "version")) && are_files(json_object_get(o, "files")) &&
	       are_answers(json_object_get(o, "probes")) &&
	       are_answers(json_object_get(o, "callers")) &&
	       are_words(json_object_get(o, "unknown_callers")) &&
	       are_words(json_object_get(o, "unknown_functions"));
}

json_t *built_read(const char *built)
{
	size_t n = strnlen(built, BUILT_MAX);
	json_t *o = n < BUILT_MAX ? json_loadb(built, n, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (is_sound(o))
		return o;
	json_decref(o);
	return NULL;
}

bool built_same(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "kind"), json_object_get(b, "kind")) &&
	       json_equal(json_object_get(a, "files"), json_object_get(b, "files"));
}

char *built_title(const json_t *built)
{
	const char *commit = json_string_value(json_object_get(built, "commit"));

	return vt_format("%s %s%s%.12s%s", json_string_value(json_object_get(built, "tree")),
			 json_string_value(json_object_get(built, "version")), commit ? " (" : "",
			 commit ? commit : "", commit ? ")" : "");
}
