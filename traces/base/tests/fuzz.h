/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz harnesses (fuzz_NAME.c beside the tests) share. Each is a program of libFuzzer's:
 * clang's -fsanitize=fuzzer brings main(). ci/fuzz.sh runs them, ci/fuzz/NAME/ holds their seeds.
 *
 * Files that are only looked at lie in memory (memfd) and are named by their descriptor; what a
 * command prints on stdout goes into such a file, too.
 */
#ifndef VTICK_TRACES_BASE_TESTS_FUZZ_H
#define VTICK_TRACES_BASE_TESTS_FUZZ_H

#ifndef _GNU_SOURCE
#error "_GNU_SOURCE is needed for memfd_create()"
#endif

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/base/json.h"
#include "traces/base/options.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

#define FUZZ_UNUSED __attribute__((unused))

/* stderr as it was: libFuzzer closes it for what it calls. */
static FUZZ_UNUSED int fuzz_said = STDERR_FILENO;

/* What must hold whatever the input: a line, and the end. */
#define FUZZ_HOLDS(condition, ...)                                                                 \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(fuzz_said, "does not hold: " __VA_ARGS__);                         \
			dprintf(fuzz_said, "\n");                                                  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct fuzz_file {
	int fd;
	char path[32]; /* to read it */
	char out[32];  /* to write it, at the descriptor's place */
};

static FUZZ_UNUSED void fuzz_file_make(struct fuzz_file *f)
{
	f->fd = memfd_create("fuzz", 0);
	if (f->fd < 0)
		abort();
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	snprintf(f->out, sizeof(f->out), "/dev/fd/%d", f->fd);
}

static FUZZ_UNUSED void fuzz_file_set(const struct fuzz_file *f, const void *data, size_t size)
{
	if (ftruncate(f->fd, 0) || lseek(f->fd, 0, SEEK_SET) ||
	    (size && write(f->fd, data, size) != (ssize_t)size))
		abort();
}

/* All of it, allocated. */
static FUZZ_UNUSED uint8_t *fuzz_file_get(const struct fuzz_file *f, size_t *size)
{
	off_t end = lseek(f->fd, 0, SEEK_END);
	uint8_t *p = end < 0 ? NULL : malloc((size_t)end + 1);

	if (!p || pread(f->fd, p, (size_t)end, 0) != (ssize_t)end)
		abort();
	*size = (size_t)end;
	return p;
}

/* What commands print. */
static FUZZ_UNUSED struct fuzz_file fuzz_stdout;

/* To be called first. */
static FUZZ_UNUSED void fuzz_ready(void)
{
	json_ready();
	fuzz_said = dup(STDERR_FILENO);
	fuzz_file_make(&fuzz_stdout);
	if (dup2(fuzz_stdout.fd, STDOUT_FILENO) < 0)
		abort();
}

/* Runs @c with the words up to a NULL; its exit code, which is one of those that there are. */
static FUZZ_UNUSED int fuzz_run(const struct opt_command *c, ...)
{
	char *argv[32] = { (char *)(uintptr_t)c->name };
	int argc = 1, code;
	va_list ap;

	va_start(ap, c);
	while ((argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);
	fuzz_file_set(&fuzz_stdout, NULL, 0);
	code = c->run(argc, argv);
	if (fflush(stdout))
		abort();
	FUZZ_HOLDS(code >= 0 && code <= 2, "vtick %s ends with %d", c->name, code);
	return code;
}

/* ---- numbers for mutators ---- */

static FUZZ_UNUSED uint64_t fuzz_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* One that likes to break things, or one near @was. */
static FUZZ_UNUSED uint64_t fuzz_number(uint64_t *state, uint64_t was)
{
	uint64_t r = fuzz_next(state), bit = UINT64_C(1) << r / 8 % 64;

	switch (r % 8) {
	case 0:
		return bit;
	case 1:
		return bit - 1;
	case 2:
		return was + r / 512 % 16;
	case 3:
		return was - r / 512 % 16;
	case 4:
		return was ^ bit;
	case 5:
		return fuzz_next(state) >> r / 512 % 64;
	case 6:
		return r / 512 % 8;
	default:
		return 0 - (r / 512 % 4);
	}
}

/*
 * A mutator for inputs that are a list of things of @unit bytes behind @front bytes: mostly it
 * moves, doubles, removes or overwrites whole ones, or puts a number into one; else libFuzzer's own
 * in one of them.
 */
static FUZZ_UNUSED size_t fuzz_mutate_list(uint8_t *data, size_t size, size_t max, size_t front,
					   size_t unit, unsigned seed)
{
	uint64_t state = seed, value;
	size_t n = size > front ? (size - front) / unit : 0, at, other, place, width;
	uint8_t *p = data + front;

	if (!n || fuzz_next(&state) % 16 == 0)
		return LLVMFuzzerMutate(data, size, max);
	size = front + n * unit;
	at = fuzz_next(&state) % n;
	other = fuzz_next(&state) % n;
	switch (fuzz_next(&state) % 8) {
	case 0: /* one more like @other */
		if (size + unit > max)
			break;
		memmove(p + (at + 1) * unit, p + at * unit, (n - at) * unit);
		if (other >= at)
			other++;
		memmove(p + at * unit, p + other * unit, unit);
		return size + unit;
	case 1:
		if (n < 2)
			break;
		memmove(p + at * unit, p + (at + 1) * unit, (n - at - 1) * unit);
		return size - unit;
	case 2:
		memmove(p + at * unit, p + other * unit, unit);
		break;
	case 3:
		LLVMFuzzerMutate(p + at * unit, unit, unit);
		break;
	default: /* a number at a place where one may lie */
		width = (size_t)1 << fuzz_next(&state) % 4;
		if (width > unit)
			width = unit;
		place = at * unit + fuzz_next(&state) % (unit / width) * width;
		value = 0;
		memcpy(&value, p + place, width);
		value = fuzz_number(&state, value);
		memcpy(p + place, &value, width);
	}
	return size;
}

/* ---- texts ---- */

static FUZZ_UNUSED bool fuzz_parts(uint8_t c)
{
	return memchr("{}[]:, \t\n=\"", c, 12) != NULL;
}

/* The word of @data at or behind a random place: [*from, *to). False: there is none. */
static FUZZ_UNUSED bool fuzz_word(const uint8_t *data, size_t size, uint64_t *state, size_t *from,
				  size_t *to)
{
	size_t at = fuzz_next(state) % size;

	while (at < size && fuzz_parts(data[at]))
		at++;
	if (at == size)
		return false;
	*from = *to = at;
	while (*from && !fuzz_parts(data[*from - 1]))
		--*from;
	while (*to < size && !fuzz_parts(data[*to]))
		++*to;
	return true;
}

/* Puts the @n bytes of @what in the place of [from, to), if that fits. */
static FUZZ_UNUSED size_t fuzz_put(uint8_t *data, size_t size, size_t max, size_t from, size_t to,
				   const void *what, size_t n)
{
	if (size - (to - from) + n > max)
		return size;
	memmove(data + from + n, data + to, size - to);
	memcpy(data + from, what, n);
	return size - (to - from) + n;
}

/* The line, or what lies between commas, around a random place. */
static FUZZ_UNUSED void fuzz_line(const uint8_t *data, size_t size, uint64_t *state, size_t *from,
				  size_t *to)
{
	uint8_t end = fuzz_next(state) % 2 ? '\n' : ',';

	*from = *to = fuzz_next(state) % size;
	while (*from && data[*from - 1] != end)
		--*from;
	while (*to < size && data[*to] != end)
		++*to;
	*to += *to < size;
}

static FUZZ_UNUSED size_t fuzz_splice(uint8_t *data, size_t size, size_t max, size_t from,
				      size_t to, uint64_t *state)
{
	static const char *const splices[] = {
		"-1",
		"0",
		"1e308",
		"9007199254740991",
		"9007199254740992",
		"1152921504606846975",
		"9223372036854775807",
		"18446744073709551615",
		"99999999999999999999",
		"1.5",
		"-0.0",
		"null",
		"true",
		"\"\"",
		"[]",
		"{}",
		"\\u0000",
		"\xff",
		"\xc2\x9b",
		"NaN",
		"4294967296",
	};
	char number[24] = "";
	const char *s = splices[fuzz_next(state) % (sizeof(splices) / sizeof(*splices))];

	if (fuzz_next(state) % 2) {
		memcpy(number, data + from, to - from < 20 ? to - from : 20);
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)fuzz_number(state, strtoull(number, NULL, 10)));
		s = number;
	}
	return fuzz_put(data, size, max, from, to, s, strlen(s));
}

/* A mutator for texts, JSON above all: it moves words and lines, and puts numbers in their place.
 */
static FUZZ_UNUSED size_t fuzz_mutate_text(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint64_t state = seed;
	size_t from, to, other, end;
	uint8_t copy[512];

	for (uint64_t times = 1 + fuzz_next(&state) % 3; times && size; times--) {
		switch (fuzz_next(&state) % 8) {
		case 0:
			return LLVMFuzzerMutate(data, size, max);
		case 1: /* a line again, elsewhere */
			fuzz_line(data, size, &state, &from, &to);
			fuzz_line(data, size, &state, &other, &end);
			if (to - from <= sizeof(copy)) {
				memcpy(copy, data + from, to - from);
				size = fuzz_put(data, size, max, other, other, copy, to - from);
			}
			break;
		case 2:
			fuzz_line(data, size, &state, &from, &to);
			size = fuzz_put(data, size, max, from, to, "", 0);
			break;
		case 3: /* a word in the place of another */
		case 4:
			if (!fuzz_word(data, size, &state, &from, &to) ||
			    !fuzz_word(data, size, &state, &other, &end) ||
			    end - other > sizeof(copy))
				break;
			memcpy(copy, data + other, end - other);
			size = fuzz_put(data, size, max, from, to, copy, end - other);
			break;
		default:
			if (fuzz_word(data, size, &state, &from, &to))
				size = fuzz_splice(data, size, max, from, to, &state);
		}
	}
	return size ? size : LLVMFuzzerMutate(data, size, max);
}

#endif
