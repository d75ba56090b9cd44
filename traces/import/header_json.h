/* SPDX-License-Identifier: GPL-2.0-only */
/* Small helpers to build the JSON of a trace's header. They abort on no memory. */
#ifndef VTICK_TRACES_IMPORT_HEADER_JSON_H
#define VTICK_TRACES_IMPORT_HEADER_JSON_H

#include <jansson.h>
#include <stdint.h>

void header_set(json_t *object, const char *key, json_t *value);
void header_set_u64(json_t *object, const char *key, uint64_t value);
/* A file's name may hold any bytes; JSON is UTF-8: others become '?'. */
void header_set_text(json_t *object, const char *key, const char *text);
/* Adds a sentence to a list. */
void header_say(json_t *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds "WHAT: N" unless @n is 0. */
void header_say_count(json_t *list, uint64_t n, const char *what);

#endif
