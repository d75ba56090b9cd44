/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/replayed_ticks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/watch/lp_past.h"
#include "traces/base/mem.h"

/*
 * With a cost profile a tick's line is written when the hypervisor's work for it begins, and says
 * when the work is done: lines of other LPs, which are earlier, come behind it. So many lines are
 * looked at ahead; work is over long before.
 */
#define AHEAD 4096

struct replayed_ticks {
	const struct trace_meta *meta;
	FILE *fates;
	struct lp_past *past;
	struct tick *ahead; /* a ring of AHEAD: of lines that were read, by time */
	size_t first, n;
	int64_t taken; /* the time of the last one that was taken */
	uint64_t lines;
	bool ended;
	tick_taker *take;
	void *context;
	char *line;
	size_t room;
};

struct replayed_ticks *replayed_ticks_new(const struct trace_meta *meta, FILE *fates,
					  tick_taker *take, void *context)
{
	struct replayed_ticks *r = vt_alloc(sizeof(*r));

	r->meta = meta;
	r->fates = fates;
	r->past = lp_past_new(meta);
	r->ahead = vt_alloc(AHEAD * sizeof(*r->ahead));
	r->take = take;
	r->context = context;
	return r;
}

void replayed_ticks_free(struct replayed_ticks *r)
{
	if (!r)
		return;
	lp_past_free(r->past);
	free(r->ahead);
	free(r->line);
	free(r);
}

static bool fate_named(const char *name, enum tick_fate *fate)
{
	static const struct {
		const char *name;
		enum tick_fate fate;
	} names[] = { { "delivered", TICK_DELIVERED },
		      { "coalesced", TICK_COALESCED },
		      { "missed", TICK_MISSED },
		      { "pending", TICK_PENDING } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(name, names[i].name)) {
			*fate = names[i].fate;
			return true;
		}
	}
	return false;
}

/* A number, which @end follows; *@p is behind that. Where there is none it may be "-": *@v stays.
 */
static bool take_number(const char **p, int64_t *v, bool optional, char end)
{
	const char *c = *p;
	bool negative = *c == '-';
	uint64_t n = 0;

	c += negative;
	if (optional && negative && *c == end) {
		*p = c + 1;
		return true;
	}
	if (*c < '0' || *c > '9')
		return false;
	for (; *c >= '0' && *c <= '9'; c++) {
		if (n > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		n = n * 10 + (uint64_t)(*c - '0');
	}
	if (*c != end)
		return false;
	*v = negative ? -(int64_t)n : (int64_t)n;
	*p = c + 1;
	return true;
}

/* sscanf() would take longer than all the rest. */
static bool parse(const struct replayed_ticks *r, struct tick *t)
{
	int64_t vp, lp = TICK_NO_LP, count;
	const char *p = r->line;
	size_t n = strcspn(p, "\t");
	char fate[16];

	*t = (struct tick){ .expired = TICK_NEVER };
	if (n >= sizeof(fate) || p[n] != '\t')
		return false;
	memcpy(fate, p, n);
	fate[n] = '\0';
	p += n + 1;
	if (!fate_named(fate, &t->fate) || !take_number(&p, &vp, false, '\t') ||
	    !take_number(&p, &lp, true, '\t') || !take_number(&p, &t->due, false, '\t') ||
	    !take_number(&p, &t->expired, true, '\t') || !take_number(&p, &t->at, false, '\t') ||
	    !take_number(&p, &count, false, '\n') || *p || vp < 0 || vp >= r->meta->vps || lp < 0 ||
	    lp > TICK_NO_LP || count < 0)
		return false;
	t->vp = (uint32_t)vp;
	t->lp = (uint32_t)lp;
	t->count = (uint64_t)count;
	t->starts = t->expired;
	return true;
}

/* False: no replay of the trace has such a tick, here. */
static bool plausible(const struct replayed_ticks *r, const struct tick *t, int64_t before)
{
	const int64_t most = (int64_t)(4 * TRACE_TICK_LIMIT);

	return t->vp < r->meta->vps && (t->lp == TICK_NO_LP || t->lp < r->meta->lps) &&
	       t->due > -most && t->due < most && t->at >= before && t->at < most && t->count &&
	       (t->expired == TICK_NEVER ? t->fate != TICK_DELIVERED
					 : t->expired >= 0 && t->expired <= t->at);
}

static struct tick *ahead(const struct replayed_ticks *r, size_t i)
{
	return &r->ahead[(r->first + i) % AHEAD];
}

/* Puts it behind all that are not later. There is room. */
static void put_in_order(struct replayed_ticks *r, const struct tick *t)
{
	size_t i = r->n++;

	for (; i && ahead(r, i - 1)->at > t->at; i--)
		*ahead(r, i) = *ahead(r, i - 1);
	*ahead(r, i) = *t;
}

/*
 * With a cost profile work that begins before the end of the trace can be done behind it: then the
 * guest has not had its tick when the trace ends.
 */
static void cut_at_end(struct tick *t, int64_t end)
{
	if (t->at <= end)
		return;
	if (t->fate == TICK_DELIVERED)
		t->fate = TICK_PENDING;
	if (t->expired > end)
		t->expired = TICK_NEVER;
	t->at = end;
}

/* The next line, if there is one. */
static int read_tick(struct replayed_ticks *r, struct vt_error *err)
{
	struct tick t;

	do {
		if (getline(&r->line, &r->room, r->fates) < 0) {
			r->ended = true;
			return ferror(r->fates) ? vt_error_set(err, NULL, VT_NO_OFFSET,
							       "what became of the ticks of a "
							       "replay cannot be read")
						: 0;
		}
	} while (!r->lines++ || *r->line == '+'); /* the heading, and doings.h's lines */
	if (!parse(r, &t) || !plausible(r, &t, r->taken))
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "line %" PRIu64 " of what became of the ticks of a replay says "
				    "nothing of a tick",
				    r->lines);
	cut_at_end(&t, (int64_t)r->meta->end);
	put_in_order(r, &t);
	return 0;
}

static int look_ahead(struct replayed_ticks *r, struct vt_error *err)
{
	while (!r->ended && r->n < AHEAD) {
		if (read_tick(r, err))
			return -1;
	}
	return 0;
}

/* The ticks of before @time. */
static int take_until(struct replayed_ticks *r, int64_t time, struct vt_error *err)
{
	if (look_ahead(r, err))
		return -1;
	while (r->n && ahead(r, 0)->at < time) {
		struct tick *t = ahead(r, 0);

		if (t->fate == TICK_DELIVERED)
			lp_past_fill(r->past, t);
		r->taken = t->at;
		r->take(r->context, t);
		r->first = (r->first + 1) % AHEAD;
		r->n--;
		if (look_ahead(r, err))
			return -1;
	}
	return 0;
}

int replayed_ticks_event(struct replayed_ticks *r, const struct trace_event *ev,
			 struct vt_error *err)
{
	if (take_until(r, (int64_t)ev->time, err))
		return -1;
	lp_past_event(r->past, ev);
	return 0;
}

int replayed_ticks_end(struct replayed_ticks *r, struct vt_error *err)
{
	return take_until(r, INT64_MAX, err);
}
