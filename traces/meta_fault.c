/* SPDX-License-Identifier: GPL-2.0-only */
/* What a header may not say, beyond what it must say to be one. */
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/meta.h"

static const char *host_model_fault(const json_t *host)
{
	static const char *const keys[] = { "tick_hz", "slice_ns", "slop_ns" };

	if (host && !json_is_object(host))
		return "\"host_model\" is no object";
	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *v = json_object_get(host, keys[i]);

		if (v && !json_is_null(v) && (!json_is_integer(v) || json_integer_value(v) < 0))
			return "\"host_model\" holds a rate or time that is no integer from 0 on";
	}
	return NULL;
}

static bool known_class(const char *name)
{
	static const char *const classes[] = { "bare-metal", "nested", "emulated", "synthetic" };

	for (unsigned i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (!strcmp(classes[i], name))
			return true;
	return false;
}

static bool vps_differ(const struct trace_meta *meta)
{
	uint64_t *list = vt_alloc(meta->vps * sizeof(*list));
	bool differ = true;

	for (uint32_t i = 0; i < meta->vps; i++)
		list[i] = (uint64_t)meta->vp[i].domain << 32 | meta->vp[i].vcpu;
	sort_u64(list, meta->vps);
	for (uint32_t i = 1; i < meta->vps; i++)
		differ &= list[i] != list[i - 1];
	free(list);
	return differ;
}

const char *trace_meta_fault(const struct trace_meta *meta)
{
	const json_t *class = json_object_get(meta->more, "class");
	const json_t *source = json_object_get(meta->more, "source");
	const json_t *unseen = json_object_get(meta->more, "unseen_ticks");

	if (class && (!json_is_string(class) || !known_class(json_string_value(class))))
		return "\"class\" is not bare-metal, nested, emulated or synthetic";
	if (source && !json_is_object(source))
		return "\"source\" is no object";
	if (unseen && (!json_is_integer(unseen) || json_integer_value(unseen) < 0))
		return "\"unseen_ticks\" is no count";
	if (!vps_differ(meta))
		return "two VPs have the same domain and vcpu";
	return host_model_fault(json_object_get(meta->more, "host_model"));
}
