/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/unpack.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "traces/base/mem.h"

/* RFC 8878, 3.1.1: 0xfd2fb528, little endian. RFC 1952, 2.3.1: and deflate, the only method. */
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
static const uint8_t gzip_magic[] = { 0x1f, 0x8b, 0x08 };

struct unpack {
	ZSTD_DCtx *zstd; /* or NULL: gzip */
	z_stream gzip;
	bool inside;
	bool between; /* a member of gzip has ended */
};

/* A file that is shorter than that may have been cut off in it. */
static bool begins(const uint8_t *front, size_t n, const uint8_t *magic, size_t size)
{
	return !memcmp(front, magic, n < size ? n : size);
}

struct unpack *unpack_new(const uint8_t *front, size_t n)
{
	bool zstd = begins(front, n, zstd_magic, sizeof(zstd_magic));
	struct unpack *u;

	if (!n || (!zstd && !begins(front, n, gzip_magic, sizeof(gzip_magic))))
		return NULL;
	u = vt_alloc(sizeof(*u));
	u->inside = true;
	if (zstd)
		u->zstd = ZSTD_createDCtx();
	/* 16: the header and the check sum are gzip's. */
	if (zstd ? !u->zstd : inflateInit2(&u->gzip, MAX_WBITS + 16) != Z_OK)
		vt_no_memory();
	return u;
}

uint64_t unpack_stated(const uint8_t *front, size_t n)
{
	unsigned long long size = ZSTD_getFrameContentSize(front, n);

	return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->zstd)
		ZSTD_freeDCtx(u->zstd);
	else
		inflateEnd(&u->gzip);
	free(u);
}

const char *unpack_name(const struct unpack *u)
{
	return u->zstd ? "zstd" : "gzip";
}

bool unpack_inside(const struct unpack *u)
{
	return u->inside;
}

static const char *step_zstd(struct unpack *u, struct unpack_bytes *in, struct unpack_bytes *out)
{
	ZSTD_inBuffer from = { in->at, in->size, in->pos };
	ZSTD_outBuffer to = { out->at, out->size, out->pos };
	size_t left = ZSTD_decompressStream(u->zstd, &to, &from);

	in->pos = from.pos;
	out->pos = to.pos;
	if (ZSTD_isError(left))
		return ZSTD_getErrorName(left);
	u->inside = left != 0;
	return NULL;
}

static uInt at_most(size_t n)
{
	return n > INT_MAX ? INT_MAX : (uInt)n;
}

static const char *step_gzip(struct unpack *u, struct unpack_bytes *in, struct unpack_bytes *out)
{
	uInt from, to;
	int code;

	if (u->between) {
		/* Tapes pad a file with zeros. */
		while (in->pos < in->size && !in->at[in->pos])
			in->pos++;
		if (in->pos == in->size)
			return NULL;
		inflateReset(&u->gzip);
		u->between = false;
	}
	from = at_most(in->size - in->pos);
	to = at_most(out->size - out->pos);
	u->gzip.next_in = in->at + in->pos;
	u->gzip.avail_in = from;
	u->gzip.next_out = out->at + out->pos;
	u->gzip.avail_out = to;
	code = inflate(&u->gzip, Z_NO_FLUSH);
	in->pos += from - u->gzip.avail_in;
	out->pos += to - u->gzip.avail_out;
	u->between = code == Z_STREAM_END;
	u->inside = !u->between;
	if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR)
		return NULL;
	return u->gzip.msg ? u->gzip.msg : "it cannot be inflated";
}

const char *unpack_step(struct unpack *u, struct unpack_bytes *in, struct unpack_bytes *out)
{
	return u->zstd ? step_zstd(u, in, out) : step_gzip(u, in, out);
}
