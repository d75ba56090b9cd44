/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace files whose checksums are all right and whose content is not: newer versions, counts that
 * lie, times that run backward, VPs and LPs that are not there, chunks and footers that point
 * astray. The library says what is wrong and where, info and replay end with 2, check with 1 or 2;
 * nothing crashes or is half done.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "traces/block.h"
#include "traces/commands.h"

static char folder[64], path[96], result[96];

/* The file under construction. */
static struct {
	unsigned char p[1 << 16];
	size_t n;
	uint64_t events; /* in the blocks so far */
	uint64_t index[3][4];
	size_t blocks;
} f;

static void put(const void *p, size_t n)
{
	cr_assert(f.n + n <= sizeof(f.p));
	memcpy(f.p + f.n, p, n);
	f.n += n;
}

static void put_front(uint32_t version, uint32_t size)
{
	unsigned char p[VTT_FRONT_SIZE];

	vtt_front_write(p);
	vtt_put32(p + 8, version);
	vtt_put32(p + 12, size);
	vtt_put64(p + 24, vtt_hash(p, 24));
	put(p, sizeof(p));
}

/* Returns its offset. */
static uint64_t put_chunk(const struct vtt_chunk *like, const void *payload, size_t size)
{
	struct vtt_chunk c = *like;
	unsigned char head[VTT_CHUNK_SIZE];
	uint64_t offset = f.n;

	c.payload_hash = vtt_hash(payload, size);
	if (!c.size)
		c.size = (uint32_t)size;
	vtt_chunk_write(head, &c);
	put(head, sizeof(head));
	put(payload, size);
	return offset;
}

static uint64_t put_meta(const char *json)
{
	return put_chunk(&(struct vtt_chunk){ .kind = VTT_META }, json, strlen(json));
}

static const char good_meta[] =
    "{\"clock_hz\":1000000000,\"end\":1000,\"lps\":2,\"vps\":["
    "{\"domain\":0,\"vcpu\":0,\"name\":\"a\"},{\"domain\":0,\"vcpu\":1,\"name\":\"b\"}]}";

/* A chunk of events whose payload is @payload; @c says what its header claims. */
static void put_payload(const struct vtt_chunk *c, const unsigned char *payload, size_t size)
{
	struct vtt_chunk claim = *c;
	uint64_t *index = f.index[f.blocks++];

	claim.kind = VTT_EVENTS;
	index[1] = f.events;
	index[2] = c->first;
	index[3] = c->last;
	index[0] = put_chunk(&claim, payload, size);
	f.events += c->events;
}

static void put_block(const struct trace_event *ev, size_t n)
{
	struct vtt_encoder *e = vtt_encoder_new(0);
	size_t size;
	const unsigned char *p = vtt_encode(e, ev, n, &size);

	put_payload(&(struct vtt_chunk){ .events = (uint32_t)n,
					 .first = ev[0].time,
					 .last = ev[n - 1].time },
		    p, size);
	vtt_encoder_free(e);
}

static uint64_t put_index(void)
{
	unsigned char p[sizeof(f.index)];

	for (size_t i = 0; i < f.blocks; i++) {
		for (size_t k = 0; k < 4; k++)
			vtt_put64(p + i * VTT_INDEX_ENTRY + k * 8, f.index[i][k]);
	}
	return put_chunk(&(struct vtt_chunk){ .kind = VTT_INDEX }, p, f.blocks * VTT_INDEX_ENTRY);
}

static void put_footer(uint64_t meta, uint64_t index, uint64_t events)
{
	unsigned char p[VTT_FOOTER_PAYLOAD];

	vtt_put64(p, meta);
	vtt_put64(p + 8, index);
	vtt_put64(p + 16, events);
	put_chunk(&(struct vtt_chunk){ .kind = VTT_FOOTER }, p, sizeof(p));
}

static void put_end(const char *meta_json)
{
	uint64_t meta = put_meta(meta_json);
	uint64_t index = put_index();

	put_footer(meta, index, f.events);
}

static void begin(void)
{
	put_front(VTT_VERSION, VTT_FRONT_SIZE);
	put_meta(good_meta);
}

static const struct trace_event good[] = {
	{ .time = 10, .type = TRACE_SCHED_IN, .vp = 1 },
	{ .time = 20, .type = TRACE_ARM, .vp = 1, .value = 500, .sub = TRACE_LAPIC },
	{ .time = 600, .type = TRACE_SCHED_OUT, .vp = 1, .sub = TRACE_BLOCK },
};

static void make_folder(void)
{
	const char *policies = getenv("VTICK_POLICIES");

	snprintf(folder, sizeof(folder), "/tmp/vtick-hostile-XXXXXX");
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.vtt", folder);
	snprintf(result, sizeof(result), "%s/result.json", folder);
	memset(&f, 0, sizeof(f));
	setenv("VTICK_POLICY_PATH", policies ? policies : "build/policies", 1);
	cr_redirect_stderr();
	cr_redirect_stdout();
}

static void remove_folder(void)
{
	unlink(path);
	cr_expect_eq(rmdir(folder), 0, "a file is left in %s", folder);
}

TestSuite(hostile, .init = make_folder, .fini = remove_folder, .timeout = 240);

static void write_file(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, f.p, f.n), (ssize_t)f.n);
	close(fd);
}

/* Reads all of the file: 0 or -1. */
static int read_all(struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(path, err);
	const struct trace_event *ev;
	int more;
	size_t n;

	if (!r)
		return -1;
	while ((more = trace_reader_next(r, &ev, &n, err)) > 0)
		;
	trace_reader_close(r);
	return more;
}

static int run(const struct opt_command *command, const char *option)
{
	char words[2][16];
	char *argv[] = { words[0], words[1], path, NULL };
	char *replay[] = { words[0], words[1], result, path, NULL };

	snprintf(words[0], sizeof(words[0]), "%s", command->name);
	snprintf(words[1], sizeof(words[1]), "%s", option);
	return command == &command_replay ? command->run(4, replay) : command->run(3, argv);
}

/* Nothing that reads the file takes it. */
static void commands_refuse(void)
{
	int code = run(&command_check, "--quiet");

	cr_expect_eq(run(&command_info, "--json"), 2, "info");
	cr_expect(code == 1 || code == 2, "check: %d", code);
	cr_expect_eq(run(&command_replay, "-o"), 2, "replay");
	cr_expect(access(result, F_OK), "a result is left");
}

/* The file is refused with a sentence that says @what at @offset. */
static void refused_at(uint64_t offset, const char *what)
{
	char place[128];
	struct vt_error err = { .text = "" };

	write_file();
	cr_assert_eq(read_all(&err), -1, "it reads, expected: %s", what);
	snprintf(place, sizeof(place), "%s: offset %" PRIu64 ": ", path, offset);
	cr_expect(!strncmp(err.text, place, strlen(place)), "'%s' does not begin with '%s'",
		  err.text, place);
	cr_expect(strstr(err.text, what), "'%s' does not say '%s'", err.text, what);
	commands_refuse();
}

Test(hostile, the_file_that_the_others_spoil_is_fine)
{
	struct vt_error err = { .text = "" };

	begin();
	put_block(good, 3);
	put_end(good_meta);
	write_file();
	cr_assert_eq(read_all(&err), 0, "%s", err.text);
	cr_expect_eq(run(&command_replay, "-o"), 0);
	cr_expect_eq(unlink(result), 0);
}

Test(hostile, versions)
{
	put_front(2, VTT_FRONT_SIZE);
	put_meta(good_meta);
	put_end(good_meta);
	refused_at(0, "version 2");
	memset(&f, 0, sizeof(f));
	put_front(UINT32_MAX, VTT_FRONT_SIZE);
	refused_at(0, "version 4294967295");
	memset(&f, 0, sizeof(f));
	put_front(VTT_VERSION, 64);
	put_meta(good_meta);
	put_end(good_meta);
	refused_at(0, "a front of 64 bytes, expected 32");
}

Test(hostile, the_footer_counts_other_events)
{
	for (int d = -1; d <= 1; d += 2) {
		memset(&f, 0, sizeof(f));
		begin();
		put_block(good, 3);
		uint64_t meta = put_meta(good_meta);
		uint64_t index = put_index();

		put_footer(meta, index, d < 0 ? 2 : 4);
		refused_at(meta, d < 0 ? "counts 2 events, the blocks hold 3"
				       : "counts 4 events, the blocks hold 3");
	}
}

Test(hostile, a_footer_that_points_astray)
{
	static const struct {
		int64_t meta, index; /* from where they are; INT64_MIN: 0 */
		const char *what;
	} wrong[] = {
		{ 1, 0, "does not match its checksum" },
		{ INT64_MIN, 0, "points outside the file" },
		{ 0, INT64_MIN, "points outside the file" },
		{ 1000000, 1000000, "points outside the file" },
		{ INT64_MAX, INT64_MAX, "points outside the file" },
		{ 0, 1, "does not match its checksum" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		memset(&f, 0, sizeof(f));
		begin();
		put_block(good, 3);
		uint64_t meta = put_meta(good_meta), index = put_index(), footer = f.n;
		int outside = !strncmp(wrong[i].what, "points", 6);

		put_footer(wrong[i].meta == INT64_MIN ? 0 : meta + (uint64_t)wrong[i].meta,
			   wrong[i].index == INT64_MIN ? 0 : index + (uint64_t)wrong[i].index, 3);
		refused_at(outside ? footer : wrong[i].meta ? meta + 1 : index + 1, wrong[i].what);
	}
}

Test(hostile, a_footer_that_leaves_a_gap)
{
	begin();
	put_block(good, 3);
	uint64_t meta = put_meta(good_meta);

	put_meta(good_meta);
	put_footer(meta, put_index(), 3);
	refused_at(meta, "no header where the footer says");
}

Test(hostile, an_index_that_lies)
{
	static const struct {
		uint64_t offset, first;
		const char *what;
	} wrong[] = {
		{ UINT64_MAX, 0, "outside the blocks" },
		{ 0, 0, "outside the blocks" },
		{ 33, 0, "checksum" },
		{ VTT_FRONT_SIZE, 77, "the blocks hold" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		memset(&f, 0, sizeof(f));
		begin();
		put_block(good, 3);
		f.index[0][0] = wrong[i].offset;
		f.index[0][1] = wrong[i].first;
		put_end(good_meta);
		write_file();

		struct vt_error err = { .text = "" };
		struct trace_reader *r = trace_reader_open(path, &err);
		const struct trace_event *ev;
		size_t n;
		int more = 1;

		cr_assert(r, "%s", err.text);
		if (trace_reader_seek(r, 15, &err))
			more = -1;
		while (more > 0)
			more = trace_reader_next(r, &ev, &n, &err);
		cr_expect_eq(more, -1, "index %zu", i);
		cr_expect(strstr(err.text, wrong[i].what), "'%s' does not say '%s'", err.text,
			  wrong[i].what);
		trace_reader_close(r);
	}
}

Test(hostile, an_index_of_a_broken_size)
{
	unsigned char p[VTT_INDEX_ENTRY + 8] = { 0 };

	begin();
	put_block(good, 3);
	uint64_t meta = put_meta(good_meta);
	uint64_t index = put_chunk(&(struct vtt_chunk){ .kind = VTT_INDEX }, p, sizeof(p));

	put_footer(meta, index, 3);
	refused_at(index, "broken size");
}

Test(hostile, chunks_that_cannot_be)
{
	static const struct {
		struct vtt_chunk c;
		const char *what;
	} wrong[] = {
		{ { .kind = 0x21212121 }, "unknown kind" },
		{ { .kind = VTT_EVENTS }, "1 to 65536 events" },
		{ { .kind = VTT_EVENTS, .events = 65537 }, "1 to 65536 events" },
		{ { .kind = VTT_EVENTS, .events = UINT32_MAX, .size = UINT32_MAX },
		  "1 to 65536 events" },
		{ { .kind = VTT_EVENTS, .events = 1, .size = UINT32_MAX },
		  "larger than its events" },
		{ { .kind = VTT_EVENTS, .events = 1, .first = 2, .last = 1 }, "backward" },
		{ { .kind = VTT_EVENTS, .events = 1, .last = TRACE_TICK_LIMIT }, "backward" },
		{ { .kind = VTT_META, .size = VTT_META_MAX + 1 }, "more than 128 MiB" },
		{ { .kind = VTT_META, .size = UINT32_MAX }, "more than 128 MiB" },
		{ { .kind = VTT_FOOTER, .size = 25 }, "wrong size" },
		{ { .kind = VTT_INDEX, .size = 31 }, "broken size" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		/* In a file without a footer, and in one with. */
		for (int whole = 0; whole < 2; whole++) {
			memset(&f, 0, sizeof(f));
			begin();
			uint64_t at = put_chunk(&wrong[i].c, "", 0);

			put_block(good, 3);
			if (whole)
				put_end(good_meta);
			refused_at(at, wrong[i].what);
		}
	}
}

Test(hostile, a_chunk_that_reaches_over_the_end)
{
	unsigned char p[8] = { 1 };

	begin();
	uint64_t at =
	    put_chunk(&(struct vtt_chunk){ .kind = VTT_EVENTS, .events = 65536, .size = 2000000 },
		      p, sizeof(p));

	put_end(good_meta);
	refused_at(at, "reaches behind the last block");
}

Test(hostile, headers_that_cannot_be)
{
	static const struct {
		const char *json, *what;
	} wrong[] = {
		{ "", "no JSON" },
		{ "{", "no JSON" },
		{ "{\"lps\":1,\"lps\":2}", "no JSON" },
		{ "[]", "no object" },
		{ "{}", "clock_hz" },
		{ "{\"clock_hz\":0,\"end\":9,\"lps\":1,\"vps\":[]}", "clock_hz" },
		{ "{\"clock_hz\":1099511627777,\"end\":9,\"lps\":1,\"vps\":[]}", "clock_hz" },
		{ "{\"clock_hz\":-1,\"end\":9,\"lps\":1,\"vps\":[]}", "clock_hz" },
		{ "{\"clock_hz\":1e9,\"end\":9,\"lps\":1,\"vps\":[]}", "clock_hz" },
		{ "{\"clock_hz\":99999999999999999999999,\"end\":9,\"lps\":1,\"vps\":[]}",
		  "no JSON" },
		{ "{\"clock_hz\":1,\"end\":1152921504606846976,\"lps\":1,\"vps\":[]}", "end" },
		{ "{\"clock_hz\":1,\"end\":-5,\"lps\":1,\"vps\":[]}", "end" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":0,\"vps\":[]}", "lps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":4097,\"vps\":[]}", "lps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":\"1\",\"vps\":[]}", "lps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1}", "vps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1,\"vps\":7}", "vps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1,\"vps\":[7]}", "vps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1,\"vps\":[{\"domain\":0,\"vcpu\":0}]}",
		  "vps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1,\"vps\":[{\"domain\":0,\"vcpu\":4294967296,"
		  "\"name\":"
		  "\"a\"}]}",
		  "vps" },
		{ "{\"clock_hz\":1,\"end\":9,\"lps\":1,\"vps\":[],\"events_sha256\":\"12\"}",
		  "SHA-256" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		memset(&f, 0, sizeof(f));
		put_front(VTT_VERSION, VTT_FRONT_SIZE);
		put_meta(wrong[i].json); /* the file ends here */
		refused_at(VTT_FRONT_SIZE + VTT_CHUNK_SIZE, wrong[i].what);

		memset(&f, 0, sizeof(f));
		begin();
		uint64_t last = f.n;

		put_end(wrong[i].json);
		refused_at(last + VTT_CHUNK_SIZE, wrong[i].what);
	}
}

Test(hostile, no_header_at_all)
{
	put_front(VTT_VERSION, VTT_FRONT_SIZE);
	put_block(good, 3);
	refused_at(f.n, "before its header ends");
}

Test(hostile, vps_and_lps_that_are_not_there)
{
	static const struct {
		struct trace_event ev;
		const char *what;
	} wrong[] = {
		{ { .type = TRACE_SCHED_IN, .vp = 2 },
		  "an event of a VP that the header does not name" },
		{ { .type = TRACE_WAKE, .vp = UINT32_MAX },
		  "an event of a VP that the header does not name" },
		{ { .type = TRACE_SCHED_IN, .lp = 2 },
		  "an event on an LP that the header does not have" },
		{ { .type = TRACE_OBS_HV_IRQ, .lp = UINT16_MAX },
		  "an event on an LP that the header does not have" },
		{ { .type = TRACE_IPI, .extra = 2 }, "an IPI to a VP" },
		{ { .type = TRACE_IPI, .extra = UINT64_C(1) << 32 }, "an IPI to a VP" },
		{ { .type = TRACE_SCHED_OUT, .sub = TRACE_REASONS }, "does not know" },
		{ { .type = TRACE_ARM, .sub = TRACE_DEVS }, "does not know" },
		{ { .type = TRACE_MASK, .sub = 2 }, "does not know" },
		{ { .type = TRACE_WAKE, .sub = 1 }, "does not know" },
		{ { .type = TRACE_WAKE, .extra = 1 }, "does not know" },
		{ { .type = TRACE_ARM, .value = TRACE_TICK_LIMIT }, "2^60" },
		{ { .type = TRACE_ARM, .value = UINT64_MAX }, "2^60" },
		{ { .type = TRACE_ARM, .extra = TRACE_TICK_LIMIT }, "2^60" },
		{ { .type = TRACE_COUNTER, .value = TRACE_TICK_LIMIT }, "2^60" },
		{ { .type = TRACE_LOST, .extra = UINT64_MAX }, "2^60" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct trace_event ev[4];

		memcpy(ev, good, sizeof(good));
		ev[3] = wrong[i].ev;
		ev[3].time = 700;
		for (int whole = 0; whole < 2; whole++) {
			memset(&f, 0, sizeof(f));
			begin();
			put_block(ev, 4);
			if (whole)
				put_end(good_meta);
			refused_at(f.index[0][0], wrong[i].what);
		}
	}
}

Test(hostile, fewer_vps_in_the_last_header)
{
	begin();
	put_block(good, 3);
	put_end("{\"clock_hz\":1,\"end\":1000,\"lps\":2,\"vps\":[{\"domain\":0,\"vcpu\":0,\"name\":"
		"\"a\"}]}");
	refused_at(f.index[0][0], "an event of a VP that the header does not name");
}

Test(hostile, time_that_runs_backward)
{
	static const struct trace_event early[] = { { .time = 500, .type = TRACE_WAKE } };
	struct trace_event back[] = { { .time = 10, .type = TRACE_WAKE },
				      { .time = 9, .type = TRACE_WAKE } };

	begin();
	put_block(good, 3);
	put_block(early, 1);
	put_end(good_meta);
	refused_at(f.index[1][0], "before the last block's");

	/* Inside a block: the difference is as good as 2^64, and the header claims something in
	 * order. */
	struct vtt_encoder *e = vtt_encoder_new(0);
	size_t size;
	const unsigned char *p = vtt_encode(e, back, 2, &size);

	memset(&f, 0, sizeof(f));
	begin();
	put_payload(&(struct vtt_chunk){ .events = 2, .first = 10, .last = 11 }, p, size);
	put_end(good_meta);
	refused_at(f.index[0][0], "time runs backward");
	vtt_encoder_free(e);
}

Test(hostile, time_that_is_not_what_the_block_claims)
{
	struct vtt_encoder *e = vtt_encoder_new(0);
	size_t size;
	const unsigned char *p = vtt_encode(e, good, 3, &size);

	for (uint64_t last = 599; last <= 601; last += 2) {
		memset(&f, 0, sizeof(f));
		begin();
		put_payload(&(struct vtt_chunk){ .events = 3, .first = 10, .last = last }, p, size);
		put_end(good_meta);
		refused_at(f.index[0][0], "time runs backward");
	}
	vtt_encoder_free(e);
}

Test(hostile, an_event_after_the_end)
{
	begin();
	put_block(good, 3);
	put_end("{\"clock_hz\":1,\"end\":599,\"lps\":2,\"vps\":[{\"domain\":0,\"vcpu\":0,\"name\":"
		"\"a\"},"
		"{\"domain\":0,\"vcpu\":1,\"name\":\"b\"}]}");
	refused_at(f.index[0][0], "after the end");
}

Test(hostile, a_block_that_claims_another_count)
{
	struct vtt_encoder *e = vtt_encoder_new(0);
	size_t size;
	const unsigned char *p = vtt_encode(e, good, 3, &size);

	for (uint32_t n = 1; n <= 65536; n = n == 1 ? 2 : n * 2) {
		memset(&f, 0, sizeof(f));
		begin();
		put_payload(&(struct vtt_chunk){ .events = n, .first = 10, .last = 600 }, p, size);
		put_end(good_meta);
		refused_at(f.index[0][0], "");
	}
	vtt_encoder_free(e);
}

/* Every byte of a block's payload in turn set to some values: refused or read, but never worse. */
Test(hostile, payloads_with_any_byte_changed)
{
	static const unsigned char values[] = { 0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	struct vtt_encoder *e = vtt_encoder_new(0);
	struct trace_event ev[300];
	unsigned char payload[4096];
	size_t size, read = 0, refused = 0;

	for (size_t i = 0; i < 300; i++)
		ev[i] = (struct trace_event){ .time = i * 3,
					      .type = TRACE_ARM,
					      .vp = i & 1,
					      .value = i * i,
					      .extra = i % 7 };
	const unsigned char *p = vtt_encode(e, ev, 300, &size);

	cr_assert(size < sizeof(payload));
	for (size_t at = 0; at < size; at++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			struct vt_error err = { .text = "" };

			memcpy(payload, p, size);
			if (payload[at] == values[v])
				continue;
			payload[at] = values[v];
			memset(&f, 0, sizeof(f));
			begin();
			put_payload(&(struct vtt_chunk){ .events = 300, .last = 897 }, payload,
				    size);
			put_end(good_meta);
			write_file();
			if (!read_all(&err)) {
				read++;
				continue;
			}
			refused++;
			cr_assert(strstr(err.text, ": offset "), "byte %zu: '%s'", at, err.text);
		}
	}
	/* A changed deadline or period is as good as the old one, a changed column is not. */
	cr_expect(read > 0 && refused > 100, "%zu read, %zu refused", read, refused);
	vtt_encoder_free(e);
}

/* Legal for the format, but not as a schedule: check says 1, replay 2. */
Test(hostile, events_that_are_not_legal)
{
	static const struct trace_event wrong[][3] = {
		{ { .time = 1, .type = TRACE_ARM, .value = 5 } },
		{ { .time = 1, .type = TRACE_SCHED_IN },
		  { .time = 2, .type = TRACE_SCHED_IN, .vp = 1 } },
		{ { .time = 1, .type = TRACE_SCHED_IN },
		  { .time = 2, .type = TRACE_SCHED_IN, .lp = 1 } },
		{ { .time = 1, .type = TRACE_SCHED_OUT } },
		{ { .time = 1, .type = TRACE_DISARM } },
		{ { .time = 1, .type = TRACE_MASK } },
		{ { .time = 1, .type = TRACE_ACK } },
		{ { .time = 1, .type = TRACE_ENTRY } },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct vt_error err = { .text = "" };

		memset(&f, 0, sizeof(f));
		begin();
		put_block(wrong[i], wrong[i][1].time ? 2 : 1);
		put_end(good_meta);
		write_file();
		cr_assert_eq(read_all(&err), 0, "%s", err.text);
		cr_expect_eq(run(&command_check, "--quiet"), 1, "check of %zu", i);
		cr_expect_eq(run(&command_replay, "-o"), 2, "replay of %zu", i);
		cr_expect(access(result, F_OK), "a result is left");
	}
}
