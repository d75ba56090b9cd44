/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parent takes from a child that a policy may have spoilt: the notes in the page, the
 * result, and what was printed.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/run/chatter.h"
#include "replay/run/note.h"
#include "replay/run/sound.h"
#include "replay/tests/reference_case.h"
#include "traces/base/json.h"

/* ---- the page ---- */

Test(distrust, a_page_of_garbage)
{
	static struct worker_page page;
	const struct run_trace trace = { .events = 1000 };
	struct note n;

	memset(&page, 0xff, sizeof(page));
	n = note_of(&page, &trace, 3);
	cr_expect_eq(n.event, NO_EVENT);
	cr_expect_eq(n.phase, WORKER_BETWEEN);
	cr_expect_eq(n.cell, 0);
	cr_expect(!n.forbidden && !n.wrote);
	for (uint64_t i = 0; i < 1000000; i += 999) {
		memset(&page, (int)i, sizeof(page));
		page.event = i;
		page.cell = (uint32_t)i;
		page.wrote = (uint32_t)i;
		page.forbidden = (uint32_t)(i << 8);
		n = note_of(&page, &trace, 3);
		cr_assert(n.event == i ? i < 1000 : n.event == NO_EVENT);
		cr_assert(n.cell < 3 && n.phase < WORKER_PHASES);
		cr_assert(!n.wrote || n.wrote_at < sizeof(struct vtick_host));
		cr_assert(!n.forbidden || n.call < 1000000);
	}
}

/* ---- a result ---- */

static json_t *metrics(void)
{
	static const struct vtick_policy policy = { .timers = 0 };
	const struct engine_options options = { .hv_tick_hz = 100 };
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_LAPIC, 60), stop(200) };
	struct trace_meta meta;
	struct engine *e;
	json_t *result;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 2;
	meta.end = 200;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	e = engine_new(&meta, &policy, NULL, &options, "none", NULL);
	engine_events(e, ev, 2);
	result = engine_finish(e);
	engine_free(e);
	trace_meta_free(&meta);
	return result;
}

static json_t *at(json_t *o, const char *path)
{
	char *copy = strdup(path), *rest = copy, *key;

	while (o && (key = strsep(&rest, ".")))
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(key))
				     : json_object_get(o, key);
	free(copy);
	return o;
}

Test(distrust, results_that_cannot_be)
{
	/* Of the object at `path` the member `key` becomes `value`; NULL: it goes. */
	static const struct {
		const char *path, *key, *value;
	} wrong[] = {
		{ "", "policy", "{\"name\":\"virtual\"}" },
		{ "", "status", "\"ok\"" },
		{ "", "trace", "{}" },
		{ "", "message", "\"\"" },
		{ "", "timer", "1" },
		{ "", "digest", "7" },
		{ "", "digest", "null" },
		{ "", "digest", NULL },
		{ "", "hardware_writes", "-1" },
		{ "", "hardware_writes", "\"1\"" },
		{ "", "hardware_writes", "1.5" },
		{ "", "hardware_writes", "{}" },
		{ "", "timer_interrupts", "[]" },
		{ "", "timer_interrupts", "null" },
		{ "", "timer_interrupts", NULL },
		{ "timer_interrupts", "total", "true" },
		{ "timer_interrupts", "per_lp", "{}" },
		{ "timer_interrupts.per_lp.1", "total", "[]" },
		{ "timer_interrupts.per_lp.0", "total", NULL },
		{ "", "per_domain", "7" },
		{ "", "per_domain", "[7]" },
		{ "firing_skew_ns.pend", "histogram", "[[\"a\",1]]" },
		{ "firing_skew_ns.pend", "histogram", "3" },
		{ "ac_timer_list", "by_time_ns", "{\"1\":[]}" },
	};
	json_t *good = metrics();

	cr_assert(sound_metrics(good, metrics_minor()));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		json_t *o = json_deep_copy(good),
		       *where = *wrong[i].path ? at(o, wrong[i].path) : o;

		cr_assert(json_is_object(where), "%s", wrong[i].path);
		json_object_del(where, wrong[i].key);
		if (wrong[i].value)
			json_put(where, wrong[i].key,
				 json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
		cr_expect(!sound_metrics(o, metrics_minor()), "%zu: %s.%s = %s", i, wrong[i].path,
			  wrong[i].key, wrong[i].value ? wrong[i].value : "nothing");
		json_decref(o);
	}
	cr_expect(!sound_metrics(NULL, metrics_minor()));
	json_decref(good);
}

/* ---- what was printed ---- */

static void printed(const char *text, size_t n, size_t at_once, const char *expected)
{
	struct run_trace trace = { .name = (char *)"t" };
	struct run_cell cell = { .trace = &trace, .label = (char *)"mine:a=1" }, *one = &cell;
	struct chatter c = { .cell = &one, .cells = 1 };

	for (size_t i = 0; i < n; i += at_once)
		chatter_take(&c, text + i, n - i < at_once ? n - i : at_once);
	chatter_end(&c);
	fflush(stderr);
	cr_assert_stderr_eq_str(expected);
}

Test(distrust, lines_that_are_printed, .init = cr_redirect_stderr)
{
	static const char text[] = "vtick: t: mine:a=1: at 7: logged\n"
				   "vtick: t: other: at 7: not mine\n"
				   "a\x1b[2J\n"
				   "\n"
				   "no end";

	printed(text, sizeof(text) - 1, 5,
		"vtick: t: mine:a=1: at 7: logged\n"
		"vtick: t: mine:a=1: printed: vtick: t: other: at 7: not mine\n"
		"vtick: t: mine:a=1: printed: a\\x1b[2J\n"
		"vtick: t: mine:a=1: printed: \n"
		"vtick: t: mine:a=1: printed: no end\n");
}

Test(distrust, many_lines, .init = cr_redirect_stderr)
{
	static char many[100000];
	char expected[8000] = "";
	size_t n = 0;

	memset(many, '\n', sizeof(many));
	for (int i = 0; i < 40; i++)
		n += (size_t)sprintf(expected + n, "vtick: t: mine:a=1: printed: \n");
	sprintf(expected + n, "vtick: t: its policies printed 99960 more lines\n");
	printed(many, sizeof(many), 4096, expected);
}
