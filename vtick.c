/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick`: a table of subcommands, nothing else. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/commands.h"
#include "replay/commands.h"
#include "replay/late/brief.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/near.h"
#include "traces/base/options.h"
#include "traces/base/safe_text.h"
#include "traces/commands.h"

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
	NULL,
};

static void help(FILE *to)
{
	fputs("usage: vtick COMMAND [ARGUMENTS]\n"
	      "\n"
	      "Replays recorded hypervisor schedules and guest timer writes through guest-timer\n"
	      "implementations, and says what each of them would have cost.\n"
	      "\n",
	      to);
	for (const struct opt_command *const *c = commands; *c; c++)
		fprintf(to, "  %-8s %s\n", (*c)->name, (*c)->summary);
	fputs("\n"
	      "A first minute:\n"
	      "  vtick gen --preset mail-16x4 -o mail.vtt   # 16 domains of 4 VPs\n"
	      "  vtick replay mail.vtt -o mail.json         # through both policies of the 2005 "
	      "mail\n"
	      "\n"
	      "'vtick help COMMAND' explains a command, 'man vtick-COMMAND' more of it; 'vtick "
	      "version'\n"
	      "says which vtick it is.\n"
	      "Exit codes: 0 fine, 1 a gate failed or a file is broken, 2 trouble.\n",
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
	near_try(&near, name, "help");
	near_try(&near, name, "version");

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

struct help_request {
	const char *command;
	bool options, limits, plain;
};

static int run_help(int argc, char **argv);

static const struct opt help_options[] = {
	{ OPT_TEXT, .argument = "COMMAND", OPT_AT(struct help_request, command),
	  .help = "the command to explain; without it all are listed" },
	{ OPT_SWITCH, .name = "options", OPT_AT(struct help_request, options),
	  .help =
	      "print the options of all commands for other tools: a line each, fields separated "
	      "by tabs, which the first line names" },
	{ OPT_SWITCH, .name = "limits", OPT_AT(struct help_request, limits),
	  .help = "print what vtick takes at most, and the options that move it (LIMITS.md)" },
	{ OPT_SWITCH, .name = "plain", OPT_AT(struct help_request, plain),
	  .help =
	      "copy standard input, with what would drive a terminal written out, for scripts" },
	{ 0 },
};

static const struct opt_command command_help = {
	.name = "help",
	.summary = "explain a command",
	.run = run_help,
	.about = "Explains a command, as 'vtick COMMAND --help' does.",
	.options = help_options,
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
		return EXIT_OK;
	}
	c = strcmp(q.command, "help") ? find(q.command) : &command_help;
	if (!c)
		return EXIT_TROUBLE;
	opt_help(c, stdout, cli_width(1));
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
	if (!strcmp(name, "--version") || !strcmp(name, "-V") || !strcmp(name, "version")) {
		printf("vtick %s\n", vtick_version());
		return EXIT_OK;
	}
	c = strcmp(name, "help") ? find(name) : &command_help;
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
