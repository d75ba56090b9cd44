/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/run/result.h"
#include "replay/run/runner.h"
#include "replay/run/table.h"
#include "replay/watch/survey.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/mem.h"

#define JOBS_MAX 1024u
#define MEMORY_MAX (UINT64_C(1) << 32)
#define WINDOW_MAX UINT64_C(1000000000000)

struct request {
	const char **spec; /* [argc] */
	size_t specs;
	const char *output; /* NULL: JSON to stdout */
	const char *fates;  /* NULL: not asked */
	const char *costs;  /* NULL: none */
	bool against;
	uint64_t window_ns; /* WINDOW_OF_RECORDING: not given */
	uint32_t jobs;
	const char *timeout;
	uint64_t timeout_ns;
	uint64_t memory_mib;
	char *const *path;
	size_t paths;
	bool help;
};

static void help(void)
{
	fputs(
	    "usage: vtick replay [-p POLICY[:key=value,...]]... [-o RESULT.json] [-j N] TRACE...\n"
	    "\n"
	    "Replays every trace through every policy and says what the policy would have cost:\n"
	    "timer interrupts, length of the hypervisor's timer list, how late guests' ticks "
	    "fire.\n"
	    "\n"
	    "  -p POLICY           an installed policy ('vtick policy list'), a .so, or a .c that "
	    "is\n"
	    "                      compiled with $CC; may be repeated. Default: passthrough and "
	    "virtual\n"
	    "     :key=value,...   its parameters ('vtick policy show NAME') and what the "
	    "hypervisor\n"
	    "                      around it does: hv-tick=HZ, hv-tick-phase=TIME,\n"
	    "                      hv-slice=TIME, slop=TIME (0: off)\n"
	    "  -o FILE             the result as JSON into FILE, a table on stdout;\n"
	    "                      without it the JSON goes to stdout\n"
	    "  --fates FILE        what became of each tick, a line each (one policy, one trace)\n"
	    "  --costs FILE        what the hypervisor's own work takes ('vtick info --costs' "
	    "derives it\n"
	    "                      from a recording): interrupts last, close ones are shared\n"
	    "  --against-recording hold what each policy does against what the recorded hypervisor "
	    "did\n"
	    "                      (the trace's OBS_ events): precision and recall, event by "
	    "event\n"
	    "  --window TIME       how far apart two events may be to be the same one (default: "
	    "the\n"
	    "                      recording's own lateness, as FIDELITY.md says)\n"
	    "  -j N                N child processes at once (default: the number of CPUs)\n"
	    "  --cell-timeout S    give a policy up that takes more than S seconds for one block "
	    "of\n"
	    "                      events, to open or to close (default 10; 0: never)\n"
	    "  --cell-memory MIB   give a policy up that takes more memory (default 1024; 0: no "
	    "limit)\n"
	    "\n"
	    "  vtick replay mail.vtt -o mail.json\n"
	    "  vtick replay -p virtual -p virtual:switch=keep -p ./mine.c mail.vtt | jq .cells[0]\n"
	    "\n"
	    "A policy that crashes, hangs or takes too much memory loses its own cell and nothing\n"
	    "else. Exit codes: 0 fine, 2 trouble, a lost cell too. A trace that is cut off is "
	    "replayed\n"
	    "up to its last whole block, with a warning.\n",
	    stdout);
}

/* "10", "0.5": seconds. */
static int parse_seconds(const char *s, uint64_t *ns)
{
	char text[32];

	if (!*s || strlen(s) > 20 || s[strspn(s, "0123456789.")])
		return -1;
	snprintf(text, sizeof(text), "%ss", s);
	return cli_parse_time_ns(text, ns);
}

static int set_long_option(struct request *q, const char *name, const char *value)
{
	if (!strcmp(name, "cell-timeout")) {
		q->timeout = value;
		if (parse_seconds(value, &q->timeout_ns))
			return cli_usage_error("replay", "--cell-timeout is '%s', expected seconds",
					       value);
	} else if (!strcmp(name, "cell-memory")) {
		if (cli_parse_u64(value, &q->memory_mib) || q->memory_mib > MEMORY_MAX)
			return cli_usage_error(
			    "replay", "--cell-memory is '%s', expected a number of MiB", value);
	} else if (!strcmp(name, "costs")) {
		q->costs = value;
	} else if (!strcmp(name, "against-recording")) {
		q->against = true;
	} else if (!strcmp(name, "window")) {
		if (cli_parse_time_ns(value, &q->window_ns) || q->window_ns > WINDOW_MAX)
			return cli_usage_error(
			    "replay",
			    "--window is '%s', expected a time of at most 1000 s, as 50us", value);
	} else if (!strcmp(name, "fates")) {
		q->fates = value;
	} else {
		q->help = true;
	}
	return EXIT_OK;
}

/* @given: the argument as it stands on the command line. */
static int set_option(struct request *q, int option, const char *given)
{
	switch (option) {
	case 'p':
		q->spec[q->specs++] = optarg;
		return EXIT_OK;
	case 'o':
		q->output = strcmp(optarg, "-") ? optarg : NULL;
		/* Easily mistyped, and it would be the end of a trace. */
		if (strlen(optarg) > 4 && !strcmp(optarg + strlen(optarg) - 4, ".vtt"))
			return cli_usage_error(
			    "replay", "-o is '%s', expected a file for the result, not a trace",
			    optarg);
		return EXIT_OK;
	case 'j':
		if (cli_parse_u32(optarg, &q->jobs) || !q->jobs || q->jobs > JOBS_MAX)
			return cli_usage_error("replay", "-j is '%s', expected 1 to %u", optarg,
					       JOBS_MAX);
		return EXIT_OK;
	case 'h':
		q->help = true;
		return EXIT_OK;
	case ':':
		return cli_usage_error("replay", "'%s' lacks its value", given);
	default:
		return cli_usage_error("replay", "'%s' is no option", given);
	}
}

static int parse(struct request *q, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "cell-timeout", required_argument, NULL, 1 },
		{ "cell-memory", required_argument, NULL, 1 },
		{ "costs", required_argument, NULL, 1 },
		{ "fates", required_argument, NULL, 1 },
		{ "against-recording", no_argument, NULL, 1 },
		{ "window", required_argument, NULL, 1 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, which = 0;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":p:o:j:h", longs, &which)) != -1) {
		int code = option == 1 ? set_long_option(q, longs[which].name, optarg)
				       : set_option(q, option, argv[optind - 1]);

		if (code)
			return code;
	}
	q->path = argv + optind;
	q->paths = (size_t)(argc - optind);
	if (!q->help && !q->paths)
		return cli_usage_error("replay", "no trace is given");
	if (q->window_ns != WINDOW_OF_RECORDING && !q->against)
		return cli_usage_error("replay", "--window is given without --against-recording");
	if (!q->specs) {
		q->spec[q->specs++] = "passthrough";
		q->spec[q->specs++] = "virtual";
	}
	return EXIT_OK;
}

/* One line for each cell that was lost; the number of them. */
static size_t report_lost(const struct run *run)
{
	size_t lost = 0;

	for (size_t i = 0; i < run->cells; i++) {
		const struct run_cell *c = &run->cell[i];
		struct vt_error line;

		if (c->status == CELL_OK)
			continue;
		lost++;
		vt_error_set(&line, c->trace->path, VT_NO_OFFSET, "policy %s: %s: %s", c->label,
			     cell_status_name(c->status), c->message);
		vt_error_print(&line);
	}
	return lost;
}

static int replay(struct run *run, const struct request *q, struct runner_signals *signals,
		  struct vt_error *err)
{
	run->jobs = q->jobs;
	run->timeout = q->timeout;
	run->timeout_ns = q->timeout_ns;
	run->memory_mib = q->memory_mib;
	run->has_costs = q->costs != NULL;
	if (q->costs && costs_read(&run->costs, q->costs, err))
		return -1;
	run->against = q->against;
	run->window_ns = q->window_ns;
	if (run_load_policies(run, q->spec, q->specs, err))
		return -1;
	if (run_open_traces(run, q->path, q->paths, err))
		return -1;
	if (q->fates && run->cells != 1)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "replay: --fates is of one policy and one trace, not of %zu cells", run->cells);
	return runner_run(run, signals, err);
}

/* Ends *@f. */
static int commit(struct file **f, struct vt_error *err)
{
	struct file *ended = *f;

	*f = NULL;
	return file_commit(ended, err);
}

/* The result is there: puts it where it belongs. *@out is the file of -o, or NULL. */
static int deliver(const struct run *run, struct file **out, const char *command,
		   struct vt_error *err)
{
	json_t *document = result_document(run, command);
	char *text = result_print(document);
	bool table = *out != NULL;
	int failed = 0;

	if (table) {
		failed = file_write(*out, text, strlen(text), err);
		if (!failed)
			failed = commit(out, err);
	} else {
		fputs(text, stdout);
	}
	if (table && !failed)
		table_print(stdout, run, cli_colour(STDOUT_FILENO));
	free(text);
	json_decref(document);
	return failed;
}

/*
 * While foreign code is loaded in this process, file descriptor 1 is stderr: whatever a plugin
 * prints when it is loaded or unloaded must not end up in the document.
 */
static int hide_stdout(void)
{
	int saved;

	fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	return saved;
}

static void show_stdout(int saved)
{
	fflush(stdout);
	if (saved < 0) { /* it was closed, and so it stays: no other file may become it */
		close(STDOUT_FILENO);
		return;
	}
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

/* Nothing that is read here may be written: neither traces nor costs nor policies. */
static int outputs_apart(const struct request *q, const char *output, struct vt_error *err)
{
	int failed = file_apart(output, q->costs, err);

	for (size_t i = 0; !failed && i < q->paths; i++)
		failed = file_apart(output, q->path[i], err);
	for (size_t i = 0; !failed && i < q->specs; i++) {
		char *path = vt_format("%.*s", (int)strcspn(q->spec[i], ":"), q->spec[i]);

		failed = file_apart(output, path, err);
		free(path);
	}
	return failed;
}

/* At once: who waits for an hour learns beforehand that the folder is not there. */
static int open_outputs(const struct request *q, struct file **out, struct file **fates,
			struct vt_error *err)
{
	if (outputs_apart(q, q->output, err) || outputs_apart(q, q->fates, err))
		return -1;
	if (q->output && !(*out = file_create(q->output, err)))
		return -1;
	return q->fates && !(*fates = file_create(q->fates, err)) ? -1 : 0;
}

static int run_request(const struct request *q, const char *command)
{
	struct run run = { 0 };
	struct file *out = NULL, *fates = NULL;
	struct runner_signals signals;
	struct vt_error err;
	size_t lost = 0;

	runner_block(&signals);

	int failed = open_outputs(q, &out, &fates, &err);
	int saved = hide_stdout();

	if (fates) {
		run.fates_fd = file_fd(fates);
		run.fates_start = lseek(run.fates_fd, 0, SEEK_CUR);
	}
	if (!failed)
		failed = replay(&run, q, &signals, &err);
	if (!failed)
		lost = report_lost(&run);
	if (!failed && !lost && q->fates)
		failed = commit(&fates, &err);
	show_stdout(saved);
	if (!failed)
		failed = deliver(&run, &out, command, &err);
	saved = hide_stdout();
	run_free(&run);
	show_stdout(saved);
	file_abort(out);
	file_abort(fates);
	if (failed)
		vt_error_print(&err);
	runner_unblock(&signals);
	return failed || lost ? EXIT_TROUBLE : EXIT_OK;
}

int cmd_replay(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct request q = {
		.spec = vt_alloc(((size_t)argc + 2) * sizeof(const char *)),
		.jobs = cpus < 1	  ? 1
			: cpus > JOBS_MAX ? JOBS_MAX
					  : (uint32_t)cpus,
		.timeout = "10",
		.timeout_ns = UINT64_C(10000000000),
		.memory_mib = 1024,
		.window_ns = WINDOW_OF_RECORDING,
	};
	char *command =
	    cli_command_line("replay", argc, argv); /* before getopt moves the arguments */
	int code = parse(&q, argc, argv);

	if (!code && q.help)
		help();
	else if (!code)
		code = run_request(&q, command);
	free(command);
	free(q.spec);
	return code;
}
