/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `.vtt` files: info, check and dump of each; and what check finds fine comes back the same from
 * `dump --json | import text`, and a part of it is fine, too.
 *
 * The mutator decodes a file, changes events, header or the cut into blocks, and encodes it again;
 * or it changes bytes and makes every checksum right again, so that what lies behind them is
 * reached.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/commands.h"
#include "traces/hash.h"
#include "traces/meta.h"

#define EVENTS_MAX 2048u
#define BLOCKS_MAX 64u

static struct fuzz_file file, again;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&file);
	fuzz_file_make(&again);
	return 0;
}

static void hash_of(const char *path, char hex[65])
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);

	FUZZ_HOLDS(r, "it opened before: %s", err.text);
	snprintf(hex, 65, "%s", trace_reader_sha256(r));
	trace_reader_close(r);
}

/* A fine trace comes back from its text. */
static void round_trip(void)
{
	char was[65], is[65];
	int code = fuzz_run(&command_dump, "--json", file.path, NULL);
	size_t size;
	uint8_t *text;

	FUZZ_HOLDS(!code, "dump --json ends with %d, and check does not", code);
	text = fuzz_file_get(&fuzz_stdout, &size);
	fuzz_file_set(&again, NULL, 0);
	/* Its own stdout is where the text lies. */
	struct fuzz_file in;

	fuzz_file_make(&in);
	fuzz_file_set(&in, text, size);
	code = fuzz_run(&command_import, "text", in.path, "-o", again.out, "--limit",
			"import-time=1000000000s", NULL);
	close(in.fd);
	free(text);
	FUZZ_HOLDS(!code, "import text does not take what dump --json printed");
	hash_of(file.path, was);
	hash_of(again.path, is);
	FUZZ_HOLDS(!strcmp(was, is), "from its text it comes back as another trace");
}

/* What is cut out of a fine trace is fine. @how picks where. */
static void cut(uint64_t how)
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(file.path, &err);
	uint64_t end, from;
	char text[32];

	FUZZ_HOLDS(r, "it opened before: %s", err.text);
	end = trace_ticks_to_ns(trace_reader_meta(r)->end, trace_reader_meta(r)->clock_hz);
	trace_reader_close(r);
	from = how % (end / 2 + 1);
	snprintf(text, sizeof(text), "%lluns", (unsigned long long)from);
	fuzz_file_set(&again, NULL, 0);
	if (!fuzz_run(&command_cut, "--from", text, "-o", again.out, file.path,
		      how & 1 ? "--anonymous" : NULL, NULL))
		FUZZ_HOLDS(!fuzz_run(&command_check, "-q", again.path, NULL),
			   "check does not like what cut wrote");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int checked;

	fuzz_file_set(&file, data, size);
	checked = fuzz_run(&command_check, "-q", file.path, NULL);
	FUZZ_HOLDS(fuzz_run(&command_info, "--json", file.path, NULL) == 0 || checked,
		   "check finds it fine, info does not");
	fuzz_run(&command_info, file.path, NULL);
	fuzz_run(&command_info, "--costs", file.path, NULL);
	fuzz_run(&command_dump, "--from", "1ms", "--to", "2s", "--quick", file.path, NULL);
	if (!checked) {
		round_trip();
		cut(vtt_hash(data, size));
	}
	return 0;
}

/* ---- a file that is written anew ---- */

struct image {
	uint8_t *p;
	size_t n, max;
	uint8_t index[BLOCKS_MAX][VTT_INDEX_ENTRY];
	size_t blocks;
	uint64_t events;
};

static void put(struct image *f, const void *p, size_t n)
{
	if (f->n + n <= f->max)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

/* Returns its offset. */
static uint64_t put_chunk(struct image *f, struct vtt_chunk c, const void *payload, size_t size)
{
	unsigned char head[VTT_CHUNK_SIZE];
	uint64_t offset = f->n;

	c.size = (uint32_t)size;
	c.payload_hash = vtt_hash(payload, size);
	vtt_chunk_write(head, &c);
	put(f, head, sizeof(head));
	put(f, payload, size);
	return offset;
}

static void put_block(struct image *f, struct vtt_encoder *e, const struct trace_event *ev,
		      size_t n)
{
	size_t size;
	const unsigned char *p = vtt_encode(e, ev, n, &size);
	const struct vtt_chunk c = {
		.kind = VTT_EVENTS,
		.events = (uint32_t)n,
		.first = ev[0].time,
		.last = ev[n - 1].time,
	};
	uint8_t *index = f->index[f->blocks++];

	vtt_put64(index, put_chunk(f, c, p, size));
	vtt_put64(index + 8, f->events);
	vtt_put64(index + 16, c.first);
	vtt_put64(index + 24, c.last);
	f->events += n;
}

static uint64_t put_meta(struct image *f, const struct trace_meta *meta, const char *sha256)
{
	size_t size;
	char *text = trace_meta_write(meta, sha256, &size);
	uint64_t offset = put_chunk(f, (struct vtt_chunk){ .kind = VTT_META }, text, size);

	free(text);
	return offset;
}

/* The whole file; its size, or 0 if that is more than fits. */
static size_t encode(uint8_t *data, size_t max, const struct trace_meta *meta,
		     const struct trace_event *ev, size_t n, size_t block)
{
	struct image f = { .p = data, .max = max };
	struct vtt_encoder *e = vtt_encoder_new(0);
	unsigned char front[VTT_FRONT_SIZE], footer[VTT_FOOTER_PAYLOAD];
	struct sha256_ctx sha;
	char hex[65];

	sha256_init(&sha);
	trace_hash_events(&sha, ev, n);
	trace_hash_finish(&sha, meta, hex);
	vtt_front_write(front);
	put(&f, front, sizeof(front));
	put_meta(&f, meta, NULL);
	if (block < n / BLOCKS_MAX + 1)
		block = n / BLOCKS_MAX + 1;
	for (size_t at = 0; at < n; at += block)
		put_block(&f, e, ev + at, n - at < block ? n - at : block);
	vtt_put64(footer, put_meta(&f, meta, hex));
	vtt_put64(footer + 8, put_chunk(&f, (struct vtt_chunk){ .kind = VTT_INDEX }, f.index,
					f.blocks * VTT_INDEX_ENTRY));
	vtt_put64(footer + 16, f.events);
	put_chunk(&f, (struct vtt_chunk){ .kind = VTT_FOOTER }, footer, sizeof(footer));
	vtt_encoder_free(e);
	return f.n <= max ? f.n : 0;
}

/* ---- changes ---- */

static void change_event(struct trace_event *ev, uint64_t *state)
{
	uint64_t n;

	switch (fuzz_next(state) % 8) {
	case 0:
		ev->type = (uint8_t)(fuzz_next(state) % TRACE_TYPES);
		break;
	case 1:
		ev->sub = (uint8_t)(fuzz_next(state) % TRACE_SUBS_MAX);
		break;
	case 2:
		ev->vp = (uint32_t)(fuzz_next(state) % 4);
		break;
	case 3:
		ev->lp = (uint16_t)(fuzz_next(state) % 3);
		break;
	case 4: /* near its time, else anything */
		n = fuzz_number(state, ev->value);
		ev->value = fuzz_next(state) % 2 ? ev->time + n % 4096 : n;
		break;
	case 5:
		ev->extra = fuzz_number(state, ev->extra);
		break;
	default:
		ev->time = fuzz_number(state, ev->time);
	}
}

static size_t change_events(struct trace_event *ev, size_t n, uint64_t *state)
{
	size_t at = fuzz_next(state) % n, other = fuzz_next(state) % n;
	struct trace_event copy = ev[other];

	switch (fuzz_next(state) % 6) {
	case 0:
		if (n < 2)
			break;
		memmove(ev + at, ev + at + 1, (n - at - 1) * sizeof(*ev));
		return n - 1;
	case 1:
		if (n == EVENTS_MAX)
			break;
		memmove(ev + at + 1, ev + at, (n - at) * sizeof(*ev));
		copy.time = ev[at].time;
		ev[at] = copy;
		return n + 1;
	case 2: /* from here on later */
		for (uint64_t by = fuzz_number(state, 1); at < n; at++)
			ev[at].time += by;
		break;
	default:
		change_event(&ev[at], state);
	}
	return n;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

static void change_meta(struct trace_meta *meta, uint64_t *state)
{
	switch (fuzz_next(state) % 6) {
	case 0:
		meta->clock_hz = fuzz_number(state, meta->clock_hz);
		break;
	case 1:
		meta->end = fuzz_number(state, meta->end);
		break;
	case 2:
		meta->lps = (uint32_t)fuzz_number(state, meta->lps);
		break;
	case 3:
		trace_meta_add_vp(meta, (uint32_t)fuzz_next(state) % 3, meta->vps, NULL);
		break;
	case 4:
		json_put(meta->more, "unseen_ticks",
			 json_integer((json_int_t)fuzz_number(state, 0)));
		break;
	default:
		json_put(meta->more, "host_model",
			 json_make("{s:I, s:I, s:I}", "tick_hz",
				   (json_int_t)fuzz_number(state, 100), "slice_ns",
				   (json_int_t)fuzz_number(state, 1000000), "slop_ns",
				   (json_int_t)fuzz_number(state, 50000)));
	}
}

/* The events of a file that can be read; how many. */
static size_t decode(const uint8_t *data, size_t size, struct trace_meta *meta,
		     struct trace_event *ev)
{
	struct vt_error err;
	struct trace_reader *r;
	const struct trace_event *block;
	size_t n = 0, more;

	fuzz_file_set(&file, data, size);
	r = trace_reader_open(file.path, &err);
	if (!r)
		return 0;
	trace_meta_copy(meta, trace_reader_meta(r));
	while (trace_reader_next(r, &block, &more, &err) > 0 && n + more <= EVENTS_MAX) {
		memcpy(ev + n, block, more * sizeof(*ev));
		n += more;
	}
	trace_reader_close(r);
	if (!n)
		trace_meta_free(meta);
	return n;
}

/* 0: the file cannot be decoded, or has become too large. */
static size_t change_content(uint8_t *data, size_t size, size_t max, uint64_t *state)
{
	static struct trace_event ev[EVENTS_MAX];
	struct trace_meta meta;
	size_t n = decode(data, size, &meta, ev);

	if (!n)
		return 0;
	for (uint64_t times = 1 + fuzz_next(state) % 4; times; times--)
		n = change_events(ev, n, state);
	if (fuzz_next(state) % 4 == 0)
		change_meta(&meta, state);
	if (fuzz_next(state) % 8)
		qsort(ev, n, sizeof(*ev), by_time);
	/* The end is mostly behind the last event. */
	if (fuzz_next(state) % 8 && meta.end < ev[n - 1].time)
		meta.end = ev[n - 1].time;
	uint8_t *made = vt_alloc(max);

	size = encode(made, max, &meta, ev, n, 1 + fuzz_next(state) % EVENTS_MAX);
	memcpy(data, made, size);
	free(made);
	trace_meta_free(&meta);
	return size;
}

/* Every checksum becomes right, whatever it covers. */
static void repair(uint8_t *data, size_t size)
{
	size_t at = VTT_FRONT_SIZE;

	if (size < VTT_FRONT_SIZE)
		return;
	vtt_put64(data + 24, vtt_hash(data, 24));
	while (size - at >= VTT_CHUNK_SIZE) {
		uint8_t *p = data + at;
		size_t payload = vtt_get32(p + 4), left = size - at - VTT_CHUNK_SIZE;

		if (payload <= left)
			vtt_put64(p + 32, vtt_hash(p + VTT_CHUNK_SIZE, payload));
		vtt_put64(p + 40, vtt_hash(p, 40));
		at += VTT_CHUNK_SIZE + (payload <= left ? payload : left);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint64_t state = seed;
	size_t changed = 0;

	if (fuzz_next(&state) % 4)
		changed = change_content(data, size, max, &state);
	if (changed)
		return changed;
	/* A few bytes of one length, mostly: the footer points from the end. */
	for (uint64_t times = 1 + fuzz_next(&state) % 4; times && size; times--)
		data[fuzz_next(&state) % size] = (uint8_t)fuzz_number(&state, 0);
	if (fuzz_next(&state) % 4 == 0)
		size = LLVMFuzzerMutate(data, size, max);
	repair(data, size);
	return size;
}
