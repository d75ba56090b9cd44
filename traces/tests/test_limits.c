/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of limits says what the code obeys, and moves what it says that it moves. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/meta.h"
#include "traces/trace.h"

static char *table(void)
{
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	cr_assert(f);
	limits_print(f);
	fclose(f);
	return text;
}

/* There is a row of @of that says @value. */
static void says(const char *of, const char *value)
{
	char *text = table(), *row = vt_format("| %s |  | %s", value, of);

	cr_expect(strstr(text, row), "no row '%s'", row);
	free(row);
	free(text);
}

Test(limits, of_the_format)
{
	char number[24];

	snprintf(number, sizeof(number), "%u", TRACE_LPS_MAX);
	says("a trace: LPs", number);
	snprintf(number, sizeof(number), "%u", TRACE_VPS_MAX);
	says("a trace: VPs", number);
	snprintf(number, sizeof(number), "%u", TRACE_BLOCK_EVENTS_MAX);
	says("a trace: events of a block", number);
	snprintf(number, sizeof(number), "%u MiB", VTT_META_MAX >> 20);
	says("a trace: its header", number);
	snprintf(number, sizeof(number), "%u", VTT_META_VALUES_MAX);
	says("a trace: values in its header", number);
	cr_expect_eq(TRACE_CLOCK_HZ_MAX, UINT64_C(1) << 40);
	says("a trace: `clock_hz`", "1 to 2^40");
	cr_expect_eq(TRACE_TICK_LIMIT, UINT64_C(1) << 60);
	says("a trace: times", "2^60 - 1");
}

static void set(const char *given)
{
	struct vt_error err;

	cr_assert_eq(limit_set(given, &err), 0, "%s: %s", given, err.text);
}

Test(limits, moved)
{
	static const char *const wrong[] = { "",
					     "expansion",
					     "expansion=",
					     "expansion=-1",
					     "expansion=x",
					     "capture-size=1.5G",
					     "capture-size=G",
					     "capture-size=20000000T",
					     "import-time=0",
					     "limit=3",
					     "expansion =3" };
	struct vt_error err;
	char *text;

	set("capture-size=3G");
	cr_expect_eq(limit_value(LIMIT_CAPTURE_SIZE), UINT64_C(3) << 30);
	set("result-size=1000");
	cr_expect_eq(limit_value(LIMIT_RESULT_SIZE), 1000);
	set("import-time=90s");
	cr_expect_eq(limit_value(LIMIT_IMPORT_TIME), UINT64_C(90000000000));
	set("expansion=7");
	set("unpacked-size=100");
	cr_expect_eq(limit_unpacked(10), 100);
	cr_expect_eq(limit_unpacked(100), 700);
	cr_expect_eq(limit_unpacked(UINT64_MAX), UINT64_MAX);
	text = limit_text(LIMIT_CAPTURE_SIZE);
	cr_expect_str_eq(text, "3 GiB (--limit capture-size=SIZE)");
	free(text);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_eq(limit_set(wrong[i], &err), -1, "'%s' is taken", wrong[i]);
	cr_expect_eq(limit_value(LIMIT_CAPTURE_SIZE), UINT64_C(3) << 30);
}

/* "[1,1,...]", of that many values. */
static const char *list_fault(size_t values)
{
	size_t size = 2 * values + 1;
	char *text = vt_alloc(size);

	text[0] = '[';
	for (size_t i = 0; i < values; i++)
		memcpy(text + 1 + 2 * i, "1,", 2);
	text[size - 1] = ']';

	const char *fault = trace_meta_too_large(text, size);

	free(text);
	return fault;
}

Test(limits, values_of_a_header)
{
	cr_expect_null(list_fault(VTT_META_VALUES_MAX - 2));
	cr_expect_str_eq(list_fault(VTT_META_VALUES_MAX),
			 "the header holds more than 8388608 values");
	cr_expect_eq(json_values("{\"a,[{\":\"\\\\\\\",,\",\"b\":[1,[]]}", 27), 6);
	cr_expect_eq(json_values("", 0), 1);
}
