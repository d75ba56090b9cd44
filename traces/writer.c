/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/file.h"
#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/hash.h"
#include "traces/meta.h"
#include "traces/trace.h"

/* Measured on the real captures: level 9 gains 0.3 % over this one and an import takes a third
 * longer. */
#define ZSTD_LEVEL_DEFAULT 6

struct trace_writer {
	char *path;
	struct file *file;
	uint64_t offset;
	struct trace_meta meta;
	bool meta_changed;
	struct vtt_encoder *encoder;
	struct trace_event *ev; /* the block that is being filled */
	size_t n, block_events;
	uint64_t events;
	uint64_t last_time;
	bool said[TRACE_TYPES_MAX]; /* a type from TRACE_FIRST_NEWER on: stands in the header */
	unsigned char *index;
	size_t index_size, index_room;
	struct sha256_ctx sha;
};

static int put(struct trace_writer *w, const void *data, size_t size, struct vt_error *err)
{
	if (file_write(w->file, data, size, err))
		return -1;
	w->offset += size;
	return 0;
}

static int put_chunk(struct trace_writer *w, struct vtt_chunk *c, const void *payload, size_t size,
		     struct vt_error *err)
{
	unsigned char head[VTT_CHUNK_SIZE];

	if (size > UINT32_MAX)
		return vt_error_set(err, w->path, VT_NO_OFFSET, "a chunk of more than 4 GiB");
	c->size = (uint32_t)size;
	c->payload_hash = vtt_hash(payload, size);
	vtt_chunk_write(head, c);
	if (put(w, head, sizeof(head), err))
		return -1;
	return put(w, payload, size, err);
}

static int put_meta(struct trace_writer *w, const char *sha256, struct vt_error *err)
{
	struct vtt_chunk c = { .kind = VTT_META };
	size_t len;
	char *text = trace_meta_write(&w->meta, sha256, &len);
	const char *large = trace_meta_too_large(text, len);
	int failed = large ? vt_error_set(err, w->path, VT_NO_OFFSET, "%s", large)
			   : put_chunk(w, &c, text, len, err);

	free(text);
	w->meta_changed = false;
	return failed;
}

static int put_block(struct trace_writer *w, struct vt_error *err)
{
	if (!w->n)
		return 0;
	if (w->meta_changed && put_meta(w, NULL, err))
		return -1;

	struct vtt_chunk c = {
		.kind = VTT_EVENTS,
		.events = (uint32_t)w->n,
		.first = w->ev[0].time,
		.last = w->ev[w->n - 1].time,
	};
	size_t size;
	const unsigned char *payload = vtt_encode(w->encoder, w->ev, w->n, &size);

	if (w->index_room - w->index_size < VTT_INDEX_ENTRY) {
		w->index_room = w->index_room ? w->index_room * 2 : 1024 * VTT_INDEX_ENTRY;
		w->index = vt_realloc(w->index, w->index_room);
	}
	vtt_put64(w->index + w->index_size, w->offset);
	vtt_put64(w->index + w->index_size + 8, w->events);
	vtt_put64(w->index + w->index_size + 16, c.first);
	vtt_put64(w->index + w->index_size + 24, c.last);
	w->index_size += VTT_INDEX_ENTRY;
	trace_hash_events(&w->sha, w->ev, w->n);
	w->events += w->n;
	w->n = 0;
	return put_chunk(w, &c, payload, size, err);
}

static void writer_free(struct trace_writer *w)
{
	trace_meta_free(&w->meta);
	vtt_encoder_free(w->encoder);
	free(w->ev);
	free(w->index);
	free(w->path);
	free(w);
}

/* Copies @meta; which newer types it names is what was written, not what another file held. */
static void take_meta(struct trace_writer *w, const struct trace_meta *meta)
{
	trace_meta_copy(&w->meta, meta);
	trace_meta_forget_types(&w->meta);
	for (unsigned t = TRACE_FIRST_NEWER; t < TRACE_TYPES; t++)
		if (w->said[t])
			trace_meta_say_type(&w->meta, t);
}

/* A recording of before goes for a newer one; what the user called so himself does not. */
static bool is_trace(int fd)
{
	unsigned char magic[sizeof(vtt_magic)];

	return read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
	       !memcmp(magic, vtt_magic, sizeof(magic));
}

struct trace_writer *trace_writer_open(const char *path, const struct trace_meta *meta,
				       const struct trace_writer_options *options,
				       struct vt_error *err)
{
	static const struct trace_writer_options defaults;
	const struct trace_writer_options *o = options ? options : &defaults;
	struct trace_writer *w = vt_alloc(sizeof(*w));
	unsigned char front[VTT_FRONT_SIZE];

	w->path = vt_strdup(path);
	take_meta(w, meta);
	w->block_events = o->block_events ? o->block_events : VTT_BLOCK_EVENTS_DEFAULT;
	w->encoder = vtt_encoder_new(o->zstd_level ? o->zstd_level : ZSTD_LEVEL_DEFAULT);
	w->ev = vt_alloc(w->block_events * sizeof(*w->ev));
	sha256_init(&w->sha);
	w->file = o->file      ? o->file
		  : o->private ? file_create_private(path, err)
			       : file_create(path, err);
	if (!w->file) {
		writer_free(w);
		return NULL;
	}
	if (o->keep_old)
		file_keep_old(w->file, is_trace);
	vtt_front_write(front);
	if (put(w, front, sizeof(front), err) || put_meta(w, NULL, err)) {
		trace_writer_abort(w);
		return NULL;
	}
	return w;
}

/* What an event may hold is what the decoder takes; a wrong one is a bug of the caller, caught
 * here. */
static const char *event_fault(const struct trace_writer *w, const struct trace_event *ev)
{
	if (ev->time < w->last_time)
		return "its time is before the last event's";
	return trace_event_fault(ev, w->meta.lps, w->meta.vps);
}

/* The header says of types that older vticks do not know what they are and who knows them. */
static void say_type(struct trace_writer *w, unsigned type)
{
	if (w->said[type])
		return;
	w->said[type] = true;
	w->meta_changed = true;
	trace_meta_say_type(&w->meta, type);
}

int trace_writer_add(struct trace_writer *w, const struct trace_event *ev, struct vt_error *err)
{
	const char *fault = event_fault(w, ev);

	if (fault)
		return vt_error_set(err, w->path, VT_NO_OFFSET,
				    "event %" PRIu64 " cannot be written: %s", w->events + w->n,
				    fault);
	if (ev->type >= TRACE_FIRST_NEWER)
		say_type(w, ev->type);
	w->last_time = ev->time;
	w->ev[w->n++] = *ev;
	return w->n == w->block_events ? put_block(w, err) : 0;
}

void trace_writer_meta(struct trace_writer *w, const struct trace_meta *meta)
{
	trace_meta_free(&w->meta);
	take_meta(w, meta);
	w->meta_changed = true;
}

static int put_end(struct trace_writer *w, struct vt_error *err)
{
	struct vtt_chunk index = { .kind = VTT_INDEX }, footer = { .kind = VTT_FOOTER };
	unsigned char payload[VTT_FOOTER_PAYLOAD];
	char hex[65];

	if (put_block(w, err))
		return -1;
	if (w->meta.end < w->last_time)
		w->meta.end = w->last_time;
	trace_hash_finish(&w->sha, &w->meta, hex);
	vtt_put64(payload, w->offset);
	if (put_meta(w, hex, err))
		return -1;
	vtt_put64(payload + 8, w->offset);
	vtt_put64(payload + 16, w->events);
	if (put_chunk(w, &index, w->index, w->index_size, err))
		return -1;
	return put_chunk(w, &footer, payload, sizeof(payload), err);
}

int trace_writer_publish(struct trace_writer *w, struct vt_error *err)
{
	return file_publish(w->file, err);
}

int trace_writer_finish(struct trace_writer *w, const struct trace_meta *meta, struct vt_error *err)
{
	if (meta)
		trace_writer_meta(w, meta);
	if (put_end(w, err)) {
		trace_writer_abort(w);
		return -1;
	}
	int failed = file_commit(w->file, err);

	writer_free(w);
	return failed;
}

void trace_writer_abort(struct trace_writer *w)
{
	if (!w)
		return;
	file_abort(w->file);
	writer_free(w);
}
