/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocks into events. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/columns.h"
#include "traces/trace.h"

/* The widest that each column may be, in bytes. */
static const unsigned char column_max[COLUMNS] = { 2, 8, 4, 2, 8, 8 };

static uint64_t unzigzag(uint64_t z, uint64_t base)
{
	return base + (z >> 1 ^ (0 - (z & 1)));
}

/*
 * What an entry of the op column says: filled once per decoder, so that a block needs no branch per
 * event. All types below TRACE_FIRST_NEWER lie in the first 256, so a block of these is one of
 * bytes.
 */
#define OP_PAGE 256u
#define OPS ((TRACE_TYPES + 15u) / 16u * OP_PAGE)

struct op {
	uint64_t value_mask, extra_mask; /* all ones: has an entry in that column; else 0 */
	uint32_t vp_mask, lp_mask;
	uint8_t type, sub;
	bool valid;
	bool target;		      /* extra is the number of a VP */
	uint8_t vp, lp, value, extra; /* 1: has an entry in that column */
};

/*
 * A column as it is put together from its planes: the low and the high 32 bits apart, since hardly
 * any column is wider than 4 bytes. [room + 1]: one behind the last may be read.
 */
struct halves {
	uint32_t *low;
	uint32_t *high_room;
	const uint32_t *high; /* high_room, or all zero */
};

struct vtt_decoder {
	ZSTD_DCtx *zstd;
	struct op op[OPS];
	size_t room;		 /* for events of a block; what follows is sized by it */
	unsigned char *plane[8]; /* unpacked planes of one column */
	unsigned char *ops;	 /* [room] plane 0 of the op column */
	unsigned char *ops_high; /* [room] plane 1, for the blocks that have it */
	struct halves column[COLUMNS];
	uint32_t *zero; /* what the high half of a narrow column is */
	struct trace_event *ev;
};

/* The parts of an entry of the op column. */
static unsigned entry_type(unsigned entry)
{
	return (entry & 15) | entry / OP_PAGE << 4;
}

static unsigned entry_sub(unsigned entry)
{
	return entry >> 4 & 7;
}

static struct op op_of(unsigned entry)
{
	unsigned type = entry_type(entry), sub = entry_sub(entry), extra = entry >> 7 & 1;
	struct op op = { .type = (uint8_t)type, .sub = (uint8_t)sub };

	if (type >= TRACE_TYPES)
		return op;
	op.valid = sub < trace_type_subs(type) && (!extra || trace_type_has_extra(type));
	op.target = trace_types[type].extra.unit == TRACE_VP_NUMBER;
	op.vp = trace_type_has_vp(type);
	op.lp = trace_type_has_lp(type);
	op.value = trace_type_has_value(type);
	op.extra = (uint8_t)extra;
	op.vp_mask = 0 - (uint32_t)op.vp;
	op.lp_mask = 0 - (uint32_t)op.lp;
	op.value_mask = 0 - (uint64_t)op.value;
	op.extra_mask = 0 - (uint64_t)op.extra;
	return op;
}

struct vtt_decoder *vtt_decoder_new(void)
{
	struct vtt_decoder *d = vt_alloc(sizeof(*d));

	d->zstd = ZSTD_createDCtx();
	if (!d->zstd)
		vt_no_memory();
	for (unsigned entry = 0; entry < OPS; entry++)
		d->op[entry] = op_of(entry);
	return d;
}

static void free_room(struct vtt_decoder *d)
{
	for (int i = 0; i < 8; i++)
		free(d->plane[i]);
	free(d->ops);
	free(d->ops_high);
	for (int c = COL_TIME; c < COLUMNS; c++) {
		free(d->column[c].low);
		free(d->column[c].high_room);
	}
	free(d->zero);
	free(d->ev);
}

/* Blocks of a file are mostly of one size: a small file costs little memory, none is asked twice.
 */
static void make_room(struct vtt_decoder *d, size_t events)
{
	const size_t column_size = (events + 1) * sizeof(uint32_t);

	if (events <= d->room)
		return;
	free_room(d);
	d->room = events;
	for (int i = 0; i < 8; i++)
		d->plane[i] = vt_alloc(events);
	d->ops = vt_alloc(events);
	d->ops_high = vt_alloc(events);
	for (int c = COL_TIME; c < COLUMNS; c++) {
		d->column[c].low = vt_alloc(column_size);
		d->column[c].high_room = vt_alloc(column_size);
	}
	d->zero = vt_alloc(column_size);
	d->ev = vt_alloc(events * sizeof(*d->ev));
}

void vtt_decoder_free(struct vtt_decoder *d)
{
	if (!d)
		return;
	ZSTD_freeDCtx(d->zstd);
	free_room(d);
	free(d);
}

/* The planes of a payload, one after the other. */
struct planes {
	const unsigned char *descriptor;
	const unsigned char *data;
	const unsigned char *end;
};

/* The next plane's @n bytes: in the payload itself or unpacked into @room. NULL if it is broken. */
static const unsigned char *next_plane(struct vtt_decoder *d, struct planes *p, size_t n,
				       unsigned char *room)
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
static void join_planes(uint32_t *restrict out, const unsigned char *const *plane, unsigned width,
			size_t n)
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
			out[i] = (uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16 |
				 (uint32_t)d[i] << 24;
		break;
	default:
		memset(out, 0, n * sizeof(*out));
		break;
	}
}

static bool decode_column(struct vtt_decoder *d, struct planes *p, enum column c, unsigned width,
			  size_t n)
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

static inline uint64_t entry(const struct halves *h, size_t i, bool wide)
{
	return wide ? h->low[i] | (uint64_t)h->high[i] << 32 : h->low[i];
}

/*
 * @wide and @two are constants where this is called: hardly a block has a column wider than 4
 * bytes, or a second plane of ops.
 */
static inline bool join(struct vtt_decoder *d, const struct vtt_chunk *c, bool wide, bool two)
{
	const struct halves dt = d->column[COL_TIME], value = d->column[COL_VALUE],
			    extra = d->column[COL_EXTRA];
	const uint32_t *vp = d->column[COL_VP].low, *lp = d->column[COL_LP].low;
	const unsigned char *ops = d->ops, *high = d->ops_high;
	struct trace_event *ev = d->ev;
	uint64_t time = c->first, out_of_range = 0;
	size_t next_value = 0, next_extra = 0, n = c->events;

	for (size_t i = 0; i < n; i++) {
		const struct op *op = &d->op[two ? ops[i] + high[i] * OP_PAGE : ops[i]];
		uint64_t step = entry(&dt, i, wide);

		time += step;
		uint64_t v = unzigzag(entry(&value, next_value, wide), time) & op->value_mask;
		uint64_t x = entry(&extra, next_extra, wide) & op->extra_mask;

		/*
		 * With every step and every sum below 2^60 no sum has wrapped. Steps of 32 bits
		 * wrap none in a block, whose last time is looked at below.
		 */
		out_of_range |= wide ? step | time | v | x : v;
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
	return time == c->last && (c->first | time | out_of_range) < TRACE_TICK_LIMIT;
}

/* Puts the events together; false if a time or value leaves its range. */
static bool join_events(struct vtt_decoder *d, const struct vtt_chunk *c, bool two)
{
	if (two)
		return join(d, c, true, true);
	for (int i = COL_TIME; i < COLUMNS; i++) {
		if (d->column[i].high != d->zero)
			return join(d, c, true, false);
	}
	return join(d, c, false, false);
}

/* The op column into d->ops and d->ops_high. */
static bool decode_ops(struct vtt_decoder *d, struct planes *p, size_t n, bool two)
{
	const unsigned char *ops = next_plane(d, p, n, d->ops);
	const unsigned char *high = two && ops ? next_plane(d, p, n, d->ops_high) : d->ops_high;

	if (!ops || !high)
		return false;
	if (ops != d->ops)
		memcpy(d->ops, ops, n);
	if (high != d->ops_high)
		memcpy(d->ops_high, high, n);
	return true;
}

static struct vtt_wrong unknown(unsigned entry)
{
	return (struct vtt_wrong){ .text = "an event that this vtick does not know",
				   .unknown = true,
				   .type = entry_type(entry),
				   .sub = entry_sub(entry) };
}

/*
 * Counts the entries that each column has, and whether an extra is the number of a VP. False if
 * there is an event that this vtick does not know: *@wrong says which then.
 */
static bool count_entries(const struct vtt_decoder *d, size_t n, bool two, size_t count[COLUMNS],
			  bool *targets, struct vtt_wrong *wrong)
{
	size_t seen[OPS] = { 0 };

	if (!two) {
		for (size_t i = 0; i < n; i++)
			seen[d->ops[i]]++;
	}
	for (size_t i = 0; two && i < n; i++) {
		unsigned entry = d->ops[i] + d->ops_high[i] * OP_PAGE;

		if (entry >= OPS) {
			*wrong = unknown(entry);
			return false;
		}
		seen[entry]++;
	}
	count[COL_TIME] = n;
	for (unsigned entry = 0; entry < (two ? OPS : OP_PAGE); entry++) {
		const struct op *op = &d->op[entry];

		if (!seen[entry])
			continue;
		if (!op->valid) {
			*wrong = unknown(entry);
			return false;
		}
		*targets |= op->target;
		count[COL_VP] += seen[entry] * op->vp;
		count[COL_LP] += seen[entry] * op->lp;
		count[COL_VALUE] += seen[entry] * op->value;
		count[COL_EXTRA] += seen[entry] * op->extra;
	}
	return true;
}

static bool targets_in_range(const struct vtt_decoder *d, size_t n, uint32_t vps)
{
	for (size_t i = 0; i < n; i++) {
		const struct trace_event *ev = &d->ev[i];

		if (trace_types[ev->type].extra.unit == TRACE_VP_NUMBER && ev->extra >= vps)
			return false;
	}
	return true;
}

const struct trace_event *vtt_decode(struct vtt_decoder *d, const struct vtt_chunk *c,
				     const unsigned char *payload, uint32_t lps, uint32_t vps,
				     struct vtt_wrong *wrong)
{
	unsigned planes = 0;

	*wrong = (struct vtt_wrong){ .text = "an event block whose columns are broken" };
	if (c->size < 8 || !payload[COL_OP])
		return NULL;
	for (int i = 0; i < COLUMNS; i++) {
		if (payload[i] > column_max[i])
			return NULL;
		planes += payload[i];
	}
	if (c->size < 8 + planes * 4)
		return NULL;

	struct planes p = { payload + 8, payload + 8 + (size_t)planes * 4, payload + c->size };
	size_t count[COLUMNS] = { 0 };
	bool two = payload[COL_OP] == 2, targets = false;

	make_room(d, c->events);
	if (!decode_ops(d, &p, c->events, two) ||
	    !count_entries(d, c->events, two, count, &targets, wrong))
		return NULL;
	for (enum column i = COL_TIME; i < COLUMNS; i++) {
		if (!decode_column(d, &p, i, payload[i], count[i]))
			return NULL;
	}
	if (p.data != p.end)
		return NULL;
	if (!all_below(&d->column[COL_VP], count[COL_VP], vps))
		wrong->text = "an event of a VP that the header does not name";
	else if (!all_below(&d->column[COL_LP], count[COL_LP], lps))
		wrong->text = "an event on an LP that the header does not have";
	else if (!join_events(d, c, two))
		wrong->text = "an event whose time runs backward or whose value is 2^60 or more";
	else if (targets && !targets_in_range(d, c->events, vps))
		wrong->text = "an IPI to a VP that the header does not name";
	else
		return d->ev;
	return NULL;
}
