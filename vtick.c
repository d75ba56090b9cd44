/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick`: a table of subcommands, nothing else. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ci/commands.h"
#include "compare/commands.h"
#include "replay/commands.h"
#include "replay/late/brief.h"
#include "traces/base/build_options.h"
#include "traces/base/cli.h"
#include "traces/base/complete.h"
#include "traces/base/file.h"
#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/near.h"
#include "traces/base/options.h"
#include "traces/base/pages.h"
#include "traces/base/safe_text.h"
#include "traces/commands.h"

extern const struct opt_command command_help, command_version;

/* A line each. */
/* clang-format off */
static const struct opt_command *const commands[] = {
	&command_record,
	&command_import,
	&command_gen,
	&command_info,
	&command_dump,
	&command_check,
	&command_cut,
	&command_reduce,
	&command_replay,
	&command_merge,
	&command_late,
	&command_bound,
	&command_policy,
	&command_export,
	&command_compare,
	&command_history,
	&command_gate,
	&command_accept,
	&command_nightly,
	&command_compare_patch,
	&command_bisect,
	&command_fleet,
	&command_help,
	&command_version,
	NULL,
};
/* clang-format on */

static void list_commands(FILE *to)
{
	int width = 0;

	for (const struct opt_command *const *c = commands; *c; c++) {
		if ((int)strlen((*c)->name) > width)
			width = (int)strlen((*c)->name);
	}
	for (const struct opt_command *const *c = commands; *c; c++)
		fprintf(to, "  %-*s %s\n", width, (*c)->name, (*c)->summary);
}

static void help(FILE *to)
{
	fputs("usage: vtick COMMAND [ARGUMENTS]\n"
	      "\n"
	      "Replays recorded hypervisor schedules and guest timer writes through guest-timer\n"
	      "implementations, and says what each of them would have cost.\n"
	      "\n",
	      to);
	list_commands(to);
	fputs(
	    "\n"
	    "A first minute:\n"
	    "  vtick gen --preset mail-16x4 -o mail.vtt   # 16 domains of 4 VPs\n"
	    "  vtick replay mail.vtt -o mail.json         # through both policies of the 2005 "
	    "mail\n"
	    "\n"
	    "'vtick help COMMAND' explains a command, 'man vtick-COMMAND' more of it; 'vtick help "
	    "-a'\n"
	    "also lists the pages. Exit codes: 0 fine, 1 a gate failed or a file is broken, 2 "
	    "trouble.\n",
	    to);
}

/* NULL after a message: there is none of that name. */
static const struct opt_command *find(const char *name)
{
	struct near near = { 0 };

	for (const struct opt_command *const *c = commands; *c; c++) {
		if (!strcmp(name, (*c)->name))
			return *c;
		near_try(&near, name, (*c)->name);
	}

	struct vt_error line;

	if (near.name)
		vt_error_set(
		    &line, NULL, VT_NO_OFFSET,
		    "there is no command '%.100s', did you mean '%s'? (see 'vtick --help')", name,
		    near.name);
	else
		vt_error_set(&line, NULL, VT_NO_OFFSET,
			     "there is no command '%.100s' (see 'vtick --help')", name);
	vt_error_print(&line);
	return NULL;
}

/* ---- vtick help ---- */

/* A shell's line has fewer. */
#define WORDS_MAX 100000

struct help_request {
	const char *command;
	bool all, options, limits, plain;
	uint32_t complete; /* 0: not */
	char *const *words;
};

static int run_help(int argc, char **argv);

static void complete_commands(struct completion *c)
{
	for (const struct opt_command *const *p = commands; *p; p++)
		complete_word(c, (*p)->name, "", (*p)->summary);
}

static const struct opt help_options[] = {
	{ OPT_TEXT, .argument = "COMMAND", OPT_AT(struct help_request, command),
	  .values = complete_commands,
	  .help = "the command to explain; without it all are listed" },
	{ OPT_SWITCH, .letter = 'a', .name = "all", OPT_AT(struct help_request, all),
	  .help = "list the commands, and the pages with where they are" },
	{ OPT_SWITCH, .name = "options", OPT_AT(struct help_request, options),
	  .help =
	      "print the options of all commands for other tools: a line each, fields separated "
	      "by tabs, which the first line names" },
	{ OPT_SWITCH, .name = "limits", OPT_AT(struct help_request, limits),
	  .help = "print what vtick takes at most, and the options that move it (LIMITS.md)" },
	{ OPT_SWITCH, .name = "plain", OPT_AT(struct help_request, plain),
	  .help =
	      "copy standard input, with what would drive a terminal written out, for scripts" },
	{ OPT_NUMBER, .name = "complete", .argument = "N", .min = 1, .max = WORDS_MAX,
	  OPT_AT(struct help_request, complete),
	  .help = "print what word N of the command line 'vtick WORD...' may be, a line each, for "
		  "the completion of shells",
	  .more =
	      "A word, a tab and what it is; behind a tab: files or folders, how many characters "
	      "of the word stand before the file's name, and how that ends. Names of others have "
	      "no character that a shell reads. It is silent about what is wrong, and writes "
	      "nothing." },
	{ OPT_REST, .argument = "WORD", OPT_AT(struct help_request, words),
	  .help = "with --complete: the words behind 'vtick'" },
	{ 0 },
};

const struct opt_command command_help = {
	.name = "help",
	.summary = "explain a command",
	.run = run_help,
	.about = "Explains a command, as 'vtick COMMAND --help' does, or lists what there is.",
	.options = help_options,
	.examples = (const char *const[]){ "vtick help replay", "vtick help -a", NULL },
};

static void copy_plain(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		/* A NUL would end the text. */
		for (ssize_t i = 0; i < n; i++) {
			if (!line[i])
				line[i] = '?';
		}
		safe_print(SAFE_TEXT, stdout, "%s", line);
	}
	free(line);
}

static void complete(const struct help_request *q)
{
	size_t n = 0;

	while (q->words && q->words[n])
		n++;
	complete_command_line(commands, q->words, n, q->complete - 1, stdout);
}

static int run_help(int argc, char **argv)
{
	struct help_request q = { 0 };
	const struct opt_command *c;
	int code;

	if (!opt_parse(&command_help, &q, argc, argv, &code))
		return code;
	if (q.options) {
		opt_print_heading(stdout);
		for (const struct opt_command *const *p = commands; *p; p++)
			opt_print(*p, stdout);
		return EXIT_OK;
	}
	if (q.complete) {
		complete(&q);
		return EXIT_OK;
	}
	if (q.limits) {
		limits_print(stdout);
		return EXIT_OK;
	}
	if (q.plain) {
		copy_plain();
		return EXIT_OK;
	}
	if (!q.command) {
		help(stdout);
		if (q.all)
			pages_list(stdout);
		return EXIT_OK;
	}
	c = find(q.command);
	if (!c)
		return EXIT_TROUBLE;
	opt_help(c, stdout, cli_width(1));
	return EXIT_OK;
}

/* ---- vtick version ---- */

struct version_request {
	bool build_options;
};

static int run_version(int argc, char **argv);

static const struct opt version_options[] = {
	{ OPT_SWITCH, .name = "build-options", OPT_AT(struct version_request, build_options),
	  .help = "also what it was built with and without, and where it finds the rest" },
	{ 0 },
};

const struct opt_command command_version = {
	.name = "version",
	.summary = "say which vtick it is, and what it was built with",
	.run = run_version,
	.about = "Prints the version.",
	.options = version_options,
	.examples = (const char *const[]){ "vtick version --build-options", NULL },
};

static int run_version(int argc, char **argv)
{
	struct version_request q = { 0 };
	int code;

	if (!opt_parse(&command_version, &q, argc, argv, &code))
		return code;
	printf("vtick %s\n", vtick_version());
	if (q.build_options)
		build_options_print(stdout);
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	const char *name = argv[1];
	const struct opt_command *c;

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		help(stdout);
		return EXIT_OK;
	}
	c = !strcmp(name, "--version") || !strcmp(name, "-V") ? &command_version : find(name);
	return c ? c->run(argc - 1, argv + 1) : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	int code;

	cli_open_standard();
	json_ready();
	file_ready();
	late_brief_ready();
	setlocale(LC_CTYPE, ""); /* what a character is, for tables */
	if (argc < 2) {
		help(stderr);
		return EXIT_TROUBLE;
	}
	code = run(argc, argv);
	return cli_close_stdout() ? EXIT_TROUBLE : code;
}
