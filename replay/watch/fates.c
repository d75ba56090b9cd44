/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/fates.h"

#include <inttypes.h>

void fates_to(struct engine *e, fate_taker *take, void *context)
{
	e->on_fate = take;
	engine_not_plain(e);
	e->on_fate_for = context;
}

static void write_line(struct engine *e, const struct vp_state *v, enum fate fate, int64_t due,
		       int64_t pended, uint64_t count)
{
	static const char *const names[] = { "delivered", "coalesced", "missed", "pending" };
	FILE *to = e->on_fate_for;

	fprintf(to, "%s\t%td\t", names[fate], v - e->vp);
	if (v->lp == VTICK_NO_LP)
		fputc('-', to);
	else
		fprintf(to, "%" PRIu32, v->lp);
	fprintf(to, "\t%" PRId64 "\t", due);
	if (pended == UNKNOWN_TIME)
		fputc('-', to);
	else
		fprintf(to, "%" PRId64, pended);
	fprintf(to, "\t%" PRIu64 "\t%" PRIu64 "\n", e->host.now, count);
}

void fates_write_to(struct engine *e, FILE *to)
{
	fputs("fate\tvp\tlp\tdue\tpended\tat\tcount\n", to);
	fates_to(e, write_line, to);
}
