/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace whose file is sound but whose events are not legal: one line that names the place,
 * exit 2. */
#include <criterion/criterion.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/trace.h"

/* The events of a VP that comes and goes, but for number @bad, which is @instead. */
static void write_trace(const char *path, size_t events, size_t bad,
			const struct trace_event *instead)
{
	const struct trace_writer_options options = { .block_events = 64 };
	struct trace_meta meta;
	struct vt_error err;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	meta.end = events * 1000;
	trace_meta_add_vp(&meta, 0, 0, NULL);

	struct trace_writer *w = trace_writer_open(path, &meta, &options, &err);

	cr_assert_not_null(w, "%s", err.text);
	for (size_t i = 0; i < events; i++) {
		struct trace_event ev = { .time = i * 1000,
					  .type = i % 2 ? TRACE_SCHED_OUT : TRACE_SCHED_IN };

		if (i == bad) {
			ev = *instead;
			ev.time = i * 1000;
		}
		cr_assert_eq(trace_writer_add(w, &ev, &err), 0, "%s", err.text);
	}
	cr_assert_eq(trace_writer_finish(w, NULL, &err), 0, "%s", err.text);
	trace_meta_free(&meta);
}

/* build/tests/replay-test_illegal stands beside build/vtick's folder. */
static int run_vtick(const char *arguments, char *output, size_t size)
{
	char exe[PATH_MAX], command[2 * PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	cr_assert_gt(n, 0);
	exe[n] = '\0';
	snprintf(command, sizeof(command), "'%s/../vtick' %s 2>&1", dirname(exe), arguments);

	FILE *f = popen(command, "r"); /* NOLINT(cert-env33-c): the command is this test's own */

	cr_assert_not_null(f);
	n = (ssize_t)fread(output, 1, size - 1, f);
	output[n] = '\0';
	return WEXITSTATUS(pclose(f));
}

static void check_refused(size_t bad, struct trace_event instead, const char *expected)
{
	char folder[] = "/tmp/vtick-illegal-XXXXXX";
	char path[64], result[64], arguments[256], output[4096], place[64];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.vtt", folder);
	snprintf(result, sizeof(result), "%s/x.json", folder);
	write_trace(path, 1000, bad, &instead);
	for (int jobs = 1; jobs <= 2; jobs++) {
		snprintf(arguments, sizeof(arguments), "replay -j%d -o %s %s", jobs, result, path);
		cr_expect_eq(run_vtick(arguments, output, sizeof(output)), 2);
		cr_expect_not_null(strstr(output, expected), "%s", output);
		snprintf(place, sizeof(place), "event %zu ", bad);
		cr_expect_not_null(strstr(output, place), "%s", output);
		cr_expect_not_null(strstr(output, "x.vtt: offset "), "%s", output);
		cr_expect_eq(strchr(output, '\n'), output + strlen(output) - 1, "one line, not: %s",
			     output);
		cr_expect_neq(access(result, F_OK), 0, "no output file");
	}
	unlink(path);
	cr_expect_eq(rmdir(folder), 0, "nothing else is left");
}

Test(illegal, in_the_first_block)
{
	check_refused(1, (struct trace_event){ .type = TRACE_SCHED_IN },
		      "at time 1000: the VP is scheduled in, but runs already");
}

Test(illegal, in_a_later_block)
{
	check_refused(700, (struct trace_event){ .type = TRACE_SCHED_OUT },
		      "at time 700000: the VP is scheduled out, but does not run");
}

Test(illegal, a_timer_of_before_the_recording_in_mid_trace)
{
	check_refused(1, (struct trace_event){ .type = TRACE_SEED, .value = 5 },
		      "at time 1000: a timer of before the recording, which belongs to time 0");
}

Test(illegal, a_machine_that_is_away_into_the_past)
{
	check_refused(700, (struct trace_event){ .type = TRACE_AWAY, .value = 699999 },
		      "at time 700000: the machine is away until a time that is over");
}
