/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Preloaded into vtick: counts what is asked of malloc() and its like, by whatever library, and
 * refuses one. Children count on; other programs (a compiler) are left alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "page.h"

/* The C library's own, by names of which nobody is in the way. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct fault_page *page;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv("VTICK_FAULTS");
	int fd = path && !strcmp(program_invocation_short_name, "vtick")
		     ? open(path, O_RDWR | O_CLOEXEC)
		     : -1;
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		abort();
	page = p;
	page->started = 1;
}

static int refused(void)
{
	if (!page || ++page->allocations != page->fails)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return refused() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return refused() ? NULL : __libc_realloc(p, size);
}

void *memalign(size_t alignment, size_t size)
{
	return refused() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return refused() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
	*p = refused() ? NULL : __libc_memalign(alignment, size);
	return *p ? 0 : ENOMEM;
}
