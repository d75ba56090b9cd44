/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick`: a table of subcommands, nothing else. */
#include <stdio.h>
#include <string.h>

#include "compare/commands.h"
#include "replay/commands.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/commands.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "record", cmd_record, "record the KVM guests of this host" },
	{ "import", cmd_import, "turn a capture of a real hypervisor into a trace" },
	{ "gen", cmd_gen, "make a synthetic trace" },
	{ "info", cmd_info, "say what a trace holds" },
	{ "dump", cmd_dump, "print a trace's events" },
	{ "check", cmd_check, "verify a trace: checksums, hash, legality" },
	{ "replay", cmd_replay, "replay traces through guest-timer policies" },
	{ "policy", cmd_policy, "list policies, show one with its parameters" },
	{ "compare", cmd_compare, "compare two results, fail if the second is worse" },
	{ "history", cmd_history, "show how metrics went from night to night" },
};

static void help(FILE *to)
{
	fputs("usage: vtick COMMAND [ARGUMENTS]\n"
	      "\n"
	      "Replays recorded hypervisor schedules and guest timer writes through guest-timer\n"
	      "implementations, and says what each of them would have cost.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "A first minute:\n"
	      "  vtick gen --preset mail-16x4 -o mail.vtt   # 16 domains of 4 VPs\n"
	      "  vtick replay mail.vtt -o mail.json         # through both policies of the 2005 "
	      "mail\n"
	      "\n"
	      "'vtick COMMAND --help' explains a command, 'man vtick-COMMAND' more of it.\n"
	      "Exit codes: 0 fine, 1 a gate failed or a file is broken, 2 trouble.\n",
	      to);
}

int main(int argc, char **argv)
{
	json_ready();
	if (argc < 2) {
		help(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return cli_close_stdout() ? EXIT_TROUBLE : EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("vtick %s\n", vtick_version());
		return cli_close_stdout() ? EXIT_TROUBLE : EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		int code = commands[i].run(argc - 1, argv + 1);

		if (cli_close_stdout())
			code = EXIT_TROUBLE;
		return code;
	}
	fprintf(stderr, "vtick: '%s' is no vtick command (see 'vtick --help')\n", argv[1]);
	return EXIT_TROUBLE;
}
