/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick record`: its options. */
#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/commands.h"
#include "traces/record/session.h"

#define BUFFER_KIB_MAX (1024 * 1024)
#define YEAR_NS (UINT64_C(366) * 86400 * 1000000000)

struct request {
	struct session_options session;
	pid_t *vmm;
};

static int take_pid(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;
	size_t *n = &q->session.probes.vmms;
	uint32_t pid;

	(void)o;
	if (cli_parse_u32(value, &pid) || !pid || pid > INT32_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "is '%s', expected a process id",
				    value);
	q->vmm = vt_realloc(q->vmm, (*n + 1) * sizeof(*q->vmm));
	q->vmm[(*n)++] = (pid_t)pid;
	return 0;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	struct vt_error err;
	char *line = NULL;
	int code;

	if (opt_parse(&command_record, &q, argc, argv, &code)) {
		line = cli_command_line("record", argc, argv);
		q.session.command_line = line;
		q.session.probes.vmm = q.vmm;
		code = EXIT_OK;
		if (session_run(&q.session, &err)) {
			vt_error_print(&err);
			code = EXIT_TROUBLE;
		}
	}
	free(line);
	free(q.vmm);
	return code;
}

#define AT(field) OPT_AT(struct request, session.field)

static const struct opt options[] = {
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt",
	  .value = "record.vtt", AT(output),
	  .help =
	      "the trace to write. It grows while the recording runs: a recorder that is killed "
	      "leaves all but the end. An older file stays as FILE.vtt.old, which "
	      "replaces a trace of that name; what is no trace stays, too, and another name "
	      "is found" },
	{ OPT_DURATION, .name = "duration", .argument = "TIME", .min = 1, .max = YEAR_NS,
	  AT(duration_ns), .help = "stop after so many seconds, or after 500ms, 1.5s" },
	{ OPT_CALL, .name = "pid", .argument = "VMM", .take = take_pid, .many = true,
	  .help = "only the guests of this process (QEMU, Firecracker, ...); without it all guests "
		  "of the host" },
	{ OPT_DURATION, .name = "flight", .argument = "TIME", .min = 1, .max = YEAR_NS,
	  AT(flight_ns),
	  .help = "flight recorder: keep the last so many seconds in memory and write them at each "
		  "SIGUSR1 and at the end, to FILE.vtt, then FILE.2.vtt and so on",
	  .more = "At most 16 million events (768 MiB) are kept. Into what is no file, a pipe, the "
		  "end writes only if no signal did before." },
	{ OPT_SWITCH, .name = "allow-empty", AT(allow_empty),
	  .help = "that no vCPU was seen is no trouble, exit code 0",
	  .more = "Without it that ends with exit code 2; two seconds into the recording a line "
		  "says so, too. The trace is written all the same." },
	{ OPT_SWITCH, .name = "no-infer", AT(no_infer),
	  .help = "leave out the timers that were armed before the recording began",
	  .more = "Without it they are read from KVM and stand in front, as seed events." },
	{ OPT_SWITCH, .name = "readable", AT(readable),
	  .help = "others may read the trace, as the umask says",
	  .more = "Without it the trace is its owner's alone: it says what the host's guests do." },
	{ OPT_TEXT, .name = "user", .argument = "USER", AT(user), .help = "who runs COMMAND",
	  .more = "Without it the caller behind sudo, pkexec or doas does." },
	{ OPT_WIDE, .name = "buffer", .argument = "KIB", .min = 1, .max = BUFFER_KIB_MAX,
	  .value = "8192", AT(probes.buffer_kib), .help = "the ring between kernel and recorder",
	  .more = "It is rounded up to a power of two, and emptied every 50 ms, a smaller one than "
		  "4096 every 10 ms; an event takes 56 bytes." },
	{ OPT_SWITCH, .name = "bpf-stats", AT(probes.stats),
	  .help = "have the kernel time the probes, print the result at the end",
	  .more = "It prints runs and mean run time of each. This costs something itself." },
	{ OPT_REST, .argument = "COMMAND", AT(command),
	  .help = "what to record. It runs as the caller behind sudo, with no signal ignored, and "
		  "is killed if it ignores SIGTERM at the end" },
	{ 0 },
};

static const char *const examples[] = {
	"sudo vtick record --duration 10 -o host.vtt",
	"vtick replay host.vtt -o host.json",
	"sudo vtick record -o boot.vtt -- qemu-system-x86_64 -enable-kvm ...",
	NULL,
};

const struct opt_command command_record = {
	.name = "record",
	.summary = "record the KVM guests of this host",
	.run = run,
	.about =
	    "Records the KVM guests of this host into a trace: which vCPU ran where, when each "
	    "guest wrote its timer and with which deadline, and what the host did about it. Needs "
	    "root, and a kernel with KVM, BPF and BTF. Stops at Ctrl-C, after --duration or when "
	    "COMMAND ends.",
	.options = options,
	.notes =
	    "What is lost is counted and stands in the trace as LOST events; the last line says "
	    "hits = recorded + lost.",
	.examples = examples,
};
