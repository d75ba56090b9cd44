/* SPDX-License-Identifier: GPL-2.0-only */
/* Compressed bytes to plain ones, a piece at a time: zstd and gzip. */
#ifndef VTICK_TRACES_IMPORT_UNPACK_H
#define VTICK_TRACES_IMPORT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpack;

/* For a file that begins with the @n bytes of @front; NULL if those are of no compressed file. */
struct unpack *unpack_new(const uint8_t *front, size_t n);
void unpack_free(struct unpack *u);

/* How much the first frame says to hold; 0: it does not say. */
uint64_t unpack_stated(const uint8_t *front, size_t n);

/* "zstd", "gzip" */
const char *unpack_name(const struct unpack *u);

struct unpack_bytes {
	uint8_t *at;
	size_t size, pos; /* those before `pos` are done with */
};

/* Takes from @in and puts into @out, as far as both go. NULL, or what is wrong with the data. */
const char *unpack_step(struct unpack *u, struct unpack_bytes *in, struct unpack_bytes *out);

/* The file may not end here: a frame (gzip: a member) has begun, or none has yet. */
bool unpack_inside(const struct unpack *u);

#endif
