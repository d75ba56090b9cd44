/* SPDX-License-Identifier: GPL-2.0-only */
/* What is written is read back: random events, every block size, cuts and flips at every byte. */
/* Tier: check */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/block.h"
#include "traces/trace.h"

#define LPS 5
/* More than 256, so that a VP is two bytes; few where each byte of a file is tried: a header names
 * them all. */
static uint32_t vps = 300;

static uint64_t rng = 1;

static uint64_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* Values of every magnitude. */
static uint64_t wide(void)
{
	return rnd() >> (4 + rnd() % 60);
}

static struct trace_event random_event(uint64_t time)
{
	struct trace_event ev = { .time = time, .type = (uint8_t)(rnd() % TRACE_TYPES) };

	ev.sub = (uint8_t)(rnd() % trace_type_subs(ev.type));
	if (trace_type_has_vp(ev.type))
		ev.vp = (uint32_t)(rnd() % vps);
	if (trace_type_has_lp(ev.type))
		ev.lp = (uint16_t)(rnd() % LPS);
	if (trace_type_has_value(ev.type))
		ev.value = wide();
	if (trace_types[ev.type].extra.unit == TRACE_VP_NUMBER)
		ev.extra = rnd() % vps;
	else if (trace_type_has_extra(ev.type))
		ev.extra = rnd() % 2 ? wide() : 0;
	return ev;
}

static void random_meta(struct trace_meta *meta)
{
	trace_meta_init(meta);
	meta->clock_hz = 2596122000;
	meta->lps = LPS;
	for (uint32_t i = 0; i < vps; i++)
		trace_meta_add_vp(meta, i / 4, i % 4, i % 7 ? NULL : "a \"name\"");
	json_object_set_new(meta->more, "class", json_string("synthetic"));
}

static struct trace_event *random_events(size_t n)
{
	struct trace_event *ev = calloc(n, sizeof(*ev));
	uint64_t time = 0;

	for (size_t i = 0; i < n; i++) {
		time += rnd() % 4 ? rnd() % 100000 : wide() >> 20;
		ev[i] = random_event(time);
	}
	return ev;
}

static void write_trace(const char *path, const struct trace_event *ev, size_t n, uint32_t block)
{
	struct trace_writer_options o = { .block_events = block };
	struct trace_meta meta;
	struct vt_error err;

	random_meta(&meta);
	struct trace_writer *w = trace_writer_open(path, &meta, &o, &err);

	cr_assert(w, "%s", err.text);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(trace_writer_add(w, &ev[i], &err), 0, "%s", err.text);
	meta.end = n ? ev[n - 1].time + 7 : 7;
	cr_assert_eq(trace_writer_finish(w, &meta, &err), 0, "%s", err.text);
	trace_meta_free(&meta);
}

/* The number of events read; they equal @ev. -1: refused. */
static int64_t read_back(const char *path, const struct trace_event *ev, size_t n, bool *truncated)
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);
	const struct trace_event *block;
	size_t got, at = 0;
	int more;

	if (!r)
		return -1;
	*truncated = trace_reader_truncated(r);
	while ((more = trace_reader_next(r, &block, &got, &err)) > 0) {
		cr_assert_eq(trace_reader_block_first(r), at);
		cr_assert_leq(at + got, n);
		cr_assert_eq(memcmp(block, ev + at, got * sizeof(*ev)), 0);
		at += got;
	}
	trace_reader_close(r);
	return more < 0 ? -1 : (int64_t)at;
}

static void temporary(char *path)
{
	strcpy(path, "/tmp/vtick-test-XXXXXX");
	close(mkstemp(path));
}

Test(roundtrip, every_block_size_gives_the_same_events_and_hash)
{
	static const uint32_t blocks[] = { 1, 2, 7, 100, 1000, 4096, 65536 };
	size_t n = 5000;
	struct trace_event *ev = random_events(n);
	char first[65] = "", path[64];

	temporary(path);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		bool truncated;
		char hex[65];
		struct vt_error err;

		write_trace(path, ev, n, blocks[i]);
		cr_assert_eq(read_back(path, ev, n, &truncated), (int64_t)n);
		cr_assert_not(truncated);
		struct trace_reader *r = trace_reader_open(path, &err);

		cr_assert_eq(trace_reader_events(r), n);
		cr_assert_eq(trace_hash_file(r, hex, &err), 0);
		cr_assert_str_eq(hex, trace_reader_sha256(r));
		if (!*first)
			strcpy(first, hex);
		cr_assert_str_eq(hex, first);
		cr_assert_str_eq(trace_reader_meta(r)->vp[7].name, "a \"name\"");
		cr_assert_str_eq(trace_reader_meta(r)->vp[9].name, "d2v1");
		trace_reader_close(r);
	}
	unlink(path);
	free(ev);
}

Test(roundtrip, an_empty_trace)
{
	char path[64];
	bool truncated;

	temporary(path);
	write_trace(path, NULL, 0, 0);
	cr_assert_eq(read_back(path, NULL, 0, &truncated), 0);
	cr_assert_not(truncated);
	unlink(path);
}

Test(roundtrip, seek_finds_the_first_block_that_reaches_a_time)
{
	size_t n = 3000;
	struct trace_event *ev = random_events(n);
	char path[64];
	struct vt_error err;

	temporary(path);
	write_trace(path, ev, n, 64);
	struct trace_reader *r = trace_reader_open(path, &err);

	for (int i = 0; i < 200; i++) {
		uint64_t time = rnd() % (ev[n - 1].time + 2);
		const struct trace_event *block;
		size_t got, want = 0;

		cr_assert_eq(trace_reader_seek(r, time, &err), 0);
		int more = trace_reader_next(r, &block, &got, &err);

		while (want < n && ev[want].time < time)
			want++;
		if (want == n) {
			cr_assert_eq(more, 0);
			continue;
		}
		cr_assert_eq(more, 1, "%s", err.text);
		uint64_t at = trace_reader_block_first(r);

		cr_assert_leq(at, want);
		cr_assert_gt(at + got, want);
	}
	trace_reader_close(r);
	unlink(path);
	free(ev);
}

Test(roundtrip, a_file_cut_at_any_byte_opens_to_its_last_whole_block)
{
	size_t n = 200, block = 16;

	vps = 12;
	struct trace_event *ev = random_events(n);
	char path[64];

	temporary(path);
	write_trace(path, ev, n, (uint32_t)block);
	FILE *f = fopen(path, "rb");
	static char bytes[1 << 20];
	long size = (long)fread(bytes, 1, sizeof(bytes), f);

	fclose(f);
	int64_t before = -1;

	for (long cut = 0; cut < size; cut++) {
		bool truncated = false;

		f = fopen(path, "wb");
		fwrite(bytes, 1, (size_t)cut, f);
		fclose(f);
		int64_t got = read_back(path, ev, n, &truncated);

		if (got >= 0)
			cr_assert(truncated);
		cr_assert_geq(got, before, "cut at %ld", cut);
		cr_assert(got < 0 || got % (int64_t)block == 0 || got == (int64_t)n);
		before = got;
	}
	cr_assert_eq(before, (int64_t)n);
	unlink(path);
	free(ev);
}

Test(roundtrip, a_flipped_byte_anywhere_is_noticed)
{
	size_t n = 60;

	vps = 12;
	struct trace_event *ev = random_events(n);
	char path[64];

	temporary(path);
	write_trace(path, ev, n, 16);
	FILE *f = fopen(path, "r+b");

	fseek(f, 0, SEEK_END);
	long size = ftell(f);

	for (long at = 0; at < size; at++) {
		int c, delta = 1 << rnd() % 8;

		fseek(f, at, SEEK_SET);
		c = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(c ^ delta, f);
		fflush(f);
		bool truncated = false;

		int64_t got = read_back(path, ev, n, &truncated);

		cr_assert_eq(got, -1, "the flip at %ld was not noticed", at);
		fseek(f, at, SEEK_SET);
		fputc(c, f);
		fflush(f);
	}
	fclose(f);
	unlink(path);
	free(ev);
}
