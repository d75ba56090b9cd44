/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_walk.h"

#include <string.h>

bool walk_take(struct tracecmd_walk *w, void *to, uint64_t n)
{
	if (w->cut || w->fault)
		return false;
	if (w->at > w->size || n > w->size - w->at) {
		w->cut = true;
		return false;
	}
	if (to && capture_pread(w->c, to, (size_t)n, w->at, w->err)) {
		w->fault = true;
		return false;
	}
	w->at += n;
	return true;
}

bool walk_broken(struct tracecmd_walk *w, uint64_t at, const char *what)
{
	if (!w->fault)
		vt_error_set(w->err, w->path, at, "%s", what);
	w->fault = true;
	return false;
}

uint64_t walk_decode(const struct tracecmd_walk *w, const uint8_t *b, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)b[w->big ? n - 1 - i : i] << 8 * i;
	return v;
}

void walk_encode(const struct tracecmd_walk *w, uint8_t *b, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		b[w->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

bool walk_number(struct tracecmd_walk *w, unsigned n, uint64_t *v)
{
	uint8_t b[8];

	*v = 0;
	if (!walk_take(w, b, n))
		return false;
	*v = walk_decode(w, b, n);
	return true;
}

bool walk_string(struct tracecmd_walk *w)
{
	uint8_t b;

	for (unsigned n = 0; n < 256; n++) {
		if (!walk_take(w, &b, 1))
			return false;
		if (!b)
			return true;
	}
	return walk_broken(w, w->at, "a name of more than 255 bytes, expected a shorter one");
}

bool walk_expect(struct tracecmd_walk *w, const char *word, unsigned n)
{
	char b[16];
	uint64_t at = w->at;

	if (!walk_take(w, b, n))
		return false;
	return !memcmp(b, word, n) ||
	       walk_broken(w, at, "damaged: not the section that follows here in a trace.dat file");
}

bool walk_sized(struct tracecmd_walk *w, unsigned n)
{
	uint64_t at = w->at, size;

	if (!walk_number(w, n, &size))
		return false;
	if (size > TRACECMD_SECTION_MAX)
		return walk_broken(
		    w, at, "damaged: a section of an impossible size, expected less than 256 MiB");
	return walk_take(w, NULL, size);
}

void walk_patch(struct tracecmd_layout *l, const struct tracecmd_walk *w, uint64_t offset,
		unsigned n, uint64_t value)
{
	struct tracecmd_patch *p = &l->patch[l->patches++];

	p->offset = offset;
	p->n = n;
	walk_encode(w, p->byte, n, value);
}
