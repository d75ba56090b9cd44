/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocks into events. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/columns.h"
#include "traces/trace.h"

/* The widest that each column may be, in bytes. */
static const unsigned char column_max[COLUMNS] = { 2, 8, 4, 2, 8, 8 };

static uint64_t unzigzag(uint64_t z)
{
	return z >> 1 ^ (0 - (z & 1));
}

/* The VP, LP, type and sub of an event are its last 8 bytes, and are put there as one number. */
_Static_assert(offsetof(struct trace_event, vp) == 24 && offsetof(struct trace_event, lp) == 28 &&
		   offsetof(struct trace_event, type) == 30 &&
		   offsetof(struct trace_event, sub) == 31,
	       "the layout of an event");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { VP_BITS = 0, LP_BITS = 32, TYPE_BITS = 48, SUB_BITS = 56 };
#else
enum { VP_BITS = 32, LP_BITS = 16, TYPE_BITS = 8, SUB_BITS = 0 };
#endif
#define LAST_BYTES offsetof(struct trace_event, vp)

/*
 * What an entry of the op column says: filled once per decoder, so that a block needs no branch per
 * event. All types below TRACE_FIRST_NEWER lie in the first 256, so a block of these is one of
 * bytes.
 */
#define OP_PAGE 256u
#define OPS ((TRACE_TYPES + 15u) / 16u * OP_PAGE)

struct op {
	uint64_t value_mask, extra_mask; /* all ones: has an entry in that column; else 0 */
	uint64_t last_mask;		 /* the same of VP and LP, where the last bytes have them */
	uint64_t last;			 /* type and sub, there */
	uint64_t value, extra, vp, lp; /* bytes that its entry in that column takes; 0: has none */
};
_Static_assert(sizeof(struct op) == 64, "a size that is quickly multiplied by");

/*
 * A column as it is put together from its planes: the low and the high 32 bits apart, since hardly
 * any column is wider than 4 bytes. [room + 1]: one behind the last may be read.
 */
struct halves {
	uint32_t *low;
	uint32_t *high_room;
	const uint32_t *high; /* high_room, or all zero */
	uint32_t max;	      /* of VPs and LPs: the largest */
};

struct vtt_decoder {
	ZSTD_DCtx *zstd;
	struct op op[OPS];
	bool valid[OPS];
	bool target[OPS];	 /* extra is the number of a VP */
	size_t room;		 /* for events of a block; what follows is sized by it */
	unsigned char *plane[8]; /* unpacked planes of one column */
	unsigned char *ops;	 /* [room] plane 0 of the op column */
	unsigned char *ops_high; /* [room] plane 1, for the blocks that have it */
	struct halves column[COLUMNS];
	uint64_t *lp;	/* [room + 1] the LPs, where the last bytes have them */
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

static void set_op(struct vtt_decoder *d, unsigned entry)
{
	unsigned type = entry_type(entry), sub = entry_sub(entry), extra = entry >> 7 & 1;
	struct op *op = &d->op[entry];

	if (type >= TRACE_TYPES)
		return;
	d->valid[entry] = sub < trace_type_subs(type) && (!extra || trace_type_has_extra(type));
	d->target[entry] = trace_types[type].extra.unit == TRACE_VP_NUMBER;
	op->last = (uint64_t)type << TYPE_BITS | (uint64_t)sub << SUB_BITS;
	if (trace_type_has_vp(type)) {
		op->vp = sizeof(uint32_t);
		op->last_mask |= UINT64_C(0xffffffff) << VP_BITS;
	}
	if (trace_type_has_lp(type)) {
		op->lp = sizeof(uint64_t);
		op->last_mask |= UINT64_C(0xffff) << LP_BITS;
	}
	if (trace_type_has_value(type)) {
		op->value = sizeof(uint32_t);
		op->value_mask = UINT64_MAX;
	}
	if (extra) {
		op->extra = sizeof(uint32_t);
		op->extra_mask = UINT64_MAX;
	}
}

struct vtt_decoder *vtt_decoder_new(void)
{
	struct vtt_decoder *d = vt_alloc(sizeof(*d));

	d->zstd = ZSTD_createDCtx();
	if (!d->zstd)
		vt_no_memory();
	for (unsigned entry = 0; entry < OPS; entry++)
		set_op(d, entry);
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
	free(d->lp);
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
	d->lp = vt_alloc((events + 1) * sizeof(*d->lp));
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

/* As the column has it, or, @zigzag, the number that it stands for: 32 bits with its sign. */
static inline uint32_t entry_of(uint32_t z, bool zigzag)
{
	return zigzag ? z >> 1 ^ (0 - (z & 1)) : z;
}

/* A loop for each width, so that the compiler can vectorise it. */
static inline __attribute__((always_inline)) void join_entries(uint32_t *restrict out,
							       const unsigned char *const *plane,
							       unsigned width, size_t n,
							       bool zigzag)
{
	const unsigned char *restrict a = plane[0], *restrict b = plane[1], *restrict c = plane[2],
				      *restrict d = plane[3];

	switch (width) {
	case 1:
		for (size_t i = 0; i < n; i++)
			out[i] = entry_of(a[i], zigzag);
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			out[i] = entry_of((uint32_t)a[i] | (uint32_t)b[i] << 8, zigzag);
		break;
	case 3:
		for (size_t i = 0; i < n; i++)
			out[i] = entry_of(
			    (uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16, zigzag);
		break;
	case 4:
		for (size_t i = 0; i < n; i++)
			out[i] = entry_of((uint32_t)a[i] | (uint32_t)b[i] << 8 |
					      (uint32_t)c[i] << 16 | (uint32_t)d[i] << 24,
					  zigzag);
		break;
	default:
		memset(out, 0, n * sizeof(*out));
		break;
	}
}

static void join_planes(uint32_t *out, const unsigned char *const *plane, unsigned width, size_t n)
{
	join_entries(out, plane, width, n, false);
}

static void join_zigzag(uint32_t *out, const unsigned char *const *plane, unsigned width, size_t n)
{
	join_entries(out, plane, width, n, true);
}

/* The largest entry of a column, which lies in @low, and if it is a byte wide in @plane, too. */
static uint32_t largest(const uint32_t *low, const unsigned char *plane, unsigned width, size_t n)
{
	unsigned char byte = 0;
	uint32_t max = 0;

	if (width == 1) {
		for (size_t i = 0; i < n; i++)
			byte = plane[i] > byte ? plane[i] : byte;
		return byte;
	}
	for (size_t i = 0; width && i < n; i++)
		max = low[i] > max ? low[i] : max;
	return max;
}

/* @narrow: no column of the block is wider than 4 bytes. */
static bool decode_column(struct vtt_decoder *d, struct planes *p, enum column c, unsigned width,
			  size_t n, bool narrow)
{
	struct halves *h = &d->column[c];
	const unsigned char *plane[8] = { NULL };

	for (unsigned i = 0; i < width; i++) {
		plane[i] = next_plane(d, p, n, d->plane[i]);
		if (!plane[i])
			return false;
	}
	if (narrow && c == COL_VALUE)
		join_zigzag(h->low, plane, width, n);
	else
		join_planes(h->low, plane, width < 4 ? width : 4, n);
	h->low[n] = 0;
	if (c == COL_VP || c == COL_LP)
		h->max = largest(h->low, plane[0], width, n);
	h->high = d->zero;
	if (width > 4) {
		join_planes(h->high_room, plane + 4, width - 4, n);
		h->high_room[n] = 0;
		h->high = h->high_room;
	}
	return true;
}

static void place_lps(struct vtt_decoder *d, size_t n)
{
	const uint32_t *low = d->column[COL_LP].low;

	for (size_t i = 0; i <= n; i++)
		d->lp[i] = (uint64_t)low[i] << LP_BITS;
}

/* A column that is read from the start. */
struct cursor {
	const uint32_t *low;
	const uint32_t *high;
};

static struct cursor start_of(const struct vtt_decoder *d, enum column c)
{
	return (struct cursor){ d->column[c].low, d->column[c].high };
}

static inline const void *behind(const void *at, size_t bytes)
{
	return (const char *)at + bytes;
}

/* The entry at @c, behind which @c goes by @bytes. */
static inline uint64_t take(struct cursor *c, size_t bytes, bool wide)
{
	uint64_t entry = wide ? *c->low | (uint64_t)*c->high << 32 : *c->low;

	c->low = behind(c->low, bytes);
	if (wide)
		c->high = behind(c->high, bytes);
	return entry;
}

/* What a block may have, of which most have little. */
struct form {
	bool wide;    /* a column wider than 4 bytes; else values are without their zigzag */
	bool two;     /* a second plane of ops */
	bool extras;  /* an entry in that column */
	bool checked; /* a value that may leave its range */
};

/* Puts the events together; false if a time or value leaves its range. @form is a constant where
 * this is called. */
static inline __attribute__((always_inline)) bool join(struct vtt_decoder *d,
						       const struct vtt_chunk *c, struct form form)
{
	struct cursor dt = start_of(d, COL_TIME), value = start_of(d, COL_VALUE),
		      extra = start_of(d, COL_EXTRA), vp = start_of(d, COL_VP);
	const unsigned char *ops = d->ops, *high = d->ops_high;
	const uint64_t *lp = d->lp;
	struct trace_event *ev = d->ev;
	uint64_t time = c->first, out_of_range = 0;
	size_t n = c->events;

	for (size_t i = 0; i < n; i++, ev++) {
		const struct op *op = &d->op[form.two ? ops[i] + high[i] * OP_PAGE : ops[i]];
		uint64_t step = take(&dt, sizeof(uint32_t), form.wide), x = 0;

		time += step;
		uint64_t z = take(&value, op->value, form.wide);
		uint64_t v = time + (form.wide ? unzigzag(z) : (uint64_t)(int32_t)z);

		v &= op->value_mask;
		if (form.extras)
			x = take(&extra, op->extra, form.wide) & op->extra_mask;
		/*
		 * With every step and every sum below 2^60 no sum has wrapped. Steps of 32 bits
		 * wrap none in a block, whose last time is looked at below.
		 */
		if (form.checked)
			out_of_range |= form.wide ? step | time | v | x : v;
		ev->time = time;
		ev->value = v;
		ev->extra = x;
		uint64_t last = (take(&vp, op->vp, false) << VP_BITS | *lp) & op->last_mask;

		last |= op->last;
		memcpy((char *)ev + LAST_BYTES, &last, sizeof(last));
		lp = behind(lp, op->lp);
	}
	return time == c->last && (c->first | time | out_of_range) < TRACE_TICK_LIMIT;
}

/* No value of 32 bits beside a time of the block, which is from first to last, leaves its range. */
static bool is_far_inside(const struct vtt_chunk *c)
{
	const uint64_t most = UINT64_C(1) << 31;

	return c->first >= most && c->last < TRACE_TICK_LIMIT - most;
}

static bool join_events(struct vtt_decoder *d, const struct vtt_chunk *c, bool two, bool narrow,
			bool extras)
{
	if (two)
		return join(d, c, (struct form){ true, true, true, true });
	if (!narrow)
		return join(d, c, (struct form){ true, false, true, true });
	if (extras || !is_far_inside(c))
		return join(d, c, (struct form){ false, false, true, true });
	return join(d, c, (struct form){ false, false, false, false });
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

/* How many of each byte there are. Of an event's like another follows often: in tables of their own
 * they don't wait for each other. */
static void count_bytes(const unsigned char *byte, size_t n, size_t seen[OP_PAGE])
{
	uint32_t table[4][OP_PAGE] = { { 0 } };
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		for (size_t k = 0; k < 8; k++)
			table[k % 4][byte[i + k]]++;
	}
	for (; i < n; i++)
		table[0][byte[i]]++;
	for (i = 0; i < OP_PAGE; i++)
		seen[i] = (size_t)table[0][i] + table[1][i] + table[2][i] + table[3][i];
}

/*
 * Counts the entries that each column has, and whether an extra is the number of a VP. False if
 * there is an event that this vtick does not know: *@wrong says which then.
 */
static bool count_entries(const struct vtt_decoder *d, size_t n, bool two, size_t count[COLUMNS],
			  bool *targets, struct vtt_wrong *wrong)
{
	size_t seen[OPS] = { 0 };

	if (!two)
		count_bytes(d->ops, n, seen);
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
		if (!d->valid[entry]) {
			*wrong = unknown(entry);
			return false;
		}
		*targets |= d->target[entry];
		count[COL_VP] += op->vp ? seen[entry] : 0;
		count[COL_LP] += op->lp ? seen[entry] : 0;
		count[COL_VALUE] += op->value ? seen[entry] : 0;
		count[COL_EXTRA] += op->extra ? seen[entry] : 0;
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
	bool narrow = true;

	*wrong = (struct vtt_wrong){ .text = "an event block whose columns are broken" };
	if (c->size < 8 || !payload[COL_OP])
		return NULL;
	for (int i = 0; i < COLUMNS; i++) {
		if (payload[i] > column_max[i])
			return NULL;
		planes += payload[i];
		narrow &= payload[i] <= 4;
	}
	if (c->size < 8 + planes * 4)
		return NULL;

	struct planes p = { payload + 8, payload + 8 + (size_t)planes * 4, payload + c->size };
	size_t count[COLUMNS] = { 0 };
	bool two = payload[COL_OP] == 2, targets = false;

	narrow &= !two;
	make_room(d, c->events);
	if (!decode_ops(d, &p, c->events, two) ||
	    !count_entries(d, c->events, two, count, &targets, wrong))
		return NULL;
	for (enum column i = COL_TIME; i < COLUMNS; i++) {
		if (!decode_column(d, &p, i, payload[i], count[i], narrow))
			return NULL;
	}
	if (p.data != p.end)
		return NULL;
	place_lps(d, count[COL_LP]);
	if (count[COL_VP] && d->column[COL_VP].max >= vps)
		wrong->text = "an event of a VP that the header does not name";
	else if (count[COL_LP] && d->column[COL_LP].max >= lps)
		wrong->text = "an event on an LP that the header does not have";
	else if (!join_events(d, c, two, narrow, count[COL_EXTRA]))
		wrong->text = "an event whose time runs backward or whose value is 2^60 or more";
	else if (targets && !targets_in_range(d, c->events, vps))
		wrong->text = "an IPI to a VP that the header does not name";
	else
		return d->ev;
	return NULL;
}
