/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick check` on traces that are wrong in one way each. */
#define _GNU_SOURCE /* memmem() */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/block.h"
#include "traces/commands.h"

static char path[64];

static void make_path(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/vtick-check-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	close(fd);
	cr_redirect_stderr();
	cr_redirect_stdout();
}

static void remove_path(void)
{
	unlink(path);
}

TestSuite(check, .init = make_path, .fini = remove_path);

static struct trace_meta small_meta(void)
{
	struct trace_meta meta;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.end = 1000;
	meta.lps = 2;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	trace_meta_add_vp(&meta, 0, 1, NULL);
	cr_assert_eq(json_object_set_new(meta.more, "class", json_string("synthetic")), 0);
	return meta;
}

/* Writes a trace of @n events, in blocks of two. */
static void write_trace(const struct trace_meta *meta, const struct trace_event *ev, size_t n)
{
	const struct trace_writer_options options = { .block_events = 2 };
	struct vt_error err;
	struct trace_writer *w = trace_writer_open(path, meta, &options, &err);

	cr_assert(w, "%s", err.text);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(trace_writer_add(w, &ev[i], &err), 0, "%s", err.text);
	cr_assert_eq(trace_writer_finish(w, NULL, &err), 0, "%s", err.text);
}

static int check(void)
{
	char name[] = "check", *argv[] = { name, path, NULL };
	int code = command_check.run(2, argv);

	fflush(stdout);
	fflush(stderr);
	return code;
}

static int check_events(const struct trace_event *ev, size_t n)
{
	struct trace_meta meta = small_meta();

	write_trace(&meta, ev, n);
	trace_meta_free(&meta);
	return check();
}

/* All that was printed on standard error is one line that ends in @what. */
static void expect_line(const char *what)
{
	FILE *f = cr_get_redirected_stderr();
	char line[1024], more[8];

	cr_assert(fgets(line, sizeof(line), f));
	cr_expect(strstr(line, path), "'%s' names no file", line);
	cr_expect(strstr(line, what), "'%s' does not say '%s'", line, what);
	cr_expect_null(fgets(more, sizeof(more), f), "a second line");
}

Test(check, fine)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SCHED_IN },
		{ .time = 1, .type = TRACE_ARM, .value = 900 },
		{ .time = 9, .type = TRACE_SCHED_OUT },
		{ .time = 9, .type = TRACE_SCHED_IN, .vp = 1 },
	};

	cr_expect_eq(check_events(ev, 4), 0);
}

Test(check, no_events_at_all)
{
	cr_expect_eq(check_events(NULL, 0), 0);
}

Test(check, seeds_before_all_else_and_stretches_one_after_the_other)
{
	static const struct trace_event ev[] = {
		{ .type = TRACE_COUNTER, .vp = 1, .value = 50 },
		{ .type = TRACE_SEED, .vp = 1, .lp = 1, .value = 900, .extra = 10 },
		{ .type = TRACE_SEED, .lp = 1, .value = 0, .sub = TRACE_LAPIC },
		{ .type = TRACE_WAKE, .vp = 1 },
		{ .type = TRACE_SCHED_IN },
		{ .type = TRACE_AWAY, .value = 0 },
		{ .time = 5, .type = TRACE_AWAY, .value = 9 },
		{ .time = 6, .type = TRACE_AWAY, .lp = 1, .value = 2000 },
		{ .time = 9, .type = TRACE_AWAY, .value = 12 },
	};

	cr_expect_eq(check_events(ev, 9), 0);
}

Test(check, a_seed_after_time_0)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SEED, .value = 900 },
	};

	cr_expect_eq(check_events(ev, 1), 1);
	expect_line("event 0 (seed) at 1 ns: a timer of before the recording, ");
}

Test(check, a_seed_once_a_vp_has_run)
{
	static const struct trace_event ev[] = {
		{ .type = TRACE_SCHED_IN, .vp = 1 },
		{ .type = TRACE_SCHED_OUT, .vp = 1 },
		{ .type = TRACE_SEED, .value = 900 },
	};

	cr_expect_eq(check_events(ev, 3), 1);
	expect_line("event 2 (seed) at 0 ns: a timer of before the recording, ");
}

Test(check, two_seeds_of_a_vp)
{
	static const struct trace_event ev[] = {
		{ .type = TRACE_SEED, .value = 900 },
		{ .type = TRACE_SEED, .vp = 1, .value = 900 },
		{ .type = TRACE_SEED, .lp = 1, .value = 800 },
	};

	cr_expect_eq(check_events(ev, 3), 1);
	expect_line("event 2 (seed) at 0 ns: the VP has a timer of before the recording already");
}

Test(check, away_until_before)
{
	static const struct trace_event ev[] = {
		{ .time = 5, .type = TRACE_AWAY, .value = 4 },
	};

	cr_expect_eq(check_events(ev, 1), 1);
	expect_line("event 0 (away) at 5 ns: the machine is away until a time that is over");
}

Test(check, away_twice)
{
	static const struct trace_event ev[] = {
		{ .time = 5, .type = TRACE_AWAY, .value = 9 },
		{ .time = 6, .type = TRACE_AWAY, .lp = 1, .value = 9 },
		{ .time = 8, .type = TRACE_AWAY, .value = 20 },
	};

	cr_expect_eq(check_events(ev, 3), 1);
	expect_line("event 2 (away) at 8 ns: the machine under the LP is away already");
}

Test(check, an_arm_of_a_vp_that_does_not_run)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SCHED_IN },
		{ .time = 5, .type = TRACE_SCHED_OUT },
		{ .time = 7, .type = TRACE_WAKE, .vp = 1 },
		{ .time = 8, .type = TRACE_ARM, .value = 900 },
	};

	cr_expect_eq(check_events(ev, 4), 1);
	expect_line("event 3 (arm) at 8 ns: ");
}

Test(check, two_vps_on_one_lp)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SCHED_IN },
		{ .time = 2, .type = TRACE_SCHED_IN, .vp = 1 },
	};

	cr_expect_eq(check_events(ev, 2), 1);
	expect_line("event 1 (sched_in) at 2 ns: ");
}

Test(check, an_interrupt_to_nobody)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SCHED_IN },
		{ .time = 2, .type = TRACE_IPI, .extra = 2 },
	};
	struct trace_meta meta = small_meta();
	struct vt_error err;
	struct trace_writer *w = trace_writer_open(path, &meta, NULL, &err);

	/* The library may refuse to write it; then it cannot be read either. */
	cr_assert(w);
	cr_assert_eq(trace_writer_add(w, &ev[0], &err), 0);
	if (trace_writer_add(w, &ev[1], &err)) {
		trace_writer_abort(w);
	} else {
		cr_assert_eq(trace_writer_finish(w, NULL, &err), 0);
		cr_expect_eq(check(), 1);
	}
	trace_meta_free(&meta);
}

Test(check, a_class_that_is_unknown)
{
	struct trace_meta meta = small_meta();

	cr_assert_eq(json_object_set_new(meta.more, "class", json_string("real")), 0);
	write_trace(&meta, NULL, 0);
	trace_meta_free(&meta);
	cr_expect_eq(check(), 1);
	expect_line("\"class\"");
}

Test(check, a_host_model_with_a_negative_time)
{
	struct trace_meta meta = small_meta();

	cr_assert_eq(
	    json_object_set_new(meta.more, "host_model", json_pack("{s:i}", "slop_ns", -1)), 0);
	write_trace(&meta, NULL, 0);
	trace_meta_free(&meta);
	cr_expect_eq(check(), 1);
	expect_line("\"host_model.slop_ns\" is no whole number");
}

static void expect_misspelt(const char *key, json_t *value, const char *what)
{
	struct trace_meta meta = small_meta();

	cr_assert_eq(json_object_set_new(meta.more, key, value), 0);
	write_trace(&meta, NULL, 0);
	trace_meta_free(&meta);
	cr_expect_eq(check(), 1);
	expect_line(what);
}

Test(check, a_misspelt_key)
{
	expect_misspelt("unseen_tiks", json_integer(4), "no \"unseen_tiks\", did you mean");
}

Test(check, a_misspelt_key_of_the_host)
{
	expect_misspelt("host_model", json_pack("{s:i}", "tik_hz", 250),
			"host_model has no \"tik_hz\", did you mean \"tick_hz\"?");
}

Test(check, a_misspelt_key_of_the_source)
{
	expect_misspelt("source", json_pack("{s:s}", "hypervisr", "KVM"), "no \"hypervisr\"");
}

Test(check, a_key_of_somebody_s_own)
{
	struct trace_meta meta = small_meta();

	cr_assert_eq(json_object_set_new(meta.more, "mine", json_true()), 0);
	write_trace(&meta, NULL, 0);
	trace_meta_free(&meta);
	cr_expect_eq(check(), 0);
}

Test(check, a_vp_that_is_there_twice)
{
	struct trace_meta meta = small_meta();

	trace_meta_add_vp(&meta, 0, 1, "again");
	write_trace(&meta, NULL, 0);
	trace_meta_free(&meta);
	cr_expect_eq(check(), 1);
	expect_line("same domain and vcpu");
}

/* Another hash in the final header, with the header's own checksums made good again. */
Test(check, a_hash_that_does_not_match)
{
	static const struct trace_event ev[] = { { .time = 1, .type = TRACE_SCHED_IN } };
	struct trace_meta meta = small_meta();
	unsigned char bytes[65536], *head, *hash;
	struct vtt_chunk c;
	size_t size;
	FILE *f;

	write_trace(&meta, ev, 1);
	trace_meta_free(&meta);
	f = fopen(path, "r+b");
	cr_assert(f);
	size = fread(bytes, 1, sizeof(bytes), f);
	head = bytes + vtt_get64(bytes + size - VTT_FOOTER_PAYLOAD);
	cr_assert_null(vtt_chunk_read(head, &c));
	hash = memmem(head, VTT_CHUNK_SIZE + c.size, "\"events_sha256\":\"", 17);
	cr_assert(hash);
	hash[17] = hash[17] == '0' ? '1' : '0';
	c.payload_hash = vtt_hash(head + VTT_CHUNK_SIZE, c.size);
	vtt_chunk_write(head, &c);
	rewind(f);
	cr_assert_eq(fwrite(bytes, 1, size, f), size);
	fclose(f);
	cr_expect_eq(check(), 1);
	expect_line("the events' SHA-256 is ");
}

Test(check, every_cut_and_every_flip_is_noticed)
{
	static const struct trace_event ev[] = {
		{ .time = 1, .type = TRACE_SCHED_IN },
		{ .time = 1, .type = TRACE_ARM, .value = 900 },
		{ .time = 9, .type = TRACE_SCHED_OUT },
	};
	struct trace_meta meta = small_meta();
	unsigned char bytes[65536];
	size_t size;
	FILE *f;

	write_trace(&meta, ev, 3);
	trace_meta_free(&meta);
	f = fopen(path, "rb");
	cr_assert(f);
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	cr_assert_gt(size, 0);
	for (size_t cut = 0; cut < 2 * size; cut++) {
		size_t at = cut % size, n = cut < size ? at : size;
		int code;

		f = fopen(path, "wb");
		cr_assert(f);
		if (cut >= size)
			bytes[at] ^= 0x10;
		cr_assert_eq(fwrite(bytes, 1, n, f), n);
		fclose(f);
		if (cut >= size)
			bytes[at] ^= 0x10;
		code = check();
		/* Without its magic it is no trace. */
		cr_expect_eq(code, (cut < size ? at == 0 : at < sizeof(vtt_magic)) ? 2 : 1,
			     "%s at %zu: %d", cut < size ? "cut" : "flip", at, code);
	}
}
