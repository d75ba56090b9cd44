/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/json.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/utf8.h"

void json_ready(void)
{
	json_set_alloc_funcs(vt_alloc, free);
}

/* @s with what is not UTF-8 written out, allocated. */
static char *escape(const char *s)
{
	char *text = vt_alloc(4 * strlen(s) + 1), *to = text;

	while (*s) {
		size_t size = utf8_length(s, strlen(s));

		if (size) {
			memcpy(to, s, size);
			to += size;
			s += size;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*s++);
		}
	}
	return text;
}

json_t *json_text(const char *s)
{
	json_t *value = json_string(s);
	char *escaped;

	if (value)
		return value;
	escaped = escape(s);
	value = json_string(escaped);
	free(escaped);
	if (!value)
		abort();
	return value;
}

json_t *json_text_of(const char *s, size_t n)
{
	char *text = vt_format("%.*s", (int)n, s);
	json_t *value = json_text(text);

	free(text);
	return value;
}

json_t *json_u64(uint64_t n)
{
	return json_integer((json_int_t)(n < INT64_MAX ? n : INT64_MAX));
}

json_t *json_exact(uint64_t n)
{
	return json_integer(n < JSON_EXACT_MAX ? (json_int_t)n : JSON_EXACT_MAX);
}

void json_put_exact(json_t *object, const char *key, uint64_t n)
{
	json_put(object, key, json_exact(n));
}

static bool is_listed(const json_t *list, const char *path)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!strcmp(json_string_value(json_array_get(list, i)), path))
			return true;
	}
	return false;
}

static bool is_saturated(const json_t *value)
{
	json_int_t n = json_integer_value(value);

	return json_is_integer(value) && (n >= JSON_EXACT_MAX || n <= -JSON_EXACT_MAX);
}

/* Documents are as deep as vtick makes them. NOLINTNEXTLINE(misc-no-recursion) */
static bool any_saturated(json_t *value)
{
	json_t *member;
	const char *key;
	size_t i;

	if (is_saturated(value))
		return true;
	json_object_foreach(value, key, member)
	{
		if (any_saturated(member))
			return true;
	}
	json_array_foreach(value, i, member)
	{
		if (json_is_object(member) && any_saturated(member))
			return true;
	}
	return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void find_saturated(json_t *value, const char *path, json_t *list)
{
	json_t *member;
	const char *key;
	size_t i;
	char *below;

	if (is_saturated(value) && !is_listed(list, path))
		json_push(list, json_text(path));
	json_object_foreach(value, key, member)
	{
		below = vt_format("%s%s%s", path, *path ? "." : "", key);
		find_saturated(member, below, list);
		free(below);
	}
	below = vt_format("%s[]", path);
	json_array_foreach(value, i, member)
	{
		if (json_is_object(member))
			find_saturated(member, below, list);
	}
	free(below);
}

json_t *json_saturated(json_t *object)
{
	json_t *list;

	if (!any_saturated(object))
		return NULL;
	list = json_array();
	find_saturated(object, "", list);
	return list;
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		abort();
}

void json_put_u64(json_t *object, const char *key, uint64_t n)
{
	json_put(object, key, json_u64(n));
}

void json_put_text(json_t *object, const char *key, const char *s)
{
	json_put(object, key, json_text(s));
}

void json_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		abort();
}

void json_push_format(json_t *array, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vt_vformat(fmt, ap);
	va_end(ap);
	json_push(array, json_text(text));
	free(text);
}

char *json_print(const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	if (!text)
		abort();
	return safe_json(text);
}

void json_print_to(FILE *to, const json_t *value, size_t flags)
{
	char *text = json_print(value, flags);

	fprintf(to, "%s\n", text);
	free(text);
}

json_t *json_make(const char *format, ...)
{
	va_list ap;
	json_t *value;

	va_start(ap, format);
	value = json_vpack_ex(NULL, 0, format, ap);
	va_end(ap);
	if (!value)
		abort();
	return value;
}

uint64_t json_values(const char *text, size_t size)
{
	uint64_t values = 1;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (quoted)
			i += text[i] == '\\';
		else
			values += text[i] == ',' || text[i] == '[' || text[i] == '{';
	}
	return values;
}
