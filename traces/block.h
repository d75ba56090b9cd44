/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a `.vtt` file: chunks, and the columns of an event block (FORMAT.md).
 */
#ifndef VTICK_TRACES_BLOCK_H
#define VTICK_TRACES_BLOCK_H

#include "traces/trace.h"

#define VTT_VERSION 1u
#define VTT_FRONT_SIZE 32u
#define VTT_CHUNK_SIZE 48u
#define VTT_FOOTER_PAYLOAD 24u
#define VTT_INDEX_ENTRY 32u
#define VTT_META_MAX (UINT32_C(128) << 20)
#define VTT_META_VALUES_MAX (UINT32_C(1) << 23) /* in memory one may take 250 bytes */
#define VTT_BLOCK_EVENTS_DEFAULT 16384u

extern const unsigned char vtt_magic[8];

enum vtt_kind {
	VTT_META = 0x4154454d,	 /* "META" */
	VTT_EVENTS = 0x53545645, /* "EVTS" */
	VTT_INDEX = 0x58444e49,	 /* "INDX" */
	VTT_FOOTER = 0x544f4f46, /* "FOOT" */
};

struct vtt_chunk {
	uint32_t kind;
	uint32_t size;	 /* of the payload, bytes */
	uint32_t events; /* VTT_EVENTS only */
	uint64_t first;	 /* time of the first and of the last event */
	uint64_t last;
	uint64_t payload_hash;
};

uint64_t vtt_hash(const void *data, size_t size);

static inline void vtt_put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static inline void vtt_put64(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static inline uint32_t vtt_get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t vtt_get64(const unsigned char *p)
{
	return vtt_get32(p) | (uint64_t)vtt_get32(p + 4) << 32;
}

/* The 32 bytes that open a file; -1 with a sentence in *wrong if @p is not the front of one. */
void vtt_front_write(unsigned char p[VTT_FRONT_SIZE]);
int vtt_front_read(const unsigned char p[VTT_FRONT_SIZE], char *wrong, size_t size);

void vtt_chunk_write(unsigned char p[VTT_CHUNK_SIZE], const struct vtt_chunk *c);
/* NULL, or what is wrong with the chunk header. */
const char *vtt_chunk_read(const unsigned char p[VTT_CHUNK_SIZE], struct vtt_chunk *c);

/* Compresses blocks of events. Buffers are kept from block to block. */
struct vtt_encoder;
struct vtt_encoder *vtt_encoder_new(int zstd_level);
void vtt_encoder_free(struct vtt_encoder *e);
/* Encodes @n (1..TRACE_BLOCK_EVENTS_MAX) events in time order; *size bytes, valid until the next
 * call. */
const unsigned char *vtt_encode(struct vtt_encoder *e, const struct trace_event *ev, size_t n,
				size_t *size);

struct vtt_decoder;
struct vtt_decoder *vtt_decoder_new(void);
void vtt_decoder_free(struct vtt_decoder *d);
/* Why a block is refused. */
struct vtt_wrong {
	const char *text;
	bool unknown; /* it holds an event of this type and sub, which this vtick does not know */
	unsigned type, sub;
};

/*
 * Decodes the payload of @c; every field is in range of @lps and @vps, times run from c->first to
 * c->last. Returns the c->events events, valid until the next call; NULL and *@wrong otherwise.
 */
const struct trace_event *vtt_decode(struct vtt_decoder *d, const struct vtt_chunk *c,
				     const unsigned char *payload, uint32_t lps, uint32_t vps,
				     struct vtt_wrong *wrong);

#endif
