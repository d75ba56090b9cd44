/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick import`: options, and a table of the formats that it reads. */
#include "traces/import/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/limits.h"
#include "traces/base/options.h"
#include "traces/commands.h"
#include "traces/import/capture.h"
#include "traces/import/detect.h"
#include "traces/import/guard.h"

struct import_format {
	const char *name;
	import_fn run;
	const char *summary;
	const char *one; /* such a file */
};

static const struct import_format formats[] = {
	{ "xentrace", import_xentrace, "the binary file that Xen's xentrace writes",
	  "an xentrace file" },
	{ "trace-cmd", import_trace_cmd, "trace.dat of trace-cmd record on a KVM host",
	  "a trace.dat file" },
	{ "text", import_text, "JSON lines as 'vtick dump --json' prints them", "such a text" },
};

const char *import_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

enum {
	LOST_PARTS = 10, /* more runs than one in this many */
	LOST_MIN = 10,
};

bool import_stamps_disagree(uint64_t lost, uint64_t runs)
{
	return lost >= LOST_MIN && lost > runs / LOST_PARTS;
}

char *import_command(const char *format, const struct import_options *o)
{
	bool standard = capture_is_standard(o->capture);
	const char *base = standard ? "-" : import_basename(o->capture);
	size_t stem = strlen(base);
	char output[300], hz[32];
	char *argv[16];
	int argc = 0;

	/* "x.trc.zst", "x.trc.gz" and "x.trc" all become "x.vtt". */
	if (stem > 4 && !strcmp(base + stem - 4, ".zst"))
		stem -= 4;
	else if (stem > 3 && !strcmp(base + stem - 3, ".gz"))
		stem -= 3;
	for (size_t i = stem; i > 1; i--)
		if (base[i - 1] == '.') {
			stem = i - 1;
			break;
		}
	if (standard)
		snprintf(output, sizeof(output), "trace.vtt");
	else
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
	if (o->no_infer)
		argv[argc++] = (char *)"--no-infer";
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
	uint32_t format; /* of formats[], or DETECT */
	bool strict;
};

#define DETECT UINT32_MAX

struct capture *import_open(const struct import_options *o, bool keep, struct vt_error *err)
{
	struct capture *c = o->source ? o->source : capture_open_once(o->capture, err);

	if (c && keep && capture_keep(c, err)) {
		capture_close(c);
		return NULL;
	}
	return c;
}

static int refuse(const struct request *q, const struct detected *found, struct vt_error *err)
{
	const char *packing = capture_packing(q->o.source), *file = q->o.capture;
	const char *advice = found && found->advice ? found->advice : NULL;

	if (!found)
		return vt_error_set(err, file, 0,
				    "this is no capture that is known, expected one of xentrace, a "
				    "trace.dat of trace-cmd, or text");
	if (found->format)
		return vt_error_set(err, file, 0, "not %s: this is %s ('vtick import %s' reads it)",
				    formats[q->format].one, found->what, found->format);
	if (q->format != DETECT)
		return vt_error_set(err, file, 0, "not %s: this is %s%s%s%s%s",
				    formats[q->format].one, packing ? packing : "",
				    packing ? " of " : "", found->what, advice ? ": " : "",
				    advice ? advice : "");
	return vt_error_set(err, file, 0,
			    "this is %s%s%s, expected a capture of xentrace or trace-cmd, or "
			    "text%s%s",
			    packing ? packing : "", packing ? " of " : "", found->what,
			    advice ? ": " : "", advice ? advice : "");
}

/* Whether the capture is what it is said to be, or what it is. */
static int check_format(struct request *q, struct vt_error *err)
{
	const struct detected *found;
	const uint8_t *front;
	int64_t n = capture_peek(q->o.source, &front, err);

	if (n < 0)
		return -1;
	if (!n)
		return vt_error_set(err, q->o.capture, 0,
				    "the %s of it is empty, expected a capture",
				    capture_packing(q->o.source));
	found = detect(front, (size_t)n);
	if (q->format != DETECT) {
		/* What nobody knows is for the importer to judge. */
		if (!found || (found->format && !strcmp(found->format, formats[q->format].name)))
			return 0;
		return refuse(q, found, err);
	}
	if (!found || !found->format)
		return refuse(q, found, err);
	for (q->format = 0; strcmp(formats[q->format].name, found->format); q->format++)
		;
	return 0;
}

static int run(int argc, char **argv)
{
	struct request q = { .format = DETECT };
	struct import_verdict verdict = { 0 };
	struct vt_error err;
	int code;

	if (!opt_parse(&command_import, &q, argc, argv, &code))
		return code;
	/* Text may come from standard input without a word. */
	if (!q.o.capture && q.format != DETECT && formats[q.format].run == import_text) {
		q.o.capture = "-";
		call_reads(q.o.capture);
		if (call_files_check(&err)) {
			vt_error_print(&err);
			return EXIT_TROUBLE;
		}
	}
	if (!q.o.capture)
		return cli_usage_error("import", "CAPTURE is missing");
	import_guard(capture_name(q.o.capture));
	q.o.verdict = &verdict;
	q.o.source = capture_open_once(q.o.capture, &err);
	q.o.capture = capture_name(q.o.capture);
	if (q.o.source && check_format(&q, &err)) {
		capture_close(q.o.source);
		q.o.source = NULL;
	}
	if (!q.o.source || formats[q.format].run(&q.o, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	if (verdict.why[0]) {
		vt_warn(q.o.capture, "%s", verdict.why);
		return q.strict ? EXIT_TROUBLE : EXIT_OK;
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
	  OPT_AT(struct request, format),
	  .help = "what the capture is; without it that is told from how it begins" },
	{ OPT_FILE_IN, .argument = "CAPTURE", .dash = true, OPT_AT(struct request, o.capture),
	  .help = "the capture, also compressed with zstd or gzip; - is standard input, which text "
		  "is read from without it" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .needed = true,
	  .dash = true, OPT_AT(struct request, o.output),
	  .help = "the trace to write; it appears only when it is whole. - is standard output" },
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
	{ OPT_SWITCH, .name = "no-infer", OPT_AT(struct request, o.no_infer),
	  .help = "leave out the timers that were armed before the capture began; without it they "
		  "are inferred from what they do later",
	  .more =
	      "They are SEED events, see below. Ticks of those that are left out are counted." },
	{ OPT_SWITCH, .name = "strict", OPT_AT(struct request, strict),
	  .help = "exit code 2 if the trace can answer nothing, which is only said without it",
	  .more = "No guest timer write has a known deadline, or the CPUs' stamps do not go "
		  "together. The trace is written all the same." },
	OPT_LIMIT,
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

static const char *const usage[] = { "[FORMAT] CAPTURE -o FILE.vtt [OPTION]...",
				     "text [FILE] -o FILE.vtt", NULL };
static const char *const examples[] = {
	"xentrace -D -e 0x00aaf000 -S 256 -T 10 xen.trc    # all that an import can use, 10 "
	"seconds",
	"vtick import xen.trc -o xen.vtt",
	"vtick info xen.vtt",
	"trace-cmd record -C mono -e kvm -e sched -e timer \\",
	"    -e irq_vectors:local_timer_entry sleep 10    # on a KVM host",
	"zcat trace.dat.gz | vtick import trace-cmd - -o kvm.vtt",
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
