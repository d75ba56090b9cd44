/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/complete_vms.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/complete.h"
#include "traces/base/mem.h"
#include "traces/header.h"
#include "traces/meta.h"

/* A larger header takes longer than a shell may: some 2000 VPs. */
#define HEADER_MAX ((size_t)96 << 10)
/* No shell shows more. */
#define NAMES_MAX 2000u

/* What nobody has to quote or can mistake: no pattern, no list, no option. */
static bool plain(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@";

	return *name && *name != '-' && !name[strspn(name, letters)];
}

static void say_vm(struct completion *c, const struct trace_meta *meta, uint32_t vp, char **last)
{
	char *name = trace_vm_name(&meta->vp[vp]), *help;

	/* Those of a VM stand together nearly always, and shells drop what comes twice. */
	if (plain(name) && (!*last || strcmp(*last, name) != 0)) {
		help = vt_format("domain %" PRIu32, meta->vp[vp].domain);
		complete_word(c, name, "", help);
		free(help);
	}
	free(*last);
	*last = name;
}

static void say_vp(struct completion *c, const struct trace_meta *meta, uint32_t vp)
{
	const char *name = meta->vp[vp].name;
	char *help = vt_format("VP %" PRIu32, vp);

	if (plain(name))
		complete_word(c, name, "", help);
	free(help);
}

static void say_names(struct completion *c, bool vms)
{
	struct trace_meta meta;
	char *last = NULL;

	trace_meta_init(&meta);
	if (c->file && trace_header_read(c->file, HEADER_MAX, &meta)) {
		for (uint32_t vp = 0; vp < meta.vps && c->said < NAMES_MAX; vp++) {
			if (vms)
				say_vm(c, &meta, vp, &last);
			else
				say_vp(c, &meta, vp);
		}
	}
	free(last);
	trace_meta_free(&meta);
}

void complete_vms(struct completion *c)
{
	complete_behind(c, ",");
	say_names(c, true);
}

void complete_vps(struct completion *c)
{
	say_names(c, false);
}
