/* SPDX-License-Identifier: GPL-2.0-only */
/* The events of a trace around a moment, as `vtick dump` prints them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain.h"
#include "traces/base/mem.h"
#include "traces/dump.h"
#include "traces/trace.h"

#define BEFORE 6
#define AFTER 8

struct window {
	FILE *to;
	uint64_t time;
	uint32_t vp, lp;
	char line[BEFORE][DUMP_LINE_MAX + 2 * DUMP_NAME_MAX];
	size_t before, after;
};

static bool concerns(const struct window *w, const struct dump_state *s,
		     const struct trace_event *ev)
{
	bool has_vp = trace_type_has_vp(ev->type);

	return (has_vp && (ev->vp == w->vp || (w->lp != UINT32_MAX && s->lp[ev->vp] == w->lp))) ||
	       (trace_type_has_lp(ev->type) && ev->lp == w->lp);
}

static void flush_before(struct window *w)
{
	for (size_t i = w->before > BEFORE ? w->before - BEFORE : 0; i < w->before; i++)
		fprintf(w->to, "    %s", w->line[i % BEFORE]);
	w->before = 0;
}

/* False: that was all. */
static bool take_event(struct window *w, struct dump_state *s, uint64_t index,
		       const struct trace_event *ev)
{
	if (concerns(w, s, ev)) {
		bool is_after = ev->time >= w->time;
		char *line = w->line[is_after ? 0 : w->before % BEFORE];

		if (is_after)
			flush_before(w);
		*dump_text(line, s, index, ev) = '\0';
		if (!is_after)
			w->before++;
		else if (w->after++ == AFTER)
			return false;
		else
			fprintf(w->to, "    %s", line);
	}
	dump_follow(s, ev);
	return true;
}

int explain_events(FILE *to, const char *trace, uint64_t time, uint32_t vp, uint32_t lp,
		   struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(trace, err);
	struct window *w;
	struct dump_state s;
	const struct trace_event *ev;
	char line[DUMP_LINE_MAX];
	size_t n;
	int got;
	bool more = true;

	if (!r)
		return -1;
	w = vt_alloc(sizeof(*w));
	*w = (struct window){ .to = to, .time = time, .vp = vp, .lp = lp };
	dump_begin(&s, trace_reader_meta(r));
	*dump_heading(line, &s) = '\0';
	fprintf(to, "    %s", line);
	while (more && (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n && more; i++)
			more = take_event(w, &s, trace_reader_block_first(r) + i, &ev[i]);
	}
	if (more)
		flush_before(w);
	dump_end(&s);
	free(w);
	trace_reader_close(r);
	return more && got < 0 ? -1 : 0;
}
