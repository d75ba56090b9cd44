/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/limits.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/complete.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"

enum unit { BYTES, TIMES, TIME };

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define SECOND UINT64_C(1000000000)

static struct {
	const char *name;
	enum unit unit;
	uint64_t value;
	const char *of; /* what is at most that */
} named[LIMITS_NAMED] = {
	[LIMIT_CAPTURE_SIZE] = { "capture-size", BYTES, 64 * GIB,
				 "import: a capture or text, unpacked" },
	[LIMIT_EXPANSION] = { "expansion", TIMES, 200,
			      "import: what a packed capture may grow to, in its own sizes, where "
			      "that is over unpacked-size; also the chunks of a trace.dat" },
	[LIMIT_UNPACKED_SIZE] = { "unpacked-size", BYTES, 256 * MIB,
				  "import: what it may grow to, whatever its size" },
	[LIMIT_IMPORT_TIME] = { "import-time", TIME, 3600 * SECOND,
				"import: CPU time, and as much of the decoder of trace.dat files" },
	[LIMIT_IMPORT_MEMORY] = { "import-memory", BYTES, 4 * GIB,
				  "import: memory, and as much of that decoder; not in builds with "
				  "AddressSanitizer" },
	[LIMIT_RESULT_SIZE] = { "result-size", BYTES, GIB,
				"compare, history, merge, replay -O: a result, a golden, an export "
				"of "
				"hyperfine" },
	[LIMIT_JSON_SIZE] = { "json-size", BYTES, 16 * MIB,
			      "compare, replay: a file of rules, a cost profile, a list of "
			      "traces" },
};

/* The others stand where they are obeyed. */
static const struct {
	const char *value, *of, *option;
} fixed[] = {
	{ "10s, and 2s a million events", "replay: a cell, and the survey of `--against-recording`",
	  "`--cell-timeout`" },
	{ "1 GiB", "replay: the memory of a cell", "`--cell-memory`" },
	{ "1 to 2^40", "a trace: `clock_hz`", NULL },
	{ "2^60 - 1", "a trace: times, deadlines, periods, counters, slices, counts of LOST",
	  NULL },
	{ "4096", "a trace: LPs", NULL },
	{ "1048576", "a trace: VPs, and so domains", NULL },
	{ "2^32 - 1", "a trace: numbers of domains and vCPUs", NULL },
	{ "128 MiB", "a trace: its header", NULL },
	{ "8388608", "a trace: values in its header", NULL },
	{ "65536", "a trace: events of a block", NULL },
	{ "128 MiB", "import text: a line", NULL },
	{ "2^53 - 1",
	  "results, `info --json`: a number; larger ones say that (RESULT.md, saturated)", NULL },
	{ "33554432", "merge, replay -O: values in a result", NULL },
	{ "64 levels", "compare, history: a result", NULL },
	{ "2048 levels", "other JSON: headers, lines of text, rules, cost profiles", NULL },
	{ "1 s", "replay: a figure of a cost profile", NULL },
};

uint64_t limit_value(enum limit limit)
{
	return named[limit].value;
}

/* In the largest unit of which it is whole. */
static char *value_text(enum unit unit, uint64_t v)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	if (unit == TIMES)
		return vt_format("%" PRIu64 " times", v);
	if (unit == TIME)
		return cli_time_text(v);
	for (; v && !(v % KIB) && i + 1 < sizeof(units) / sizeof(*units); i++)
		v /= KIB;
	return vt_format("%" PRIu64 " %s", v, units[i]);
}

static const char *argument(enum unit unit)
{
	return unit == BYTES ? "SIZE" : unit == TIME ? "TIME" : "N";
}

char *limit_text(enum limit limit)
{
	char *value = value_text(named[limit].unit, named[limit].value);
	char *text =
	    vt_format("%s (--limit %s=%s)", value, named[limit].name, argument(named[limit].unit));

	free(value);
	return text;
}

uint64_t limit_unpacked(uint64_t packed)
{
	uint64_t least = named[LIMIT_UNPACKED_SIZE].value, most;

	if (__builtin_mul_overflow(packed, named[LIMIT_EXPANSION].value, &most))
		most = UINT64_MAX;
	return most > least ? most : least;
}

char *limit_unpacked_text(void)
{
	char *least = value_text(BYTES, named[LIMIT_UNPACKED_SIZE].value);
	char *text = vt_format("%s and %" PRIu64 " times its size (--limit expansion=N)", least,
			       named[LIMIT_EXPANSION].value);

	free(least);
	return text;
}

/* "300M": bytes, with a unit of powers of 1024. */
static int parse_bytes(const char *s, uint64_t *v)
{
	static const char units[] = "KMGT";
	size_t n = strlen(s);
	const char *unit = n ? strchr(units, s[n - 1]) : NULL;
	char *digits = vt_strndup(s, n - (unit && *unit));
	int failed = cli_parse_u64(digits, v);

	for (const char *u = units; !failed && unit && *unit && u <= unit; u++)
		failed = __builtin_mul_overflow(*v, KIB, v) ? -1 : 0;
	free(digits);
	return failed;
}

static int parse(enum unit unit, const char *s, uint64_t *v)
{
	if (unit == TIME)
		return cli_parse_duration_ns(s, v);
	return unit == TIMES ? cli_parse_u64(s, v) : parse_bytes(s, v);
}

static int no_such_limit(const char *given, struct vt_error *err)
{
	char names[200] = "";

	for (size_t i = 0; i < LIMITS_NAMED; i++) {
		strcat(names, i ? ", " : "");
		strcat(names, named[i].name);
	}
	return vt_error_set(err, NULL, VT_NO_OFFSET,
			    "is '%.60s', expected NAME=VALUE with a name of %s", given, names);
}

int limit_set(const char *given, struct vt_error *err)
{
	size_t n = strcspn(given, "=");

	for (size_t i = 0; i < LIMITS_NAMED && given[n]; i++) {
		uint64_t v;

		if (strlen(named[i].name) != n || strncmp(named[i].name, given, n))
			continue;
		if (parse(named[i].unit, given + n + 1, &v) || !v)
			return vt_error_set(
			    err, NULL, VT_NO_OFFSET, "is '%.60s', expected %s=%s, %s", given,
			    named[i].name, argument(named[i].unit),
			    named[i].unit == BYTES  ? "bytes, or as 300M, 2G"
			    : named[i].unit == TIME ? "as 90s, a bare number is seconds"
						    : "a number");
		named[i].value = v;
		return 0;
	}
	return no_such_limit(given, err);
}

int limit_take(void *config, const struct opt *o, const char *given, struct vt_error *err)
{
	(void)config;
	(void)o;
	return limit_set(given, err);
}

void limit_values(struct completion *c)
{
	for (size_t i = 0; i < LIMITS_NAMED; i++)
		complete_word(c, named[i].name, "=", named[i].of);
}

void limits_print(FILE *to)
{
	fputs("| limit | moved by | of |\n|---|---|---|\n", to);
	for (size_t i = 0; i < LIMITS_NAMED; i++) {
		char *value = value_text(named[i].unit, named[i].value);

		fprintf(to, "| %s | `--limit %s=%s` | %s |\n", value, named[i].name,
			argument(named[i].unit), named[i].of);
		free(value);
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		fprintf(to, "| %s | %s | %s |\n", fixed[i].value,
			fixed[i].option ? fixed[i].option : "", fixed[i].of);
	}
}
