/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a trace.dat file is whole. libtracecmd refuses a file that was cut off; this finds where
 * the cut is, and what to change in a copy so that the library reads it up to its last whole event.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_LAYOUT_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"
#include "traces/import/capture.h"

struct tracecmd_patch {
	uint64_t offset;
	uint32_t n;
	uint8_t byte[8];
};

struct tracecmd_layout {
	unsigned version; /* of the format; 0: the file ends before it */
	bool cut;
	bool no_data; /* cut before any event can be found */
	/* If it is cut and not without data: */
	struct tracecmd_patch *patch;
	size_t patches;
	uint64_t size; /* that the patched copy has */
	/* By CPU: its events end at the cut. */
	bool *cpu_cut;
	uint32_t cpus;
};

/* 0, or -1 if what begins with the @n bytes at @front is no trace.dat file. */
int tracecmd_layout_front(const void *front, size_t n, const char *path, struct vt_error *err);

/* @size is that of the uncompressed capture. Returns -1 if this is no trace.dat file. */
int tracecmd_layout(struct tracecmd_layout *l, const struct capture *c, const char *path,
		    uint64_t size, struct vt_error *err);
void tracecmd_layout_free(struct tracecmd_layout *l);

#endif
