/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/fates.h"

#include <inttypes.h>

void fates_begin(FILE *to)
{
	fputs("fate\tvp\tlp\tdue\tpended\tat\tcount\n", to);
}

void fates_write(const struct engine *e, const struct vp_state *v, enum fate fate, int64_t due,
		 int64_t pended, uint64_t count)
{
	static const char *const names[] = { "delivered", "coalesced", "missed", "pending" };

	fprintf(e->fates, "%s\t%td\t", names[fate], v - e->vp);
	if (v->lp == VTICK_NO_LP)
		fputc('-', e->fates);
	else
		fprintf(e->fates, "%" PRIu32, v->lp);
	fprintf(e->fates, "\t%" PRId64 "\t", due);
	if (pended == UNKNOWN_TIME)
		fputc('-', e->fates);
	else
		fprintf(e->fates, "%" PRId64, pended);
	fprintf(e->fates, "\t%" PRIu64 "\t%" PRIu64 "\n", e->host.now, count);
}
