/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_layout.h"

#include <stdlib.h>
#include <string.h>

#include "traces/import/kvm/tracecmd_walk.h"

enum {
	MAGIC = 10,
	PAGE_MAX = 1 << 24,
};

static const char magic[MAGIC + 1] = "\x17\x08\x44tracing";

static const char no_magic[] =
    "not a trace.dat file, expected the bytes 17 08 44 and 'tracing' at its start";

int tracecmd_layout_front(const void *front, size_t n, const char *path, struct vt_error *err)
{
	return memcmp(front, magic, n < MAGIC ? n : MAGIC)
		   ? vt_error_set(err, path, 0, "%s", no_magic)
		   : 0;
}

static bool front(struct tracecmd_walk *w, unsigned *version)
{
	char found[MAGIC];
	uint64_t n = w->size < MAGIC ? w->size : MAGIC, v;
	uint8_t b[2];

	if (!walk_take(w, found, n) || memcmp(found, magic, n))
		return walk_broken(w, 0, no_magic);
	if (n < MAGIC) {
		w->cut = true;
		return false;
	}
	if (!walk_take(w, b, 2))
		return false;
	if ((b[0] != '6' && b[0] != '7') || b[1])
		return walk_broken(w, MAGIC,
				   "a trace.dat file of another version, expected 6 or 7");
	*version = (unsigned)(b[0] - '0');
	if (!walk_take(w, b, 2))
		return false;
	if (b[0] > 1 || (b[1] != 4 && b[1] != 8))
		return walk_broken(
		    w, MAGIC + 2,
		    "damaged: neither byte order nor word size can be, expected 0 or 1 and 4 "
		    "or 8");
	w->big = b[0];
	w->long_size = b[1];
	if (!walk_number(w, 4, &v))
		return false;
	if (v < 256 || v > PAGE_MAX || v & (v - 1))
		return walk_broken(
		    w, MAGIC + 4,
		    "damaged: an impossible page size, expected a power of two from 256 to "
		    "16 Mi");
	w->page = (uint32_t)v;
	return true;
}

int tracecmd_layout(struct tracecmd_layout *l, const struct capture *c, const char *path,
		    uint64_t size, struct vt_error *err)
{
	struct tracecmd_walk w = { .c = c, .path = path, .err = err, .size = size };

	*l = (struct tracecmd_layout){ .size = size };
	if (front(&w, &l->version)) {
		if (l->version == 7)
			tracecmd_v7(l, &w);
		else
			tracecmd_v6(l, &w);
	}
	if (w.cut)
		l->cut = l->no_data = true;
	return w.fault ? -1 : 0;
}

void tracecmd_layout_free(struct tracecmd_layout *l)
{
	free(l->patch);
	free(l->cpu_cut);
	*l = (struct tracecmd_layout){ 0 };
}
