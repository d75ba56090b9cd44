/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/lost.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "replay/plugin/args.h"
#include "traces/base/mem.h"

char *plugin_lost_name(const struct spec *s)
{
	const char *name = s->as ? s->as : s->name, *slash = strrchr(name, '/');
	char *called;

	/* Of a file its own name, with what is behind the dot: no installed one is called so. */
	called = vt_strndup(slash ? slash + 1 : name, PLUGIN_NAME_MAX);
	for (char *c = called; (c += strspn(c, PLUGIN_NAME_LETTERS)), *c;)
		*c = '_';
	if (*called)
		return called;
	free(called);
	return vt_strdup("_");
}

void plugin_lose(struct plugin *p, enum plugin_loss how, int signal, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	p->lost = how;
	p->signal = signal;
	p->about = (struct vtick_policy){ .magic = VTICK_POLICY_MAGIC,
					  .abi = VTICK_POLICY_ABI,
					  .size = sizeof(p->about),
					  .name = p->called };
	p->policy = &p->about;
}
