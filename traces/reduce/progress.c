/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/progress.h"
#include "traces/base/human.h"

#include <stdio.h>

static void show(void *arg, const char *pass, const struct whole *now,
		 const struct reduce_stats *stats)
{
	struct reduce_progress *p = arg;

	snprintf(p->what, sizeof(p->what), "reduce: %zu event%s, %s", now->n, human_s(now->n),
		 pass);
	cli_progress(&p->bar, stats->runs);
}

struct reduce_watch reduce_progress_begin(struct reduce_progress *p)
{
	snprintf(p->what, sizeof(p->what), "reduce");
	cli_progress_start(&p->bar, p->what, "runs", 0);
	return (struct reduce_watch){ .arg = p, .step = show };
}

void reduce_progress_end(struct reduce_progress *p)
{
	cli_progress_end(&p->bar);
}
