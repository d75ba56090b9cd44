/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/header_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void header_set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value))
		abort();
}

void header_set_u64(json_t *object, const char *key, uint64_t value)
{
	header_set(object, key, json_integer((json_int_t)(value < INT64_MAX ? value : INT64_MAX)));
}

void header_set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text);

	if (!value) {
		char *plain = strdup(text);

		if (!plain)
			abort();
		for (char *p = plain; *p; p++)
			if (*p & '\x80')
				*p = '?';
		value = json_string(plain);
		free(plain);
	}
	header_set(object, key, value);
}

void header_say(json_t *list, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (json_array_append_new(list, json_string(text)))
		abort();
}

void header_say_count(json_t *list, uint64_t n, const char *what)
{
	if (n)
		header_say(list, "%s: %" PRIu64, what, n);
}
