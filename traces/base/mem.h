/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that a small program cannot do without: each of these aborts where there is none. The
 * caller frees. */
#ifndef VTICK_TRACES_BASE_MEM_H
#define VTICK_TRACES_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* What is called instead of abort() where there is none, and does not return; NULL: nothing. */
void mem_on_failure(void (*fail)(void));

/* Zeroed; a size of 0 gives a pointer too. */
void *vt_alloc(size_t size);
/* @n of them, zeroed. */
void *vt_array(size_t n, size_t size);
/* As realloc(); what is new is not zeroed. */
void *vt_realloc(void *p, size_t size);
char *vt_strdup(const char *s);
/* At most @n bytes of it. */
char *vt_strndup(const char *s, size_t n);
/* What printf would print. */
char *vt_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *vt_vformat(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

#endif
