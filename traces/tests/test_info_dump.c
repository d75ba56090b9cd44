/* SPDX-License-Identifier: GPL-2.0-only */
/* What `info` counts and how `dump` words each event, on small traces with every event type. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/dump.h"
#include "traces/info.h"

/* 2 ticks a ns, so that ticks and ns cannot be mistaken for each other. */
static struct trace_meta meta_of(void)
{
	struct trace_meta meta;

	trace_meta_init(&meta);
	meta.clock_hz = 2000000000;
	meta.end = 1000;
	meta.lps = 2;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	trace_meta_add_vp(&meta, 7, 3, "web\x1b[2J");
	return meta;
}

#define EV(time_, type_, vp_, lp_, sub_, value_, extra_)                                           \
	{                                                                                          \
		.time = (time_), .value = (value_), .extra = (extra_), .vp = (vp_), .lp = (lp_),   \
		.type = (type_), .sub = (sub_)                                                     \
	}

static const struct trace_event every_type[] = {
	EV(0, TRACE_SEED, 1, 1, TRACE_LAPIC, 600, 400),
	EV(0, TRACE_SCHED_IN, 0, 1, 0, 0, 0),
	EV(10, TRACE_ARM, 0, 0, TRACE_TSC_DEADLINE, 110, 0),
	EV(20, TRACE_COUNTER, 0, 0, 0, 5000, 0),
	EV(30, TRACE_ARM, 0, 0, TRACE_LAPIC, 5010, 400),
	EV(30, TRACE_ARM, 0, 0, TRACE_ITM, 5011, 0),
	EV(40, TRACE_DISARM, 0, 0, 0, 0, 0),
	EV(50, TRACE_MASK, 0, 0, 1, 0, 239),
	EV(51, TRACE_MASK, 0, 0, 0, 0, 239),
	EV(60, TRACE_ACK, 0, 0, 0, 0, 0),
	EV(70, TRACE_EXIT, 0, 0, 0, 0, 12),
	EV(80, TRACE_ENTRY, 0, 0, 0, 0, 13),
	EV(90, TRACE_IPI, 0, 0, 0, 0, 1),
	EV(100, TRACE_OBS_FIRE, 1, 0, 0, 0, 0),
	EV(110, TRACE_OBS_PEND, 0, 0, 0, 0, 0),
	EV(120, TRACE_OBS_HV_IRQ, 0, 1, 0, 0, 0),
	EV(130, TRACE_OBS_PROG, 0, 1, 0, 630, 0),
	EV(140, TRACE_SCHED_OUT, 0, 0, TRACE_BLOCK, 0, 0),
	EV(150, TRACE_LOST, 0, 1, 0, 170, 9),
	EV(160, TRACE_AWAY, 0, 0, 0, 200, 0),
	EV(200, TRACE_WAKE, 0, 0, 0, 0, 0),
	EV(300, TRACE_SCHED_IN, 0, 0, 0, 0, 0),
	EV(400, TRACE_SCHED_OUT, 0, 0, TRACE_OFFLINE, 0, 0),
	EV(500, TRACE_SCHED_OUT, 1, 0, TRACE_LOST_VP, 0, 0),
};
#define EVERY (sizeof(every_type) / sizeof(*every_type))

static const char *const text[EVERY] = {
	"0 1 1:web\\x1b[2J seed lapic deadline 600 (+300 ns) period 200 ns",
	"0 1 0:d0v0 sched_in",
	"5 1 0:d0v0 arm tsc-deadline deadline 110 (+50 ns)",
	"10 1 0:d0v0 counter value 5000 (+2490 ns)",
	"15 1 0:d0v0 arm lapic deadline 5010 (+0 ns, past) period 200 ns",
	"15 1 0:d0v0 arm itm deadline 5011 (+0 ns)",
	"20 1 0:d0v0 disarm",
	"25 1 0:d0v0 mask masked vector 239",
	"25 1 0:d0v0 mask unmasked vector 239",
	"30 1 0:d0v0 ack",
	"35 1 0:d0v0 exit reason 12",
	"40 1 0:d0v0 entry reason 13",
	"45 1 0:d0v0 ipi to 1:web\\x1b[2J",
	"50 - 1:web\\x1b[2J obs_fire",
	"55 1 0:d0v0 obs_pend",
	"60 1 - obs_hv_irq",
	"65 1 - obs_prog deadline 630 (+250 ns)",
	"70 1 0:d0v0 sched_out block",
	"75 1 - lost until 170 (+10 ns) count 9",
	"80 0 - away until 200 (+20 ns)",
	"100 0 0:d0v0 wake",
	"150 0 0:d0v0 sched_in",
	"200 0 0:d0v0 sched_out offline",
	"250 - 1:web\\x1b[2J sched_out lost",
};

static const char *const json[EVERY] = {
	("\"event\":\"seed\",\"lp\":1,\"vp\":1,\"dev\":\"lapic\",\"deadline\":600,\"period\":400,"
	 "\"past\":false"),
	"\"event\":\"sched_in\",\"lp\":1,\"vp\":0,\"slice\":0",
	("\"event\":\"arm\",\"lp\":1,\"vp\":0,\"dev\":\"tsc-deadline\",\"deadline\":110,\"period\":"
	 "0,\"past\":"
	 "false"),
	"\"event\":\"counter\",\"lp\":1,\"vp\":0,\"value\":5000",
	("\"event\":\"arm\",\"lp\":1,\"vp\":0,\"dev\":\"lapic\",\"deadline\":5010,\"period\":400,"
	 "\"past\":"
	 "true"),
	("\"event\":\"arm\",\"lp\":1,\"vp\":0,\"dev\":\"itm\",\"deadline\":5011,\"period\":0,"
	 "\"past\":false"),
	"\"event\":\"disarm\",\"lp\":1,\"vp\":0",
	"\"event\":\"mask\",\"lp\":1,\"vp\":0,\"masked\":true,\"vector\":239",
	"\"event\":\"mask\",\"lp\":1,\"vp\":0,\"masked\":false,\"vector\":239",
	"\"event\":\"ack\",\"lp\":1,\"vp\":0",
	"\"event\":\"exit\",\"lp\":1,\"vp\":0,\"reason\":12",
	"\"event\":\"entry\",\"lp\":1,\"vp\":0,\"reason\":13",
	"\"event\":\"ipi\",\"lp\":1,\"vp\":0,\"to\":1",
	"\"event\":\"obs_fire\",\"vp\":1",
	"\"event\":\"obs_pend\",\"lp\":1,\"vp\":0",
	"\"event\":\"obs_hv_irq\",\"lp\":1",
	"\"event\":\"obs_prog\",\"lp\":1,\"deadline\":630",
	"\"event\":\"sched_out\",\"lp\":1,\"vp\":0,\"reason\":\"block\"",
	"\"event\":\"lost\",\"lp\":1,\"until\":170,\"count\":9",
	"\"event\":\"away\",\"lp\":0,\"until\":200",
	"\"event\":\"wake\",\"lp\":0,\"vp\":0",
	"\"event\":\"sched_in\",\"lp\":0,\"vp\":0,\"slice\":0",
	"\"event\":\"sched_out\",\"lp\":0,\"vp\":0,\"reason\":\"offline\"",
	"\"event\":\"sched_out\",\"vp\":1,\"reason\":\"lost\"",
};

/* Columns as words with one blank between them, without index and ticks. */
static void squeeze(const char *line, char *to)
{
	unsigned word = 0;
	char *start = to;

	while (*line && *line != '\n') {
		size_t len = strcspn(line += strspn(line, " "), " \n");

		if (len && word != 0 && word != 2) {
			if (to != start)
				*to++ = ' ';
			memcpy(to, line, len);
			to += len;
		}
		word++;
		line += len;
	}
	*to = '\0';
}

Test(dump, every_event_in_words_and_in_json)
{
	struct trace_meta meta = meta_of();
	struct dump_state s;
	char line[DUMP_LINE_MAX], words[DUMP_LINE_MAX], expected[DUMP_LINE_MAX];

	dump_begin(&s, &meta);
	for (size_t i = 0; i < EVERY; i++) {
		const struct trace_event *ev = &every_type[i];

		*dump_text(line, &s, i, ev) = '\0';
		squeeze(line, words);
		cr_expect_str_eq(words, text[i], "'%s', not '%s'", words, text[i]);
		cr_expect_eq(line[strlen(line) - 1], '\n');
		*dump_json(line, &s, i, ev) = '\0';
		snprintf(expected, sizeof(expected),
			 "{\"index\":%zu,\"time\":%llu,\"time_ns\":%llu,%s}\n", i,
			 (unsigned long long)ev->time, (unsigned long long)ev->time / 2, json[i]);
		cr_expect_str_eq(line, expected, "'%s', not '%s'", line, expected);
		dump_follow(&s, ev);
	}
	dump_end(&s);
	trace_meta_free(&meta);
}

Test(dump, the_longest_line_fits)
{
	struct trace_meta meta = meta_of();
	struct dump_state s;
	struct trace_event ev =
	    EV(TRACE_TICK_LIMIT - 1, 0, 1, 4095, 1, TRACE_TICK_LIMIT - 1, TRACE_TICK_LIMIT - 1);
	char line[2 * DUMP_LINE_MAX];

	meta.clock_hz = 1;
	free(meta.vp[1].name);
	meta.vp[1].name = malloc(5000);
	memset(meta.vp[1].name, 'x', 4999);
	meta.vp[1].name[4999] = '\0';
	dump_begin(&s, &meta);
	s.lp[0] = s.lp[1] = 4095;
	for (ev.type = 0; ev.type < TRACE_TYPES; ev.type++) {
		cr_expect_lt(dump_text(line, &s, UINT64_MAX, &ev) - line, DUMP_LINE_MAX);
		cr_expect_lt(dump_json(line, &s, UINT64_MAX, &ev) - line, DUMP_LINE_MAX);
	}
	ev.type = TRACE_IPI;
	ev.extra = 1;
	cr_expect_lt(dump_text(line, &s, UINT64_MAX, &ev) - line, DUMP_LINE_MAX);
	dump_end(&s);
	trace_meta_free(&meta);
}

static json_t *info_of(bool truncated)
{
	struct trace_meta meta = meta_of();
	struct trace_info i = { .path = "x.vtt",
				.meta = &meta,
				.sha256 = "abc",
				.bytes = 100,
				.truncated = truncated };
	char *buffer = NULL;
	size_t size;
	FILE *f = open_memstream(&buffer, &size);
	json_t *doc;

	cr_assert(f);
	cr_assert_eq(json_object_set_new(meta.more, "class", json_string("nested")), 0);
	cr_assert_eq(json_object_set_new(meta.more, "arms",
					 json_string("the header may not replace a count")),
		     0);
	trace_summary_init(&i.sum, &meta);
	for (size_t n = 0; n < EVERY; n++)
		trace_summary_event(&i.sum, &every_type[n]);
	trace_summary_end(&i.sum, meta.end);
	trace_info_json(&i, JSON_COMPACT, f);
	fclose(f);
	doc = json_loads(buffer, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(doc);
	free(buffer);
	trace_summary_free(&i.sum);
	trace_meta_free(&meta);
	return doc;
}

static json_int_t at(const json_t *doc, const char *key, const char *sub)
{
	const json_t *v = json_object_get(json_object_get(doc, key), sub);

	cr_assert(json_is_integer(v), "%s.%s", key, sub);
	return json_integer_value(v);
}

Test(info, counts_every_event)
{
	json_t *doc = info_of(false);
	json_t *lps = json_object_get(doc, "per_lp"), *vps = json_object_get(doc, "per_vp");

	cr_expect_eq(json_object_size(json_object_get(doc, "events")), TRACE_TYPES);
	for (unsigned t = 0; t < TRACE_TYPES; t++) {
		json_int_t count = 0;

		for (size_t n = 0; n < EVERY; n++)
			count += every_type[n].type == t;
		cr_expect_eq(at(doc, "events", trace_type_name(t)), count);
	}
	cr_expect_eq(at(doc, "arms", "total"), 3);
	cr_expect_eq(at(doc, "arms", "itm"), 1);
	cr_expect_eq(at(doc, "arms", "tsc-deadline"), 1);
	cr_expect_eq(at(doc, "arms", "lapic"), 1);
	cr_expect_eq(at(doc, "arms", "one_shot"), 2);
	cr_expect_eq(at(doc, "arms", "periodic"), 1);
	/* By the counter that the guest set: 5010 is now, 5011 is not. */
	cr_expect_eq(at(doc, "arms", "past"), 1);
	/* A SEED is no ARM. */
	cr_expect_eq(at(doc, "arms", "inferred"), 1);
	cr_expect_eq(at(doc, "sched_out", "block"), 1);
	cr_expect_eq(at(doc, "sched_out", "offline"), 1);
	cr_expect_eq(at(doc, "sched_out", "lost"), 1);
	cr_expect_eq(at(doc, "sched_out", "preempt"), 0);
	cr_expect_eq(at(doc, "sched_out", "yield"), 0);
	cr_expect_eq(json_array_size(lps), 2);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(lps, 1), "sched_out")), 1);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(lps, 1), "busy_ns")), 70);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(lps, 0), "busy_ns")), 50);
	cr_expect_eq(json_array_size(vps), 2);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(vps, 0), "blocked_ns")), 30);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(vps, 0), "waiting_ns")), 50);
	cr_expect_eq(json_integer_value(json_object_get(json_array_get(vps, 0), "run_ns")), 120);
	cr_expect_eq(json_integer_value(json_object_get(doc, "duration_ns")), 500);
	cr_expect_eq(json_integer_value(json_object_get(doc, "lost_records")), 9);
	cr_expect_eq(json_integer_value(json_object_get(doc, "bytes_per_event_milli")),
		     100 * 1000 / (int)EVERY);
	cr_expect_str_eq(json_string_value(json_object_get(doc, "schema")), "vtick.trace-info/1");
	cr_expect_str_eq(json_string_value(json_object_get(doc, "class")), "nested");
	cr_expect_str_eq(json_string_value(json_object_get(doc, "sha256")), "abc");
	cr_expect(json_is_false(json_object_get(doc, "truncated")));
	json_decref(doc);
}

Test(info, says_what_the_header_leaves_open)
{
	json_t *doc = info_of(true);

	cr_expect(json_is_true(json_object_get(doc, "truncated")));
	cr_expect(json_is_null(json_object_get(doc, "sha256")));
	cr_expect(json_is_object(json_object_get(doc, "source")));
	cr_expect(json_is_object(json_object_get(doc, "skipped")));
	cr_expect(json_is_array(json_object_get(doc, "notes")));
	cr_expect_eq(json_integer_value(json_object_get(doc, "unseen_ticks")), 0);
	json_decref(doc);
}
