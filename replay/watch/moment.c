/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/moment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/watch/moment_runs.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/timeline.h"

/* Beside the tick itself there is at least so much to see on either side. */
#define ROOM_NS 200000
/* Ticks of one side: a part of the bars, for each has more to say; of others half as many. */
#define TICKS_OF(bars) ((bars) / 8)
#define ROWS_MOST 60u

void moment_begin(struct moment *m, const struct trace_meta *meta, const struct tick *about,
		  size_t bars_most)
{
	int64_t room = (int64_t)trace_ns_to_ticks(ROOM_NS, meta->clock_hz);
	int64_t end = (int64_t)meta->end;

	*m = (struct moment){ .meta = meta,
			      .vp = about->vp,
			      .lp = about->lp,
			      .due = about->due,
			      .bars_most = bars_most };
	if (about->at > about->due && (about->at - about->due) / 2 > room)
		room = (about->at - about->due) / 2;
	m->from = about->due > room ? about->due - room : 0;
	m->to = (about->at > about->due ? about->at : about->due) + room;
	if (m->to > end)
		m->to = end;
}

void moment_side(struct moment *m, const char *label)
{
	m->side = vt_realloc(m->side, (m->sides + 1) * sizeof(*m->side));
	m->side[m->sides++] = (struct moment_side){ .label = vt_strdup(label) };
}

static bool is_about(const struct moment *m, const struct tick *t)
{
	return t->vp == m->vp && t->due == m->due && t->fate != TICK_COALESCED;
}

void moment_take(void *moment, const struct tick *t)
{
	struct moment *m = moment;
	struct moment_side *s = &m->side[m->sides - 1];

	if (t->due > m->to || t->at < m->from || t->fate == TICK_UNRECORDED)
		return;
	if (s->n >= TICKS_OF(m->bars_most) / (t->vp == m->vp ? 1 : 2) && !is_about(m, t)) {
		s->left_out++;
		return;
	}
	if (!(s->n & (s->n - 1)))
		s->tick = vt_realloc(s->tick, (s->n ? s->n * 2 : 1) * sizeof(*s->tick));
	s->tick[s->n] = *t;
	s->tick[s->n].ran = NULL;
	s->tick[s->n++].rans = 0;
}

void moment_free(struct moment *m)
{
	for (size_t i = 0; i < m->sides; i++) {
		free(m->side[i].label);
		free(m->side[i].tick);
	}
	free(m->side);
	*m = (struct moment){ 0 };
}

/* ---- as a picture ---- */

static int64_t since(const struct moment *m, int64_t ticks)
{
	return tick_ns(ticks - m->due, m->meta->clock_hz);
}

static const char *vp_name(const struct moment *m, uint32_t vp)
{
	return vp < m->meta->vps ? m->meta->vp[vp].name : "?";
}

/* When the policy, or the hypervisor's timer, noticed; where that is not known, its end. */
static int64_t noticed(const struct tick *t)
{
	int64_t at = t->expired == TICK_NEVER ? t->at : t->expired;

	return at < t->due ? t->due : at;
}

static char *tick_text(const struct moment *m, const struct tick *t)
{
	char due[24], seen[24], late[24];
	uint64_t hz = m->meta->clock_hz;

	human_time(due, sizeof(due), since(m, t->due));
	human_time(seen, sizeof(seen), tick_ns(noticed(t) - t->due, hz));
	human_time(late, sizeof(late), tick_ns(t->at - t->due, hz));
	return vt_format("%s: due %s, noticed after %s, %s after %s", vp_name(m, t->vp), due, seen,
			 tick_fate_name(t->fate), late);
}

static void add_ticks(struct timeline *t, const struct moment *m, const struct moment_side *s,
		      bool own)
{
	char *name = own ? vt_strdup(vp_name(m, m->vp)) : vt_strdup("other VPs");
	struct timeline_lane *l = timeline_lane(t, name);

	free(name);
	for (size_t i = 0; i < s->n; i++) {
		const struct tick *k = &s->tick[i];
		char *text;

		if ((k->vp == m->vp) != own)
			continue;
		text = tick_text(m, k);
		timeline_tick(l, since(m, k->due), since(m, noticed(k)), since(m, k->at),
			      is_about(m, k), text);
		free(text);
	}
}

static void put_picture(const struct moment *m, const struct moment_runs *runs, const char *title,
			struct html *h)
{
	struct timeline t = { .title = vt_strdup(title),
			      .origin = trace_ticks_to_ns((uint64_t)m->due, m->meta->clock_hz),
			      .from = since(m, m->from),
			      .to = since(m, m->to) };

	timeline_heading(&t, "Who ran, as recorded");
	moment_runs_add(runs, &t);
	for (size_t i = 0; i < m->sides; i++) {
		const struct moment_side *s = &m->side[i];
		bool others = false;

		for (size_t k = 0; k < s->n; k++)
			others |= s->tick[k].vp != m->vp;
		timeline_heading(&t, s->label);
		add_ticks(&t, m, s, true);
		if (others)
			add_ticks(&t, m, s, false);
	}
	html_timeline(h, &t);
	timeline_free(&t);
}

/* ---- as a table ---- */

static const struct html_column columns[] = {
	{ .title = "side", .left = true },
	{ .title = "VP", .left = true },
	{ .title = "due" },
	{ .title = "noticed" },
	{ .title = "over" },
	{ .title = "how", .left = true },
};

static void put_time(struct html *h, int64_t ns)
{
	char text[24];

	human_time(text, sizeof(text), ns);
	html_cell(h, text);
}

static void put_row(const struct moment *m, const struct moment_side *s, const struct tick *t,
		    struct html *h)
{
	html_row(h);
	html_cell(h, s->label);
	html_cell(h, vp_name(m, t->vp));
	put_time(h, since(m, t->due));
	put_time(h, since(m, noticed(t)));
	put_time(h, since(m, t->at));
	html_cell(h, tick_fate_name(t->fate));
}

/* Those of the VP that it is about. */
static void put_table(const struct moment *m, struct html *h)
{
	size_t n = 0;

	html_fold(h, false, "The ticks of %s as a table: times after the deadline at %.9f s",
		  vp_name(m, m->vp),
		  (double)trace_ticks_to_ns((uint64_t)m->due, m->meta->clock_hz) / 1e9);
	html_table(h, NULL, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < m->sides; i++) {
		const struct moment_side *s = &m->side[i];

		for (size_t k = 0; k < s->n; k++) {
			if (s->tick[k].vp == m->vp && n++ < ROWS_MOST)
				put_row(m, s, &s->tick[k], h);
		}
	}
	html_table_end(h);
	if (n > ROWS_MOST)
		html_paragraph(h, NULL, "And %zu more.", n - ROWS_MOST);
	html_unfold(h);
}

int moment_put(const struct moment *m, struct trace_reader *r, const char *title, struct html *h,
	       struct vt_error *err)
{
	struct moment_runs runs;
	size_t left_out = 0;
	int failed = moment_runs_read(&runs, m, r, err);

	if (!failed) {
		put_picture(m, &runs, title, h);
		for (size_t i = 0; i < m->sides; i++)
			left_out += m->side[i].left_out;
		if (runs.together)
			html_paragraph(h, "faint", "%zu short run%s drawn together.", runs.together,
				       runs.together == 1 ? " is" : "s are");
		if (runs.lps < m->meta->lps)
			html_paragraph(h, "faint", "%u of %u LPs are shown.", runs.lps,
				       m->meta->lps);
		if (left_out)
			html_paragraph(h, "faint", "%zu tick%s left out.", left_out,
				       left_out == 1 ? " is" : "s are");
		put_table(m, h);
	}
	moment_runs_free(&runs);
	return failed;
}
