/* SPDX-License-Identifier: GPL-2.0-only */
/* A cost profile, as `replay --costs` reads it: what it takes is within what it says. */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "replay/engine/cost_profile.h"

static struct fuzz_file file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&file);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct costs costs;
	struct vt_error err;

	fuzz_file_set(&file, data, size);
	if (costs_read(&costs, file.path, &err))
		return 0;
	for (unsigned i = 0; i < COST_KINDS; i++)
		FUZZ_HOLDS(costs.ns[i] <= 1000000000, "figure %u is more than a second", i);
	FUZZ_HOLDS(costs.latencies <= COST_LATENCIES_MAX, "%u latencies", costs.latencies);
	for (unsigned i = 0; i < costs.latencies; i++)
		FUZZ_HOLDS(costs.latency_ns[i] <= 1000000000, "latency %u is over a second", i);
	json_decref(costs_json(&costs));
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
