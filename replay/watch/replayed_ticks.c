/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/replayed_ticks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/watch/lp_past.h"
#include "traces/base/mem.h"

struct replayed_ticks {
	const struct trace_meta *meta;
	FILE *fates;
	struct lp_past *past;
	struct tick next; /* of the last line that was read */
	uint64_t lines;
	bool has_next;
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
	r->take = take;
	r->context = context;
	return r;
}

void replayed_ticks_free(struct replayed_ticks *r)
{
	if (!r)
		return;
	lp_past_free(r->past);
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
	       t->due > -most && t->due < most && t->at >= before &&
	       t->at <= (int64_t)r->meta->end && t->count &&
	       (t->expired == TICK_NEVER ? t->fate != TICK_DELIVERED
					 : t->expired >= 0 && t->expired <= t->at);
}

/* The next line, if there is one. */
static int read_tick(struct replayed_ticks *r, struct vt_error *err)
{
	int64_t before = r->next.at;

	r->has_next = false;
	do {
		if (getline(&r->line, &r->room, r->fates) < 0)
			return ferror(r->fates) ? vt_error_set(err, NULL, VT_NO_OFFSET,
							       "what became of the ticks of a "
							       "replay cannot be read")
						: 0;
	} while (!r->lines++ || *r->line == '+'); /* the heading, and doings.h's lines */
	if (!parse(r, &r->next) || !plausible(r, &r->next, before))
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "line %" PRIu64 " of what became of the ticks of a replay says "
				    "nothing of a tick",
				    r->lines);
	r->has_next = true;
	return 0;
}

/* The ticks of before @time. */
static int take_until(struct replayed_ticks *r, int64_t time, struct vt_error *err)
{
	if (!r->lines && read_tick(r, err))
		return -1;
	while (r->has_next && r->next.at < time) {
		if (r->next.fate == TICK_DELIVERED)
			lp_past_fill(r->past, &r->next);
		r->take(r->context, &r->next);
		if (read_tick(r, err))
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
