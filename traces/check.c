/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick check`: is a trace whole, undamaged, and legal? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/base/sort.h"
#include "traces/block.h"
#include "traces/commands.h"
#include "traces/hash.h"

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

static const char *host_model_fault(const json_t *host)
{
	static const char *const keys[] = { "tick_hz", "slice_ns", "slop_ns" };

	if (host && !json_is_object(host))
		return "\"host_model\" is no object";
	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *v = json_object_get(host, keys[i]);

		if (v && !json_is_null(v) && (!json_is_integer(v) || json_integer_value(v) < 0))
			return "\"host_model\" holds a rate or time that is no integer from 0 on";
	}
	return NULL;
}

static bool known_class(const char *name)
{
	static const char *const classes[] = { "bare-metal", "nested", "emulated", "synthetic" };

	for (unsigned i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (!strcmp(classes[i], name))
			return true;
	return false;
}

static bool vps_differ(const struct trace_meta *meta)
{
	uint64_t *list = vt_alloc(((size_t)meta->vps + 1) * sizeof(*list));
	bool differ = true;

	for (uint32_t i = 0; i < meta->vps; i++)
		list[i] = (uint64_t)meta->vp[i].domain << 32 | meta->vp[i].vcpu;
	sort_u64(list, meta->vps);
	for (uint32_t i = 1; i < meta->vps; i++)
		differ &= list[i] != list[i - 1];
	free(list);
	return differ;
}

/* NULL, or what the header contradicts itself in. */
static const char *meta_fault(const struct trace_meta *meta)
{
	const json_t *class = json_object_get(meta->more, "class");
	const json_t *source = json_object_get(meta->more, "source");
	const json_t *unseen = json_object_get(meta->more, "unseen_ticks");

	if (class && (!json_is_string(class) || !known_class(json_string_value(class))))
		return "\"class\" is not bare-metal, nested, emulated or synthetic";
	if (source && !json_is_object(source))
		return "\"source\" is no object";
	if (unseen && (!json_is_integer(unseen) || json_integer_value(unseen) < 0))
		return "\"unseen_ticks\" is no count";
	if (!vps_differ(meta))
		return "two VPs have the same domain and vcpu";
	return host_model_fault(json_object_get(meta->more, "host_model"));
}

/* NULL, or why @ev cannot be: what lies beyond who runs where. */
static const char *event_fault(const struct trace_meta *meta, const struct trace_event *ev)
{
	if (ev->type == TRACE_IPI && ev->extra >= meta->vps)
		return "an interrupt is sent to a VP that the header does not name";
	if (ev->type == TRACE_LOST && ev->value < ev->time)
		return "records are lost until a time that is over";
	return NULL;
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
		const char *fault = event_fault(c->meta, &ev[i]);

		if (!fault)
			fault = trace_legal_event(c->legal, &ev[i]);
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
				    "the file is cut off: %" PRIu64 " events up to %" PRIu64
				    " ns are whole and fine",
				    trace_reader_events(c->r),
				    trace_ticks_to_ns(c->meta->end, c->meta->clock_hz));
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
	const char *fault = meta_fault(c.meta);
	int ret;

	if (fault)
		return vt_error_set(err, trace_reader_path(r), VT_NO_OFFSET,
				    "the header is wrong: %s", fault);
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
		code = blame(path);
	else if (check(r, &err))
		code = EXIT_GATE;
	if (code)
		vt_error_print(&err);
	else if (!quiet)
		printf("%s: fine, %" PRIu64 " events\n", path, trace_reader_events(r));
	trace_reader_close(r);
	return code;
}

struct request {
	struct opt_list traces;
	bool quiet;
};

int cmd_check(int argc, char **argv)
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
	  OPT_AT(struct request, traces), .help = "the traces to verify" },
	{ OPT_SWITCH, .name = "quiet", .letter = 'q', OPT_AT(struct request, quiet),
	  .help = "no line for a trace that is fine" },
	{ 0 },
};

static const char *const examples[] = { "vtick check traces/corpus/*.vtt", NULL };

const struct opt_command command_check = {
	.name = "check",
	.summary = "verify a trace: checksums, hash, legality",
	.run = cmd_check,
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
	    "not be read, or is no trace of this version at all.",
};
