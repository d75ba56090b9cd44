/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick dump`: a trace's events, one a line. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/commands.h"
#include "traces/dump.h"

struct filter {
	const char *path;
	const char *vp_name; /* a number or a name */
	uint64_t from_ns;
	uint64_t to_ns; /* UINT64_MAX: to the end */
	uint32_t vp;	/* or DUMP_NOWHERE: all */
	uint32_t lp;
	bool types[TRACE_TYPES];
	bool some_types; /* not all */
	bool json;
	bool quick;
};

static void help(void)
{
	fputs(
	    "usage: vtick dump [OPTION]... TRACE\n"
	    "\n"
	    "Prints a trace's events in file order, one a line: index, time in ns and in ticks of\n"
	    "the machine counter, LP, VP, event, and what it says.\n"
	    "\n"
	    "  --from TIME    from this time on (since the start of the trace; 5000 is ns, 1.5s)\n"
	    "  --to TIME      up to this time, an event at it included\n"
	    "  --vp NAME      one VP: its name, as 'd3v1', or its number\n"
	    "  --lp N         one LP: what happens there, and to VPs while they run there\n"
	    "  --type NAME    one type of event (below); may be given several times\n"
	    "  --quick        with --from: do not read what lies before it\n"
	    "  --json         one JSON object a line, times and deadlines in ticks\n"
	    "\n"
	    "An ARM shows the deadline in the guest's own counter and, in brackets, how far ahead\n"
	    "it lies. Several filters must all hold. Lines are the same with any filter: what "
	    "lies\n"
	    "before --from is read for who runs where and for the counters that guests set.\n"
	    "--quick jumps over it: LPs not seen since show as '-', counters as never set.\n"
	    "\n"
	    "Event types:\n",
	    stdout);
	for (unsigned t = 0; t < TRACE_TYPES; t++)
		printf("  %-11s  %s\n", trace_types[t].name, trace_types[t].help);
	fputs("\n"
	      "Examples:\n"
	      "  vtick dump mail.vtt | head\n"
	      "  vtick dump --from 1s --to 1.01s --vp d3v1 mail.vtt\n"
	      "  vtick dump --json --type arm mail.vtt | jq .deadline\n",
	      stdout);
}

/* floor(@ns * clock_hz / 1e9), rounded up: the first tick whose time in ns is at least @ns. */
static uint64_t first_tick(uint64_t ns, uint64_t clock_hz)
{
	unsigned __int128 ticks = ((unsigned __int128)ns * clock_hz + 999999999) / 1000000000;

	return ticks < TRACE_TICK_LIMIT ? (uint64_t)ticks : TRACE_TICK_LIMIT;
}

static bool wanted(const struct filter *f, const struct dump_state *s, const struct trace_event *ev)
{
	if (f->some_types && !f->types[ev->type])
		return false;
	if (f->vp != DUMP_NOWHERE && (!trace_type_has_vp(ev->type) || ev->vp != f->vp))
		return false;
	if (f->lp == DUMP_NOWHERE)
		return true;
	return f->lp == (trace_type_has_lp(ev->type) ? ev->lp : s->lp[ev->vp]);
}

/* The events of [from, end) that @f wants. 0, also when the pipe was closed, or -1. */
static int print_events(struct trace_reader *r, const struct filter *f, struct dump_state *s,
			struct dump_out *o, struct vt_error *err)
{
	uint64_t clock_hz = s->meta->clock_hz;
	uint64_t from = first_tick(f->from_ns, clock_hz);
	uint64_t end = f->to_ns == UINT64_MAX ? UINT64_MAX : first_tick(f->to_ns + 1, clock_hz);
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
			if (ev[i].time >= from && wanted(f, s, &ev[i])) {
				char *p = dump_room(o, err);

				if (!p)
					return o->closed ? 0 : -1;
				p = f->json ? dump_json(p, s, index + i, &ev[i])
					    : dump_text(p, s, index + i, &ev[i]);
				o->len = (size_t)(p - o->buffer);
			}
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

static int dump(struct trace_reader *r, struct filter *f, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct dump_state s = { .meta = meta };
	struct dump_out o;
	int ret;

	if (find_vp(f, meta, err))
		return -1;
	if (f->lp != DUMP_NOWHERE && f->lp >= meta->lps)
		return vt_error_set(err, f->path, VT_NO_OFFSET, "there is no LP %u, there are %u",
				    f->lp, meta->lps);
	if (trace_reader_truncated(r))
		vt_warn(f->path, "the trace is cut off: these are the events of its whole blocks");
	s.lp = malloc(((size_t)meta->vps + 1) * sizeof(*s.lp));
	s.counter = calloc((size_t)meta->vps + 1, sizeof(*s.counter));
	if (!s.lp || !s.counter)
		abort();
	memset(s.lp, 0xff, meta->vps * sizeof(*s.lp));
	dump_open(&o);
	if (!f->json) {
		memcpy(o.buffer, dump_heading, strlen(dump_heading));
		o.len = strlen(dump_heading);
	}
	ret = print_events(r, f, &s, &o, err);
	/* What was printed before an error still belongs out. */
	if (dump_close(&o, ret ? NULL : err))
		ret = -1;
	free(s.lp);
	free(s.counter);
	return ret;
}

static int take_type(struct filter *f, const char *name)
{
	unsigned type = trace_type_named(name);

	if (type == TRACE_TYPES) {
		char *list = trace_type_list();
		int ret = cli_usage_error(
		    "dump", "--type: there is no event type '%s', there are %s", name, list);

		free(list);
		return ret;
	}
	f->types[type] = f->some_types = true;
	return 0;
}

static int take_value(struct filter *f, const char *option, const char *value)
{
	if (!strcmp(option, "--from")) {
		if (cli_parse_time_ns(value, &f->from_ns))
			return cli_usage_error(
			    "dump", "--from: '%s' is not a time like 5000, 50us or 1.5s", value);
	} else if (!strcmp(option, "--to")) {
		if (cli_parse_time_ns(value, &f->to_ns) || f->to_ns == UINT64_MAX)
			return cli_usage_error(
			    "dump", "--to: '%s' is not a time like 5000, 50us or 1.5s", value);
	} else if (!strcmp(option, "--lp")) {
		if (cli_parse_u32(value, &f->lp) || f->lp == DUMP_NOWHERE)
			return cli_usage_error("dump", "--lp: '%s' is not the number of an LP",
					       value);
	} else if (!strcmp(option, "--vp")) {
		f->vp_name = value;
	} else {
		return take_type(f, value);
	}
	return 0;
}

static bool takes_value(const char *option, size_t len)
{
	static const char *const names[] = { "--from", "--to", "--vp", "--lp", "--type" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], option, len))
			return true;
	return false;
}

/* 0, or an exit code after its message. */
static int parse(struct filter *f, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : strlen(word);
		char option[16];

		if (takes_value(word, len)) {
			memcpy(option, word, len);
			option[len] = '\0';
			if (!equals && ++i >= argc)
				return cli_usage_error("dump", "%s wants a value", option);
			if (take_value(f, option, equals ? equals + 1 : argv[i]))
				return EXIT_TROUBLE;
		} else if (!strcmp(word, "--json")) {
			f->json = true;
		} else if (!strcmp(word, "--quick")) {
			f->quick = true;
		} else if (word[0] == '-') {
			return cli_usage_error("dump", "unknown option '%s'", word);
		} else if (f->path) {
			return cli_usage_error("dump", "one trace at a time, not also '%s'", word);
		} else {
			f->path = word;
		}
	}
	if (!f->path)
		return cli_usage_error("dump", "no trace named");
	if (f->from_ns > f->to_ns)
		return cli_usage_error("dump", "--from is after --to");
	return 0;
}

int cmd_dump(int argc, char **argv)
{
	struct filter f = { .to_ns = UINT64_MAX, .vp = DUMP_NOWHERE, .lp = DUMP_NOWHERE };
	struct trace_reader *r;
	struct vt_error err;
	int ret;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			help();
			return EXIT_OK;
		}
	}
	if (parse(&f, argc, argv))
		return EXIT_TROUBLE;
	/* A closed pipe is an answer, not an accident. */
	signal(SIGPIPE, SIG_IGN);
	r = trace_reader_open(f.path, &err);
	ret = r ? dump(r, &f, &err) : -1;
	trace_reader_close(r);
	if (ret)
		vt_error_print(&err);
	return ret ? EXIT_TROUBLE : EXIT_OK;
}
