/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters behind a policy's name, "key=value,...", and what a result says of them. The first
 * byte picks an installed policy; a path is never given.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include <dlfcn.h>

#include "replay/plugin/plugin.h"
#include "traces/base/mem.h"

#define POLICIES_MAX 64

static char *policies[POLICIES_MAX];
static size_t count;

static void note(const char *path, void *arg)
{
	const char *name = strrchr(path, '/') + 1;

	(void)arg;
	/* It stays: libFuzzer keeps an eye on the counters in it. */
	if (!dlopen(path, RTLD_NOW | RTLD_NODELETE))
		abort();
	if (count < POLICIES_MAX)
		policies[count++] = vt_strndup(name, strcspn(name, "."));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	plugin_each(note, NULL);
	FUZZ_HOLDS(count, "there is no policy, expected them in $VTICK_POLICY_PATH");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct trace_meta meta = { .clock_hz = 1000000000, .lps = 1, .vps = 1 };
	struct plugin p = { 0 };
	struct vt_error err;
	char *list, *spec;

	if (!size)
		return 0;
	list = vt_strndup((const char *)data + 1, size - 1);
	spec = vt_format("%s:%s", policies[*data % count], list);
	if (!plugin_load(&p, spec, true, &err)) {
		struct trace_meta copy = meta;
		struct engine_options options;

		copy.more = json_object();
		options = plugin_options(&p, &copy);
		json_decref(plugin_params(&p, &options));
		json_decref(copy.more);
	}
	plugin_free(&p);
	free(spec);
	free(list);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
