/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, and the end of a program that gets none: `vtick: out of memory`, exit code 2, no
 * temporary left. So it ends whoever asked: malloc() and its like are vtick's own (malloc.c), for
 * every library in the process. The caller frees.
 */
#ifndef VTICK_TRACES_BASE_MEM_H
#define VTICK_TRACES_BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* As open_memstream(); vt_text_close() makes *@text what was written. */
FILE *vt_text_open(char **text, size_t *size);
void vt_text_close(FILE *f);

/* ---- where there is none ---- */

/* Ends the process. It may be in the middle of anything, so nothing of its state is looked at and
 * nothing asked for. */
_Noreturn void vt_no_memory(void);

/* What the process does before that; it must be safe in a signal handler. Twice the same counts
 * once. */
void vt_at_no_memory(void (*act)(void));

/* The end of a child: without a line, which is its parent's to print. */
#define VT_NO_MEMORY_EXIT 114
void vt_no_memory_quiet(void);

/* What @end does instead; it does not return. */
void vt_no_memory_is(void (*end)(void));

/* Above so many bytes malloc() answers NULL as the C library's does, for code of others that looks
 * (0: it always does). vt_alloc() and its like end the process all the same. At first SIZE_MAX. */
void vt_memory_end_up_to(size_t size);
bool vt_memory_ends(size_t size);

/* More than anybody has use for, whom a damaged or hostile file tells how much to ask for. */
#define VT_MEMORY_LARGE ((size_t)64 << 20)

#endif
