/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*on_failure)(void);

void mem_on_failure(void (*fail)(void))
{
	on_failure = fail;
}

static _Noreturn void no_memory(void)
{
	if (on_failure)
		on_failure();
	abort();
}

void *vt_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		no_memory();
	return p;
}

void *vt_array(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		no_memory();
	return vt_alloc(all);
}

void *vt_realloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		no_memory();
	return p;
}

char *vt_strdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(vt_alloc(size), s, size);
}

char *vt_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);

	return memcpy(vt_alloc(len + 1), s, len);
}

char *vt_vformat(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		no_memory();
	return text;
}

char *vt_format(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = vt_vformat(fmt, ap);

	va_end(ap);
	return text;
}
