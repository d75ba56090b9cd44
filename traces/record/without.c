/* SPDX-License-Identifier: GPL-2.0-only */
/* Instead of probes.c and kernel_facts.c where vtick is built with RECORD=0. */
#include <stdlib.h>
#include <string.h>

#include "traces/record/kernel_facts.h"
#include "traces/record/probes.h"

struct probes *probes_open(const struct probes_options *o, struct vt_error *err)
{
	(void)o;
	vt_error_set(err, NULL, VT_NO_OFFSET,
		     "record: this vtick was built without the recorder (RECORD=0), expected one "
		     "built with clang, bpftool and libbpf");
	return NULL;
}

/* None of what follows is called: there are no probes. */

void probes_close(struct probes *p)
{
	(void)p;
}

int probes_start(struct probes *p, struct vt_error *err)
{
	(void)p;
	(void)err;
	abort();
}

void probes_stop(struct probes *p)
{
	(void)p;
}

uint32_t probes_cpus(const struct probes *p)
{
	(void)p;
	return 0;
}

int probes_drain(struct probes *p, const struct probes_sink *sink)
{
	(void)p;
	(void)sink;
	return 0;
}

uint64_t probes_losses(struct probes *p, const struct probes_sink *sink)
{
	(void)p;
	(void)sink;
	return 0;
}

void probes_counts(const struct probes *p, struct probes_count *c)
{
	(void)p;
	memset(c, 0, sizeof(*c));
}

uint64_t probes_recorded(const struct probes *p)
{
	(void)p;
	return 0;
}

json_t *probes_json(const struct probes *p)
{
	(void)p;
	return NULL;
}

void probes_print_stats(const struct probes *p)
{
	(void)p;
}

uint32_t kernel_tick_hz(void)
{
	return 0;
}
