/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick check`: is a trace whole, undamaged, and legal? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/cli.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/base/safe_text.h"
#include "traces/block.h"
#include "traces/commands.h"
#include "traces/hash.h"
#include "traces/meta.h"

/*
 * A file that did not open: EXIT_GATE if it is a trace of this version, though a broken one, else
 * EXIT_TROUBLE.
 */
static int blame(const char *path)
{
	unsigned char front[VTT_FRONT_SIZE];
	struct stat st;
	FILE *f;
	size_t n;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !(f = fopen(path, "rb")))
		return EXIT_TROUBLE;
	n = fread(front, 1, sizeof(front), f);
	fclose(f);
	if (!n || memcmp(front, vtt_magic, n < sizeof(vtt_magic) ? n : sizeof(vtt_magic)))
		return EXIT_TROUBLE;
	/* Another version is not ours to judge, if the version is what the writer wrote. */
	if (n == sizeof(front) && vtt_get64(front + 24) == vtt_hash(front, 24) &&
	    vtt_get32(front + 8) != VTT_VERSION)
		return EXIT_TROUBLE;
	return EXIT_GATE;
}

struct check {
	struct trace_reader *r;
	const struct trace_meta *meta;
	struct trace_legal *legal;
	struct sha256_ctx sha;
};

static int check_block(struct check *c, const struct trace_event *ev, size_t n,
		       struct vt_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *fault = trace_legal_event(c->legal, &ev[i]);

		if (fault)
			return vt_error_set(
			    err, trace_reader_path(c->r), trace_reader_block_offset(c->r),
			    "event %" PRIu64 " (%s) at %" PRIu64 " ns: %s",
			    trace_reader_block_first(c->r) + i, trace_type_name(ev[i].type),
			    trace_ticks_to_ns(ev[i].time, c->meta->clock_hz), fault);
	}
	trace_hash_events(&c->sha, ev, n);
	return 0;
}

static int check_events(struct check *c, struct vt_error *err)
{
	struct cli_progress progress;
	const struct trace_event *ev;
	uint64_t done = 0;
	size_t n;
	int ret;

	cli_progress_start(&progress, "checking", "events", trace_reader_events(c->r));
	while ((ret = trace_reader_next(c->r, &ev, &n, err)) > 0) {
		if (check_block(c, ev, n, err)) {
			ret = -1;
			break;
		}
		done += n;
		cli_progress(&progress, done);
	}
	cli_progress_end(&progress);
	return ret;
}

/* What only the whole file can be held against. */
static int check_whole(struct check *c, struct vt_error *err)
{
	const char *path = trace_reader_path(c->r), *stated = trace_reader_sha256(c->r);
	char hex[65];

	if (trace_reader_truncated(c->r))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "the file is cut off: %" PRIu64 " event%s up to %" PRIu64
				    " ns %s whole and fine",
				    trace_reader_events(c->r), human_s(trace_reader_events(c->r)),
				    trace_ticks_to_ns(c->meta->end, c->meta->clock_hz),
				    trace_reader_events(c->r) == 1 ? "is" : "are");
	trace_hash_finish(&c->sha, c->meta, hex);
	if (!*stated)
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "the header has no SHA-256 of the events");
	if (strcmp(hex, stated))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "the events' SHA-256 is %s, the header says %s", hex, stated);
	return 0;
}

static int check(struct trace_reader *r, struct vt_error *err)
{
	struct check c = { .r = r, .meta = trace_reader_meta(r) };
	char *fault = trace_meta_fault(c.meta);
	int ret;

	if (fault) {
		vt_error_set(err, trace_reader_path(r), VT_NO_OFFSET, "the header is wrong: %s",
			     fault);
		free(fault);
		return -1;
	}
	c.legal = trace_legal_new(c.meta->lps, c.meta->vps);
	sha256_init(&c.sha);
	ret = check_events(&c, err);
	if (!ret)
		ret = check_whole(&c, err);
	trace_legal_free(c.legal);
	return ret;
}

static int check_file(const char *path, bool quiet)
{
	struct trace_reader *r;
	struct vt_error err;
	int code = EXIT_OK;

	r = trace_reader_open(path, &err);
	if (!r)
		code = err.unreadable ? EXIT_TROUBLE : blame(path);
	else if (check(r, &err))
		code = trace_reader_newer(r) || err.unreadable ? EXIT_TROUBLE : EXIT_GATE;
	if (code)
		vt_error_print(&err);
	else if (!quiet)
		safe_print(SAFE_TEXT, stdout, "%s: fine, %" PRIu64 " event%s\n", path,
			   trace_reader_events(r), human_s(trace_reader_events(r)));
	trace_reader_close(r);
	return code;
}

struct request {
	struct opt_list traces;
	bool quiet;
};

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	int code = EXIT_OK;

	if (!opt_parse(&command_check, &q, argc, argv, &code))
		return code;
	for (size_t i = 0; i < q.traces.n; i++) {
		int one = check_file(q.traces.item[i], q.quiet);

		/* Trouble outweighs a broken file. */
		if (one > code)
			code = one;
	}
	opt_free(&command_check, &q);
	return code;
}

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .many = true, .needed = true,
	  .no_dash = "a trace is read from its end, too", OPT_AT(struct request, traces),
	  .help = "the traces to verify" },
	{ OPT_SWITCH, .name = "quiet", .letter = 'q', OPT_AT(struct request, quiet),
	  .help = "no line for a trace that is fine" },
	{ 0 },
};

static const char *const examples[] = { "vtick check traces/corpus/*.vtt", NULL };

const struct opt_command command_check = {
	.name = "check",
	.summary = "verify a trace: checksums, hash, legality",
	.run = run,
	.about =
	    "Reads a trace as a whole and verifies it: the checksum of every block, the events' "
	    "SHA-256 against the one in the header, the header itself, and that the events are "
	    "legal: nobody runs on two LPs, no LP runs two VPs, a guest programs its timer only "
	    "while it runs, nothing happens after the end.",
	.options = options,
	.examples = examples,
	.exits =
	    "Exit codes: 0 all are fine; 1 one is broken or cut off: a line on standard error "
	    "says where (offset of the block, index and time of the event) and why; 2 one could "
	    "not be read, or is no trace of this version at all, or holds events that only a "
	    "newer vtick knows.",
};
