/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick import text`: the inverse of `vtick dump --json`, line by line (TEXT.md). The first line
 * is the header, the others are events, VPs, or more of the header.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/import/capture.h"
#include "traces/import/import.h"
#include "traces/import/text_header.h"
#include "traces/import/text_line.h"
#include "traces/meta.h"

#define READ_SIZE 65536u
/* A header may name a million VPs. */
#define LINE_MAX_SIZE ((size_t)128 << 20)
#define PENDING 4096u

struct text {
	const char *path; /* for messages */
	struct capture *capture;
	char *buffer; /* what was read; lines are taken from `at` on */
	size_t at, length, room;
	uint64_t line; /* number of the one in hand */

	struct trace_meta meta;
	bool lps_given; /* else they are those that events name */
	uint32_t lps_seen;
	struct text_vps vps;
	struct trace_legal *legal;
	uint64_t last_time;

	uint64_t arms, runs;
	uint64_t lost;	  /* runs that end as lost where no record was */
	uint64_t lost_at; /* time of the last of them */

	struct trace_writer *writer;
	uint32_t vps_written; /* that the writer knows */
	struct trace_event *pending;
	size_t n;
};

/* ---- lines ---- */

/* More of the capture behind what is there: 1, 0 at its end, -1. */
static int read_more(struct text *t, struct vt_error *err)
{
	int64_t got;

	if (t->at) {
		memmove(t->buffer, t->buffer + t->at, t->length - t->at);
		t->length -= t->at;
		t->at = 0;
	}
	if (t->length >= LINE_MAX_SIZE)
		return vt_error_set(err, t->path, VT_NO_OFFSET,
				    "line %" PRIu64 ": longer than %zu bytes", t->line,
				    LINE_MAX_SIZE);
	if (t->room - t->length < READ_SIZE) {
		t->room = (t->room + READ_SIZE) * 2;
		t->buffer = vt_realloc(t->buffer, t->room);
	}
	got = capture_read(t->capture, t->buffer + t->length, READ_SIZE, err);
	if (got <= 0)
		return (int)got;
	t->length += (size_t)got;
	return 1;
}

/* The next line, without its end: 1, 0 behind the last, -1. */
static int next_line(struct text *t, const char **line, size_t *length, struct vt_error *err)
{
	size_t searched = 0;
	int more;

	t->line++;
	for (;;) {
		const char *from = t->buffer + t->at;
		size_t have = t->length - t->at;
		const char *end =
		    have > searched ? memchr(from + searched, '\n', have - searched) : NULL;

		if (end) {
			*line = from;
			*length = (size_t)(end - from);
			t->at += *length + 1;
			return 1;
		}
		searched = have;
		more = read_more(t, err);
		if (more < 0)
			return -1;
		if (more)
			continue;
		*line = t->buffer + t->at;
		*length = t->length - t->at;
		t->at = t->length;
		return *length != 0;
	}
}

static int refuse(const struct text *t, const char *why, struct vt_error *err)
{
	return vt_error_set(err, t->path, VT_NO_OFFSET, "line %" PRIu64 ": %s", t->line, why);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The object that the next line holds that is neither empty nor a comment: 1, 0, -1. */
static int next_object(struct text *t, json_t **object, struct vt_error *err)
{
	struct text_fault fault;
	json_error_t json_err;
	const char *line;
	size_t length, blanks;
	int ret;

	do {
		ret = next_line(t, &line, &length, err);
		if (ret <= 0)
			return ret;
		for (blanks = 0; blanks < length && is_blank(line[blanks]); blanks++)
			;
	} while (blanks == length || line[blanks] == '#');
	*object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &json_err);
	if (!*object) {
		text_refuse(&fault, "no JSON object: %.200s at column %d", json_err.text,
			    json_err.column);
		return refuse(t, fault.text, err);
	}
	if (json_is_object(*object))
		return 1;
	json_decref(*object);
	return refuse(t, "no JSON object, expected {\"time\":..., \"event\":..., ...}", err);
}

/* ---- the header ---- */

/* What a header that people write may leave out. */
static void complete(json_t *header)
{
	json_t *vps = json_object_get(header, "vps"), *vp;
	size_t i;

	if (!json_object_get(header, "end"))
		json_put_u64(header, "end", 0);
	if (!json_object_get(header, "lps"))
		json_put_u64(header, "lps", TRACE_LPS_MAX);
	if (!vps)
		json_put(header, "vps", json_array());
	json_array_foreach(vps, i, vp)
	{
		json_int_t domain = json_integer_value(json_object_get(vp, "domain")),
			   vcpu = json_integer_value(json_object_get(vp, "vcpu"));

		if (json_is_object(vp) && !json_object_get(vp, "name"))
			json_put(vp, "name",
				 json_sprintf("d%" JSON_INTEGER_FORMAT "v%" JSON_INTEGER_FORMAT,
					      domain, vcpu));
	}
}

static int hold_keys(const struct text *t, const json_t *header, bool first, struct vt_error *err)
{
	struct text_fault fault;
	const char *unknown;

	if (text_header_keys(header, first, &unknown, &fault))
		return refuse(t, fault.text, err);
	if (unknown)
		vt_warn(t->path, "line %" PRIu64 ": no header has \"%.40s\", it is kept", t->line,
			unknown);
	return 0;
}

static int take_header(struct text *t, json_t *header, struct vt_error *err)
{
	char sha256[65];
	const char *wrong;

	if (json_object_get(header, "event") || !json_object_get(header, "clock_hz")) {
		json_decref(header);
		return refuse(t,
			      "expected the header first, {\"clock_hz\":1000000000} at least: "
			      "ticks a second",
			      err);
	}
	if (hold_keys(t, header, true, err)) {
		json_decref(header);
		return -1;
	}
	t->lps_given = json_object_get(header, "lps");
	complete(header);
	wrong = trace_meta_take(&t->meta, sha256, header);
	return wrong ? refuse(t, wrong, err) : 0;
}

/* A later line that is no event: the header knows more. */
static int add_header(struct text *t, json_t *line, struct vt_error *err)
{
	const json_t *lps = json_object_get(line, "lps"), *end = json_object_get(line, "end");

	if (hold_keys(t, line, false, err))
		return -1;
	if (json_object_get(line, "clock_hz") || json_object_get(line, "vps"))
		return refuse(t, "\"clock_hz\" and \"vps\" belong into the first line", err);
	if (lps && (!json_is_integer(lps) || json_integer_value(lps) < t->lps_seen ||
		    json_integer_value(lps) < 1 || json_integer_value(lps) > TRACE_LPS_MAX))
		return refuse(t, "\"lps\" is no number from the LPs that events named to 4096",
			      err);
	if (end && (!json_is_integer(end) || json_integer_value(end) < (json_int_t)t->last_time ||
		    json_integer_value(end) >= (json_int_t)TRACE_TICK_LIMIT))
		return refuse(t, "\"end\" is no time from the last event's to 2^60 - 1", err);
	if (lps) {
		t->lps_given = true;
		t->meta.lps = (uint32_t)json_integer_value(lps);
	}
	if (end)
		t->meta.end = (uint64_t)json_integer_value(end);
	json_object_del(line, "lps");
	json_object_del(line, "end");
	json_object_del(line, "events_sha256");
	if (json_object_update(t->meta.more, line))
		abort();
	return 0;
}

/* ---- events ---- */

static int write_pending(struct text *t, struct vt_error *err)
{
	if (t->vps_written != t->meta.vps)
		trace_writer_meta(t->writer, &t->meta);
	t->vps_written = t->meta.vps;
	for (size_t i = 0; i < t->n; i++)
		if (trace_writer_add(t->writer, &t->pending[i], err))
			return -1;
	t->n = 0;
	return 0;
}

/* What a trace can answer depends on these. */
static void count(struct text *t, const struct trace_event *ev)
{
	t->arms += ev->type == TRACE_ARM || ev->type == TRACE_SEED;
	t->runs += ev->type == TRACE_SCHED_IN;
	if (ev->type == TRACE_SCHED_OUT && ev->sub == TRACE_LOST_VP) {
		t->lost++;
		t->lost_at = ev->time;
	} else if (ev->type == TRACE_LOST && t->lost && t->lost_at == ev->time) {
		t->lost--;
	}
}

static int add_event(struct text *t, const json_t *line, struct vt_error *err)
{
	struct trace_event *ev = &t->pending[t->n];
	struct text_fault fault;
	const char *wrong;

	if (text_event(&t->vps, line, ev, &fault))
		return refuse(t, fault.text, err);
	wrong = trace_event_fault(ev, t->meta.lps, t->meta.vps);
	if (!wrong && ev->time < t->last_time)
		wrong = "its time is before the last event's";
	if (!wrong && t->meta.end && ev->time > t->meta.end)
		wrong = "its time is after the end that the header states";
	if (!wrong)
		wrong = trace_legal_event(t->legal, ev);
	if (wrong)
		return refuse(t, wrong, err);
	count(t, ev);
	t->last_time = ev->time;
	if (trace_type_has_lp(ev->type) && ev->lp >= t->lps_seen)
		t->lps_seen = ev->lp + 1u;
	return ++t->n == PENDING ? write_pending(t, err) : 0;
}

static int take_line(struct text *t, json_t *line, struct vt_error *err)
{
	struct text_fault fault;

	if (json_object_get(line, "event"))
		return add_event(t, line, err);
	if (!json_object_get(line, "vp"))
		return add_header(t, line, err);
	return text_declare(&t->vps, line, &fault) ? refuse(t, fault.text, err) : 0;
}

static int take_lines(struct text *t, struct vt_error *err)
{
	struct cli_progress progress;
	json_t *line;
	int ret;

	cli_progress_start(&progress, "importing", "bytes", capture_total(t->capture));
	while ((ret = next_object(t, &line, err)) > 0) {
		ret = take_line(t, line, err);
		json_decref(line);
		if (ret)
			break;
		if (!(t->line & 0xfff))
			cli_progress(&progress, capture_done(t->capture));
	}
	cli_progress_end(&progress);
	return ret;
}

/* ---- from start to end ---- */

static void answer(const struct text *t, struct import_verdict *v)
{
	if (!v)
		return;
	if (import_stamps_disagree(t->lost, t->runs))
		snprintf(v->why, sizeof(v->why),
			 "who ran is not known: %" PRIu64 " of %" PRIu64
			 " runs end as lost where no records were lost, so the CPUs' stamps do not "
			 "go together; expected stamps of one clock",
			 t->lost, t->runs);
	else if (!t->arms)
		snprintf(v->why, sizeof(v->why),
			 IMPORT_NOTHING
			 " (there is no event arm and no seed); expected lines "
			 "{\"time\":..., \"event\":\"arm\", \"vp\":..., \"dev\":..., "
			 "\"deadline\":...}");
}

static int finish(struct text *t, struct vt_error *err)
{
	struct trace_writer *w = t->writer;
	char *wrong;

	if (!t->lps_given)
		t->meta.lps = t->lps_seen ? t->lps_seen : 1;
	if (t->meta.end < t->last_time)
		t->meta.end = t->last_time;
	wrong = trace_meta_fault(&t->meta);
	if (wrong) {
		vt_error_set(err, t->path, VT_NO_OFFSET, "the header is wrong: %s", wrong);
		free(wrong);
		return -1;
	}
	if (write_pending(t, err))
		return -1;
	t->writer = NULL;
	return trace_writer_finish(w, &t->meta, err);
}

static int convert(struct text *t, const struct import_options *o, struct vt_error *err)
{
	json_t *header;
	int ret = next_object(t, &header, err);

	if (ret < 0)
		return -1;
	if (!ret)
		return refuse(t, "there is no line, expected a header", err);
	if (take_header(t, header, err))
		return -1;
	text_vps_init(&t->vps, &t->meta);
	t->legal = trace_legal_new(TRACE_LPS_MAX, TRACE_VPS_MAX);
	t->pending = vt_alloc(PENDING * sizeof(*t->pending));
	t->writer = trace_writer_open(o->output, &t->meta, NULL, err);
	t->vps_written = t->meta.vps;
	if (!t->writer || take_lines(t, err))
		return -1;
	if (capture_cut(t->capture))
		return refuse(t, "the compressed text is cut off here", err);
	answer(t, o->verdict);
	return finish(t, err);
}

int import_text(const struct import_options *o, struct vt_error *err)
{
	struct text t = { .path = o->capture, .room = 2 * READ_SIZE };
	int ret = -1;

	trace_meta_init(&t.meta);
	t.buffer = vt_alloc(t.room);
	t.capture = import_open(o, false, err);
	if (t.capture && (o->cpu_hz || o->exits || o->no_infer || o->scheduler || o->class_name))
		vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "import text: --cpu-hz, --exits, --no-infer, --scheduler and --class are for "
		    "captures; a text says all of this itself");
	else if (t.capture)
		ret = convert(&t, o, err);
	trace_writer_abort(t.writer);
	trace_legal_free(t.legal);
	text_vps_free(&t.vps);
	trace_meta_free(&t.meta);
	capture_close(t.capture);
	free(t.pending);
	free(t.buffer);
	return ret;
}
