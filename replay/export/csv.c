/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/export/csv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "replay/export/source.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/meta.h"

struct csv {
	FILE *out;
	struct file *to;
	struct trace_reader *trace;
	const struct trace_meta *meta;
	struct export_window window;
	const char *source; /* whose ticks these are */
	bool failed;
	struct vt_error error;
};

/* The file's own way of writing, behind a buffer. */
static ssize_t write_out(void *cookie, const char *data, size_t size)
{
	struct csv *c = cookie;

	if (!c->failed && file_write(c->to, data, size, &c->error))
		c->failed = true;
	return c->failed ? 0 : (ssize_t)size;
}

static void *begin(struct file *to, struct trace_reader *r, const struct export_window *window)
{
	struct csv *c = vt_alloc(sizeof(*c));

	c->to = to;
	c->trace = r;
	c->meta = trace_reader_meta(r);
	c->window = *window;
	c->out = fopencookie(c, "w", (cookie_io_functions_t){ .write = write_out });
	if (!c->out)
		vt_no_memory();
	fputs("source,vm,vp,tick,count,deadline_ns,expired_ns,delivered_ns,late_ns,host_ns,wait_ns,"
	      "inject_ns,cause,behind\n",
	      c->out);
	return c;
}

static void put_text(struct csv *c, const char *text, char after)
{
	safe_put(SAFE_CSV, c->out, text);
	fputc(after, c->out);
}

static void put_time(struct csv *c, int64_t ticks)
{
	if (ticks >= 0)
		fprintf(c->out, "%" PRIu64, trace_ticks_to_ns((uint64_t)ticks, c->meta->clock_hz));
	else if (ticks != TICK_NEVER)
		fprintf(c->out, "-%" PRIu64,
			trace_ticks_to_ns(-(uint64_t)ticks, c->meta->clock_hz));
	fputc(',', c->out);
}

/* Who ran longest while the VP waited. */
static void put_behind(struct csv *c, const struct tick *t)
{
	uint32_t vp = t->rans ? t->ran[0].vp : TICK_NO_VP;

	put_text(c,
		 !t->rans	       ? ""
		 : vp == TICK_NO_VP    ? "no VP"
		 : vp == TICK_LONG_AGO ? "long ago"
				       : c->meta->vp[vp].name,
		 '\n');
}

static void put_split(struct csv *c, const struct tick *t)
{
	int64_t ns[TICK_PARTS], late = tick_split(t, c->meta->clock_hz, ns);

	fprintf(c->out, "%" PRId64 ",", late);
	for (unsigned i = 0; i < TICK_PARTS; i++)
		fprintf(c->out, "%" PRId64 ",", ns[i]);
	fprintf(c->out, "%s,", late > 0 ? tick_part_name(tick_largest(ns)) : "");
	put_behind(c, t);
}

static void put_tick(void *context, const struct tick *t)
{
	struct csv *c = context;
	uint64_t at = trace_ticks_to_ns((uint64_t)t->at, c->meta->clock_hz);
	char *vm;

	if (at < c->window.from || at > c->window.to)
		return;
	put_text(c, c->source, ',');
	vm = trace_vm_name(&c->meta->vp[t->vp]);
	put_text(c, vm, ',');
	free(vm);
	put_text(c, c->meta->vp[t->vp].name, ',');
	fprintf(c->out, "%s,%" PRIu64 ",", tick_fate_name(t->fate), t->count);
	put_time(c, t->due);
	put_time(c, t->expired);
	if (t->fate == TICK_DELIVERED) {
		put_time(c, t->at);
		put_split(c, t);
	} else {
		fputs(",,,,,,\n", c->out);
	}
}

static bool goes_on(void *context)
{
	return !((struct csv *)context)->failed;
}

static int write(void *state, const char *name, FILE *fates, struct vt_error *err)
{
	struct csv *c = state;
	const struct source_taker taker = { .context = c, .tick = put_tick, .goes_on = goes_on };

	c->source = name;
	return source_read(c->trace, fates, &taker, err);
}

static int end(void *state, bool whole, struct vt_error *err)
{
	struct csv *c = state;
	int failed;

	if (!whole)
		c->failed = true;
	fclose(c->out);
	failed = whole && c->failed ? -1 : 0;
	if (failed)
		*err = c->error;
	free(c);
	return failed;
}

const struct export_format format_csv = {
	.name = "csv",
	.help = "a row a tick, for spreadsheets and statistics",
	.open = begin,
	.write = write,
	.close = end,
};
