/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs vtick once, with one fault. */
#ifndef VTICK_CI_TESTS_FAULTS_RUN_H
#define VTICK_CI_TESTS_FAULTS_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "page.h"

enum fault_kind {
	FAULT_NONE,
	FAULT_MEMORY, /* the allocation of that number */
	FAULT_ERROR,  /* the system call of that number fails with @value */
	FAULT_SHORT,  /* the write of that number writes less */
	FAULT_SIGNAL, /* signal @value at the system call of that number */
	FAULT_SIZE,   /* no file grows over @value bytes */
	FAULT_STDOUT, /* enum fault_stdout */
};

enum fault_stdout { STDOUT_FULL, STDOUT_CLOSED, STDOUT_PIPE, STDOUTS };

struct fault {
	enum fault_kind kind;
	uint64_t number;
	uint64_t value;
};

/* Where: @folder is the working folder. The rest is what run_once() counts. */
struct runner {
	const char *folder, *vtick, *preload;
	struct fault_page *page; /* $VTICK_FAULTS */
	const char *page_path;
	uint64_t calls; /* system calls that can fail, of the last run that counted them */
	char call[32];	/* the name of the one that did */
};

struct outcome {
	int status; /* of waitpid() */
	bool hangs; /* it was killed after RUN_LIMIT_S */
	int left;   /* children that were there two seconds after it ended */
	char *out, *err;
	size_t out_size, err_size;
};

#define RUN_LIMIT_S 60

/* Standard input comes from @input. The caller frees the outcome's texts. */
void run_once(struct runner *r, char *const *argv, const char *input, const struct fault *fault,
	      struct outcome *o);

#endif
