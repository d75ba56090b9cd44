/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A header without names: what is known to name nobody is kept, everything else goes, also what a
 * later vtick or somebody's own tool put there.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/cut/header.h"
#include "traces/meta_keys.h"

static json_t *harmless(const json_t *more)
{
	json_t *to = json_object();

	for (const struct meta_key *k = meta_keys; k->key; k++) {
		const json_t *from = k->in ? json_object_get(more, k->in) : more;
		json_t *value = json_object_get(from, k->key), *in;

		if (!value || !meta_key_nameless(k, value))
			continue;
		if (k->in && !json_object_get(to, k->in))
			json_put(to, k->in, json_object());
		in = k->in ? json_object_get(to, k->in) : to;
		json_put(in, k->key, json_incref(value));
	}
	json_put(to, "notes",
		 json_make("[s]", "a cut without names: what its recording was, could not see and "
				  "noted is left out; counts here may be of the whole trace"));
	return to;
}

static uint32_t place_of(const uint64_t *sorted, uint32_t n, uint64_t v)
{
	uint32_t low = 0;

	while (n - low > 1) {
		uint32_t middle = low + (n - low) / 2;

		if (sorted[middle] > v)
			n = middle;
		else
			low = middle;
	}
	return low;
}

/* VMs are numbered from 1, in the order of their domains. */
static void rename_vms(struct trace_meta *meta)
{
	uint64_t *domain = vt_array((size_t)meta->vps + 1, sizeof(*domain));
	uint32_t n = 0;

	for (uint32_t i = 0; i < meta->vps; i++)
		domain[i] = meta->vp[i].domain;
	sort_u64(domain, meta->vps);
	for (uint32_t i = 0; i < meta->vps; i++) {
		if (!i || domain[i] != domain[n - 1])
			domain[n++] = domain[i];
	}
	for (uint32_t i = 0; i < meta->vps; i++) {
		struct trace_vp *vp = &meta->vp[i];

		free(vp->name);
		vp->domain = place_of(domain, n, vp->domain) + 1;
		vp->name = vt_format("vm%" PRIu32 "v%" PRIu32, vp->domain, vp->vcpu);
	}
	free(domain);
}

void cut_forget_names(struct trace_meta *meta)
{
	json_t *more = harmless(meta->more);

	json_decref(meta->more);
	meta->more = more;
	rename_vms(meta);
}
