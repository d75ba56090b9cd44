/* SPDX-License-Identifier: GPL-2.0-only */
/* The front of a file and the headers of its chunks (FORMAT.md). */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "traces/block.h"

const unsigned char vtt_magic[8] = { 0x89, 'V', 'T', 'T', '\r', '\n', 0x1a, '\n' };

uint64_t vtt_hash(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

void vtt_front_write(unsigned char p[VTT_FRONT_SIZE])
{
	memset(p, 0, VTT_FRONT_SIZE);
	memcpy(p, vtt_magic, sizeof(vtt_magic));
	vtt_put32(p + 8, VTT_VERSION);
	vtt_put32(p + 12, VTT_FRONT_SIZE);
	vtt_put64(p + 24, vtt_hash(p, 24));
}

int vtt_front_read(const unsigned char p[VTT_FRONT_SIZE], char *wrong, size_t size)
{
	if (memcmp(p, vtt_magic, sizeof(vtt_magic))) {
		snprintf(wrong, size,
			 "this is no vtick trace (wrong magic); 'vtick import' makes one from a "
			 "capture");
		return -1;
	}
	if (vtt_get64(p + 24) != vtt_hash(p, 24)) {
		snprintf(wrong, size,
			 "the first 32 bytes do not match their checksum: the file was damaged");
		return -1;
	}
	if (vtt_get32(p + 8) != VTT_VERSION) {
		snprintf(wrong, size,
			 "trace format version %u, but this vtick reads version %u only",
			 vtt_get32(p + 8), VTT_VERSION);
		return -1;
	}
	if (vtt_get32(p + 12) != VTT_FRONT_SIZE) {
		snprintf(wrong, size, "a front of %u bytes, expected %u", vtt_get32(p + 12),
			 VTT_FRONT_SIZE);
		return -1;
	}
	return 0;
}

void vtt_chunk_write(unsigned char p[VTT_CHUNK_SIZE], const struct vtt_chunk *c)
{
	memset(p, 0, VTT_CHUNK_SIZE);
	vtt_put32(p, c->kind);
	vtt_put32(p + 4, c->size);
	vtt_put32(p + 8, c->events);
	vtt_put64(p + 16, c->first);
	vtt_put64(p + 24, c->last);
	vtt_put64(p + 32, c->payload_hash);
	vtt_put64(p + 40, vtt_hash(p, 40));
}

const char *vtt_chunk_read(const unsigned char p[VTT_CHUNK_SIZE], struct vtt_chunk *c)
{
	if (vtt_get64(p + 40) != vtt_hash(p, 40))
		return "a chunk's header does not match its checksum: the file was damaged";
	*c = (struct vtt_chunk){
		.kind = vtt_get32(p),
		.size = vtt_get32(p + 4),
		.events = vtt_get32(p + 8),
		.first = vtt_get64(p + 16),
		.last = vtt_get64(p + 24),
		.payload_hash = vtt_get64(p + 32),
	};
	switch (c->kind) {
	case VTT_META:
		return c->size <= VTT_META_MAX ? NULL : "a header chunk of more than 128 MiB";
	case VTT_EVENTS:
		if (!c->events || c->events > TRACE_BLOCK_EVENTS_MAX)
			return "an event block that does not hold 1 to 65536 events";
		if (c->size > c->events * 32u + 256u)
			return "an event block that is larger than its events can be";
		if (c->first > c->last || c->last >= TRACE_TICK_LIMIT)
			return "an event block whose time runs backward";
		return NULL;
	case VTT_INDEX:
		return c->size % VTT_INDEX_ENTRY ? "an index of a broken size" : NULL;
	case VTT_FOOTER:
		return c->size == VTT_FOOTER_PAYLOAD ? NULL : "a footer of a wrong size";
	default:
		return "a chunk of an unknown kind";
	}
}
