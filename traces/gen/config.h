/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick gen` is asked for: options, presets, and what follows from them in ticks. */
#ifndef VTICK_TRACES_GEN_CONFIG_H
#define VTICK_TRACES_GEN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "traces/trace.h"

enum gen_phase { GEN_RANDOM, GEN_ALIGNED, GEN_SPREAD };
enum gen_mode { GEN_ONESHOT, GEN_PERIODIC };
enum gen_hypervisor { GEN_IDEAL, GEN_VIRTUAL };

/* "Not said": the value follows from the other options. */
#define GEN_UNSET UINT32_MAX

/* JSON integers stay exact below 2^53. */
#define GEN_SEED_MAX ((UINT64_C(1) << 53) - 1)

struct gen_config {
	uint32_t domains;
	uint32_t vcpus;
	uint32_t lps;
	uint64_t tick_hz;
	uint32_t phase; /* enum gen_phase */
	uint64_t duration_ns;
	uint64_t slice_ns;
	uint32_t migrate;    /* percent */
	uint32_t hypervisor; /* enum gen_hypervisor */
	uint64_t slop_ns;
	uint64_t irq_cost_ns;
	uint32_t blocked; /* percent */
	uint32_t mode;	  /* enum gen_mode */
	uint32_t device;  /* enum trace_dev */
	bool tickless;
	uint32_t moves;	  /* percent */
	uint32_t cancel;  /* percent */
	uint32_t set_itc; /* domains */
	uint64_t set_itc_every_ns;
	uint64_t answer_ns;
	uint64_t switch_ns;
	uint64_t wake_ns;
	uint64_t clock_hz;
	uint64_t seed;
	const char *output;

	/* The same in ticks of clock_hz; gen_config_finish() fills these in. */
	uint64_t end;
	uint64_t period;
	uint64_t slice;
	uint64_t answer;
	uint64_t slice_ends; /* the slice and the switch */
	uint64_t wake;
	uint64_t set_itc_every;
	uint64_t slop;
	uint64_t irq_cost;
	uint64_t switching; /* from the end of a slice to the switch */
};

/* The command `vtick gen`. Returns an exit code. */
int gen_run(int argc, char **argv);

/* What holds where nothing is said. The options are not yet held against each other:
 * gen_config_finish() does. */
void gen_config_init(struct gen_config *c);

/* Takes all options of @words, as from a command line; for presets. 0 or -1. */
int gen_config_words(struct gen_config *c, const char *words, struct vt_error *err);

/* Fills in what was not said, converts to ticks, refuses what cannot be. 0 or -1. */
int gen_config_finish(struct gen_config *c, struct vt_error *err);

/* The command that makes the same trace: every option, in one order, no file names. malloc'ed. */
char *gen_config_command(const struct gen_config *c);

struct gen_preset {
	const char *name;
	const char *words; /* the options that it stands for */
	const char *about;
};

extern const struct gen_preset gen_presets[];
extern const unsigned gen_presets_count;

#endif
