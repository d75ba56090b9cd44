/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick reduce`: the smallest trace on which a command still says the same, or on
 * which a policy is worse than another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/commands.h"
#include "replay/find/show.h"
#include "replay/run/remarks.h"
#include "replay/run/select.h"
#include "traces/base/cli.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/near.h"
#include "traces/reduce/by_command.h"
#include "traces/reduce/command.h"

#define JOBS_MAX 256u
#define SEEDS_MAX UINT64_C(1000000000)

struct request {
	struct opt_list traces;
	const char *output;
	char *const *command;
	uint32_t jobs;
	uint64_t timeout_ns;
	bool find;
	struct opt_list policies;
	const char *metric, *costs;
	uint64_t seeds; /* 0: not given */
	bool no_sandbox;
};

#define SEEDS 1000u

/* ---- a command ---- */

static int by_command(const struct request *q)
{
	const struct by_command b = { .trace = q->traces.item[0],
				      .output = q->output,
				      .command = q->command,
				      .jobs = q->jobs,
				      .timeout_ns = q->timeout_ns };

	return reduce_by_command(&b);
}

static int check_command(const struct request *q)
{
	if (q->policies.n || q->metric || q->costs || q->seeds || q->no_sandbox)
		return cli_usage_error("reduce", "%s goes with --find",
				       q->policies.n ? "-p"
				       : q->metric   ? "--metric"
				       : q->costs    ? "--costs"
				       : q->seeds    ? "--seeds"
						     : "--no-sandbox");
	if (!q->traces.n)
		return cli_usage_error("reduce", "TRACE is missing");
	if (q->traces.n > 1)
		return cli_usage_error("reduce",
				       "'%s' is one argument too many, expected TRACE -- COMMAND",
				       q->traces.item[1]);
	if (!q->output)
		return cli_usage_error("reduce", "-o FILE.vtt is missing");
	if (!q->command || !*q->command)
		return cli_usage_error("reduce", "there is no COMMAND behind --");
	if (!reduce_names_file(q->command))
		return cli_usage_error(
		    "reduce", "COMMAND has no %s, which stands for the trace's file", COMMAND_FILE);
	return 0;
}

/* ---- --find ---- */

/* The metric that is asked for; NULL after a line. */
static const struct metric *find_metric(const struct request *q)
{
	size_t at = metric_find(q->metric);
	const struct metric *m = at == METRIC_NONE ? NULL : &metric_table[at];
	struct near near = { 0 };

	for (size_t i = 0; !m && i < metric_count; i++)
		near_try(&near, q->metric, metric_table[i].name);
	if (!m && near.name)
		cli_usage_error("reduce", "there is no metric '%s', did you mean '%s'?", q->metric,
				near.name);
	else if (!m)
		cli_usage_error("reduce",
				"there is no metric '%s' ('vtick compare --metrics' "
				"lists them)",
				q->metric);
	else if (m->kind != NUMBER || m->better == NEUTRAL)
		cli_usage_error("reduce",
				"--metric is '%s', expected a number that is better when it is "
				"lower, higher or nearer to zero",
				q->metric);
	else if (m->when == WHEN_COSTS && !q->costs)
		cli_usage_error("reduce", "--metric is '%s', which takes --costs", q->metric);
	else if (m->when != WHEN_ALWAYS && m->when != WHEN_COSTS)
		cli_usage_error("reduce",
				"--metric is '%s', expected one that every replay has ('always' "
				"in 'vtick compare --metrics')",
				q->metric);
	else
		return m;
	return NULL;
}

static int check_find(const struct request *q)
{
	if (q->command)
		return cli_usage_error("reduce", "--find takes no COMMAND");
	if (!q->policies.n)
		return cli_usage_error("reduce", "-p POLICY is missing");
	if (!q->metric)
		return cli_usage_error("reduce", "--metric METRIC is missing");
	return 0;
}

struct search {
	const struct request *q;
	struct file *output; /* NULL: none is asked for */
	struct selected selected;
	struct run run;
	struct whole *given;
	size_t n;
	struct find find;
	struct found found;
};

static int load(struct search *s, struct vt_error *err)
{
	const struct request *q = s->q;

	s->run.no_sandbox = q->no_sandbox;
	s->run.has_costs = q->costs != NULL;
	s->run.timeout_ns = RUN_TIMEOUT_AUTO;
	if (q->costs && costs_read(&s->run.costs, q->costs, err))
		return -1;
	if (select_policies(&s->selected, q->policies.item, q->policies.n, NULL, 0, err))
		return -1;
	if (s->selected.n > LOOK_SIDES)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "reduce: --find is of one policy or two, not of %zu",
				    s->selected.n);
	if (s->selected.n == 1 && s->find.metric->better == HIGHER)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "reduce: of %s more is better, so it takes two policies",
				    s->find.metric->name);
	if (run_load_policies(&s->run, (const char *const *)s->selected.spec, s->selected.n, err))
		return -1;
	for (size_t i = 0; i < s->run.plugins; i++) {
		const struct plugin *p = &s->run.plugin[i];

		if (p->lost)
			return vt_error_set(err, p->spec, VT_NO_OFFSET, "%s", p->why);
	}
	remarks_sandbox(&s->run);
	s->given = vt_array(q->traces.n + 1, sizeof(*s->given));
	while (s->n < q->traces.n) {
		const char *path = q->traces.item[s->n];

		if (whole_read(&s->given[s->n++], path, err))
			return -1;
	}
	return 0;
}

static bool is_piped(const struct request *q)
{
	return q->output && !strcmp(q->output, "-");
}

static int write_found(struct search *s, const struct whole *t, struct vt_error *err)
{
	if (show_found(&s->find, t, is_piped(s->q) ? NULL : stdout, err))
		return -1;
	return s->output ? whole_write_into(t, &s->output, s->q->output, err) : 0;
}

static void report(const struct search *s, uint64_t took_ns)
{
	const struct found *f = &s->found;
	char took[32];

	human_time(took, sizeof(took), (int64_t)took_ns);
	fprintf(stderr, "reduce: %" PRIu64 " of %" PRIu64 " attempt%s found such a trace",
		f->successes, f->attempts, human_s(f->attempts));
	if (f->any)
		fprintf(stderr, ", the smallest has %zu event%s", f->trace.n, human_s(f->trace.n));
	fprintf(stderr, "; %" PRIu64 " trace%s replayed in %s\n", f->traces, human_s(f->traces),
		took);
}

static int look_for(struct search *s, struct vt_error *err)
{
	uint64_t began = cli_now_ns();

	if (load(s, err))
		return -1;
	s->find.from = (struct try_from){ .given = s->given, .n = s->n };
	if (find(&s->find, &s->found, err))
		return -1;
	if (!s->found.any)
		/* Nobody takes a line for a trace. */
		show_none(&s->find, &s->found, is_piped(s->q) ? stderr : stdout);
	else if (write_found(s, &s->found.trace, err))
		return -1;
	report(s, cli_now_ns() - began);
	return 0;
}

/* A child of a search makes many traces, or a large one many times. */
#define TIMEOUTS 10u

static int by_search(const struct request *q)
{
	struct search s = { .q = q };
	struct vt_error err;
	int failed = 0, code;

	s.find = (struct find){ .run = &s.run,
				.metric = find_metric(q),
				.seeds = q->seeds ? q->seeds : SEEDS,
				.jobs = q->jobs,
				.timeout_ns = TIMEOUTS * q->timeout_ns };
	if (!s.find.metric)
		return EXIT_TROUBLE;
	/* At once, and while a signal ends the wait for who is to read a pipe. */
	if (q->output && !(s.output = file_create(q->output, &err)))
		failed = -1;
	reduce_signals_begin();
	if (!failed)
		failed = look_for(&s, &err);
	if (failed)
		vt_error_print(&err);
	code = failed ? EXIT_TROUBLE : s.found.any ? EXIT_OK : EXIT_GATE;
	file_abort(s.output);
	reduce_signals_end();
	found_free(&s.found);
	for (size_t i = 0; i < s.n; i++)
		whole_free(&s.given[i]);
	free(s.given);
	run_free(&s.run);
	selected_free(&s.selected);
	return code;
}

/* ---- the command line ---- */

static int run(int argc, char **argv)
{
	struct request q = {
		.jobs = cli_jobs(JOBS_MAX),
	};
	int code;

	if (!opt_parse(&command_reduce, &q, argc, argv, &code))
		return code;
	code = q.find ? check_find(&q) : check_command(&q);
	if (!code)
		code = q.find ? by_search(&q) : by_command(&q);
	opt_free(&command_reduce, &q);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .many = true,
	  .no_dash = "a trace is read from its end, too", AT(traces),
	  .help = "the trace; of --find those to begin with, beside what seeds make" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .dash = true,
	  AT(output),
	  .help = "the small trace; it appears only when it is whole. - is standard output",
	  .more = "With --find it need not be given." },
	{ OPT_NUMBER, .name = "jobs", .letter = 'j', .argument = "N", .min = 1, .max = JOBS_MAX,
	  AT(jobs), .help = "run COMMAND on so many traces at once; without it the number of CPUs",
	  .more = "What comes out does not depend on it." },
	{ OPT_DURATION, .name = "timeout", .argument = "TIME", .value = "60s", AT(timeout_ns),
	  .help = "kill a COMMAND that takes longer, with all that it started; 0: never",
	  .more = "On a trace where it does it did not end as on TRACE. Of --find: a process that "
		  "takes ten times as long for eight seeds, or for a TRACE, and all ends." },
	OPT_LIMIT,
	{ OPT_REST, .argument = "COMMAND", AT(command),
	  .help = "what is run; {} in its words is the trace's file" },
	{ OPT_GROUP, .help = "Without a COMMAND" },
	{ OPT_SWITCH, .name = "find", AT(find),
	  .help = "find a trace on which the first policy is worse than the second" },
	{ OPT_TEXT, .letter = 'p', .argument = "POLICY", .many = true, AT(policies),
	  .help = "a policy, as for 'vtick replay'; of two the first is to be the worse, one alone "
		  "is to be worse than 0" },
	{ OPT_TEXT, .name = "metric", .argument = "METRIC", AT(metric),
	  .help = "by this one of 'vtick compare --metrics', which says what is better",
	  .more = "As wakeups.lost, a wake-up that is lost; ticks.early, a tick that comes before "
		  "its time; timer_interrupts.total." },
	{ OPT_WIDE, .name = "seeds", .argument = "N", .min = 1, .max = SEEDS_MAX, AT(seeds),
	  .help = "try so many at most; without it 1000",
	  .more = "It ends before if eight have found something: the smallest of them will do." },
	{ OPT_FILE_IN, .name = "costs", .argument = "FILE", AT(costs),
	  .help = "what the hypervisor's own work takes, as for 'vtick replay'" },
	{ OPT_SWITCH, .name = "no-sandbox", AT(no_sandbox),
	  .help = "let policies ask the kernel for all that vtick may" },
	{ 0 },
};

static const char *const usage[] = {
	"TRACE -o FILE.vtt [OPTION]... -- COMMAND",
	"--find -p POLICY [-p POLICY] --metric METRIC [OPTION]... [TRACE]...",
	NULL,
};
static const char *const examples[] = {
	"vtick reduce big.vtt -o small.vtt -- vtick replay -p ./mine.c {}",
	"vtick reduce big.vtt -o small.vtt -- sh -c 'vtick replay -p virtual {} | jq -e "
	"\".cells[0].wakeups.lost == 0\"'",
	"vtick reduce --find -p passthrough -p virtual --metric timer_interrupts.total",
	"vtick reduce --find -p ./mine.c --metric wakeups.lost traces/corpus/*.vtt",
	NULL,
};

const struct opt_command command_reduce = {
	.name = "reduce",
	.summary = "find the smallest trace on which a command still fails, or a policy is worse",
	.run = run,
	.usage = usage,
	.about =
	    "Makes a trace as small as it can be while COMMAND still ends on it as it does on "
	    "TRACE, with the same exit code or signal: it leaves out VPs, LPs, stretches of time "
	    "and events, and moves times to round numbers. Each trace that COMMAND sees is legal. "
	    "With --find it looks for a trace, and makes small, on which a policy is worse than "
	    "another by a metric.",
	.options = options,
	.notes = "COMMAND must say the same of the same trace each time. What it prints goes "
		 "nowhere, and it has nothing to read. Its traces have TRACE's name, in folders of "
		 "their own. The whole trace is held in memory.",
	.examples = examples,
	.exits = "Exit codes: 0 fine; with --find 1 none was found; 2 trouble.",
};
