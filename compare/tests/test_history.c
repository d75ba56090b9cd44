/* SPDX-License-Identifier: GPL-2.0-only */
/* The index of nights, filled without files: what it answers, and how fast with ten thousand nights
 * in it. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compare/history/history.h"

#define NIGHTS 10000
#define SERIES 40

static char folder[] = "/tmp/vtick-history-XXXXXX";
static char path[sizeof(folder) + 16];
static struct vt_error err;

static void setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/history.db", folder);
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(history, .init = setup, .fini = teardown);

static void night_at(struct night *n, unsigned i)
{
	*n = (struct night){ .number = i + 1 };
	snprintf(n->date, sizeof(n->date), "%04u-%02u-%02u", 2000 + i / 360 % 8000, i / 30 % 12 + 1,
		 i % 30 + 1);
	snprintf(n->revision, sizeof(n->revision), "r%u", i);
}

static void begin_night(struct store *s, unsigned i)
{
	struct night n;

	night_at(&n, i);
	cr_assert_eq(store_begin_night(s, &n, &err), 0, "%s", err.text);
}

static void put(struct store *s, const char *trace, const char *metric, int64_t v)
{
	struct store_value value = { .type = STORE_INTEGER, .integer = v };

	cr_assert_eq(store_put(s, trace, "virtual:switch=keep", metric, &value, &err), 0, "%s",
		     err.text);
}

static char *ask(const struct history_query *q,
		 int (*show)(struct store *, const struct history_query *, FILE *,
			     struct vt_error *))
{
	struct store s;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	cr_assert_eq(store_open(&s, path, &err), 0, "%s", err.text);
	cr_assert_eq(show(&s, q, to, &err), 0, "%s", err.text);
	fclose(to);
	store_close(&s);
	return text;
}

static void has(char *text, const char *part)
{
	cr_assert_not_null(strstr(text, part), "'%s' is not in:\n%s", part, text);
	free(text);
}

/* 1, 1, 1, 5, no value, 5, 9 */
static void few_nights(void)
{
	static const int64_t v[] = { 1, 1, 1, 5, -1, 5, 9 };
	struct store s;

	cr_assert_eq(store_take(&s, path, false, &err), 0, "%s", err.text);
	for (unsigned i = 0; i < sizeof(v) / sizeof(*v); i++) {
		begin_night(&s, i);
		if (v[i] >= 0)
			put(&s, "a,\"b\"", "m", v[i]);
		put(&s, "steady", "m", 7);
		cr_assert_eq(store_end_night(&s, &err), 0);
	}
	cr_assert_eq(store_save(&s, &err), 0);
	store_close(&s);
}

Test(history, trend_and_last_change)
{
	struct history_query q = { .metric = "m", .trace = "a*" };

	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	few_nights();
	has(ask(&q, history_trends), "    ▁▁▁▄ ▄█ 9; 2000-01-07 r6: 5 -> 9 (+80.00 %)\n");
	q.ascii = true;
	has(ask(&q, history_trends), "    ___- -# 9; ");
	q.nights = 2;
	has(ask(&q, history_trends), "    _# 9; ");
	q.trace = "steady";
	has(ask(&q, history_trends), "    __ 7; no change since 2000-01-01\n");
}

Test(history, gaps_are_changes)
{
	struct history_query q = { .policy = "virtual" };
	char *text;

	few_nights();
	text = ask(&q, history_changes);
	cr_assert_not_null(
	    strstr(text, "\n2000-01-05 r4:\n  m 5 -> -  a,\"b\" virtual:switch=keep\n"), "%s",
	    text);
	cr_assert_not_null(strstr(text, "\n2000-01-06 r5:\n  m - -> 5  "), "%s", text);
	cr_assert_null(strstr(text, "steady"), "%s", text);
	free(text);
}

Test(history, csv_is_quoted_and_whole)
{
	struct history_query q = { .metric = "m", .trace = "a*" };
	char *text;

	few_nights();
	text = ask(&q, history_csv);
	cr_assert_not_null(strstr(text,
				  "date,revision,number,trace,policy,metric,value\n"
				  "2000-01-01,r0,1,\"a,\"\"b\"\"\",virtual:switch=keep,m,1\n"),
			   "%s", text);
	cr_assert_not_null(strstr(text, ",m,\n"), "%s", text); /* the night without a value */
	free(text);
}

Test(history, nothing_asked_for_is_there)
{
	struct history_query q = { .metric = "n" };
	struct store s;

	few_nights();
	cr_assert_eq(store_open(&s, path, &err), 0);
	cr_assert_eq(history_trends(&s, &q, stdout, &err), -1);
	cr_assert_not_null(strstr(err.text, "holds nothing for metric 'n'"), "%s", err.text);
	store_close(&s);
}

Test(history, twice_in_one_night_is_refused)
{
	struct store_value v = { .type = STORE_NULL };
	struct store s;

	cr_assert_eq(store_take(&s, path, false, &err), 0);
	begin_night(&s, 0);
	put(&s, "t", "m", 1);
	cr_assert_eq(store_put(&s, "t", "virtual:switch=keep", "m", &v, &err), STORE_TWICE);
	store_close(&s);
}

Test(history, names_of_nights)
{
	static const char *const bad[] = { "2026-11-22-abc.json",
					   "2026-11-22--1.json",
					   "2026-11-2-abc-1.json",
					   "2026-11-22-abc-1.txt",
					   "2026-11-22-abc-.json",
					   "x",
					   "",
					   "2026-11-22-abc-1x.json",
					   "2026-11-22-abc-1.timing.json",
					   "2026-02-30-abc-1.json",
					   "2026-13-01-abc-1.json",
					   "2026-00-10-abc-1.json",
					   "2026-11-00-abc-1.json" };
	struct night n, m;

	cr_assert_eq(night_parse("2026-11-22-v1.0-3-gabc+-17.json", &n), 0);
	cr_assert_str_eq(n.date, "2026-11-22");
	cr_assert_str_eq(n.revision, "v1.0-3-gabc+");
	cr_assert_eq(n.number, 17);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(night_parse(bad[i], &m), -1, "%s", bad[i]);
	cr_assert_eq(night_parse("2026-11-22-a-9.json", &m), 0);
	cr_assert(night_order(&m, &n) < 0 && night_order(&n, &m) > 0 && !night_order(&n, &n));
}

/* Of this process alone, whatever else the machine does. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A series that moves each night, some that move now and then, many that hardly ever do. */
static void many_nights(void)
{
	struct store s;
	char trace[32];

	cr_assert_eq(store_take(&s, path, false, &err), 0, "%s", err.text);
	for (unsigned i = 0; i < NIGHTS; i++) {
		begin_night(&s, i);
		for (unsigned k = 0; k < SERIES; k++) {
			snprintf(trace, sizeof(trace), "trace-%02u", k);
			put(&s, trace, "timer_interrupts.total",
			    1000 + (k == 0  ? i * 2654435761U % 1000
				    : k < 4 ? i / 50
					    : i / 3000));
		}
		cr_assert_eq(store_end_night(&s, &err), 0);
	}
	cr_assert_eq(store_save(&s, &err), 0);
	store_close(&s);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

Test(history, ten_thousand_nights_answer_within_a_second)
{
	struct history_query q = { .metric = "timer_interrupts.total", .nights = 0 };
	struct stat st;
	double start;
	char *text;

	many_nights();
	start = seconds();
	text = ask(&q, history_trends);
	cr_expect(seconds() - start < 1, "trends took %g s", seconds() - start);
	cr_assert_eq(lines(text), 1 + 2 * SERIES + 2, "%s", text);
	has(text, "10000 of 10000 nights, 2000-01-01 to 2027-10-10.");
	start = seconds();
	has(ask(&q, history_changes), "  timer_interrupts.total ");
	cr_expect(seconds() - start < 1, "changes took %g s", seconds() - start);
	q.trace = "trace-00";
	start = seconds();
	text = ask(&q, history_csv);
	cr_expect(seconds() - start < 1, "CSV took %g s", seconds() - start);
	cr_assert_eq(lines(text), NIGHTS + 1);
	free(text);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect(st.st_size < 4000000, "the index has %ld bytes", (long)st.st_size);
}
