/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick dump`: a trace's events, one a line. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/commands.h"
#include "traces/complete_vms.h"
#include "traces/dump.h"
#include "traces/meta.h"

struct filter {
	const char *path;
	const char *vp_name; /* a number or a name */
	uint64_t from_ns;
	uint64_t to_ns; /* UINT64_MAX: to the end */
	uint32_t vp;	/* or DUMP_NOWHERE: all */
	uint32_t lp;
	uint64_t types; /* bit by enum trace_type; 0: all */
	bool json;
	bool quick;
	bool late;
	void *lateness; /* of `late`: the state of lateness_ops */
};

/* floor(@ns * clock_hz / 1e9), rounded up: the first tick whose time in ns is at least @ns. */
static uint64_t first_tick(uint64_t ns, uint64_t clock_hz)
{
	unsigned __int128 ticks = ((unsigned __int128)ns * clock_hz + 999999999) / 1000000000;

	return ticks < TRACE_TICK_LIMIT ? (uint64_t)ticks : TRACE_TICK_LIMIT;
}

static bool wanted(const struct filter *f, const struct dump_state *s, const struct trace_event *ev)
{
	if (!(f->types >> ev->type & 1))
		return false;
	if (f->vp != DUMP_NOWHERE && (!trace_type_has_vp(ev->type) || ev->vp != f->vp))
		return false;
	if (f->lp == DUMP_NOWHERE)
		return true;
	return f->lp == (trace_type_has_lp(ev->type) ? ev->lp : s->lp[ev->vp]);
}

/* With how late a tick was that was delivered with it, @l, or NULL. 0, or -1: output failed or the
 * pipe was closed. */
static int print_event(const struct filter *f, const struct dump_state *s, struct dump_out *o,
		       uint64_t index, const struct trace_event *ev, const struct lateness *l,
		       struct vt_error *err)
{
	char *p = dump_room(o, err);

	if (!p)
		return -1;
	p = f->json ? dump_json(p, s, index, ev) : dump_text(p, s, index, ev);
	if (l)
		p = f->json ? dump_late_json(p, l) : dump_late_text(p, l);
	o->len = (size_t)(p - o->buffer);
	return 0;
}

/* The events of [from, end) that @f wants. 0, also when the pipe was closed, or -1. */
static int print_events(struct trace_reader *r, const struct filter *f, struct dump_state *s,
			struct dump_out *o, struct vt_error *err)
{
	uint64_t clock_hz = s->meta->clock_hz;
	uint64_t from = first_tick(f->from_ns, clock_hz);
	uint64_t end = f->to_ns == UINT64_MAX ? UINT64_MAX : first_tick(f->to_ns + 1, clock_hz);
	struct lateness l;
	const struct trace_event *ev;
	size_t n;
	int ret;

	if (f->quick && trace_reader_seek(r, from, err))
		return -1;
	while ((ret = trace_reader_next(r, &ev, &n, err)) > 0) {
		uint64_t index = trace_reader_block_first(r);

		for (size_t i = 0; i < n; i++) {
			if (ev[i].time >= end)
				return 0;
			bool late = f->late && lateness_ops->event(f->lateness, &ev[i], &l);

			if (ev[i].time >= from && wanted(f, s, &ev[i]) &&
			    print_event(f, s, o, index + i, &ev[i], late ? &l : NULL, err))
				return o->closed ? 0 : -1;
			dump_follow(s, &ev[i]);
		}
	}
	return ret;
}

/* The filter's VP by name, else by number. */
static int find_vp(struct filter *f, const struct trace_meta *meta, struct vt_error *err)
{
	if (!f->vp_name)
		return 0;
	for (uint32_t i = 0; i < meta->vps; i++) {
		if (!strcmp(meta->vp[i].name, f->vp_name)) {
			f->vp = i;
			return 0;
		}
	}
	if (!cli_parse_u32(f->vp_name, &f->vp) && f->vp < meta->vps)
		return 0;
	return vt_error_set(err, f->path, VT_NO_OFFSET,
			    "there is no VP '%s' (vtick info --json names them all)", f->vp_name);
}

/* What stands above the events: the heading of the columns, or the header, which `import text`
 * wants. */
static int print_header(const struct trace_reader *r, const struct dump_state *s, bool json,
			struct dump_out *o, struct vt_error *err)
{
	char heading[DUMP_LINE_MAX];
	struct trace_meta meta;
	size_t len;
	char *text;
	int ret;

	if (!json)
		return dump_write(o, heading, (size_t)(dump_heading(heading, s) - heading), err);
	trace_meta_copy(&meta, trace_reader_meta(r));
	if (trace_reader_truncated(r))
		json_put(meta.more, "truncated", json_true());
	text =
	    trace_meta_write(&meta, *trace_reader_sha256(r) ? trace_reader_sha256(r) : NULL, &len);
	ret = dump_write(o, text, len, err);
	if (!ret)
		ret = dump_write(o, "\n", 1, err);
	free(text);
	trace_meta_free(&meta);
	return ret;
}

static int dump(struct trace_reader *r, struct filter *f, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct dump_state s;
	struct dump_out o;
	int ret;

	if (find_vp(f, meta, err))
		return -1;
	if (f->lp != DUMP_NOWHERE && f->lp >= meta->lps)
		return vt_error_set(err, f->path, VT_NO_OFFSET, "there is no LP %u, there are %u",
				    f->lp, meta->lps);
	if (trace_reader_truncated(r))
		vt_warn(f->path, "the trace is cut off: these are the events of its whole blocks");
	if (f->late && !(f->lateness = lateness_ops->begin(f->path, err)))
		return -1;
	dump_open(&o);
	dump_begin(&s, meta);
	ret = print_header(r, &s, f->json, &o, err);
	if (!ret)
		ret = print_events(r, f, &s, &o, err);
	/* What was printed before an error still belongs out. */
	if (dump_close(&o, ret ? NULL : err))
		ret = -1;
	dump_end(&s);
	if (f->late)
		lateness_ops->end(f->lateness);
	return ret;
}

static int run(int argc, char **argv)
{
	struct filter f = { .to_ns = UINT64_MAX, .vp = DUMP_NOWHERE, .lp = DUMP_NOWHERE };
	struct trace_reader *r;
	struct vt_error err;
	int ret, code;

	if (!opt_parse(&command_dump, &f, argc, argv, &code))
		return code;
	if (f.from_ns > f.to_ns)
		return cli_usage_error("dump", "--from is after --to");
	if (f.late && f.quick)
		return cli_usage_error(
		    "dump", "--late needs what lies before, which --quick does not read");
	if (!f.types)
		f.types = UINT64_MAX;
	/* A closed pipe is an answer, not an accident. */
	signal(SIGPIPE, SIG_IGN);
	r = trace_reader_open(f.path, &err);
	ret = r ? dump(r, &f, &err) : -1;
	trace_reader_close(r);
	if (ret)
		vt_error_print(&err);
	return ret ? EXIT_TROUBLE : EXIT_OK;
}

static const char *type_name(unsigned number)
{
	return number < TRACE_TYPES ? trace_types[number].name : NULL;
}

static const char *type_help(unsigned number)
{
	return trace_types[number].help;
}

#define AT(field) OPT_AT(struct filter, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(path), .help = "the trace" },
	{ OPT_DURATION, .name = "from", .argument = "TIME", AT(from_ns),
	  .help = "from this time on, since the start of the trace: 1.5 and 1.5s are seconds, 50us",
	  .more = "Earlier versions took a bare number for nanoseconds." },
	{ OPT_DURATION, .name = "to", .argument = "TIME", AT(to_ns),
	  .help = "up to this time, an event at it included",
	  .more = "Both compare with the time in ns that is printed." },
	{ OPT_TEXT, .name = "vp", .argument = "NAME", AT(vp_name), .values = complete_vps,
	  .help = "one VP: its name, as 'd3v1', or its number" },
	{ OPT_NUMBER, .name = "lp", .argument = "N", .max = TRACE_LPS_MAX - 1, AT(lp),
	  .help = "one LP: what happens there, and to VPs while they run there" },
	{ OPT_CHOICE, .name = "type", .argument = "NAME", .choice = type_name,
	  .about_choice = type_help, .many = true, AT(types), .help = "one type of event" },
	{ OPT_SWITCH, .name = "quick", AT(quick),
	  .help = "with --from: do not read what lies before it",
	  .more =
	      "It jumps to that time through the file's index. Without it everything before is "
	      "read (about as fast as the file can be decompressed), because who runs where and "
	      "what the guests set their counters to lies there. With it LPs that were not seen "
	      "since show as -, and counters as never set." },
	{ OPT_SWITCH, .name = "late", AT(late),
	  .help =
	      "behind the event with which a guest had a tick: how late it was, and the parts of "
	      "that (see vtick-late(1))",
	  .more = "Of what was recorded: ticks without a recorded expiry have none." },
	{ OPT_SWITCH, .name = "json", AT(json),
	  .help = "one JSON object a line, times and deadlines in ticks; the first is the trace's "
		  "header, and 'vtick import text' takes all of them back" },
	{ 0 },
};

static const char *const examples[] = {
	"vtick dump mail.vtt | head",
	"vtick dump --from 1 --to 1.01 --vp d3v1 mail.vtt",
	"vtick dump --json --type arm mail.vtt | jq 'select(.event) | .deadline'",
	"vtick dump --json mail.vtt | sed s/lapic/itm/ | vtick import text -o itm.vtt",
	NULL,
};

const struct opt_command command_dump = {
	.name = "dump",
	.summary = "print a trace's events",
	.run = run,
	.about =
	    "Prints a trace's events in file order, one a line: index, time in ns and in ticks of "
	    "the machine counter, LP, VP (its number and its name), event, and what it says.",
	.options = options,
	.notes =
	    "An ARM shows the deadline in the guest's own counter and, in brackets, how far "
	    "ahead it lies. Several filters must all hold. Lines are the same with any filter: "
	    "what lies before --from is read for who runs where and for the counters that "
	    "guests set. --quick jumps over it: LPs not seen since show as '-', counters as "
	    "never set.",
	.examples = examples,
};
