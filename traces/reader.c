/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/hash.h"
#include "traces/meta.h"
#include "traces/trace.h"

struct trace_reader {
	char *path;
	int fd;
	uint64_t file_size;
	struct trace_meta meta;
	char sha256[65];
	bool truncated;
	bool newer;	       /* a block was refused for an event that this vtick does not know */
	uint64_t events;       /* in the whole file */
	uint64_t index_offset; /* 0 if the file is truncated */
	uint64_t blocks_end;   /* where the last whole block ends, at the latest */

	uint64_t offset;     /* of the next chunk */
	uint64_t next_event; /* index of the next block's first event */
	uint64_t block_offset, block_first;
	uint64_t last_time;
	struct vtt_decoder *decoder;
	unsigned char *payload;
	size_t payload_room;
};

/* Reads exactly @size bytes at @offset. */
static int read_at(const struct trace_reader *r, void *to, size_t size, uint64_t offset,
		   struct vt_error *err)
{
	unsigned char *p = to;

	while (size) {
		ssize_t got = pread(r->fd, p, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return vt_error_read(err, r->path, offset);
		if (!got)
			return vt_error_set(err, r->path, offset,
					    "the file became shorter while it was read");
		p += got;
		size -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

static int read_chunk_header(const struct trace_reader *r, uint64_t offset, struct vtt_chunk *c,
			     struct vt_error *err)
{
	unsigned char head[VTT_CHUNK_SIZE];

	if (read_at(r, head, sizeof(head), offset, err))
		return -1;
	const char *wrong = vtt_chunk_read(head, c);

	return wrong ? vt_error_set(err, r->path, offset, "%s", wrong) : 0;
}

/* The payload of chunk @c at @offset into r->payload, checked. */
static int read_payload(struct trace_reader *r, uint64_t offset, const struct vtt_chunk *c,
			struct vt_error *err)
{
	if (c->size > r->payload_room) {
		r->payload_room = c->size;
		r->payload = vt_realloc(r->payload, r->payload_room);
	}
	if (read_at(r, r->payload, c->size, offset + VTT_CHUNK_SIZE, err))
		return -1;
	if (vtt_hash(r->payload, c->size) != c->payload_hash)
		return vt_error_set(err, r->path, offset + VTT_CHUNK_SIZE,
				    "a block does not match its checksum: the file was damaged");
	return 0;
}

static int read_meta(struct trace_reader *r, uint64_t offset, const struct vtt_chunk *c,
		     struct vt_error *err)
{
	if (read_payload(r, offset, c, err))
		return -1;
	trace_meta_free(&r->meta);
	trace_meta_init(&r->meta);
	return trace_meta_read(&r->meta, r->sha256, (const char *)r->payload, c->size, r->path,
			       offset + VTT_CHUNK_SIZE, err);
}

/*
 * Walks the chunk headers of a file without a footer to its last whole block. A header or payload
 * that the end of the file cuts is where it ends; a header that is whole but wrong is damage.
 */
static int find_last_block(struct trace_reader *r, struct vt_error *err)
{
	uint64_t offset = VTT_FRONT_SIZE, meta_offset = 0, last_time = 0;
	struct vtt_chunk meta_chunk = { 0 };

	while (r->file_size - offset >= VTT_CHUNK_SIZE) {
		struct vtt_chunk c;

		if (read_chunk_header(r, offset, &c, err))
			return -1;
		if (c.size > r->file_size - offset - VTT_CHUNK_SIZE)
			break;
		if (c.kind == VTT_FOOTER)
			return vt_error_set(err, r->path, offset,
					    "bytes follow the footer, or it was damaged");
		if (c.kind == VTT_META) {
			meta_offset = offset;
			meta_chunk = c;
		} else if (c.kind == VTT_EVENTS) {
			r->events += c.events;
			last_time = c.last;
		}
		offset += VTT_CHUNK_SIZE + c.size;
	}
	r->truncated = true;
	r->blocks_end = offset;
	if (!meta_offset)
		return vt_error_set(err, r->path, r->file_size,
				    "the file is cut off before its header ends");
	if (read_meta(r, meta_offset, &meta_chunk, err))
		return -1;
	r->meta.end = last_time;
	r->sha256[0] = '\0';
	return 0;
}

/* The header of the chunk of @kind that fills [offset, end): no byte of a whole file goes
 * unchecked. */
static int read_tail_chunk(const struct trace_reader *r, uint32_t kind, uint64_t offset,
			   uint64_t end, struct vtt_chunk *c, struct vt_error *err)
{
	if (read_chunk_header(r, offset, c, err))
		return -1;
	if (c->kind != kind || offset + VTT_CHUNK_SIZE + c->size != end)
		return vt_error_set(err, r->path, offset, "there is no %s where the footer says",
				    kind == VTT_META ? "header" : "index");
	return 0;
}

/* 1: the file ends in a whole footer, which is read; 0: it does not; -1. */
static int read_footer(struct trace_reader *r, struct vt_error *err)
{
	const uint64_t size = VTT_CHUNK_SIZE + VTT_FOOTER_PAYLOAD;
	unsigned char p[VTT_CHUNK_SIZE + VTT_FOOTER_PAYLOAD];
	struct vtt_chunk c;

	if (r->file_size < VTT_FRONT_SIZE + size)
		return 0;
	if (read_at(r, p, size, r->file_size - size, err))
		return -1;
	if (vtt_chunk_read(p, &c) || c.kind != VTT_FOOTER ||
	    vtt_hash(p + VTT_CHUNK_SIZE, VTT_FOOTER_PAYLOAD) != c.payload_hash)
		return 0;

	uint64_t meta_offset = vtt_get64(p + VTT_CHUNK_SIZE);

	uint64_t index_offset = vtt_get64(p + VTT_CHUNK_SIZE + 8),
		 footer_offset = r->file_size - size;

	r->events = vtt_get64(p + VTT_CHUNK_SIZE + 16);
	if (meta_offset < VTT_FRONT_SIZE || meta_offset > index_offset ||
	    index_offset > footer_offset || footer_offset - index_offset < VTT_CHUNK_SIZE)
		return vt_error_set(err, r->path, footer_offset,
				    "the footer points outside the file");
	if (read_tail_chunk(r, VTT_INDEX, index_offset, footer_offset, &c, err) ||
	    read_payload(r, index_offset, &c, err) ||
	    read_tail_chunk(r, VTT_META, meta_offset, index_offset, &c, err))
		return -1;
	r->index_offset = index_offset;
	r->blocks_end = meta_offset;
	return read_meta(r, meta_offset, &c, err) ? -1 : 1;
}

static int reader_open(struct trace_reader *r, struct vt_error *err)
{
	unsigned char front[VTT_FRONT_SIZE];
	char wrong[160];
	struct stat st;

	r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0 || fstat(r->fd, &st))
		return vt_error_set(err, r->path, VT_NO_OFFSET, "cannot open: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return vt_error_set(err, r->path, VT_NO_OFFSET, "this is no regular file");
	r->file_size = (uint64_t)st.st_size;
	if (!r->file_size)
		return vt_error_set(err, r->path, 0, "the file is empty, expected a vtick trace");
	if (r->file_size < VTT_FRONT_SIZE) {
		size_t n = r->file_size < sizeof(vtt_magic) ? r->file_size : sizeof(vtt_magic);

		if (read_at(r, front, n, 0, err))
			return -1;
		if (memcmp(front, vtt_magic, n))
			return vt_error_set(err, r->path, 0,
					    "this is no vtick trace (wrong magic)");
		return vt_error_set(err, r->path, r->file_size,
				    "the file is cut off before its header ends");
	}
	if (read_at(r, front, sizeof(front), 0, err))
		return -1;
	if (vtt_front_read(front, wrong, sizeof(wrong)))
		return vt_error_set(err, r->path, 0, "%s", wrong);
	int footer = read_footer(r, err);

	if (footer < 0 || (!footer && find_last_block(r, err)))
		return -1;
	return trace_reader_seek(r, 0, err);
}

struct trace_reader *trace_reader_open(const char *path, struct vt_error *err)
{
	struct trace_reader *r = vt_alloc(sizeof(*r));

	r->path = vt_strdup(path);
	r->fd = -1;
	trace_meta_init(&r->meta);
	r->decoder = vtt_decoder_new();
	if (reader_open(r, err)) {
		trace_reader_close(r);
		return NULL;
	}
	return r;
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	trace_meta_free(&r->meta);
	vtt_decoder_free(r->decoder);
	free(r->payload);
	free(r->path);
	free(r);
}

const struct trace_meta *trace_reader_meta(const struct trace_reader *r)
{
	return &r->meta;
}

const char *trace_reader_path(const struct trace_reader *r)
{
	return r->path;
}

bool trace_reader_truncated(const struct trace_reader *r)
{
	return r->truncated;
}

bool trace_reader_newer(const struct trace_reader *r)
{
	return r->newer;
}

uint64_t trace_reader_events(const struct trace_reader *r)
{
	return r->events;
}

const char *trace_reader_sha256(const struct trace_reader *r)
{
	return r->sha256;
}

uint64_t trace_reader_block_first(const struct trace_reader *r)
{
	return r->block_first;
}

uint64_t trace_reader_block_offset(const struct trace_reader *r)
{
	return r->block_offset;
}

static int end_of_blocks(const struct trace_reader *r, struct vt_error *err)
{
	if (r->next_event != r->events)
		return vt_error_set(err, r->path, r->offset,
				    "the footer counts %" PRIu64
				    " events, the blocks hold %" PRIu64,
				    r->events, r->next_event);
	return 0;
}

static int refuse_block(struct trace_reader *r, const struct vtt_wrong *wrong, struct vt_error *err)
{
	char *unknown;

	if (!wrong->unknown)
		return vt_error_set(err, r->path, r->block_offset, "%s", wrong->text);
	r->newer = true;
	unknown = trace_meta_unknown(&r->meta, wrong->type, wrong->sub);
	vt_error_set(err, r->path, r->block_offset, "%s", unknown);
	free(unknown);
	return -1;
}

int trace_reader_next(struct trace_reader *r, const struct trace_event **ev, size_t *n,
		      struct vt_error *err)
{
	struct vtt_chunk c;

	do {
		if (r->offset >= r->blocks_end || r->blocks_end - r->offset < VTT_CHUNK_SIZE)
			return end_of_blocks(r, err);
		if (read_chunk_header(r, r->offset, &c, err))
			return -1;
		if (c.size > r->blocks_end - r->offset - VTT_CHUNK_SIZE) {
			if (r->truncated)
				return end_of_blocks(r, err);
			return vt_error_set(err, r->path, r->offset,
					    "a chunk that reaches behind the last block");
		}
		if (c.kind != VTT_EVENTS && read_payload(r, r->offset, &c, err))
			return -1;
		r->block_offset = r->offset;
		r->offset += VTT_CHUNK_SIZE + c.size;
	} while (c.kind != VTT_EVENTS);

	if (c.first < r->last_time)
		return vt_error_set(err, r->path, r->block_offset,
				    "a block's time is before the last block's");
	if (c.last > r->meta.end)
		return vt_error_set(err, r->path, r->block_offset,
				    "an event after the end that the header states");
	if (read_payload(r, r->block_offset, &c, err))
		return -1;
	struct vtt_wrong wrong;

	*ev = vtt_decode(r->decoder, &c, r->payload, r->meta.lps, r->meta.vps, &wrong);
	if (!*ev)
		return refuse_block(r, &wrong, err);
	*n = c.events;
	r->block_first = r->next_event;
	r->next_event += c.events;
	r->last_time = c.last;
	return 1;
}

/* Position of the block that @time asks for, from the index. */
static int seek_by_index(struct trace_reader *r, uint64_t time, struct vt_error *err)
{
	struct vtt_chunk c;

	if (read_chunk_header(r, r->index_offset, &c, err))
		return -1;
	if (read_payload(r, r->index_offset, &c, err))
		return -1;
	size_t low = 0, high = c.size / VTT_INDEX_ENTRY;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vtt_get64(r->payload + middle * VTT_INDEX_ENTRY + 24) < time)
			low = middle + 1;
		else
			high = middle;
	}
	if (low * VTT_INDEX_ENTRY == c.size) {
		r->offset = r->blocks_end;
		r->next_event = r->events;
		return 0;
	}
	r->offset = vtt_get64(r->payload + low * VTT_INDEX_ENTRY);
	r->next_event = vtt_get64(r->payload + low * VTT_INDEX_ENTRY + 8);
	if (r->offset < VTT_FRONT_SIZE || r->offset >= r->blocks_end)
		return vt_error_set(err, r->path, r->index_offset,
				    "the index points outside the blocks");
	return 0;
}

static int seek_by_walking(struct trace_reader *r, uint64_t time, struct vt_error *err)
{
	while (r->blocks_end - r->offset >= VTT_CHUNK_SIZE) {
		struct vtt_chunk c;

		if (read_chunk_header(r, r->offset, &c, err))
			return -1;
		if (c.size > r->blocks_end - r->offset - VTT_CHUNK_SIZE)
			break;
		if (c.kind == VTT_EVENTS && c.last >= time)
			break;
		r->next_event += c.events;
		r->offset += VTT_CHUNK_SIZE + c.size;
	}
	return 0;
}

int trace_reader_seek(struct trace_reader *r, uint64_t time, struct vt_error *err)
{
	r->offset = VTT_FRONT_SIZE;
	r->next_event = 0;
	r->last_time = 0;
	if (!time)
		return 0;
	return r->truncated ? seek_by_walking(r, time, err) : seek_by_index(r, time, err);
}

int trace_hash_file(struct trace_reader *r, char hex[65], struct vt_error *err)
{
	const struct trace_event *ev = NULL;
	struct sha256_ctx sha;
	size_t n = 0;
	int more;

	sha256_init(&sha);
	if (trace_reader_seek(r, 0, err))
		return -1;
	while ((more = trace_reader_next(r, &ev, &n, err)) > 0)
		trace_hash_events(&sha, ev, n);
	if (more < 0)
		return -1;
	trace_hash_finish(&sha, &r->meta, hex);
	return trace_reader_seek(r, 0, err);
}
