/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick import`: options, and a table of the formats that it reads. */
#include "traces/import/import.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/commands.h"

struct import_format {
	const char *name;
	import_fn run;
	const char *summary;
};

static const struct import_format formats[] = {
	{ "xentrace", import_xentrace, "the binary file that Xen's xentrace writes" },
	{ "trace-cmd", import_trace_cmd, "trace.dat of trace-cmd record on a KVM host" },
	{ "text", import_text,
	  "JSON lines as 'vtick dump --json' prints them; - is standard input" },
};

static const char *const schedulers[] = { "credit",   "credit2", "rtds", "null",
					  "arinc653", "cfs",	 "eevdf" };
static const char *const classes[] = { "bare-metal", "nested", "emulated" };

static void help(FILE *to)
{
	fputs(
	    "usage: vtick import FORMAT CAPTURE -o FILE.vtt [OPTION]...\n"
	    "\n"
	    "Turns a recording of a real hypervisor into a vtick trace: who ran where, when each\n"
	    "guest wrote its timer and with which deadline, and what the hypervisor itself did.\n"
	    "The capture may be compressed with zstd. What it cannot tell is counted and said in "
	    "the\n"
	    "trace's header ('vtick info'), never made up.\n"
	    "\n"
	    "Formats:\n",
	    to);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		fprintf(to, "  %-10s %s\n", formats[i].name, formats[i].summary);
	fputs(
	    "\n"
	    "Options:\n"
	    "  -o FILE.vtt        the trace to write; appears only when it is whole\n"
	    "  --cpu-hz N[k|M|G]  rate of the machine's TSC. Without it the rate is measured from\n"
	    "                     the capture, and printed with its spread\n"
	    "  --exits            keep VM exits and entries as EXIT and ENTRY events\n"
	    "  --scheduler NAME   the recorded host's scheduler: credit, credit2, rtds, null,\n"
	    "                     arinc653, cfs, eevdf. Without it: as the capture itself shows\n"
	    "  --class CLASS      the recorded machine: bare-metal, nested or emulated. A capture\n"
	    "                     does not tell; without it the header does not say either\n"
	    "\n"
	    "A capture with all that an import can use, 10 seconds long:\n"
	    "  xentrace -D -e 0x00aaf000 -S 256 -T 10 xen.trc\n"
	    "  vtick import xentrace xen.trc -o xen.vtt\n"
	    "  vtick info xen.vtt\n"
	    "On a KVM host:\n"
	    "  trace-cmd record -C mono -e kvm -e sched -e timer \\\n"
	    "      -e irq_vectors:local_timer_entry sleep 10\n"
	    "  vtick import trace-cmd trace.dat -o kvm.vtt\n"
	    "Any other format, by a script that prints the text:\n"
	    "  perf script ... | awk -f traces/import/example/perf-script.awk |\n"
	    "      vtick import text -o kvm.vtt\n",
	    to);
}

const char *import_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *import_command(const char *format, const struct import_options *o)
{
	const char *base = import_basename(o->capture);
	size_t stem = strlen(base);
	char output[300], hz[32];
	char *argv[16];
	int argc = 0;

	/* "x.trc.zst" and "x.trc" both become "x.vtt". */
	if (stem > 4 && !strcmp(base + stem - 4, ".zst"))
		stem -= 4;
	for (size_t i = stem; i > 1; i--)
		if (base[i - 1] == '.') {
			stem = i - 1;
			break;
		}
	snprintf(output, sizeof(output), "%.*s.vtt", (int)(stem < 256 ? stem : 256), base);
	snprintf(hz, sizeof(hz), "%" PRIu64, o->cpu_hz);

	argv[argc++] = (char *)"import";
	argv[argc++] = (char *)format;
	argv[argc++] = (char *)base;
	argv[argc++] = (char *)"-o";
	argv[argc++] = output;
	if (o->cpu_hz) {
		argv[argc++] = (char *)"--cpu-hz";
		argv[argc++] = hz;
	}
	if (o->exits)
		argv[argc++] = (char *)"--exits";
	if (o->scheduler) {
		argv[argc++] = (char *)"--scheduler";
		argv[argc++] = (char *)o->scheduler;
	}
	if (o->class_name) {
		argv[argc++] = (char *)"--class";
		argv[argc++] = (char *)o->class_name;
	}
	argv[argc] = NULL;
	return cli_command_line("import", argc, argv);
}

static bool one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

enum { OPT_CPU_HZ = 256, OPT_EXITS, OPT_SCHEDULER, OPT_CLASS };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "cpu-hz", required_argument, NULL, OPT_CPU_HZ },
	{ "exits", no_argument, NULL, OPT_EXITS },
	{ "scheduler", required_argument, NULL, OPT_SCHEDULER },
	{ "class", required_argument, NULL, OPT_CLASS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int cmd_import(int argc, char **argv)
{
	const struct import_format *format = NULL;
	struct import_options o = { 0 };
	struct vt_error err;
	int opt;

	optind = 0;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			o.output = optarg;
			break;
		case OPT_CPU_HZ:
			if (cli_parse_frequency(optarg, &o.cpu_hz) || o.cpu_hz < 1000 ||
			    o.cpu_hz > UINT64_C(1) << 40)
				return cli_usage_error(
				    "import", "--cpu-hz '%s': expected a rate like 2596.122M",
				    optarg);
			break;
		case OPT_EXITS:
			o.exits = true;
			break;
		case OPT_SCHEDULER:
			if (!one_of(optarg, schedulers, sizeof(schedulers) / sizeof(*schedulers)))
				return cli_usage_error(
				    "import",
				    "--scheduler '%s': expected credit, credit2, rtds, "
				    "null, arinc653, cfs or eevdf",
				    optarg);
			o.scheduler = optarg;
			break;
		case OPT_CLASS:
			if (!one_of(optarg, classes, sizeof(classes) / sizeof(*classes)))
				return cli_usage_error(
				    "import",
				    "--class '%s': expected bare-metal, nested or emulated",
				    optarg);
			o.class_name = optarg;
			break;
		case 'h':
			help(stdout);
			return EXIT_OK;
		case ':':
			return cli_usage_error("import", "option '%s' needs a value",
					       argv[optind - 1]);
		default:
			return cli_usage_error("import", "unknown option '%s'", argv[optind - 1]);
		}
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return cli_usage_error(
		    "import", "no format given, expected 'xentrace', 'trace-cmd' or 'text'");
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(argv[0], formats[i].name))
			format = &formats[i];
	if (!format)
		return cli_usage_error("import",
				       "'%s' is no capture format that vtick knows, expected "
				       "'xentrace', 'trace-cmd' or 'text'",
				       argv[0]);
	/* Text may come from standard input without a word. */
	if (argc == 1 && format->run == import_text)
		argv[argc++] = (char *)"-";
	if (argc != 2)
		return cli_usage_error("import", "expected one capture, got %d", argc - 1);
	o.capture = argv[1];
	if (!o.output)
		return cli_usage_error("import", "no output given, expected -o FILE.vtt");
	if (!file_is_special(o.output) && file_same(o.capture, o.output))
		return cli_usage_error("import", "'%s' is the capture itself", o.output);

	if (format->run(&o, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}
