/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/stream.h"
#include "traces/base/heap.h"
#include "traces/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* All streams' buffers together, and the least and most for one. */
enum { BUFFERS = 16 << 20, BUFFER_MIN = 4096, BUFFER_MAX = 1 << 16 };

struct stream {
	struct xen_item item; /* the head */
	uint32_t window;      /* the next one to read, or XEN_NO_WINDOW */
	uint64_t offset;      /* of the next byte to read into buf */
	uint32_t left;	      /* bytes of the window not yet in buf */
	uint32_t at, have;
	uint64_t last_tsc;
	bool has_tsc;
	uint8_t *buf;
};

struct xen_merge {
	const struct xen_scan *scan;
	xen_pass *pass;
	void *arg;
	uint64_t done;
	uint32_t buffer;
	struct stream *stream; /* [scan->pcpus] */
	struct heap heap;      /* LPs by the time of their head */
};

/*
 * Makes @n bytes of the window visible: 1, 0 if the stream has ended, -1. The scan has seen that
 * records lie whole in their window.
 */
static int fill(const struct xen_merge *m, struct stream *s, uint32_t n, struct vt_error *err)
{
	while (s->have - s->at < n) {
		uint32_t more;

		if (!s->left) {
			const struct xen_window *w;

			if (s->have != s->at)
				return vt_error_set(err, m->scan->path, s->offset,
						    "the file changed while it was read");
			if (s->window == XEN_NO_WINDOW)
				return 0;
			w = &m->scan->window[s->window];
			s->offset = w->offset;
			s->left = w->length;
			s->window = w->next;
		}
		memmove(s->buf, s->buf + s->at, s->have - s->at);
		s->have -= s->at;
		s->at = 0;
		more = m->buffer - s->have < s->left ? m->buffer - s->have : s->left;
		if (capture_pread(m->scan->capture, s->buf + s->have, more, s->offset, err))
			return -1;
		s->offset += more;
		s->left -= more;
		s->have += more;
	}
	return 1;
}

static inline int need(const struct xen_merge *m, struct stream *s, uint32_t n,
		       struct vt_error *err)
{
	return s->have - s->at >= n ? 1 : fill(m, s, n, err);
}

/* The next record that counts: behind padding, and behind what has no time. 1, 0 at the end, -1. */
static int read_record(const struct xen_merge *m, struct stream *s, struct vt_error *err)
{
	struct xen_record *r = &s->item.record;

	for (;;) {
		uint32_t size;
		int ret = need(m, s, 4, err);

		if (ret <= 0)
			return ret;
		size = xen_record_size(xen_le32(s->buf + s->at));
		ret = need(m, s, size, err);
		if (ret < 0)
			return ret;
		if (!ret)
			return vt_error_set(err, m->scan->path, s->offset,
					    "the file changed while it was read");
		r->offset = s->offset - (s->have - s->at);
		xen_record_decode(r, s->buf + s->at);
		s->at += size;
		if (r->event == XEN_WRAP_BUFFER)
			continue;
		if (!r->has_tsc) {
			if (!s->has_tsc)
				continue;
			r->tsc = s->last_tsc;
		}
		if ((s->has_tsc && r->tsc < s->last_tsc) || r->tsc < m->scan->t0 ||
		    r->tsc > m->scan->t1)
			return vt_error_set(err, m->scan->path, r->offset,
					    "the file changed while it was read");
		return 1;
	}
}

/* The time of the first lost record, as far as it can be true. */
static uint64_t lost_begin(const struct xen_merge *m, const struct stream *s)
{
	const struct xen_record *r = &s->item.record;
	uint64_t first = xen_u64(r->w[2], r->w[3]);
	uint64_t least = s->has_tsc ? s->last_tsc : m->scan->t0;

	if (first < least)
		return least;
	return first > r->tsc ? r->tsc : first;
}

static int load_one(struct xen_merge *m, uint32_t lp, struct vt_error *err)
{
	struct stream *s = &m->stream[lp];
	struct xen_item *item = &s->item;
	int ret;

	if (item->step == XEN_STEP_LOST_BEGIN) {
		item->step = XEN_STEP_LOST_END;
		item->tsc = s->last_tsc = item->record.tsc;
		s->has_tsc = true;
		return 0;
	}
	ret = read_record(m, s, err);
	if (ret < 0)
		return ret;
	if (!ret) {
		item->step = XEN_STEP_END;
		item->tsc = s->has_tsc ? s->last_tsc : m->scan->t0;
		return 0;
	}
	if (item->record.event == XEN_LOST_RECORDS) {
		item->step = XEN_STEP_LOST_BEGIN;
		item->tsc = lost_begin(m, s);
		return 0;
	}
	item->step = XEN_STEP_RECORD;
	item->tsc = s->last_tsc = item->record.tsc;
	s->has_tsc = true;
	return 0;
}

static int load(struct xen_merge *m, uint32_t lp, struct vt_error *err)
{
	const struct xen_item *item = &m->stream[lp].item;

	do {
		if (load_one(m, lp, err))
			return -1;
		m->done++;
	} while (item->step == XEN_STEP_RECORD && m->pass(m->arg, item));
	return 0;
}

struct xen_merge *xen_merge_new(const struct xen_scan *scan, xen_pass *pass, void *arg)
{
	struct xen_merge *m = vt_alloc(sizeof(*m));
	uint32_t n = scan->pcpus ? scan->pcpus : 1;

	m->scan = scan;
	m->pass = pass;
	m->arg = arg;
	m->buffer = BUFFERS / n;
	if (m->buffer < BUFFER_MIN)
		m->buffer = BUFFER_MIN;
	if (m->buffer > BUFFER_MAX)
		m->buffer = BUFFER_MAX;
	m->stream = vt_array(n, sizeof(*m->stream));
	heap_init(&m->heap, n);
	for (uint32_t i = 0; i < scan->pcpus; i++) {
		m->stream[i].window = scan->pcpu[i].window;
		m->stream[i].item.lp = i;
		m->stream[i].buf = vt_alloc(m->buffer + XEN_RECORD_MAX);
	}
	return m;
}

void xen_merge_free(struct xen_merge *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->scan->pcpus; i++)
		free(m->stream[i].buf);
	free(m->stream);
	heap_free(&m->heap);
	free(m);
}

uint64_t xen_merge_done(const struct xen_merge *m)
{
	return m->done;
}

int xen_merge_start(struct xen_merge *m, struct vt_error *err)
{
	for (uint32_t i = 0; i < m->scan->pcpus; i++) {
		if (load(m, i, err))
			return -1;
		heap_set(&m->heap, i, m->stream[i].item.tsc);
	}
	return 0;
}

const struct xen_item *xen_merge_peek(const struct xen_merge *m, uint32_t lp)
{
	return heap_has(&m->heap, lp) ? &m->stream[lp].item : NULL;
}

int64_t xen_merge_first(const struct xen_merge *m)
{
	return m->heap.len ? (int64_t)m->heap.entry[0].item : -1;
}

int xen_merge_advance(struct xen_merge *m, uint32_t lp, struct vt_error *err)
{
	struct stream *s = &m->stream[lp];

	if (s->item.step == XEN_STEP_END) {
		heap_remove(&m->heap, lp);
		return 0;
	}
	if (load(m, lp, err))
		return -1;
	heap_set(&m->heap, lp, s->item.tsc);
	return 0;
}
