/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NO_MEMORY 2 /* EXIT_TROUBLE of cli.h, which stands on this */
#define ACTS_MAX 8

/* ---- the end ---- */

static struct {
	void (*act[ACTS_MAX])(void);
	void (*instead)(void);
	bool over;
	size_t up_to;
} none = { .up_to = SIZE_MAX };

void vt_no_memory(void)
{
	static const char line[] = "vtick: out of memory\n";
	ssize_t n = 0;

	if (!none.over) {
		none.over = true;
		if (none.instead)
			none.instead();
		for (size_t i = 0; i < ACTS_MAX && none.act[i]; i++)
			none.act[i]();
		n = write(STDERR_FILENO, line, sizeof(line) - 1);
	}
	(void)n;
	_exit(EXIT_NO_MEMORY);
}

void vt_at_no_memory(void (*act)(void))
{
	size_t i = 0;

	while (i < ACTS_MAX && none.act[i] && none.act[i] != act)
		i++;
	if (i == ACTS_MAX)
		abort();
	none.act[i] = act;
}

void vt_no_memory_is(void (*end)(void))
{
	none.instead = end;
}

static void end_quietly(void)
{
	_exit(VT_NO_MEMORY_EXIT);
}

void vt_no_memory_quiet(void)
{
	none.instead = end_quietly;
}

void vt_memory_end_up_to(size_t size)
{
	none.up_to = size;
}

bool vt_memory_ends(size_t size)
{
	return size <= none.up_to;
}

/* ---- memory ---- */

static void *needed(void *p)
{
	if (!p)
		vt_no_memory();
	return p;
}

void *vt_alloc(size_t size)
{
	return needed(calloc(1, size ? size : 1));
}

void *vt_array(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		vt_no_memory();
	return vt_alloc(all);
}

void *vt_realloc(void *p, size_t size)
{
	return needed(realloc(p, size ? size : 1));
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
		vt_no_memory();
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

FILE *vt_text_open(char **text, size_t *size)
{
	return needed(open_memstream(text, size));
}

void vt_text_close(FILE *f)
{
	int failed = ferror(f);

	if (fclose(f) || failed)
		vt_no_memory();
}
