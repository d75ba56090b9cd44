/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments of `vtick gen`, parted by blanks. What is small is generated, and check likes it.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "traces/commands.h"
#include "traces/gen/config.h"

#define WORDS_MAX 24

static struct fuzz_file trace;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	fuzz_file_make(&trace);
	return 0;
}

/* Writes, switches and wakes, about. */
static bool is_small(const struct gen_config *c)
{
	double seconds = (double)c->duration_ns / 1e9;
	double vps = (double)c->domains * c->vcpus;
	double often =
	    (double)c->tick_hz + 1e9 / (double)(c->slice_ns ? c->slice_ns : 1) +
	    (double)c->set_itc * 1e9 / (double)(c->set_itc_every_ns ? c->set_itc_every_ns : 1);

	return vps <= 64 && c->lps <= 64 && seconds * often * (vps + c->lps) < 20000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[WORDS_MAX + 4] = { (char *)(uintptr_t) "gen", (char *)(uintptr_t) "-o",
				      trace.out },
			       *text = strndup((const char *)data, size), *save = NULL;
	struct gen_config c;
	struct vt_error err;
	int argc = 3, code;

	for (char *word = strtok_r(text, " ", &save); word && argc < WORDS_MAX + 3;
	     word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "-o", 2) || !strncmp(word, "--o", 3)) /* no other files */
			continue;
		argv[argc++] = word;
	}
	gen_config_init(&c);
	fuzz_file_set(&trace, NULL, 0);
	fuzz_file_set(&fuzz_stdout, NULL, 0);
	if (opt_parse(&command_gen, &c, argc, argv, &code) && !gen_config_finish(&c, &err) &&
	    is_small(&c)) {
		code = command_gen.run(argc, argv);
		FUZZ_HOLDS(!code, "gen ends with %d on arguments that it took", code);
		FUZZ_HOLDS(!fuzz_run(&command_check, "-q", trace.path, NULL),
			   "check does not like what gen wrote");
	}
	free(text);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return fuzz_mutate_text(data, size, max, seed);
}
