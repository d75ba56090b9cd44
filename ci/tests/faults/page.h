/* SPDX-License-Identifier: GPL-2.0-only */
/* What the library in the tested process (preload.c) and the program that ran it share: a file that
 * $VTICK_FAULTS names. */
#ifndef VTICK_CI_TESTS_FAULTS_PAGE_H
#define VTICK_CI_TESTS_FAULTS_PAGE_H

#include <stdint.h>

struct fault_page {
	_Atomic uint64_t started;     /* vtick runs: what the loader does before is not counted */
	_Atomic uint64_t allocations; /* so far, of vtick and its children */
	uint64_t fails;		      /* the one that does; 0: none */
};

#endif
