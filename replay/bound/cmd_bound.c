/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick bound`: the fewest machine timer interrupts that a trace's ticks need. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/bound/bound.h"
#include "replay/commands.h"
#include "replay/plugin/cell_options.h"
#include "replay/run/result.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

#define SLACKS_MAX 16u
#define SLACK_MAX_NS UINT64_C(1000000000000)
#define SLACKS "0,50us,1ms"

struct request {
	const char *trace;
	uint64_t slack_ns[SLACKS_MAX];
	size_t slacks;
	uint32_t rides;
	bool json;
};

/* A slack, without and with what the hypervisor needs for itself. */
struct pair {
	uint64_t slack_ns;
	struct bound *guest, *with_hv;
};

struct bounds {
	const struct request *q;
	struct trace_reader *reader;
	struct engine_options hypervisor;
	struct seeds seeds;
	struct pair pair[SLACKS_MAX];
};

/* ---- counting ---- */

/* Which VPs of SEEDs sleep, what follows them says. */
static int look_ahead(struct bounds *b, struct vt_error *err)
{
	const struct trace_event *ev;
	size_t n;
	int got;

	while ((got = trace_reader_next(b->reader, &ev, &n, err)) > 0 &&
	       seeds_look(&b->seeds, ev, n))
		;
	return got < 0 ? -1 : trace_reader_seek(b->reader, 0, err);
}

static void start(struct bounds *b)
{
	const struct trace_meta *meta = trace_reader_meta(b->reader);

	for (size_t i = 0; i < b->q->slacks; i++) {
		struct pair *p = &b->pair[i];
		struct bound_options o = { .slack_ns = b->q->slack_ns[i],
					   .rides = (enum bound_rides)b->q->rides };

		p->slack_ns = o.slack_ns;
		p->guest = bound_new(meta, &b->seeds, &o);
		o.hypervisor = &b->hypervisor;
		p->with_hv = bound_new(meta, &b->seeds, &o);
	}
}

static int feed(struct bounds *b, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(b->reader);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	const struct trace_event *ev;
	struct cli_progress progress;
	uint64_t done = 0;
	size_t n;
	int got;

	cli_progress_start(&progress, "bound", "events", trace_reader_events(b->reader));
	while ((got = trace_reader_next(b->reader, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, b->reader, ev, n, err)) {
			got = -1;
			break;
		}
		for (size_t i = 0; i < b->q->slacks; i++) {
			bound_events(b->pair[i].guest, ev, n);
			bound_events(b->pair[i].with_hv, ev, n);
		}
		cli_progress(&progress, done += n);
	}
	for (size_t i = 0; !got && i < b->q->slacks; i++) {
		bound_end(b->pair[i].guest);
		bound_end(b->pair[i].with_hv);
	}
	cli_progress_end(&progress);
	trace_legal_free(legal);
	return got;
}

/* ---- the answer ---- */

static json_t *trace_json(const struct bounds *b)
{
	const char *slash = strrchr(b->q->trace, '/');
	char *name = vt_strdup(slash ? slash + 1 : b->q->trace);
	size_t n = strlen(name);
	json_t *o;

	if (n > 4 && !strcmp(name + n - 4, ".vtt"))
		name[n - 4] = '\0';
	o = result_trace(name, b->reader);
	free(name);
	return o;
}

static json_t *hypervisor_json(const struct bounds *b)
{
	json_t *o = json_object();

	for (size_t i = 0; i < cell_options; i++) {
		json_t *value = cell_option_of_policy(&cell_option[i])
				    ? cell_option_json(&cell_option[i], &b->hypervisor)
				    : NULL;

		if (value)
			json_put(o, cell_option[i].key, value);
	}
	return o;
}

static json_t *pair_json(const struct pair *p, uint32_t lps)
{
	json_t *per_lp = json_array();

	for (uint32_t lp = 0; lp < lps; lp++)
		json_push(per_lp,
			  json_make("{s:o, s:o}", "guest", json_exact(bound_lp(p->guest, lp)),
				    "with_hv", json_exact(bound_lp(p->with_hv, lp))));
	return json_make("{s:o, s:o, s:o, s:o}", "slack_ns", json_exact(p->slack_ns), "guest",
			 json_exact(bound_total(p->guest)), "with_hv",
			 json_exact(bound_total(p->with_hv)), "per_lp", per_lp);
}

static json_t *document(const struct bounds *b, const char *command)
{
	struct bound_ticks t = bound_ticks(b->pair[0].guest);
	json_t *bounds = json_array(), *o;

	for (size_t i = 0; i < b->q->slacks; i++)
		json_push(bounds, pair_json(&b->pair[i], trace_reader_meta(b->reader)->lps));
	o = json_make(
	    "{s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "schema", "vtick.bound/1", "provenance",
	    json_make("{s:s, s:o}", "version", vtick_version(), "command", json_text(command)),
	    "trace", trace_json(b), "free_rides", bound_rides[b->q->rides], "hypervisor",
	    hypervisor_json(b), "ticks",
	    json_make("{s:o, s:o, s:o}", "reached", json_exact(t.reached), "at_once",
		      json_exact(t.at_once), "at_sched_in", json_exact(t.at_sched_in)),
	    "bounds", bounds);
	return o;
}

static void put_rate(struct text_table *t, size_t column, uint64_t n, const json_t *trace,
		     uint64_t lps)
{
	uint64_t ns = (uint64_t)json_integer_value(json_object_get(trace, "duration_ns"));
	unsigned __int128 lp_ns = (unsigned __int128)ns * lps;

	if (lp_ns)
		text_table_format(t, column, "%" PRIu64,
				  (uint64_t)((unsigned __int128)n * 1000000000 / lp_ns));
}

static void put_row(struct text_table *t, const struct pair *p, const json_t *trace, uint32_t lps,
		    uint32_t lp)
{
	bool all = lp == lps;
	uint64_t guest = all ? bound_total(p->guest) : bound_lp(p->guest, lp),
		 with_hv = all ? bound_total(p->with_hv) : bound_lp(p->with_hv, lp);
	char text[32];

	text_table_row(t);
	human_time(text, sizeof(text), (int64_t)p->slack_ns);
	text_table_set(t, 0, all ? text : "");
	if (all)
		text_table_set(t, 1, "all");
	else
		text_table_format(t, 1, "%" PRIu32, lp);
	human_count(text, sizeof(text), guest);
	text_table_set(t, 2, text);
	put_rate(t, 3, guest, trace, all ? lps : 1);
	human_count(text, sizeof(text), with_hv);
	text_table_set(t, 4, text);
	put_rate(t, 5, with_hv, trace, all ? lps : 1);
}

static void print_table(const struct bounds *b, bool colour)
{
	static const struct text_column columns[] = {
		{ .title = "SLACK", .left = true, .first = true },
		{ .title = "LP", .first = true },
		{ .title = "GUESTS" },
		{ .title = "/S/LP" },
		{ .title = "WITH HYPERVISOR" },
		{ .title = "/S/LP" },
	};
	struct text_table *t = text_table_new(columns, sizeof(columns) / sizeof(*columns));
	struct bound_ticks ticks = bound_ticks(b->pair[0].guest);
	uint32_t lps = trace_reader_meta(b->reader)->lps;
	json_t *trace = trace_json(b);
	char duration[32];

	human_time(duration, sizeof(duration),
		   json_integer_value(json_object_get(trace, "duration_ns")));
	safe_print(SAFE_TEXT, stdout,
		   "%s: %s, %" PRIu32 " LP%s, %" PRIu64 " tick%s due: %" PRIu64
		   " by their own write, %" PRIu64 " of VPs that waited to run\n",
		   json_string_value(json_object_get(trace, "name")), duration, lps, human_s(lps),
		   ticks.reached, human_s(ticks.reached), ticks.at_once, ticks.at_sched_in);
	printf("The fewest machine timer interrupts; free rides: %s\n", bound_rides[b->q->rides]);
	for (size_t i = 0; i < b->q->slacks; i++) {
		put_row(t, &b->pair[i], trace, lps, lps);
		for (uint32_t lp = 0; lps > 1 && lp < lps; lp++)
			put_row(t, &b->pair[i], trace, lps, lp);
	}
	text_table_print(t, stdout, 2, colour);
	json_decref(trace);
}

/* ---- the command line ---- */

static int count(struct bounds *b, struct vt_error *err)
{
	const struct trace_meta *meta;
	bool *given = vt_array(cell_options, sizeof(*given));
	int failed;

	b->reader = trace_reader_open(b->q->trace, err);
	if (!b->reader) {
		free(given);
		return -1;
	}
	meta = trace_reader_meta(b->reader);
	if (trace_reader_truncated(b->reader))
		vt_warn(b->q->trace, "the trace is cut off: this is what its whole blocks tell");
	cell_options_complete(&b->hypervisor, given, meta);
	free(given);
	seeds_init(&b->seeds, meta->vps);
	failed = look_ahead(b, err);
	if (!failed) {
		start(b);
		failed = feed(b, err);
	}
	return failed;
}

static int bound(const struct request *q, const char *command)
{
	struct bounds b = { .q = q };
	struct vt_error err;
	int failed = count(&b, &err);

	if (failed) {
		vt_error_print(&err);
	} else if (q->json) {
		json_t *o = document(&b, command);
		char *text = result_print(o);

		fputs(text, stdout);
		free(text);
		json_decref(o);
	} else {
		print_table(&b, cli_colour(STDOUT_FILENO));
	}
	for (size_t i = 0; i < q->slacks; i++) {
		bound_free(b.pair[i].guest);
		bound_free(b.pair[i].with_hv);
	}
	seeds_free(&b.seeds);
	trace_reader_close(b.reader);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

static int take_slacks(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;
	char *text = vt_strdup(value), *rest = text, *item;
	int failed = 0;

	(void)o;
	q->slacks = 0;
	while (!failed && (item = strsep(&rest, ","))) {
		uint64_t ns;

		if (q->slacks == SLACKS_MAX)
			failed = vt_error_set(err, NULL, VT_NO_OFFSET,
					      "has more than %u times, expected fewer", SLACKS_MAX);
		else if (cli_parse_time_ns(item, &ns) || ns > SLACK_MAX_NS)
			failed = vt_error_set(
			    err, NULL, VT_NO_OFFSET,
			    "is '%.60s', expected times with commas between, as " SLACKS
			    ", each at most 1000s",
			    value);
		else
			q->slack_ns[q->slacks++] = ns;
	}
	free(text);
	return failed;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	struct vt_error err;
	int code;

	if (!opt_parse(&command_bound, &q, argc, argv, &code))
		return code;
	call_writes("-");
	if (call_files_check(&err)) {
		vt_error_print(&err);
		code = EXIT_TROUBLE;
	} else {
		char *command = cli_command_line("bound", argc, argv);

		code = bound(&q, command);
		free(command);
	}
	opt_free(&command_bound, &q);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(trace), .help = "the trace" },
	{ OPT_CALL, .name = "slack", .argument = "TIME[,TIME]...", .take = take_slacks,
	  .value = SLACKS, .help = "how late a tick may be served: an answer for each" },
	{ OPT_CHOICE, .name = "free-rides", .choices = bound_rides, .value = "exits", AT(rides),
	  .help = "what serves a tick without an interrupt: none, exits and schedule-ins of its "
		  "LP (exits), or all that shows the hypervisor at work there",
	  .more = "BOUND.md says which events each of them takes." },
	{ OPT_SWITCH, .name = "json", AT(json), .help = "one JSON document (schema vtick.bound/1)",
	  .more = "See DOCUMENT." },
	OPT_LIMIT,
	{ 0 },
};

static const char *const examples[] = {
	"vtick bound host.vtt",
	"vtick bound --slack 0,4ms --free-rides none host.vtt",
	"vtick bound --json host.vtt | jq '.bounds[] | [.slack_ns, .guest]'",
	NULL,
};

const struct opt_command command_bound = {
	.name = "bound",
	.summary = "count the fewest timer interrupts that a trace needs",
	.run = run,
	.about = "Counts the fewest machine timer interrupts with which every tick of a recorded "
		 "schedule could be served within a slack, LP by LP: what no guest-timer design "
		 "can beat. 'vtick replay --bound' says how far each policy is from it.",
	.options = options,
	.notes = "GUESTS is what the guests' ticks need; WITH HYPERVISOR has the hypervisor's own "
		 "ticks and slices in it, as the trace's host has them.",
	.examples = examples,
};
