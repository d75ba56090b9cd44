/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A header without names: what is known to name nobody is kept, everything else goes, also what a
 * later vtick or somebody's own tool put there.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/cut/header.h"

/* Words that a header says of many recordings. */
static const char *const words[] = {
	"bare-metal", "nested", "emulated", "synthetic",   "KVM",
	"Xen",	      "credit", "credit2",  "rtds",	   "null",
	"arinc653",   "cfs",	"eevdf",    "round-robin", "recorded",
};

/* What is kept if it is a number, true or false, or one of the words. */
static const char *const of_header[] = { "class", "truncated", "unseen_ticks", "unknown_writes",
					 "deadlines_from_exits" };
static const char *const of_host[] = { "scheduler", "tick_hz", "tick_phase_ns",
				       "slice_ns",  "slices",  "slop_ns" };
static const char *const of_source[] = { "hypervisor" };

static bool is_harmless(const json_t *v)
{
	const char *text = json_string_value(v);

	for (size_t i = 0; text && i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(text, words[i]))
			return true;
	}
	return json_is_integer(v) || json_is_boolean(v);
}

static void keep(json_t *to, const json_t *from, const char *const *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_object_get(from, key[i]);

		if (is_harmless(v))
			json_put(to, key[i], json_incref(v));
	}
}

static json_t *some_of(const json_t *more, const char *name, const char *const *key, size_t n)
{
	json_t *object = json_object();

	keep(object, json_object_get(more, name), key, n);
	return object;
}

#define LIST(list) (list), sizeof(list) / sizeof(*(list))

static json_t *harmless(const json_t *more)
{
	json_t *to = json_object();

	keep(to, more, LIST(of_header));
	json_put(to, "host_model", some_of(more, "host_model", LIST(of_host)));
	json_put(to, "source", some_of(more, "source", LIST(of_source)));
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
