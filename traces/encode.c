/* SPDX-License-Identifier: GPL-2.0-only */
/* Events into blocks. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/columns.h"
#include "traces/trace.h"

static uint64_t zigzag(uint64_t value, uint64_t base)
{
	int64_t d = (int64_t)(value - base);

	return (uint64_t)d << 1 ^ (uint64_t)(d >> 63);
}

struct vtt_encoder {
	ZSTD_CCtx *zstd;
	int level;
	uint64_t *column[COLUMNS]; /* [TRACE_BLOCK_EVENTS_MAX] each */
	size_t length[COLUMNS];
	unsigned char *plane; /* one plane */
	unsigned char *out;
	size_t out_size;
};

struct vtt_encoder *vtt_encoder_new(int zstd_level)
{
	struct vtt_encoder *e = vt_alloc(sizeof(*e));

	e->zstd = ZSTD_createCCtx();
	if (!e->zstd)
		vt_no_memory();
	e->level = zstd_level;
	for (int c = 0; c < COLUMNS; c++)
		e->column[c] = vt_alloc(TRACE_BLOCK_EVENTS_MAX * sizeof(uint64_t));
	e->plane = vt_alloc(TRACE_BLOCK_EVENTS_MAX);
	e->out_size = TRACE_BLOCK_EVENTS_MAX * 32u + 256u;
	e->out = vt_alloc(e->out_size + ZSTD_compressBound(TRACE_BLOCK_EVENTS_MAX));
	return e;
}

void vtt_encoder_free(struct vtt_encoder *e)
{
	if (!e)
		return;
	ZSTD_freeCCtx(e->zstd);
	for (int c = 0; c < COLUMNS; c++)
		free(e->column[c]);
	free(e->plane);
	free(e->out);
	free(e);
}

static void split_columns(struct vtt_encoder *e, const struct trace_event *ev, size_t n)
{
	uint64_t before = ev[0].time;
	uint64_t *end[COLUMNS];

	memcpy(end, e->column, sizeof(end));
	for (size_t i = 0; i < n; i++, ev++) {
		*end[COL_OP]++ = (uint64_t)(ev->type & 15) | (uint64_t)ev->sub << 4 |
				 (ev->extra ? OP_EXTRA : 0) | (uint64_t)(ev->type >> 4) << 8;
		*end[COL_TIME]++ = ev->time - before;
		before = ev->time;
		if (trace_type_has_vp(ev->type))
			*end[COL_VP]++ = ev->vp;
		if (trace_type_has_lp(ev->type))
			*end[COL_LP]++ = ev->lp;
		if (trace_type_has_value(ev->type))
			*end[COL_VALUE]++ = zigzag(ev->value, ev->time);
		if (ev->extra)
			*end[COL_EXTRA]++ = ev->extra;
	}
	for (int c = 0; c < COLUMNS; c++)
		e->length[c] = (size_t)(end[c] - e->column[c]);
}

static unsigned column_width(const uint64_t *v, size_t n)
{
	uint64_t all = 0;
	unsigned width = 0;

	for (size_t i = 0; i < n; i++)
		all |= v[i];
	for (; all; all >>= 8)
		width++;
	return width;
}

/* A plane is bytes, which may be anything: that it is no column must be said. */
static void cut_plane(unsigned char *restrict plane, const uint64_t *restrict v, size_t n,
		      unsigned byte)
{
	for (size_t i = 0; i < n; i++)
		plane[i] = (unsigned char)(v[i] >> 8 * byte);
}

/* Stores e->plane of @n bytes at @out, the shortest way; returns its descriptor. */
static uint32_t store_plane(struct vtt_encoder *e, size_t n, unsigned char *out)
{
	size_t same = 1;

	while (same < n && e->plane[same] == e->plane[0])
		same++;
	if (same == n) {
		out[0] = e->plane[0];
		return (uint32_t)PLANE_CONST << 30 | 1;
	}
	size_t packed =
	    ZSTD_compressCCtx(e->zstd, out, ZSTD_compressBound(n), e->plane, n, e->level);

	/* There is room for it: what can be missing is memory. */
	if (ZSTD_isError(packed))
		vt_no_memory();
	/* A plane that hardly shrinks is read faster as it is. */
	if (packed < n - n / 32)
		return (uint32_t)PLANE_ZSTD << 30 | (uint32_t)packed;
	memcpy(out, e->plane, n);
	return (uint32_t)PLANE_RAW << 30 | (uint32_t)n;
}

const unsigned char *vtt_encode(struct vtt_encoder *e, const struct trace_event *ev, size_t n,
				size_t *size)
{
	unsigned width[COLUMNS];
	unsigned planes = 0;

	split_columns(e, ev, n);
	for (int c = 0; c < COLUMNS; c++) {
		width[c] = column_width(e->column[c], e->length[c]);
		if (c == COL_OP && !width[c])
			width[c] = 1;
		planes += width[c];
	}
	memset(e->out, 0, 8);
	for (int c = 0; c < COLUMNS; c++)
		e->out[c] = (unsigned char)width[c];

	unsigned char *descriptor = e->out + 8;
	unsigned char *out = descriptor + (size_t)planes * 4;

	for (int c = 0; c < COLUMNS; c++) {
		for (unsigned byte = 0; byte < width[c]; byte++) {
			cut_plane(e->plane, e->column[c], e->length[c], byte);
			uint32_t d = store_plane(e, e->length[c], out);

			vtt_put32(descriptor, d);
			descriptor += 4;
			out += d & PLANE_LENGTH_MASK;
		}
	}
	*size = (size_t)(out - e->out);
	return e->out;
}
