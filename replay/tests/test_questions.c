/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions that tell guest-timer designs apart, each put to a policy as a small trace, through
 * engine and reference. The table of POLICIES.md must say what comes out. A row that is not there
 * yet is printed. 1 GHz: ticks are ns.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/reference_case.h"
#include "replay/tests/reference_engine.h"

#define DOCUMENT "replay/POLICIES.md"
#define MS INT64_C(1000000)
#define US INT64_C(1000)
#define TEXT 100
/* Who is asked: of a domain that is not 0, which Xen treats otherwise. */
#define VP 1
#define COLUMNS_MAX 16

static const struct expected anything[] = { { NULL, 0 } };

static json_t *ask(const struct reference_params *params, const struct trace_event *ev)
{
	return replay_case(2, VP + 1, ev, params, anything);
}

static bool any(const json_t *result, const char *path)
{
	return result_number(result, path) > 0;
}

static int64_t list_operations(const json_t *r)
{
	return result_number(r, "ac_timer_list.adds") + result_number(r, "ac_timer_list.removes");
}

/* A VP is preempted before its deadline and comes back long after. */
static void preempted(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0),
					  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
					  out(2 * MS, VP, TRACE_PREEMPT), in(15 * MS, VP, 0),
					  stop(20 * MS) };
	json_t *r = ask(params, ev);
	bool pended = result_number(r, "firing_skew_ns.pend.max") < MS;

	if (!any(r, "timer_interrupts.lp_idle"))
		strcpy(answer, pended ? "no interrupt, pends" : "off");
	else
		strcpy(answer, pended ? "runs on" : "fires for nothing");
	json_decref(r);
}

/* A tick each ms; the VP is away from 1.2 to 5.5 ms, until @end at the latest. */
static json_t *periodic(const struct reference_params *params, int64_t end)
{
	const struct trace_event ev[] = { in(0, VP, 0), arm_periodic(500 * US, VP, 1 * MS, 1 * MS),
					  out(1200 * US, VP, TRACE_PREEMPT), in(5500 * US, VP, 0),
					  stop((uint64_t)end) };

	return ask(params, ev);
}

static void say_more(char *answer, int64_t count, const char *what)
{
	char more[TEXT];

	if (!count)
		return;
	snprintf(more, sizeof(more), "%s%+" PRId64 " %s", *answer ? ", " : "", count, what);
	strcat(answer, more);
}

/* Timers of any kind that came due. */
static int64_t expiries(const json_t *r)
{
	return result_number(r, "ac_timer_list.fires") + result_number(r, "exits.guest_timer");
}

static void missed_periods(const struct reference_params *params, char *answer)
{
	json_t *away = periodic(params, 5500 * US - 1), *back = periodic(params, 5500 * US);
	json_t *later = periodic(params, 20200 * US);
	int64_t ticks = result_number(back, "ticks.delivered") - 1,
		expired = expiries(back) - expiries(away);

	if (ticks == 4)
		strcpy(answer, "each");
	else
		strcpy(answer, ticks == 1 ? "one" : ticks ? "some" : "none");
	if (expired > 1)
		snprintf(answer + strlen(answer), TEXT - strlen(answer), " of %" PRId64 " expiries",
			 expired);
	if (result_number(later, "firing_skew_ns.pend.p50") >= 100 * US)
		strcat(answer, ", new phase");
	json_decref(away);
	json_decref(back);
	json_decref(later);
}

/* A preempted VP comes back in time, on the LP that it left or on another one: the difference. */
static void move(const struct reference_params *params, char *answer)
{
	json_t *r[2];
	uint16_t lp;

	for (lp = 0; lp < 2; lp++) {
		const struct trace_event ev[] = { in(0, VP, 0),
						  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
						  out(2 * MS, VP, TRACE_PREEMPT),
						  in(3 * MS, VP, lp), stop(20 * MS) };

		r[lp] = ask(params, ev);
	}
	*answer = 0;
	say_more(answer, list_operations(r[1]) - list_operations(r[0]), "list");
	say_more(answer,
		 result_number(r[1], "hardware_writes") - result_number(r[0], "hardware_writes"),
		 "hw");
	say_more(answer,
		 result_number(r[1], "timer_interrupts.total") -
		     result_number(r[0], "timer_interrupts.total"),
		 "irq");
	if (!*answer)
		strcpy(answer, "0");
	json_decref(r[0]);
	json_decref(r[1]);
}

static void early(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0),
					  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
					  stop(20 * MS) };
	json_t *r = ask(params, ev);
	int64_t skew = result_number(r, "firing_skew_ns.pend.min");

	if (skew < 0)
		snprintf(answer, TEXT, "%" PRId64 " ns", -skew);
	else
		strcpy(answer, "no");
	json_decref(r);
}

/* A guest that runs all the time and writes its timer after each tick. */
static void exits(const struct reference_params *params, char *answer)
{
	struct trace_event ev[12] = { in(0, VP, 0) };
	int64_t sum;
	uint64_t k;
	json_t *r;

	for (k = 0; k < 10; k++)
		ev[k + 1] = arm(k * MS + 100 * US, VP, TRACE_TSC_DEADLINE, (k + 1) * MS);
	ev[11] = stop(10 * MS + 50 * US);
	r = ask(params, ev);
	cr_assert_eq(result_number(r, "ticks.delivered"), 10);
	sum = result_number(r, "exits.arm") + result_number(r, "exits.fire") +
	      result_number(r, "exits.guest_timer");
	cr_assert_eq(sum % 10, 0);
	snprintf(answer, TEXT, "%" PRId64, sum / 10);
	json_decref(r);
}

/* A VP blocks; nobody else is there. */
static void interrupted_lp(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0),
					  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
					  out(2 * MS, VP, TRACE_BLOCK), stop(20 * MS) };
	json_t *r = ask(params, ev);

	if (any(r, "timer_interrupts.per_lp.0.total"))
		strcpy(answer, "its last");
	else
		strcpy(answer, any(r, "timer_interrupts.per_lp.1.total") ? "another" : "none");
	json_decref(r);
}

/* A TSC-deadline in the past; the hypervisor's tick comes 5 ms later. */
static void past_deadline(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0), arm(5 * MS, VP, TRACE_TSC_DEADLINE, 1 * MS),
					  stop(12 * MS) };
	const struct reference_params ticking = with_tick(*params, 100);
	json_t *r = ask(&ticking, ev);

	if (!any(r, "ticks.delivered"))
		strcpy(answer, "never");
	else if (any(r, "firing_skew_ns.pend.max"))
		strcpy(answer, "next interrupt");
	else
		strcpy(answer, any(r, "timer_interrupts.guest") ? "at once, +1 irq" : "at once");
	json_decref(r);
}

/* A deadline between mask and unmasking. */
static void masked(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0),
					  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
					  mask(2 * MS, VP, true), mask(15 * MS, VP, false),
					  stop(20 * MS) };
	json_t *r = ask(params, ev);

	strcpy(answer, any(r, "ticks.delivered") ? "kept" : "dropped");
	say_more(answer, result_number(r, "timer_interrupts.total"), "irq");
	say_more(answer, result_number(r, "exits.guest_timer"), "exit");
	json_decref(r);
}

static void wakes(const struct reference_params *params, char *answer)
{
	const struct trace_event ev[] = { in(0, VP, 0),
					  arm(1 * MS, VP, TRACE_TSC_DEADLINE, 10 * MS),
					  out(2 * MS, VP, TRACE_BLOCK),
					  wake(15 * MS, VP),
					  in(16 * MS, VP, 0),
					  stop(20 * MS) };
	json_t *r = ask(params, ev);

	if (any(r, "wakeups.on_time"))
		strcpy(answer, "yes");
	else
		strcpy(answer, any(r, "wakeups.late") ? "late" : "no");
	json_decref(r);
}

static const struct {
	const char *column;
	void (*answer)(const struct reference_params *params, char *answer);
} questions[] = {
	{ "preempted: timer", preempted },
	{ "missed periods", missed_periods },
	{ "move", move },
	{ "early", early },
	{ "exits a tick", exits },
	{ "interrupted LP", interrupted_lp },
	{ "past deadline", past_deadline },
	{ "masked", masked },
	{ "wakes", wakes },
};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/* What the row of @spec should be. */
static void row_of(const char *spec, char *row, size_t size)
{
	struct reference_params params;
	char answer[TEXT];
	size_t i;

	engine_spec(&params, spec);
	snprintf(row, size, "| `%s` |", spec);
	for (i = 0; i < QUESTIONS; i++) {
		questions[i].answer(&params, answer);
		snprintf(row + strlen(row), size - strlen(row), " %s |", answer);
	}
}

static void header(char *row, size_t size)
{
	size_t i;

	snprintf(row, size, "| policy |");
	for (i = 0; i < QUESTIONS; i++)
		snprintf(row + strlen(row), size - strlen(row), " %s |", questions[i].column);
}

/* The next line of @f without its newline; false at the end. */
static bool next_line(FILE *f, char *line, size_t size)
{
	if (!fgets(line, (int)size, f))
		return false;
	line[strcspn(line, "\n")] = 0;
	return true;
}

static bool same(const char *is, const char *should_be)
{
	if (!strcmp(is, should_be))
		return true;
	fprintf(stderr, DOCUMENT " says\n%s\nand should say\n%s\n", is, should_be);
	return false;
}

/* Is the policy of the row `spec` the one of this name? */
static bool is_of(const char *spec, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(spec, name, len) && (spec[len] == 0 || spec[len] == ':');
}

Test(questions, table)
{
	static bool there[100];
	char line[2000], row[2000], spec[TEXT];
	FILE *f = fopen(DOCUMENT, "r");
	bool right = true;
	size_t k;

	cr_assert_not_null(f, DOCUMENT " is not there");
	header(row, sizeof(row));
	while (next_line(f, line, sizeof(line)) && strncmp(line, "| policy |", 10))
		;
	right &= same(line, row);
	next_line(f, line, sizeof(line)); /* |---| */
	while (next_line(f, line, sizeof(line)) && sscanf(line, "| `%99[^`]`", spec) == 1) {
		row_of(spec, row, sizeof(row));
		right &= same(line, row);
		for (k = 0; reference_policy(k); k++)
			there[k] |= is_of(spec, reference_policy(k));
	}
	fclose(f);
	for (k = 0; reference_policy(k); k++) {
		if (there[k] || reference_policy_of_tests(k))
			continue;
		row_of(reference_policy(k), row, sizeof(row));
		fprintf(stderr, DOCUMENT " has no row\n%s\n", row);
		right = false;
	}
	cr_assert(right);
}
