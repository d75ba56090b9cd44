/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building JSON. jansson answers a lack of memory, text that is not UTF-8 and a missing value all
 * alike, with NULL or -1; here the first and the last abort, as vt_alloc() does, and text is never
 * refused. Values that are put somewhere are stolen.
 */
#ifndef VTICK_TRACES_BASE_JSON_H
#define VTICK_TRACES_BASE_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* From here on jansson's memory is that of mem.h, so that none of its functions fails for want of
 * it. Before its first use. */
void json_ready(void);

/* A string. Bytes that are not UTF-8 (a file's name, a command line, a VM's name may hold any)
 * stand as "\xNN", four characters each. */
json_t *json_text(const char *s);
/* Of its first @n bytes. */
json_t *json_text_of(const char *s, size_t n);
/* An integer; from 2^63 on 2^63 - 1. */
json_t *json_u64(uint64_t n);

/* What every reader of JSON keeps exactly. Numbers of documents that programs read stand at it, or
 * at its negative, if they are beyond. */
#define JSON_EXACT_MAX ((INT64_C(1) << 53) - 1)
json_t *json_exact(uint64_t n);
void json_put_exact(json_t *object, const char *key, uint64_t n);

/*
 * The paths ("a.b[].c") of the numbers below @object that stand at that limit, each once, but for
 * the pairs of histograms, of which the largest value tells. NULL if there is none.
 */
json_t *json_saturated(json_t *object);

/* As many values as the JSON @text of @size bytes holds at most, without taking it apart: what it
 * would take in memory is told beforehand. */
uint64_t json_values(const char *text, size_t size);

void json_put(json_t *object, const char *key, json_t *value);
void json_put_u64(json_t *object, const char *key, uint64_t n);
void json_put_text(json_t *object, const char *key, const char *s);

void json_push(json_t *array, json_t *value);
/* A sentence, as printf() would print it. */
void json_push_format(json_t *array, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As json_dumps() and json_pack() with what they never are here: NULL. What would drive a terminal
 * is printed as \uNNNN. A string that json_pack() takes with "s" must be UTF-8: others go in with
 * "o" and json_text(). */
char *json_print(const json_t *value, size_t flags);
/* json_print() and a newline to @to; write errors show when that is closed. */
void json_print_to(FILE *to, const json_t *value, size_t flags);
json_t *json_make(const char *format, ...);

#endif
