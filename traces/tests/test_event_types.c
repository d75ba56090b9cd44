/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of event types: its rows are whole, writer and decoder take the same events, types that
 * this vtick does not know are named, and FORMAT.md's table is made from it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/meta.h"
#include "traces/trace.h"

#define LPS 3u
#define VPS 5u

static uint64_t rng = 1;

static uint64_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

Test(event_types, every_row_is_whole)
{
	for (unsigned t = 0; t < TRACE_TYPES; t++) {
		const struct trace_type_info *i = &trace_types[t];

		cr_assert(i->name && *i->name && i->help, "type %u", t);
		cr_expect_eq(trace_type_named(i->name), t);
		cr_expect_leq(strlen(i->name), 11, "%s: the dump's column", i->name);
		cr_expect(i->vp || i->lp, "%s happens nowhere", i->name);
		cr_expect_leq(trace_type_subs(t), TRACE_SUBS_MAX);
		for (unsigned s = 0; i->sub.key && s < i->sub.count; s++)
			cr_expect(i->sub.names[s]);
		cr_expect(!i->value.unit == !i->value.key && !i->extra.unit == !i->extra.key);
		cr_expect_neq(i->value.unit, TRACE_VP_NUMBER, "only an extra is held to be one");
		if (i->runs || i->value.unit == TRACE_DEADLINE || i->value.unit == TRACE_COUNT_OF)
			cr_expect(i->vp, "%s is about a VP", i->name);
		cr_expect_eq(i->since != NULL, t >= TRACE_FIRST_NEWER,
			     "%s: what old files hold has no `since`, what is newer has", i->name);
	}
	cr_expect_eq(trace_type_named("nope"), TRACE_TYPES);
}

/* Mostly in range, now and then just outside, seldom far. */
static uint64_t about(uint64_t limit)
{
	switch (rnd() % 8) {
	case 0:
		return limit;
	case 1:
		return rnd() >> rnd() % 64;
	case 2:
	case 3:
		return 0;
	default:
		return rnd() % limit;
	}
}

static struct trace_event random_event(unsigned types)
{
	return (struct trace_event){
		.time = about(TRACE_TICK_LIMIT),
		.value = rnd() % 2 ? about(TRACE_TICK_LIMIT) : 0,
		.extra = rnd() % 2 ? about(rnd() % 2 ? VPS : TRACE_TICK_LIMIT) : 0,
		.vp = rnd() % 2 ? (uint32_t)about(VPS) : 0,
		.lp = rnd() % 2 ? (uint16_t)about(LPS) : 0,
		.type = (uint8_t)(rnd() % types),
		.sub = rnd() % 2 ? (uint8_t)about(TRACE_SUBS_MAX) : 0,
	};
}

/* The decoder takes what the encoder makes of @ev, and it is @ev. */
static bool decodes(struct vtt_encoder *e, struct vtt_decoder *d, const struct trace_event *ev)
{
	struct vtt_wrong wrong;
	struct vtt_chunk c = { .events = 1, .first = ev->time, .last = ev->time };
	unsigned char head[VTT_CHUNK_SIZE];
	size_t size;
	const unsigned char *payload = vtt_encode(e, ev, 1, &size);
	const struct trace_event *back;

	c.kind = VTT_EVENTS;
	c.size = (uint32_t)size;
	vtt_chunk_write(head, &c);
	if (vtt_chunk_read(head, &c))
		return false;
	back = vtt_decode(d, &c, payload, LPS, VPS, &wrong);
	return back && !memcmp(back, ev, sizeof(*ev));
}

Test(event_types, writer_and_decoder_take_the_same)
{
	struct trace_meta meta;
	struct trace_writer *w;
	struct vtt_encoder *e = vtt_encoder_new(1);
	struct vtt_decoder *d = vtt_decoder_new();
	struct vt_error err;
	unsigned taken[TRACE_TYPES] = { 0 }, refused[TRACE_TYPES] = { 0 };
	char path[] = "/tmp/vtick-test-XXXXXX";

	close(mkstemp(path));
	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = LPS;
	for (uint32_t i = 0; i < VPS; i++)
		trace_meta_add_vp(&meta, i, 0, NULL);
	for (unsigned i = 0; i < 200000; i++) {
		struct trace_event ev = random_event(TRACE_TYPES);
		bool ok = !trace_event_fault(&ev, LPS, VPS);

		cr_assert_eq(decodes(e, d, &ev), ok,
			     "%s sub %u vp %u lp %u time %llx value %llx extra %llx: the writer "
			     "%s it, the decoder does not agree",
			     trace_types[ev.type].name, ev.sub, ev.vp, ev.lp,
			     (unsigned long long)ev.time, (unsigned long long)ev.value,
			     (unsigned long long)ev.extra, ok ? "takes" : "refuses");
		++*(ok ? &taken[ev.type] : &refused[ev.type]);
		if (i % 100)
			continue;
		/* And the writer goes by that very rule. */
		w = trace_writer_open(path, &meta, NULL, &err);
		cr_assert(w, "%s", err.text);
		cr_assert_eq(trace_writer_add(w, &ev, &err) == 0, ok);
		trace_writer_abort(w);
	}
	for (unsigned t = 0; t < TRACE_TYPES; t++)
		cr_expect(taken[t] > 100 && refused[t] > 100, "%s: %u taken, %u refused",
			  trace_types[t].name, taken[t], refused[t]);
	struct trace_event unknown = { .type = TRACE_TYPES };

	w = trace_writer_open(path, &meta, NULL, &err);
	cr_assert(w);
	cr_expect_eq(trace_writer_add(w, &unknown, &err), -1);
	cr_expect(strstr(err.text, "its type is unknown"), "%s", err.text);
	trace_writer_abort(w);
	unlink(path);
	trace_meta_free(&meta);
	vtt_encoder_free(e);
	vtt_decoder_free(d);
}

/* ---- types from 16 on ---- */

/* A block of two events of which every column but op is 0: their ops are @low and @high. */
static size_t two_plane_block(unsigned char *p, const unsigned char low[2],
			      const unsigned char high[2])
{
	memset(p, 0, 8);
	p[0] = 2;
	p[2] = 1; /* vp and lp: a plane each */
	p[3] = 1;
	vtt_put32(p + 8, 2); /* raw, 2 bytes */
	vtt_put32(p + 12, 2);
	vtt_put32(p + 16, UINT32_C(1) << 30 | 1); /* const */
	vtt_put32(p + 20, UINT32_C(1) << 30 | 1);
	memcpy(p + 24, low, 2);
	memcpy(p + 26, high, 2);
	p[28] = p[29] = 0;
	return 30;
}

Test(event_types, a_second_plane_of_ops)
{
	const unsigned char low[2] = { TRACE_SCHED_IN, TRACE_SCHED_OUT | TRACE_BLOCK << 4 };
	const unsigned char none[2] = { 0, 0 }, far[2] = { 0, 15 }, beyond[2] = { 0, 255 };
	struct vtt_decoder *d = vtt_decoder_new();
	struct vtt_chunk c = { .kind = VTT_EVENTS, .events = 2 };
	const struct trace_event *ev;
	struct vtt_wrong wrong;
	unsigned char p[64];

	c.size = (uint32_t)two_plane_block(p, low, none);
	ev = vtt_decode(d, &c, p, LPS, VPS, &wrong);
	cr_assert(ev, "%s", wrong.text);
	cr_expect_eq(ev[0].type, TRACE_SCHED_IN);
	cr_expect_eq(ev[1].type, TRACE_SCHED_OUT);
	cr_expect_eq(ev[1].sub, TRACE_BLOCK);
	two_plane_block(p, low, far);
	cr_assert_null(vtt_decode(d, &c, p, LPS, VPS, &wrong));
	cr_expect(wrong.unknown && wrong.type == 241 && wrong.sub == TRACE_BLOCK);
	two_plane_block(p, low, beyond);
	cr_assert_null(vtt_decode(d, &c, p, LPS, VPS, &wrong));
	c.size--;
	cr_assert_null(vtt_decode(d, &c, p, LPS, VPS, &wrong));
	vtt_decoder_free(d);
}

static void put_chunk(FILE *f, struct vtt_chunk *c, const void *payload, size_t size)
{
	unsigned char head[VTT_CHUNK_SIZE];

	c->size = (uint32_t)size;
	c->payload_hash = vtt_hash(payload, size);
	vtt_chunk_write(head, c);
	fwrite(head, sizeof(head), 1, f);
	fwrite(payload, size, 1, f);
}

/* What a reader says of a file with @types in its header whose second event has this op. */
static void reader_says(const char *types, unsigned char low1, unsigned char high1, char *text)
{
	const unsigned char low[2] = { TRACE_SCHED_IN, low1 }, high[2] = { 0, high1 };
	struct vtt_chunk meta_chunk = { .kind = VTT_META },
			 block = { .kind = VTT_EVENTS, .events = 2 };
	unsigned char front[VTT_FRONT_SIZE], p[64];
	char path[] = "/tmp/vtick-test-XXXXXX";
	const struct trace_event *ev;
	struct trace_reader *r;
	struct trace_meta meta;
	struct vt_error err;
	size_t len, n;
	FILE *f = fdopen(mkstemp(path), "wb");

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = LPS;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	if (types)
		json_object_set_new(meta.more, "types", json_loads(types, 0, NULL));
	char *json = trace_meta_write(&meta, NULL, &len);

	vtt_front_write(front);
	fwrite(front, sizeof(front), 1, f);
	put_chunk(f, &meta_chunk, json, len);
	put_chunk(f, &block, p, two_plane_block(p, low, high));
	fclose(f);
	free(json);
	trace_meta_free(&meta);
	r = trace_reader_open(path, &err);
	cr_assert(r, "%s", err.text);
	cr_assert_eq(trace_reader_next(r, &ev, &n, &err), -1);
	cr_expect(trace_reader_newer(r));
	trace_reader_close(r);
	unlink(path);
	cr_assert_eq(strncmp(err.text, path, strlen(path)), 0);
	strcpy(text, strstr(err.text, ": offset ") + 9);
	memmove(text, strstr(text, ": ") + 2, strlen(strstr(text, ": ") + 2) + 1);
}

Test(event_types, one_that_is_not_known_is_named_with_the_version_to_get)
{
	char text[768], expected[256];

	reader_says("{\"240\": {\"name\": \"warp\", \"since\": \"9.1\"}}", 0, 15, text);
	snprintf(expected, sizeof(expected),
		 "an event of type 240 (warp), which needs vtick 9.1 or newer; this is %s",
		 vtick_version());
	cr_expect_str_eq(text, expected, "%s", text);
	reader_says(NULL, 0, 15, text);
	snprintf(expected, sizeof(expected),
		 "an event of type 240 (not named in the header), which vtick %s does not know: it "
		 "needs a newer one",
		 vtick_version());
	cr_expect_str_eq(text, expected, "%s", text);
	reader_says("{\"1.7\": {\"name\": \"sched_out nap\", \"since\": \"9.2\"}}",
		    TRACE_SCHED_OUT | 7 << 4, 0, text);
	snprintf(expected, sizeof(expected),
		 "an event of type 1.7 (sched_out nap), which needs vtick 9.2 or newer; this is %s",
		 vtick_version());
	cr_expect_str_eq(text, expected, "%s", text);
	/* A header that is silent, or no object, is no reason to fall over. */
	reader_says("[]", TRACE_SCHED_OUT | 7 << 4, 0, text);
	cr_expect(strstr(text, "type 1.7 (sched_out), which vtick"), "%s", text);
}

Test(event_types, the_header_names_what_was_written)
{
	struct trace_meta meta;
	struct vt_error err;
	struct trace_writer *w;
	struct trace_reader *r;
	char path[] = "/tmp/vtick-test-XXXXXX";
	unsigned newer = 0;

	close(mkstemp(path));
	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	/* What another file's header named is not what this one holds. */
	json_object_set_new(meta.more, "types", json_pack("{s:{}}", "200"));
	w = trace_writer_open(path, &meta, NULL, &err);
	cr_assert(w);
	for (unsigned t = TRACE_FIRST_NEWER; t < TRACE_TYPES; t++, newer++) {
		struct trace_event ev = { .type = (uint8_t)t };

		cr_assert_eq(trace_writer_add(w, &ev, &err), 0);
		cr_assert_eq(trace_writer_add(w, &ev, &err), 0);
	}
	cr_assert_eq(trace_writer_finish(w, &meta, &err), 0);
	r = trace_reader_open(path, &err);
	cr_assert(r);
	const json_t *types = json_object_get(trace_reader_meta(r)->more, "types");

	cr_expect_eq(json_object_size(types), newer);
	for (unsigned t = TRACE_FIRST_NEWER; t < TRACE_TYPES; t++) {
		char *key = vt_format("%u", t);
		const json_t *say = json_object_get(types, key);

		cr_expect_str_eq(json_string_value(json_object_get(say, "since")),
				 trace_types[t].since);
		free(key);
	}
	trace_reader_close(r);
	trace_meta_free(&meta);
	unlink(path);
}

/* ---- FORMAT.md ---- */

static void put_field(FILE *to, const struct trace_field *f)
{
	fputs(" | ", to);
	if (f->unit != TRACE_ABSENT)
		fprintf(to, "%s%s%s", f->key, f->means ? ": " : "", f->means ? f->means : "");
}

static void put_place(FILE *to, const char *place)
{
	fprintf(to, " | %s", !place ? "" : *place ? place : "yes");
}

static char *made_table(void)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fputs("| number | type | vp | lp | sub | value | extra | what | VP must run |\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      to);
	for (unsigned t = 0; t < TRACE_TYPES; t++) {
		const struct trace_type_info *i = &trace_types[t];

		fprintf(to, "| %u | %s", t, i->name);
		put_place(to, i->vp);
		put_place(to, i->lp);
		fputs(" | ", to);
		for (unsigned s = 0; i->sub.key && s < i->sub.count; s++)
			fprintf(to, "%s%s%u %s", s ? ", " : i->sub.key, s ? "" : ": ", s,
				i->sub.names[s]);
		put_field(to, &i->value);
		put_field(to, &i->extra);
		fprintf(to, " | %s%s%s | %s |\n", i->help, i->since ? "; since vtick " : "",
			i->since ? i->since : "", i->runs ? "yes" : "");
	}
	fclose(to);
	return text;
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = vt_alloc(1 << 20);

	cr_assert(f, "%s: run me in the top folder", path);
	text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
	fclose(f);
	return text;
}

Test(event_types, format_md_has_the_table)
{
	static const char open[] = "<!-- events -->\n", close_mark[] = "<!-- /events -->\n";
	char *page = slurp("traces/FORMAT.md"), *table = made_table();
	char *from = strstr(page, open), *to = strstr(page, close_mark);

	cr_assert(from && to && from < to, "FORMAT.md lacks its marks");
	from += strlen(open);
	if (getenv("VTICK_ACCEPT")) {
		FILE *f = fopen("traces/FORMAT.md", "wb");

		cr_assert(f);
		fwrite(page, 1, (size_t)(from - page), f);
		fputs(table, f);
		fputs(to, f);
		fclose(f);
	} else {
		cr_expect((size_t)(to - from) == strlen(table) &&
			      !memcmp(from, table, strlen(table)),
			  "FORMAT.md's table of events is not traces/event.c's: run this test with "
			  "VTICK_ACCEPT=1");
	}
	free(page);
	free(table);
}
