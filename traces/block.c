/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event block lies in columns, one per field, and each column in byte planes: all lowest bytes,
 * then all second bytes. Planes that say nothing (high bytes of time deltas, the VP numbers of a
 * small machine) cost almost nothing then, noise is stored as it is and needs no decoding, and
 * taking a block apart is straight-line code without a branch per event.
 */
#include "block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "meta.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "struct trace_event is hashed as it lies in memory: port trace_hash_events() first"
#endif
_Static_assert(sizeof(struct trace_event) == 32, "the hash is taken over 32 bytes an event");

const unsigned char vtt_magic[8] = { 0x89, 'V', 'T', 'T', '\r', '\n', 0x1a, '\n' };

/* The columns in file order, and the widest each may be, in bytes. */
enum column { COL_OP, COL_TIME, COL_VP, COL_LP, COL_VALUE, COL_EXTRA, COLUMNS };
static const unsigned char column_max[COLUMNS] = { 1, 8, 4, 2, 8, 8 };

/* Op byte: type in bits 0-3, sub in bits 4-6, bit 7: the event has an entry in COL_EXTRA. */
#define OP_EXTRA 0x80u

/* How a plane is stored; in the two highest bits of its length. */
enum plane_method { PLANE_RAW, PLANE_CONST, PLANE_ZSTD };
#define PLANE_LENGTH_MASK 0x3fffffffu
#define PLANES_MAX 32u

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
		snprintf(wrong, size, "this is no vtick trace (wrong magic); 'vtick import' makes one from a capture");
		return -1;
	}
	if (vtt_get64(p + 24) != vtt_hash(p, 24)) {
		snprintf(wrong, size, "the first 32 bytes do not match their checksum: the file was damaged");
		return -1;
	}
	if (vtt_get32(p + 8) != VTT_VERSION) {
		snprintf(wrong, size, "trace format version %u, but this vtick reads version %u only",
			 vtt_get32(p + 8), VTT_VERSION);
		return -1;
	}
	if (vtt_get32(p + 12) != VTT_FRONT_SIZE) {
		snprintf(wrong, size, "a front of %u bytes, expected %u", vtt_get32(p + 12), VTT_FRONT_SIZE);
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

static uint64_t zigzag(uint64_t value, uint64_t base)
{
	int64_t d = (int64_t)(value - base);

	return (uint64_t)d << 1 ^ (uint64_t)(d >> 63);
}

static uint64_t unzigzag(uint64_t z, uint64_t base)
{
	return base + (z >> 1 ^ (0 - (z & 1)));
}

/* ---- writing ---- */

struct vtt_encoder {
	ZSTD_CCtx *zstd;
	int level;
	uint64_t *column[COLUMNS];  /* [TRACE_BLOCK_EVENTS_MAX] each */
	size_t length[COLUMNS];
	unsigned char *plane;	    /* one plane */
	unsigned char *out;
	size_t out_size;
};

struct vtt_encoder *vtt_encoder_new(int zstd_level)
{
	struct vtt_encoder *e = trace_alloc(sizeof(*e));

	e->zstd = ZSTD_createCCtx();
	if (!e->zstd)
		abort();
	e->level = zstd_level;
	for (int c = 0; c < COLUMNS; c++)
		e->column[c] = trace_alloc(TRACE_BLOCK_EVENTS_MAX * sizeof(uint64_t));
	e->plane = trace_alloc(TRACE_BLOCK_EVENTS_MAX);
	e->out_size = TRACE_BLOCK_EVENTS_MAX * 32u + 256u;
	e->out = trace_alloc(e->out_size + ZSTD_compressBound(TRACE_BLOCK_EVENTS_MAX));
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

static void append(struct vtt_encoder *e, enum column c, uint64_t v)
{
	e->column[c][e->length[c]++] = v;
}

static void split_columns(struct vtt_encoder *e, const struct trace_event *ev, size_t n)
{
	uint64_t before = ev[0].time;

	memset(e->length, 0, sizeof(e->length));
	for (size_t i = 0; i < n; i++, ev++) {
		append(e, COL_OP, (uint64_t)ev->type | (uint64_t)ev->sub << 4 | (ev->extra ? OP_EXTRA : 0));
		append(e, COL_TIME, ev->time - before);
		before = ev->time;
		if (trace_type_has_vp(ev->type))
			append(e, COL_VP, ev->vp);
		if (trace_type_has_lp(ev->type))
			append(e, COL_LP, ev->lp);
		if (trace_type_has_value(ev->type))
			append(e, COL_VALUE, zigzag(ev->value, ev->time));
		if (ev->extra)
			append(e, COL_EXTRA, ev->extra);
	}
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
	size_t packed = ZSTD_compressCCtx(e->zstd, out, ZSTD_compressBound(n), e->plane, n, e->level);

	/* A plane that hardly shrinks is read faster as it is. */
	if (!ZSTD_isError(packed) && packed < n - n / 32)
		return (uint32_t)PLANE_ZSTD << 30 | (uint32_t)packed;
	memcpy(out, e->plane, n);
	return (uint32_t)PLANE_RAW << 30 | (uint32_t)n;
}

const unsigned char *vtt_encode(struct vtt_encoder *e, const struct trace_event *ev, size_t n, size_t *size)
{
	unsigned width[COLUMNS];
	unsigned planes = 0;

	split_columns(e, ev, n);
	for (int c = 0; c < COLUMNS; c++) {
		width[c] = c == COL_OP ? 1 : column_width(e->column[c], e->length[c]);
		planes += width[c];
	}
	memset(e->out, 0, 8);
	for (int c = 0; c < COLUMNS; c++)
		e->out[c] = (unsigned char)width[c];

	unsigned char *descriptor = e->out + 8;
	unsigned char *out = descriptor + (size_t)planes * 4;

	for (int c = 0; c < COLUMNS; c++) {
		for (unsigned byte = 0; byte < width[c]; byte++) {
			for (size_t i = 0; i < e->length[c]; i++)
				e->plane[i] = (unsigned char)(e->column[c][i] >> 8 * byte);
			uint32_t d = store_plane(e, e->length[c], out);

			vtt_put32(descriptor, d);
			descriptor += 4;
			out += d & PLANE_LENGTH_MASK;
		}
	}
	*size = (size_t)(out - e->out);
	return e->out;
}

/* ---- reading ---- */

/* What an op byte says: filled once per decoder, so that a block needs no branch per event. */
struct op {
	uint64_t value_mask, extra_mask; /* all ones: has an entry in that column; else 0 */
	uint32_t vp_mask, lp_mask;
	uint8_t type, sub;
	bool valid;
	uint8_t vp, lp, value, extra; /* 1: has an entry in that column */
};

/*
 * A column as it is put together from its planes: the low and the high 32 bits apart, since hardly any
 * column is wider than 4 bytes. [TRACE_BLOCK_EVENTS_MAX + 1]: one behind the last may be read.
 */
struct halves {
	uint32_t *low;
	uint32_t *high_room;
	const uint32_t *high; /* high_room, or all zero */
};

struct vtt_decoder {
	ZSTD_DCtx *zstd;
	struct op op[256];
	unsigned char *plane[8]; /* unpacked planes of one column */
	unsigned char *ops;	 /* [TRACE_BLOCK_EVENTS_MAX] */
	struct halves column[COLUMNS];
	uint32_t *zero; /* what the high half of a narrow column is */
	struct trace_event *ev;
};

static bool sub_in_range(unsigned type, unsigned sub)
{
	switch (type) {
	case TRACE_SCHED_OUT:
		return sub < TRACE_REASONS;
	case TRACE_ARM:
		return sub < TRACE_DEVS;
	case TRACE_MASK:
		return sub < 2;
	default:
		return sub == 0;
	}
}

static bool type_has_extra(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_MASK || type == TRACE_EXIT || type == TRACE_ENTRY ||
	       type == TRACE_IPI || type == TRACE_LOST;
}

struct vtt_decoder *vtt_decoder_new(void)
{
	const size_t column_size = (TRACE_BLOCK_EVENTS_MAX + 1) * sizeof(uint32_t);
	struct vtt_decoder *d = trace_alloc(sizeof(*d));

	d->zstd = ZSTD_createDCtx();
	if (!d->zstd)
		abort();
	for (unsigned b = 0; b < 256; b++) {
		unsigned type = b & 15, sub = b >> 4 & 7, extra = b >> 7;

		d->op[b] = (struct op){
			.type = (uint8_t)type,
			.sub = (uint8_t)sub,
			.valid = sub_in_range(type, sub) && (!extra || type_has_extra(type)),
			.vp = trace_type_has_vp(type),
			.lp = trace_type_has_lp(type),
			.value = trace_type_has_value(type),
			.extra = (uint8_t)extra,
		};
		d->op[b].vp_mask = 0 - (uint32_t)d->op[b].vp;
		d->op[b].lp_mask = 0 - (uint32_t)d->op[b].lp;
		d->op[b].value_mask = 0 - (uint64_t)d->op[b].value;
		d->op[b].extra_mask = 0 - (uint64_t)d->op[b].extra;
	}
	for (int i = 0; i < 8; i++)
		d->plane[i] = trace_alloc(TRACE_BLOCK_EVENTS_MAX);
	d->ops = trace_alloc(TRACE_BLOCK_EVENTS_MAX);
	for (int c = COL_TIME; c < COLUMNS; c++) {
		d->column[c].low = trace_alloc(column_size);
		d->column[c].high_room = trace_alloc(column_size);
	}
	d->zero = trace_alloc(column_size);
	d->ev = trace_alloc(TRACE_BLOCK_EVENTS_MAX * sizeof(*d->ev));
	return d;
}

void vtt_decoder_free(struct vtt_decoder *d)
{
	if (!d)
		return;
	ZSTD_freeDCtx(d->zstd);
	for (int i = 0; i < 8; i++)
		free(d->plane[i]);
	free(d->ops);
	for (int c = COL_TIME; c < COLUMNS; c++) {
		free(d->column[c].low);
		free(d->column[c].high_room);
	}
	free(d->zero);
	free(d->ev);
	free(d);
}

/* The planes of a payload, one after the other. */
struct planes {
	const unsigned char *descriptor;
	const unsigned char *data;
	const unsigned char *end;
};

/* The next plane's @n bytes: in the payload itself or unpacked into @room. NULL if it is broken. */
static const unsigned char *next_plane(struct vtt_decoder *d, struct planes *p, size_t n, unsigned char *room)
{
	uint32_t descriptor = vtt_get32(p->descriptor);
	size_t length = descriptor & PLANE_LENGTH_MASK;
	const unsigned char *data = p->data;

	if (length > (size_t)(p->end - data))
		return NULL;
	p->descriptor += 4;
	p->data += length;
	switch (descriptor >> 30) {
	case PLANE_RAW:
		return length == n ? data : NULL;
	case PLANE_CONST:
		if (length != 1)
			return NULL;
		memset(room, data[0], n);
		return room;
	case PLANE_ZSTD:
		return ZSTD_decompressDCtx(d->zstd, room, n, data, length) == n ? room : NULL;
	default:
		return NULL;
	}
}

/* A loop for each width, so that the compiler can vectorise it. */
static void join_planes(uint32_t *restrict out, const unsigned char *const *plane, unsigned width, size_t n)
{
	const unsigned char *restrict a = plane[0], *restrict b = plane[1], *restrict c = plane[2],
			    *restrict d = plane[3];

	switch (width) {
	case 1:
		for (size_t i = 0; i < n; i++)
			out[i] = a[i];
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint32_t)a[i] | (uint32_t)b[i] << 8;
		break;
	case 3:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16;
		break;
	case 4:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16 | (uint32_t)d[i] << 24;
		break;
	default:
		memset(out, 0, n * sizeof(*out));
		break;
	}
}

static bool decode_column(struct vtt_decoder *d, struct planes *p, enum column c, unsigned width, size_t n)
{
	struct halves *h = &d->column[c];
	const unsigned char *plane[8] = { NULL };

	for (unsigned i = 0; i < width; i++) {
		plane[i] = next_plane(d, p, n, d->plane[i]);
		if (!plane[i])
			return false;
	}
	join_planes(h->low, plane, width < 4 ? width : 4, n);
	h->low[n] = 0;
	h->high = d->zero;
	if (width > 4) {
		join_planes(h->high_room, plane + 4, width - 4, n);
		h->high_room[n] = 0;
		h->high = h->high_room;
	}
	return true;
}

static bool all_below(const struct halves *h, size_t n, uint32_t limit)
{
	uint32_t max = 0;

	for (size_t i = 0; i < n; i++)
		max = h->low[i] > max ? h->low[i] : max;
	return !n || max < limit;
}

static uint64_t entry(const struct halves *h, size_t i)
{
	return h->low[i] | (uint64_t)h->high[i] << 32;
}

/* Puts the events together; false if a time or value leaves its range. */
static bool join_events(struct vtt_decoder *d, const struct vtt_chunk *c)
{
	const struct halves dt = d->column[COL_TIME], value = d->column[COL_VALUE], extra = d->column[COL_EXTRA];
	const uint32_t *vp = d->column[COL_VP].low, *lp = d->column[COL_LP].low;
	const unsigned char *ops = d->ops;
	struct trace_event *ev = d->ev;
	uint64_t time = c->first, out_of_range = 0;
	size_t next_value = 0, next_extra = 0, n = c->events;

	for (size_t i = 0; i < n; i++) {
		const struct op *op = &d->op[ops[i]];
		uint64_t step = entry(&dt, i);

		time += step;
		uint64_t v = unzigzag(entry(&value, next_value), time) & op->value_mask;
		uint64_t x = entry(&extra, next_extra) & op->extra_mask;

		/* With every step and every sum below 2^60 no sum has wrapped. */
		out_of_range |= step | time | v | x;
		ev[i] = (struct trace_event){
			.time = time,
			.value = v,
			.extra = x,
			.vp = *vp & op->vp_mask,
			.lp = (uint16_t)(*lp & op->lp_mask),
			.type = op->type,
			.sub = op->sub,
		};
		next_value += op->value;
		next_extra += op->extra;
		vp += op->vp;
		lp += op->lp;
	}
	return time == c->last && out_of_range < TRACE_TICK_LIMIT;
}

const struct trace_event *vtt_decode(struct vtt_decoder *d, const struct vtt_chunk *c,
				     const unsigned char *payload, uint32_t lps, uint32_t vps, const char **wrong)
{
	unsigned planes = 0;

	*wrong = "an event block whose columns are broken";
	if (c->size < 8 || payload[COL_OP] != 1)
		return NULL;
	for (int i = 0; i < COLUMNS; i++) {
		if (payload[i] > column_max[i])
			return NULL;
		planes += payload[i];
	}
	if (c->size < 8 + planes * 4)
		return NULL;

	struct planes p = { payload + 8, payload + 8 + (size_t)planes * 4, payload + c->size };
	const unsigned char *ops = next_plane(d, &p, c->events, d->ops);
	size_t count[COLUMNS] = { [COL_TIME] = c->events };

	if (!ops)
		return NULL;
	if (ops != d->ops)
		memcpy(d->ops, ops, c->events);
	size_t seen[256] = { 0 };
	bool ipis = false;

	for (size_t i = 0; i < c->events; i++)
		seen[ops[i]]++;
	for (unsigned b = 0; b < 256; b++) {
		const struct op *op = &d->op[b];

		if (seen[b] && !op->valid) {
			*wrong = "an event of an unknown type";
			return NULL;
		}
		ipis |= seen[b] && op->type == TRACE_IPI;
		count[COL_VP] += seen[b] * op->vp;
		count[COL_LP] += seen[b] * op->lp;
		count[COL_VALUE] += seen[b] * op->value;
		count[COL_EXTRA] += seen[b] * op->extra;
	}
	for (enum column i = COL_TIME; i < COLUMNS; i++) {
		if (!decode_column(d, &p, i, payload[i], count[i]))
			return NULL;
	}
	if (p.data != p.end)
		return NULL;
	if (!all_below(&d->column[COL_VP], count[COL_VP], vps)) {
		*wrong = "an event of a VP that the header does not name";
		return NULL;
	}
	if (!all_below(&d->column[COL_LP], count[COL_LP], lps)) {
		*wrong = "an event on an LP that the header does not have";
		return NULL;
	}
	if (!join_events(d, c)) {
		*wrong = "an event whose time runs backward or whose value is 2^60 or more";
		return NULL;
	}
	for (size_t i = 0; i < c->events && ipis; i++) {
		if (d->ev[i].type == TRACE_IPI && d->ev[i].extra >= vps) {
			*wrong = "an IPI to a VP that the header does not name";
			return NULL;
		}
	}
	return d->ev;
}
