/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick record`: its options. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/commands.h"
#include "traces/record/session.h"

#define BUFFER_KIB_DEFAULT 8192
#define BUFFER_KIB_MAX (1024 * 1024)
#define DAY_NS (UINT64_C(86400) * 1000000000)
#define VMMS_MAX 1024

static void help(FILE *to)
{
	fputs("usage: vtick record [-o FILE.vtt] [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
	      "\n"
	      "Records the KVM guests of this host into a trace: which vCPU ran where, when each "
	      "guest\n"
	      "wrote its timer and with which deadline, and what the host did about it. Needs "
	      "root, and\n"
	      "a kernel with KVM, BPF and BTF. Stops at Ctrl-C, after --duration or when COMMAND "
	      "ends.\n"
	      "\n"
	      "Options:\n"
	      "  -o FILE.vtt     the trace to write, 'record.vtt' by default. It grows while the\n"
	      "                  recording runs: a recorder that is killed leaves all but the end\n"
	      "  --duration S    stop after that many seconds, or 500ms, 1.5s\n"
	      "  --pid VMM       only the guests of this process (QEMU, Firecracker, ...); may be "
	      "given\n"
	      "                  more than once. Without it: all guests of the host\n"
	      "  --flight S      flight recorder: keep the last S seconds in memory and write them "
	      "at\n"
	      "                  each SIGUSR1, to FILE.vtt, then FILE.2.vtt and so on\n"
	      "  --buffer KIB    the ring between kernel and recorder, 8192 by default\n"
	      "  --bpf-stats     have the kernel time the probes, print the result at the end\n"
	      "\n"
	      "What is lost is counted and stands in the trace as LOST events; the last line says\n"
	      "hits = recorded + lost.\n"
	      "\n"
	      "Examples:\n"
	      "  sudo vtick record --duration 10 -o host.vtt\n"
	      "  vtick replay host.vtt -o host.json\n"
	      "  sudo vtick record -o boot.vtt -- qemu-system-x86_64 -enable-kvm ...\n",
	      to);
}

enum { OPT_DURATION = 256, OPT_PID, OPT_FLIGHT, OPT_BUFFER, OPT_STATS };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "flight", required_argument, NULL, OPT_FLIGHT },
	{ "buffer", required_argument, NULL, OPT_BUFFER },
	{ "bpf-stats", no_argument, NULL, OPT_STATS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* "10" and "1.5" are seconds here; with a unit it is what the unit says. */
static int seconds(const char *text, uint64_t *ns)
{
	char with_unit[64];
	int n = snprintf(with_unit, sizeof(with_unit), "%ss", text);

	if (n < 0 || n >= (int)sizeof(with_unit))
		return -1;
	if (cli_parse_time_ns(text[strspn(text, "0123456789.")] ? text : with_unit, ns))
		return -1;
	return *ns && *ns <= 366 * DAY_NS ? 0 : -1;
}

int cmd_record(int argc, char **argv)
{
	struct session_options o = { .output = "record.vtt",
				     .probes = { .buffer_kib = BUFFER_KIB_DEFAULT } };
	static pid_t vmm[VMMS_MAX];
	struct vt_error err;
	uint32_t pid;
	char *line;
	int opt, ret;

	optind = 0;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:o:h", long_options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			o.output = optarg;
			break;
		case OPT_DURATION:
			if (seconds(optarg, &o.duration_ns))
				return cli_usage_error(
				    "record", "--duration '%s': expected seconds, or 500ms",
				    optarg);
			break;
		case OPT_FLIGHT:
			if (seconds(optarg, &o.flight_ns))
				return cli_usage_error(
				    "record", "--flight '%s': expected seconds, or 500ms", optarg);
			break;
		case OPT_PID:
			if (cli_parse_u32(optarg, &pid) || !pid || pid > INT32_MAX)
				return cli_usage_error("record",
						       "--pid '%s': expected a process id", optarg);
			if (o.probes.vmms == VMMS_MAX)
				return cli_usage_error(
				    "record", "too many --pid, expected at most %d", VMMS_MAX);
			vmm[o.probes.vmms++] = (pid_t)pid;
			break;
		case OPT_BUFFER:
			if (cli_parse_u64(optarg, &o.probes.buffer_kib) || !o.probes.buffer_kib ||
			    o.probes.buffer_kib > BUFFER_KIB_MAX)
				return cli_usage_error("record",
						       "--buffer '%s': expected KiB, 1 to %d",
						       optarg, BUFFER_KIB_MAX);
			break;
		case OPT_STATS:
			o.probes.stats = true;
			break;
		case 'h':
			help(stdout);
			return EXIT_OK;
		case ':':
			return cli_usage_error("record", "option '%s' needs a value",
					       argv[optind - 1]);
		default:
			return cli_usage_error("record", "unknown option '%s'", argv[optind - 1]);
		}
	}
	if (optind < argc && strcmp(argv[optind - 1], "--"))
		return cli_usage_error("record", "'%s': expected '--' before the command to record",
				       argv[optind]);
	if (optind < argc)
		o.command = argv + optind;
	o.probes.vmm = vmm;
	line = cli_command_line("record", argc, argv);
	o.command_line = line;
	ret = session_run(&o, &err);
	free(line);
	if (ret) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}
