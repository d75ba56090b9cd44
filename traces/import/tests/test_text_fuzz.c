/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick import text` on lines that were tampered with: each is taken and gives a trace that reads
 * and is legal, or is refused with its line, and leaves nothing behind.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/import/import.h"
#include "traces/trace.h"

/* Every type of event, some of them twice, and every kind of other line. */
static const char text[] =
    "{\"clock_hz\":1000000000,\"lps\":2,\"vps\":[{\"domain\":1,\"vcpu\":0,\"name\":\"web\"}]}\n"
    "{\"time\":0,\"event\":\"sched_in\",\"vp\":\"web\",\"lp\":1,\"slice\":30000000}\n"
    "{\"vp\":1,\"domain\":2,\"vcpu\":7,\"name\":\"db\"}\n"
    "# a comment\n"
    "{\"time\":1,\"event\":\"sched_in\",\"vp\":\"db\",\"lp\":0}\n"
    "\n"
    "{\"time\":10,\"event\":\"arm\",\"vp\":0,\"dev\":\"tsc-deadline\",\"deadline\":110}\n"
    "{\"time\":11,\"event\":\"arm\",\"vp\":1,\"dev\":\"lapic\",\"deadline\":5010,\"period\":400}\n"
    "{\"time\":20,\"event\":\"counter\",\"vp\":0,\"value\":5000}\n"
    "{\"time\":21,\"event\":\"disarm\",\"vp\":0}\n"
    "{\"time\":22,\"event\":\"mask\",\"vp\":0,\"masked\":true,\"vector\":239}\n"
    "{\"time\":22,\"event\":\"ack\",\"vp\":0}\n"
    "{\"time\":23,\"event\":\"exit\",\"vp\":0,\"reason\":12}\n"
    "{\"time\":23,\"event\":\"entry\",\"vp\":0,\"reason\":12}\n"
    "{\"time\":24,\"event\":\"ipi\",\"vp\":0,\"to\":1}\n"
    "{\"time\":25,\"event\":\"obs_fire\",\"vp\":0}\n"
    "{\"time\":25,\"event\":\"obs_pend\",\"vp\":0}\n"
    "{\"time\":26,\"event\":\"obs_hv_irq\",\"lp\":1}\n"
    "{\"time\":26,\"event\":\"obs_prog\",\"lp\":1,\"deadline\":630}\n"
    "{\"time\":27,\"event\":\"sched_out\",\"vp\":0,\"reason\":\"block\"}\n"
    "{\"time\":28,\"event\":\"lost\",\"lp\":1,\"until\":170,\"count\":9}\n"
    "{\"time\":30,\"event\":\"wake\",\"vp\":0,\"lp\":0}\n"
    "{\"end\":2000,\"unseen_ticks\":3,\"notes\":[\"made by hand\"]}\n";

static uint64_t rng = 7;

static uint64_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* What likes to break a reader of JSON. */
static const char *const splices[] = {
	"-1",
	"1e30",
	"1152921504606846976",
	"4294967296",
	"null",
	"[]",
	"{}",
	"\"\"",
	"true",
	"18446744073709551616",
	"\"web\"",
	"\"lost\"",
	"4096",
	"65536",
	"\n",
	"\"vp\":",
	"\"time\":5,",
	"\\u0000",
	"\xff",
	"\"d0v0\"",
	"1.5",
	"\"lp\":",
	"1048576",
	"\"vps\":[],",
	"\"lps\":1,",
	"\"end\":3,",
	"}",
	",",
};

/* Changes @size bytes at @s, at most @room: some spliced, cut, doubled or flipped. The new size. */
static size_t tamper(char *s, size_t size, size_t room)
{
	for (unsigned times = 1 + (unsigned)(rnd() % 3); times; times--) {
		size_t at = rnd() % size, n = 1 + rnd() % 8;
		const char *splice = splices[rnd() % (sizeof(splices) / sizeof(*splices))];
		size_t length = strlen(splice);

		if (n > size - at)
			n = size - at;
		switch (rnd() % 4) {
		case 0: /* instead of a few bytes; mostly of a whole value */
			while (at > 1 && rnd() % 2 && s[at - 1] != ':')
				at--;
			if (n > size - at)
				n = size - at;
			if (size - n + length > room)
				break;
			memmove(s + at + length, s + at + n, size - at - n);
			for (size_t k = 0; k < length; k++)
				s[at + k] = splice[k];
			size = size - n + length;
			break;
		case 1:
			memmove(s + at, s + at + n, size - at - n);
			size -= n;
			break;
		case 2:
			if (size + n > room)
				break;
			memmove(s + at + n, s + at, size - at);
			size += n;
			break;
		default:
			s[at] = (char)(s[at] ^ 1 << rnd() % 8);
		}
		if (!size)
			return 0;
	}
	return size;
}

static void write_file(const char *path, const char *s, size_t size)
{
	FILE *f = fopen(path, "wb");

	cr_assert(f);
	cr_assert_eq(fwrite(s, 1, size, f), size);
	fclose(f);
}

/* The trace at @path reads to its end and is legal; the number of its events. */
static uint64_t read_whole(const char *path)
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(path, &err);
	const struct trace_meta *meta;
	const struct trace_event *ev;
	struct trace_legal *legal;
	const char *wrong = NULL;
	uint64_t events = 0;
	size_t n;
	int ret;

	cr_assert(r, "%s", err.text);
	meta = trace_reader_meta(r);
	legal = trace_legal_new(meta->lps, meta->vps);
	while ((ret = trace_reader_next(r, &ev, &n, &err)) > 0) {
		cr_assert_eq(trace_legal_events(legal, ev, n, &wrong), n, "%s", wrong);
		events += n;
	}
	cr_assert_eq(ret, 0, "%s", err.text);
	trace_legal_free(legal);
	trace_reader_close(r);
	return events;
}

Test(text, tampered_lines_are_refused_by_line_or_give_a_legal_trace)
{
	char folder[] = "/tmp/vtick-test-XXXXXX", in[64], out[64], buffer[sizeof(text) + 256];
	struct import_options o = { .capture = in, .output = out };
	unsigned taken = 0, refused = 0;
	struct vt_error err;

	cr_assert(mkdtemp(folder));
	snprintf(in, sizeof(in), "%s/in", folder);
	snprintf(out, sizeof(out), "%s/out.vtt", folder);
	write_file(in, text, sizeof(text) - 1);
	cr_assert_eq(import_text(&o, &err), 0, "%s", err.text);
	cr_assert_eq(read_whole(out), 18);
	unlink(out);
	for (unsigned i = 0; i < 1500; i++) {
		size_t size;

		memcpy(buffer, text, sizeof(text));
		size = tamper(buffer, sizeof(text) - 1, sizeof(buffer));
		write_file(in, buffer, size);
		if (!import_text(&o, &err)) {
			taken++;
			read_whole(out);
			unlink(out);
			continue;
		}
		refused++;
		cr_expect(strstr(err.text, ": line ") || strstr(err.text, "header is wrong"), "%s",
			  err.text);
		cr_expect_null(strchr(err.text, '\n'), "%s", err.text);
	}
	cr_expect_gt(taken, 10);
	cr_expect_gt(refused, 1000);
	unlink(in);
	/* Neither a trace nor a temporary of one is left. */
	cr_expect_eq(rmdir(folder), 0);
}
