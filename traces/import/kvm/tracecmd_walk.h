/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a trace.dat file piece by piece: what both formats share. */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_WALK_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_WALK_H

#include "traces/import/kvm/tracecmd_layout.h"

enum { TRACECMD_SECTION_MAX = 1 << 28 }; /* no metadata section is larger in earnest */

struct tracecmd_walk {
	const struct capture *c;
	const char *path;
	struct vt_error *err;
	uint64_t size, at;
	bool big;   /* big endian */
	bool cut;   /* ran into the end */
	bool fault; /* err is set */
	unsigned long_size;
	uint32_t page;
};

/* The next @n bytes into @to (NULL: passes over them). False at the end of the file, or on a fault.
 */
bool walk_take(struct tracecmd_walk *w, void *to, uint64_t n);
/* Sets the fault and its error; returns false. */
bool walk_broken(struct tracecmd_walk *w, uint64_t at, const char *what);
uint64_t walk_decode(const struct tracecmd_walk *w, const uint8_t *b, unsigned n);
void walk_encode(const struct tracecmd_walk *w, uint8_t *b, unsigned n, uint64_t v);
bool walk_number(struct tracecmd_walk *w, unsigned n, uint64_t *v);
/* A string up to its NUL; the string itself is not kept. */
bool walk_string(struct tracecmd_walk *w);
/* Exactly these bytes. */
bool walk_expect(struct tracecmd_walk *w, const char *word, unsigned n);
/* A section: its size in @n bytes, and that many bytes. */
bool walk_sized(struct tracecmd_walk *w, unsigned n);
/* Adds a patch; the caller made room for it. */
void walk_patch(struct tracecmd_layout *l, const struct tracecmd_walk *w, uint64_t offset,
		unsigned n, uint64_t value);

/* Fill the layout; cut and fault stay in the walk. */
void tracecmd_v6(struct tracecmd_layout *l, struct tracecmd_walk *w);
void tracecmd_v7(struct tracecmd_layout *l, struct tracecmd_walk *w);

#endif
