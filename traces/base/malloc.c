/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * malloc() for the whole process: the C library's, which does not return without memory.
 *
 * A library that is refused memory may say so, or print half, forget a time zone, sort otherwise,
 * die of a null pointer; there are more ways than can be looked after. Here none of them comes to
 * that. The next malloc() in line is asked, so that one that is preloaded keeps its place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "traces/base/mem.h"

/* A sanitizer's stays: it has to know what was asked for, and by whom. */
#if defined(__SANITIZE_ADDRESS__)
#define OURS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OURS 0
#endif
#endif
#ifndef OURS
#define OURS 1
#endif

#if OURS

/* Called by the libraries, too. */
#define FOR_ALL __attribute__((visibility("default")))

/* The C library's own, for the time when the next ones are looked for. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t n, size_t size);
	void *(*realloc)(void *p, size_t size);
	void *(*memalign)(size_t alignment, size_t size);
} next = { __libc_malloc, __libc_calloc, __libc_realloc, __libc_memalign };

static void *find(const char *name, void *otherwise)
{
	void *p = dlsym(RTLD_NEXT, name);

	return p ? p : otherwise;
}

static void __attribute__((constructor)) find_next(void)
{
	next.malloc = find("malloc", (void *)next.malloc);
	next.calloc = find("calloc", (void *)next.calloc);
	next.realloc = find("realloc", (void *)next.realloc);
	next.memalign = find("memalign", (void *)next.memalign);
}

/* @size: what was asked for. */
static void *or_end(void *p, size_t size)
{
	if (__builtin_expect(!p, 0) && vt_memory_ends(size))
		vt_no_memory();
	return p;
}

FOR_ALL void *malloc(size_t size)
{
	return or_end(next.malloc(size), size);
}

FOR_ALL void *calloc(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		all = SIZE_MAX;
	return or_end(next.calloc(n, size), all);
}

/* A size of 0 frees, and has NULL for an answer. */
FOR_ALL void *realloc(void *p, size_t size)
{
	void *q = next.realloc(p, size);

	return p && !size ? q : or_end(q, size);
}

FOR_ALL void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return or_end(NULL, SIZE_MAX);
	}
	return realloc(p, all);
}

FOR_ALL void *memalign(size_t alignment, size_t size)
{
	return or_end(next.memalign(alignment, size), size);
}

FOR_ALL void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

FOR_ALL int posix_memalign(void **p, size_t alignment, size_t size)
{
	void *q;

	if (alignment % sizeof(void *) || alignment & (alignment - 1) || !alignment)
		return EINVAL;
	q = memalign(alignment, size);
	if (!q)
		return ENOMEM;
	*p = q;
	return 0;
}

#endif
