/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command `vtick cut`: a part of a trace that is a trace. Two readings: the first (survey.h)
 * follows what happened before the part, the second (copy.h) writes it.
 */
#include "traces/cut/cut.h"

#include <inttypes.h>

#include "traces/base/cli.h"
#include "traces/commands.h"
#include "traces/complete_vms.h"
#include "traces/cut/copy.h"
#include "traces/cut/header.h"
#include "traces/cut/pick.h"
#include "traces/cut/survey.h"

/* The first tick whose time in ns is at least @ns. */
static uint64_t first_tick(uint64_t ns, uint64_t clock_hz)
{
	unsigned __int128 ticks = ((unsigned __int128)ns * clock_hz + 999999999) / 1000000000;

	return ticks < TRACE_TICK_LIMIT ? (uint64_t)ticks : TRACE_TICK_LIMIT;
}

static int find_window(struct cut_window *w, const struct cut_request *q,
		       const struct trace_meta *meta, struct vt_error *err)
{
	uint64_t hz = meta->clock_hz;

	*w = (struct cut_window){ .from = first_tick(q->from_ns, hz), .to = meta->end };
	if (w->from > meta->end)
		return vt_error_set(err, q->path, VT_NO_OFFSET,
				    "--from is behind the end of the trace, which is %" PRIu64
				    " ns long",
				    trace_ticks_to_ns(meta->end, hz));
	/* The last tick whose time in ns is at most --to. */
	if (q->to_ns < UINT64_MAX && first_tick(q->to_ns + 1, hz) <= meta->end)
		w->to = first_tick(q->to_ns + 1, hz) - 1;
	if (w->from > w->to)
		return vt_error_set(err, q->path, VT_NO_OFFSET,
				    "there is no tick of its clock from --from to --to");
	return 0;
}

static int write_cut(const struct cut_request *q, struct trace_reader *r,
		     const struct cut_survey *s, const struct cut_pick *pick, struct vt_error *err)
{
	struct trace_writer *w;
	struct trace_meta meta;
	int ret = -1;

	cut_header(&meta, r, s, pick);
	if (q->anonymous)
		cut_forget_names(&meta);
	w = trace_writer_open(q->output, &meta, NULL, err);
	if (w && cut_copy(s, pick, r, w, err))
		trace_writer_abort(w);
	else if (w)
		ret = trace_writer_finish(w, NULL, err);
	trace_meta_free(&meta);
	return ret;
}

static int cut(const struct cut_request *q, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct cut_survey survey = { 0 };
	struct cut_window window;
	struct cut_pick pick;
	int ret = -1;

	if (trace_reader_truncated(r))
		vt_warn(q->path, "the trace is cut off: the cut is of its whole blocks");
	if (!cut_pick(&pick, meta, &q->vms, q->path, err) && !find_window(&window, q, meta, err) &&
	    !cut_survey(&survey, r, &window, err))
		ret = write_cut(q, r, &survey, &pick, err);
	cut_survey_free(&survey);
	cut_pick_free(&pick);
	return ret;
}

int cut_trace(const struct cut_request *q, struct vt_error *err)
{
	struct trace_reader *r;
	int ret;

	r = trace_reader_open(q->path, err);
	ret = r ? cut(q, r, err) : -1;
	trace_reader_close(r);
	return ret;
}

static int run(int argc, char **argv)
{
	struct cut_request q = { .to_ns = UINT64_MAX };
	struct vt_error err;
	int code = EXIT_OK;

	if (!opt_parse(&command_cut, &q, argc, argv, &code))
		return code;
	if (q.from_ns > q.to_ns) {
		code = cli_usage_error("cut", "--from is after --to");
	} else if (cut_trace(&q, &err)) {
		vt_error_print(&err);
		code = EXIT_TROUBLE;
	}
	opt_free(&command_cut, &q);
	return code;
}

#define AT(field) OPT_AT(struct cut_request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(path), .help = "the trace" },
	{ OPT_DURATION, .name = "from", .argument = "TIME", AT(from_ns),
	  .help = "begin at this time since the start of the trace: 1.5 and 1.5s are seconds, 50us",
	  .more = "What is due at this very time is over already; what happens at it is in the "
		  "cut." },
	{ OPT_DURATION, .name = "to", .argument = "TIME", AT(to_ns),
	  .help = "end at this time, an event at it included" },
	{ OPT_TEXT, .name = "vm", .argument = "NAME|DOMAIN[,...]", .many = true, AT(vms),
	  .values = complete_vms,
	  .help =
	      "keep the VPs of these VMs alone: by the VM's name, the number of its domain, the "
	      "name of a VP, or a pattern with * ? [] of names",
	  .more = "LPs are kept, and are idle while others ran." },
	{ OPT_SWITCH, .name = "anonymous", AT(anonymous),
	  .help = "leave out what names anybody: VMs become vm1, vm2; commands, files, hashes, "
		  "notes and machines go",
	  .more = "Of the header stay the clock's rate, the class, which hypervisor and scheduler, "
		  "the host's tick, slice and slop, and some counts. The events stay as they are. "
		  "When who did what, and what guests' counters showed, can still tell who they "
		  "were to somebody who knows." },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .needed = true,
	  .dash = true, AT(output),
	  .help = "the trace to write; it appears only when it is whole. - is standard output" },
	{ 0 },
};

static const char *const examples[] = {
	"vtick cut mail.vtt --from 1 --to 1.05 -o part.vtt",
	"vtick cut kvm.vtt --vm web,'db-*' -o some.vtt",
	"vtick cut kvm.vtt --from 3.9 --to 4 --vm web --anonymous -o send.vtt",
	NULL,
};

const struct opt_command command_cut = {
	.name = "cut",
	.summary = "make a trace of a part of a trace, to be sent",
	.run = run,
	.about =
	    "Writes the part of a trace between two times, or of some of its VMs, as a trace of "
	    "its own, which begins at time 0. It is legal, and begins as the trace stood at "
	    "--from: who runs is scheduled in, timers that are armed are SEED events, masks "
	    "and counters are as the guests had set them.",
	.options = options,
	.notes =
	    "A tick that was due before --from is not in the cut, also if its VP had not taken it "
	    "yet. The hypervisor's slices begin anew, unless the trace has them; so does its tick, "
	    "unless the trace says when it came. Deadlines move with the time where a guest never "
	    "set its counter; else they stay, and a COUNTER at the start says what it showed.",
	.examples = examples,
};
