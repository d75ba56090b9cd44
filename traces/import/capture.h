/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a capture: read once from the start to the end, then at any offset.
 *
 * A regular plain file is read where it lies. What is compressed (zstd, gzip), or comes through a
 * pipe, is copied into a temporary file without a name while it is read the first time, so that
 * memory does not grow with the capture.
 */
#ifndef VTICK_TRACES_IMPORT_CAPTURE_H
#define VTICK_TRACES_IMPORT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"

struct capture;

/* "-" is standard input. */
struct capture *capture_open(const char *path, struct vt_error *err);
/* The same for one that is only read from start to end: nothing is copied, whatever it comes from,
 * and capture_pread() and capture_dup() are not for it, unless capture_keep() follows. */
struct capture *capture_open_once(const char *path, struct vt_error *err);
/* Before anything is read: it will be read at any offset. 0 or -1. */
int capture_keep(struct capture *c, struct vt_error *err);
void capture_close(struct capture *c);

/* What messages call it: "standard input" for "-". */
const char *capture_name(const char *path);
/* True if capture_name() gave @name for "-". */
bool capture_is_standard(const char *name);
/* "zstd", "gzip"; NULL: it is not compressed. */
const char *capture_packing(const struct capture *c);

/* As many bytes as capture_peek() shows. */
#define CAPTURE_FRONT 4096

/* The first bytes of the uncompressed capture, which is yet to be read; asked for once. Returns
 * their number, or -1. */
int64_t capture_peek(struct capture *c, const uint8_t **front, struct vt_error *err);

/*
 * The next @n bytes of the uncompressed capture into @buf; fewer only at its end. Returns their
 * number, or -1.
 */
int64_t capture_read(struct capture *c, void *buf, size_t n, struct vt_error *err);

/* After the end was read: the compressed stream ended before its own end. */
bool capture_cut(const struct capture *c);
/* SHA-256 of what capture_read() returned so far; ends the hashing. */
void capture_sha256(struct capture *c, char hex[65]);

/* Uncompressed bytes that capture_read() returned so far. */
uint64_t capture_bytes(const struct capture *c);

/* Bytes of the file read so far and in all (0: unknown), for progress. */
uint64_t capture_done(const struct capture *c);
uint64_t capture_total(const struct capture *c);

/* Exactly @n bytes at @offset, which capture_read() has passed. 0 or -1. */
int capture_pread(const struct capture *c, void *buf, size_t n, uint64_t offset,
		  struct vt_error *err);

/* A descriptor of the uncompressed capture, all of which was read; the caller closes it. Or -1. */
int capture_dup(const struct capture *c, const char *path, struct vt_error *err);

#endif
