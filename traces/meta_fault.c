/* SPDX-License-Identifier: GPL-2.0-only */
/* What a header may not say, beyond what it must say to be one. */
#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/meta.h"
#include "traces/meta_keys.h"

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

char *trace_meta_fault(const struct trace_meta *meta)
{
	const char *unknown;
	char *fault;

	for (const struct meta_key *k = meta_keys; k->key; k++) {
		const json_t *in = k->in ? json_object_get(meta->more, k->in) : meta->more;
		const json_t *value = json_object_get(in, k->key);

		if (value && !meta_key_fits(k, value))
			return meta_key_fault(k);
	}
	fault = meta_names_fault(meta->more, NULL, &unknown);
	if (fault)
		return fault;
	if (!vps_differ(meta))
		return vt_strdup("two VPs have the same domain and vcpu");
	return NULL;
}
