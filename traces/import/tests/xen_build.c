/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/tests/xen_build.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void xb_bytes(struct xen_build *b, const void *p, size_t n)
{
	b->p = realloc(b->p, b->n + n + 1);
	if (!b->p)
		abort();
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void put_word(uint8_t *p, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(word >> 8 * i);
}

void xb_word(struct xen_build *b, uint32_t word)
{
	uint8_t p[4];

	put_word(p, word);
	xb_bytes(b, p, 4);
}

void xb_end(struct xen_build *b)
{
	if (b->window)
		put_word(b->p + b->window, (uint32_t)(b->n - b->window - 4));
	b->window = 0;
}

void xb_window(struct xen_build *b, uint32_t pcpu)
{
	xb_end(b);
	xb_word(b, XEN_CPU_CHANGE_HEADER);
	xb_word(b, pcpu);
	b->window = b->n;
	xb_word(b, 0);
}

void xb_record(struct xen_build *b, uint64_t tsc, uint32_t event, unsigned n, const uint32_t *w)
{
	xb_word(b, event | n << 28 | (tsc != NO_TSC ? UINT32_C(1) << 31 : 0));
	if (tsc != NO_TSC) {
		xb_word(b, (uint32_t)tsc);
		xb_word(b, (uint32_t)(tsc >> 32));
	}
	for (unsigned i = 0; i < n; i++)
		xb_word(b, w[i]);
}

void xb_free(struct xen_build *b)
{
	free(b->p);
	*b = (struct xen_build){ 0 };
}

void xb_run(struct xen_build *b, uint64_t tsc, enum xen_runstate from, enum xen_runstate to,
	    uint32_t vcpu)
{
	XB(b, tsc, (uint32_t)XEN_RUNSTATE + ((uint32_t)from << 8) + ((uint32_t)to << 4), vcpu);
}

void xb_start(struct xen_build *b, uint64_t tsc, uint64_t delta, uint64_t period)
{
	XB(b, tsc, XEN_LAPIC_START, (uint32_t)delta, (uint32_t)(delta >> 32), (uint32_t)period,
	   (uint32_t)(period >> 32), 0xec);
}

struct xb_quiet xb_quiet(void)
{
	struct xb_quiet q = { .to = tmpfile(), .stderr_was = dup(2) };

	if (!q.to || q.stderr_was < 0)
		abort();
	fflush(stderr);
	dup2(fileno(q.to), 2);
	return q;
}

char *xb_loud(struct xb_quiet q)
{
	char *said;
	long n;

	fflush(stderr);
	dup2(q.stderr_was, 2);
	close(q.stderr_was);
	fseek(q.to, 0, SEEK_END);
	n = ftell(q.to);
	rewind(q.to);
	said = calloc(1, (size_t)n + 1);
	if (!said || fread(said, 1, (size_t)n, q.to) != (size_t)n)
		abort();
	fclose(q.to);
	return said;
}

void xb_show(FILE *f, const struct trace_event *e)
{
	fprintf(f, "%" PRIu64 " %s", e->time, trace_type_name(e->type));
	if (trace_type_has_vp(e->type))
		fprintf(f, " vp%u", e->vp);
	if (trace_type_has_lp(e->type))
		fprintf(f, " lp%u", e->lp);
	switch (e->type) {
	case TRACE_SCHED_IN:
		if (e->extra)
			fprintf(f, " for %" PRIu64, e->extra);
		break;
	case TRACE_SCHED_OUT:
		fprintf(f, " %s", trace_reason_name(e->sub));
		break;
	case TRACE_ARM:
	case TRACE_SEED:
		fprintf(f, " %s %" PRIu64 " period %" PRIu64, trace_dev_name(e->sub), e->value,
			e->extra);
		break;
	case TRACE_MASK:
		fprintf(f, " %u vector %" PRIu64, e->sub, e->extra);
		break;
	case TRACE_EXIT:
		fprintf(f, " %" PRIu64, e->extra);
		break;
	case TRACE_OBS_PROG:
		fprintf(f, " %" PRIu64, e->value);
		break;
	case TRACE_LOST:
		fprintf(f, " until %" PRIu64 " count %" PRIu64, e->value, e->extra);
		break;
	case TRACE_AWAY:
		fprintf(f, " until %" PRIu64, e->value);
		break;
	default:
		break;
	}
	fputc('\n', f);
}

static void read_back(struct xen_result *r, const char *path)
{
	struct trace_reader *reader = trace_reader_open(path, &r->err);
	const struct trace_event *ev;
	struct trace_legal *legal;
	size_t n, size;
	FILE *f;

	if (!reader) {
		r->ret = -2;
		return;
	}
	trace_meta_free(&r->meta);
	trace_meta_copy(&r->meta, trace_reader_meta(reader));
	legal = trace_legal_new(r->meta.lps, r->meta.vps);
	free(r->events);
	f = open_memstream(&r->events, &size);
	r->legal = true;
	while (trace_reader_next(reader, &ev, &n, &r->err) == 1)
		for (size_t i = 0; i < n; i++) {
			xb_show(f, &ev[i]);
			r->legal &= !trace_legal_event(legal, &ev[i]);
		}
	fclose(f);
	trace_legal_free(legal);
	trace_reader_close(reader);

	f = fopen(path, "rb");
	fseek(f, 0, SEEK_END);
	r->trace_size = (size_t)ftell(f);
	rewind(f);
	r->trace = malloc(r->trace_size + 1);
	if (!r->trace || fread(r->trace, 1, r->trace_size, f) != r->trace_size)
		abort();
	fclose(f);
}

/* Empties and removes @dir; true if it held more than the capture. */
static bool clean(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool more = false;
	char path[600];

	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		more |= strcmp(entry->d_name, "x.trc") != 0;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
	return more;
}

struct xen_result xb_import_bytes(const uint8_t *p, size_t n, const struct import_options *options)
{
	struct import_options o = { .cpu_hz = 1000000000 };
	struct xen_result r = { 0 };
	char dir[] = "/tmp/vtick-test-XXXXXX", capture[64], output[64];
	struct xb_quiet said;
	FILE *f;

	if (options)
		o = *options;
	if (!mkdtemp(dir))
		abort();
	snprintf(capture, sizeof(capture), "%s/x.trc", dir);
	snprintf(output, sizeof(output), "%s/x.vtt", dir);
	f = fopen(capture, "wb");
	if (!f || (n && fwrite(p, 1, n, f) != n) || fclose(f))
		abort();
	o.capture = capture;
	o.output = output;
	trace_meta_init(&r.meta);
	said = xb_quiet();
	r.ret = import_xentrace(&o, &r.err);
	r.said = xb_loud(said);
	if (!r.ret)
		read_back(&r, output);
	r.left_over = clean(dir) && r.ret;
	if (!r.events)
		r.events = strdup("");
	return r;
}

struct xen_result xb_import(struct xen_build *b, const struct import_options *o)
{
	xb_end(b);
	return xb_import_bytes(b->p, b->n, o);
}

void xb_result_free(struct xen_result *r)
{
	trace_meta_free(&r->meta);
	free(r->events);
	free(r->said);
	free(r->trace);
}

bool xb_has_note(const struct xen_result *r, const char *text)
{
	const json_t *notes = json_object_get(r->meta.more, "notes"), *note;
	size_t i;

	json_array_foreach(
	    notes, i, note) if (!strncmp(json_string_value(note), text, strlen(text))) return true;
	return false;
}
