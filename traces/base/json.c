/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/json.h"

#include <stdarg.h>
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
