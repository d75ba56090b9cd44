/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line: "+" and a letter for its kind, then numbers: the place among the events (twice the index
 * of the event, 1 more after it) and the time, both as what they are more than those of the line
 * before; the LP or VP; and what the kind has besides.
 */
#define _GNU_SOURCE
#include "replay/watch/doings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/engine/state.h"
#include "traces/base/mem.h"

static const char letters[] = { [DOING_IRQ] = 'i', [DOING_LIST] = 'l', [DOING_WAITS] = 'w' };

/* ---- writing ---- */

struct told_lp {
	uint64_t irqs;
	uint32_t len;
};

struct doings_writer {
	struct engine *engine;
	FILE *to;
	uint64_t event;	      /* index of the next one */
	uint64_t place, time; /* of the last line */
	uint64_t changes;     /* of all lists, when they were looked at last */
	struct told_lp *lp;
};

static void write_line(struct doings_writer *w, enum doing_kind kind, uint64_t place, uint64_t time,
		       uint32_t subject)
{
	fprintf(w->to, "+%c %" PRIu64 " %" PRIu64 " %" PRIu32, letters[kind], place - w->place,
		time - w->time, subject);
	w->place = place;
	w->time = time;
}

static void tell_lp(struct doings_writer *w, uint64_t place, uint32_t lp)
{
	uint64_t now = w->engine->host.now;
	const struct lp_state *l = &w->engine->lp[lp];
	struct told_lp *told = &w->lp[lp];

	for (; told->irqs < l->counts.irqs; told->irqs++) {
		write_line(w, DOING_IRQ, place, now, lp);
		fputc('\n', w->to);
	}
	if (told->len == l->queue.len)
		return;
	told->len = l->queue.len;
	write_line(w, DOING_LIST, place, now, lp);
	fprintf(w->to, " %" PRIu32 "\n", l->queue.len);
}

static void tell_lps(struct doings_writer *w, uint64_t place)
{
	for (uint32_t lp = 0; lp < w->engine->meta->lps; lp++)
		tell_lp(w, place, lp);
}

static void tell_waiting(struct doings_writer *w, const struct trace_event *ev)
{
	const struct pending *p;

	if (ev->type != TRACE_WAKE && ev->type != TRACE_SCHED_IN)
		return;
	p = &w->engine->vp[ev->vp].pending;
	if (!p->is)
		return;
	write_line(w, DOING_WAITS, 2 * w->event, ev->time, ev->vp);
	fprintf(w->to, " %" PRId64 "\n", p->pended);
}

/* The interrupts before @next, or the end. */
static void take_interrupts(struct doings_writer *w, const struct trace_event *next)
{
	while (engine_step(w->engine, next))
		tell_lps(w, 2 * w->event);
}

void doings_events(struct doings_writer *w, const struct trace_event *ev, size_t n)
{
	const struct counts *c = &w->engine->counts;

	for (; n && engine_end(w->engine)->kind == ENGINE_RUNS; n--, ev++, w->event++) {
		take_interrupts(w, ev);
		tell_waiting(w, ev);
		engine_events(w->engine, ev, 1);

		/* Mostly no list is changed; what a SEED does to one is not counted. */
		uint64_t changes = c->adds + c->removes + c->fires;

		if (changes != w->changes || ev->type == TRACE_SEED)
			tell_lps(w, 2 * w->event + 1);
		w->changes = changes;
	}
}

void doings_end(struct doings_writer *w)
{
	take_interrupts(w, NULL);
}

struct doings_writer *doings_writer_new(struct engine *e, FILE *to)
{
	struct doings_writer *w = vt_alloc(sizeof(*w));

	w->engine = e;
	w->to = to;
	w->lp = vt_array(e->meta->lps, sizeof(*w->lp));
	return w;
}

void doings_writer_free(struct doings_writer *w)
{
	if (!w)
		return;
	free(w->lp);
	free(w);
}

/* ---- reading ---- */

struct doings_reader {
	FILE *from;
	int fd;
	off_t at;
	const struct trace_meta *meta;
	uint64_t place, time, lines;
	char *line;
	size_t room;
};

/* Apart from the offset of the file, which is another reader's. */
static ssize_t read_on(void *cookie, char *to, size_t size)
{
	struct doings_reader *r = cookie;
	ssize_t n;

	do
		n = pread(r->fd, to, size, r->at);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		r->at += n;
	return n;
}

struct doings_reader *doings_reader_new(int fd, const struct trace_meta *meta)
{
	struct doings_reader *r = vt_alloc(sizeof(*r));

	r->fd = fd;
	r->meta = meta;
	r->from = fopencookie(r, "r", (cookie_io_functions_t){ .read = read_on });
	if (!r->from)
		vt_no_memory();
	return r;
}

void doings_reader_free(struct doings_reader *r)
{
	if (!r)
		return;
	fclose(r->from);
	free(r->line);
	free(r);
}

/* The numbers of a line, as many as there are; 0 if something else stands there. */
static size_t numbers(const char *p, uint64_t *n, size_t most)
{
	size_t count = 0;

	while (*p == ' ' && count < most) {
		uint64_t v = 0;
		const char *digits = ++p;

		for (; *p >= '0' && *p <= '9'; p++) {
			if (__builtin_mul_overflow(v, 10u, &v) ||
			    __builtin_add_overflow(v, (unsigned)(*p - '0'), &v))
				return 0;
		}
		if (p == digits)
			return 0;
		n[count++] = v;
	}
	return *p == '\n' ? count : 0;
}

static bool parse(struct doings_reader *r, struct doing *d)
{
	uint64_t n[4], limit = TRACE_TICK_LIMIT;
	char letter = r->line[1];
	size_t count = letter ? numbers(r->line + 2, n, 4) : 0;

	if (count != (letter == letters[DOING_IRQ] ? 3 : 4) || n[0] > limit || n[1] > limit)
		return false;
	r->place += n[0];
	r->time += n[1];
	*d = (struct doing){ .event = r->place / 2, .after = r->place % 2, .time = r->time };
	if (r->place > limit || r->time > limit)
		return false;
	if (letter == letters[DOING_WAITS]) {
		d->kind = DOING_WAITS;
		d->vp = (uint32_t)n[2];
		d->pended = n[3];
		return n[2] < r->meta->vps && n[3] <= r->time;
	}
	d->kind = letter == letters[DOING_IRQ] ? DOING_IRQ : DOING_LIST;
	d->lp = (uint32_t)n[2];
	d->len = count == 4 ? (uint32_t)n[3] : 0;
	return n[2] < r->meta->lps &&
	       (count == 3 || (letter == letters[DOING_LIST] && n[3] < UINT32_MAX));
}

int doings_next(struct doings_reader *r, struct doing *d, struct vt_error *err)
{
	do {
		r->lines++;
		if (getline(&r->line, &r->room, r->from) < 0) {
			if (!ferror(r->from))
				return 0;
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "what a policy did in a replay cannot be read");
		}
	} while (*r->line != '+');
	if (parse(r, d))
		return 1;
	return vt_error_set(err, NULL, VT_NO_OFFSET,
			    "line %" PRIu64 " of what a policy did in a replay says nothing of it",
			    r->lines);
}
