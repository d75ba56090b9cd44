/* SPDX-License-Identifier: GPL-2.0-only */
/* Decodes a trace.dat file in a child process, and holds what came out of it. */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_RUN_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"
#include "traces/import/capture.h"
#include "traces/import/kvm/record.h"
#include "traces/import/kvm/tracecmd_layout.h"

struct tracecmd_file {
	struct kvm_record *record; /* a private file, mapped: may be written */
	size_t n;
	json_t *report; /* what the decoder says about the file; {} if there is nothing in it */
	uint32_t cpus;
	uint64_t t0, t1; /* smallest and largest time stamp of all events of the file */
};

/* 0, or -1 with @err filled. tracecmd_file_free() either way. */
int tracecmd_run(struct tracecmd_file *f, const struct capture *c, const struct tracecmd_layout *l,
		 const char *path, struct vt_error *err);
void tracecmd_file_free(struct tracecmd_file *f);

#endif
