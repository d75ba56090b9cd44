/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a run with a fault did what it must. */
#ifndef VTICK_CI_TESTS_FAULTS_JUDGE_H
#define VTICK_CI_TESTS_FAULTS_JUDGE_H

#include "files.h"
#include "run.h"

/* A command without a fault, run twice. */
struct normal {
	struct shot before, after[2];
	struct bytes out[2], err;
	int code;
	bool varies; /* no two runs make the same file */
	bool parts;  /* a part may be missing, with exit code 2 */
};

/* NULL: as it must be; else what is wrong. @folder is where the command writes. */
const char *judge(const struct normal *n, const struct fault *fault, const struct outcome *o,
		  const char *folder);

#endif
