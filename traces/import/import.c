/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick import`: options, and a table of the formats that it reads. */
#include "traces/import/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/options.h"
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

struct request {
	struct import_options o;
	uint32_t format; /* of formats[] */
};

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	struct vt_error err;
	int code;

	if (!opt_parse(&command_import, &q, argc, argv, &code))
		return code;
	/* Text may come from standard input without a word. */
	if (!q.o.capture && formats[q.format].run == import_text)
		q.o.capture = "-";
	if (!q.o.capture)
		return cli_usage_error("import", "CAPTURE is missing");
	if (!file_is_special(q.o.output) && file_same(q.o.capture, q.o.output))
		return cli_usage_error("import", "'%s' is the capture itself", q.o.output);
	if (formats[q.format].run(&q.o, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}

static const char *format_name(unsigned number)
{
	return number < sizeof(formats) / sizeof(*formats) ? formats[number].name : NULL;
}

static const char *format_summary(unsigned number)
{
	return formats[number].summary;
}

static const char *const schedulers[] = { "credit",   "credit2", "rtds",  "null",
					  "arinc653", "cfs",	 "eevdf", NULL };
static const char *const classes[] = { "bare-metal", "nested", "emulated", NULL };

static const struct opt options[] = {
	{ OPT_CHOICE, .argument = "FORMAT", .choice = format_name, .about_choice = format_summary,
	  .needed = true, OPT_AT(struct request, format), .help = "what the capture is" },
	{ OPT_FILE_IN, .argument = "CAPTURE", OPT_AT(struct request, o.capture),
	  .help = "the capture, also compressed with zstd; text is read from stdin without it" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .needed = true,
	  OPT_AT(struct request, o.output),
	  .help = "the trace to write; it appears only when it is whole" },
	{ OPT_FREQUENCY, .name = "cpu-hz", .argument = "HZ", .min = 1000, .max = UINT64_C(1) << 40,
	  OPT_AT(struct request, o.cpu_hz),
	  .help = "rate of the machine's TSC, as 2596.122M. Without it the rate is measured from "
		  "the capture, and printed with its spread",
	  .more =
	      "See below. trace-cmd: of the guests too, where their timer writes are too few to "
	      "measure it." },
	{ OPT_SWITCH, .name = "exits", OPT_AT(struct request, o.exits),
	  .help = "keep VM exits and entries as EXIT and ENTRY events",
	  .more = "They are most of a capture, and no policy here needs them." },
	{ OPT_TEXT, .name = "scheduler", .argument = "NAME", .choices = schedulers,
	  OPT_AT(struct request, o.scheduler),
	  .help = "the recorded host's scheduler; without it as the capture itself shows",
	  .more =
	      "cfs and eevdf are Linux's (there without it: by the kernel's version, eevdf since "
	      "6.6). On Xen without it: the one whose own records the capture holds. It sets the "
	      "tick of host_model in the header: 100 Hz for credit, none for the others." },
	{ OPT_TEXT, .name = "class", .argument = "CLASS", .choices = classes,
	  OPT_AT(struct request, o.class_name),
	  .help =
	      "the recorded machine. A capture does not tell; without it the header does not say "
	      "either" },
	{ 0 },
};

static const char *const usage[] = { "FORMAT CAPTURE -o FILE.vtt [OPTION]...",
				     "text [FILE] -o FILE.vtt", NULL };
static const char *const examples[] = {
	"xentrace -D -e 0x00aaf000 -S 256 -T 10 xen.trc    # all that an import can use, 10 "
	"seconds",
	"vtick import xentrace xen.trc -o xen.vtt",
	"vtick info xen.vtt",
	"trace-cmd record -C mono -e kvm -e sched -e timer \\",
	"    -e irq_vectors:local_timer_entry sleep 10    # on a KVM host",
	"vtick import trace-cmd trace.dat -o kvm.vtt",
	"perf script ... | awk -f traces/import/example/perf-script.awk |",
	"    vtick import text -o kvm.vtt    # any other format, by a script that prints the text",
	NULL,
};

const struct opt_command command_import = {
	.name = "import",
	.summary = "turn a capture of a real hypervisor into a trace",
	.run = run,
	.usage = usage,
	.about =
	    "Turns a recording of a real hypervisor into a vtick trace: who ran where, when each "
	    "guest wrote its timer and with which deadline, and what the hypervisor itself did. "
	    "What the capture cannot tell is counted and said in the trace's header ('vtick "
	    "info'), never made up.",
	.options = options,
	.examples = examples,
};
