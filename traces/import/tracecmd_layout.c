/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Format: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5); the pages of a CPU: include/linux/ring_buffer.h
 * and kernel/trace/ring_buffer.c.
 */
#include "tracecmd_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAGIC = 10,
	PAGE_MAX = 1 << 24,
	EVENTS_MAX = 1 << 20,
	CPUS_MAX = 4096,
	SECTION_MAX = 1 << 28, /* no metadata section is larger in earnest */
	SECTIONS_V7 = 1 << 16,
	/* The word in front of each event of a page. */
	TYPE_DATA_MAX = 28,
	TYPE_PADDING = 29,
	COMMIT_MASK = (1 << 27) - 1,
};

static const char magic[MAGIC + 1] = "\x17\x08\x44tracing";

struct walk {
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

/* False at the end of the file, or on a fault. */
static bool take(struct walk *w, void *to, uint64_t n)
{
	if (w->cut || w->fault)
		return false;
	if (n > w->size - w->at) {
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

static bool broken(struct walk *w, uint64_t at, const char *what)
{
	if (!w->fault)
		vt_error_set(w->err, w->path, at, "%s", what);
	w->fault = true;
	return false;
}

static uint64_t decode(const struct walk *w, const uint8_t *b, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)b[w->big ? n - 1 - i : i] << 8 * i;
	return v;
}

static void encode(const struct walk *w, uint8_t *b, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		b[w->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

static bool number(struct walk *w, unsigned n, uint64_t *v)
{
	uint8_t b[8];

	*v = 0;
	if (!take(w, b, n))
		return false;
	*v = decode(w, b, n);
	return true;
}

static bool string(struct walk *w)
{
	uint8_t b;

	for (unsigned n = 0; n < 256; n++) {
		if (!take(w, &b, 1))
			return false;
		if (!b)
			return true;
	}
	return broken(w, w->at, "a name of more than 255 bytes, expected a shorter one");
}

static bool expect(struct walk *w, const char *word, unsigned n)
{
	char b[16];
	uint64_t at = w->at;

	if (!take(w, b, n))
		return false;
	return !memcmp(b, word, n) ||
	       broken(w, at, "damaged: not the section that follows here in a trace.dat file");
}

/* A section: its size in @n bytes, and that many bytes. */
static bool sized(struct walk *w, unsigned n)
{
	uint64_t at = w->at, size;

	if (!number(w, n, &size))
		return false;
	if (size > SECTION_MAX)
		return broken(w, at, "damaged: a section of an impossible size, expected less than 256 MiB");
	return take(w, NULL, size);
}

static bool counted(struct walk *w, uint64_t max, uint64_t *n)
{
	uint64_t at = w->at;

	return number(w, 4, n) && (*n <= max || broken(w, at, "damaged: an impossible count"));
}

static bool sized_list(struct walk *w)
{
	uint64_t n;

	if (!counted(w, EVENTS_MAX, &n))
		return false;
	while (n--)
		if (!sized(w, 8))
			return false;
	return true;
}

static bool systems(struct walk *w)
{
	uint64_t n;

	if (!counted(w, EVENTS_MAX, &n))
		return false;
	while (n--)
		if (!string(w) || !sized_list(w))
			return false;
	return true;
}

static bool options_v6(struct walk *w)
{
	uint64_t id;

	while (number(w, 2, &id)) {
		if (!id)
			return true;
		if (!sized(w, 4))
			return false;
	}
	return false;
}

/* Up to the table of the CPUs' data: true if the walk gets there. */
static bool metadata_v6(struct walk *w, uint64_t *cpus)
{
	uint64_t at;

	if (!expect(w, "header_page", 12) || !sized(w, 8) || !expect(w, "header_event", 13) || !sized(w, 8) ||
	    !sized_list(w) || !systems(w) || !sized(w, 4) || !sized(w, 4) || !sized(w, 8))
		return false;
	at = w->at;
	if (!number(w, 4, cpus))
		return false;
	if (!*cpus || *cpus > CPUS_MAX)
		return broken(w, at, "damaged: an impossible number of CPUs, expected 1 to 4096");
	if (!expect(w, "options  ", 10) || !options_v6(w))
		return false;
	return expect(w, "flyrecord", 10);
}

static void patch(struct tracecmd_layout *l, const struct walk *w, uint64_t offset, unsigned n,
		  uint64_t value)
{
	struct tracecmd_patch *p = &l->patch[l->patches++];

	p->offset = offset;
	p->n = n;
	encode(w, p->byte, n, value);
}

/* Bytes that the event at @at of @have bytes takes with its word, 0 if it is not whole. */
static uint64_t event_size(const struct walk *w, const uint8_t *b, uint64_t at, uint64_t have)
{
	uint64_t word, type, size;

	if (have - at < 4)
		return 0;
	word = decode(w, b + at, 4);
	type = w->big ? word >> 27 : word & 31;
	if (type && type <= TYPE_DATA_MAX) {
		size = 4 + 4 * type;
	} else if (type > TYPE_PADDING) {
		size = 8;
	} else {
		if (have - at < 8)
			return 0;
		size = 4 + ((decode(w, b + at + 4, 4) + 3) & ~UINT64_C(3));
		if (size < 8)
			return 0;
	}
	return size <= have - at ? size : 0;
}

/* The padding that fills a page: without a time. */
static bool is_end(const struct walk *w, const uint8_t *b, uint64_t at, uint64_t have)
{
	uint64_t word = have - at < 4 ? 0 : decode(w, b + at, 4);

	return w->big ? word == (uint64_t)TYPE_PADDING << 27 : word == TYPE_PADDING;
}

/* The last, partial page of a CPU: @have bytes of it at @offset. Shortens its commit count. */
static bool cut_page(struct tracecmd_layout *l, struct walk *w, uint64_t offset, uint64_t have)
{
	unsigned header = 8 + w->long_size;
	uint8_t *b = malloc(have);
	uint64_t commit, whole = 0, step;

	if (!b)
		abort();
	if (capture_pread(w->c, b, have, offset, w->err)) {
		free(b);
		w->fault = true;
		return false;
	}
	commit = decode(w, b + 8, w->long_size) & COMMIT_MASK;
	if (commit > have - header)
		commit = have - header;
	while ((step = event_size(w, b + header, whole, commit)))
		whole += step;
	patch(l, w, offset + 8, w->long_size, whole);
	free(b);
	return true;
}

/*
 * The whole pages of a CPU: each holds events up to its commit count and no further. The library
 * passes over the rest of a CPU behind a page that is broken, and does not say so.
 */
static bool check_pages(struct walk *w, uint64_t offset, uint64_t pages)
{
	unsigned header = 8 + w->long_size;
	uint8_t *b = malloc(w->page);
	bool fine = true;

	if (!b)
		abort();
	for (; fine && pages--; offset += w->page) {
		uint64_t commit, at = 0, step;

		if (capture_pread(w->c, b, w->page, offset, w->err)) {
			w->fault = true;
			break;
		}
		commit = decode(w, b + 8, w->long_size) & COMMIT_MASK;
		fine = commit <= w->page - header;
		while (fine && (step = event_size(w, b + header, at, commit)))
			at += step;
		/* What is left of a page is one padding event without a length. */
		if (!fine || (at < commit && !is_end(w, b + header, at, commit)))
			fine =
			    broken(w, offset,
				   "damaged: a page of events that does not end where it says, expected one "
				   "event after the other");
	}
	free(b);
	return !w->fault;
}

/* The CPUs' data: where it lies, and how much of it is there. */
static bool data_v6(struct tracecmd_layout *l, struct walk *w, uint64_t cpus)
{
	l->size = w->size;
	l->patch = calloc(cpus * 3, sizeof(*l->patch));
	if (!l->patch)
		abort();
	l->cpu_cut = calloc(cpus, sizeof(*l->cpu_cut));
	if (!l->cpu_cut)
		abort();
	for (l->cpus = 0; l->cpus < cpus; l->cpus++) {
		uint64_t at = w->at, offset, size, have, rest;

		if (!number(w, 8, &offset) || !number(w, 8, &size))
			return false;
		have = offset < w->size ? w->size - offset : 0;
		if (!check_pages(w, offset, (have < size ? have : size) / w->page))
			return false;
		if (!size || size <= have)
			continue;
		if (offset >= UINT64_C(1) << 60 || size >= UINT64_C(1) << 60)
			return broken(w, at, "damaged: the data of a CPU lie at an impossible offset");
		l->cut = l->cpu_cut[l->cpus] = true;
		rest = have % w->page;
		size = have - rest;
		if (rest > 8 + w->long_size) {
			if (!cut_page(l, w, offset + size, rest))
				return false;
			size += w->page;
			l->size = offset + size;
		}
		patch(l, w, at, 8, size ? offset : 0);
		patch(l, w, at + 8, 8, size);
	}
	return true;
}

/* The sections behind the last options: names, which nothing here needs. */
static bool rest_v7(struct tracecmd_layout *l, struct walk *w)
{
	uint64_t id, size;

	while (w->at < w->size)
		if (!number(w, 8, &id) || !number(w, 8, &size) || !take(w, NULL, size))
			break;
	l->cut = w->cut;
	w->cut = false;
	return !w->fault;
}

/*
 * Version 7 is a chain of option sections, and the one that says where the data lie comes last: in a
 * file that is cut off it is missing.
 */
static bool chain_v7(struct tracecmd_layout *l, struct walk *w)
{
	uint64_t offset, flags, size, id;

	if (!string(w) || !string(w) || !number(w, 8, &offset))
		return false;
	for (unsigned n = 0; n < SECTIONS_V7; n++) {
		if (!offset && n)
			return rest_v7(l, w);
		if (!offset || offset > w->size) {
			w->cut = true;
			return false;
		}
		w->at = offset;
		if (!number(w, 2, &id) || !number(w, 2, &flags) || !number(w, 4, &size) ||
		    !number(w, 8, &size))
			return false;
		if (id || flags & 1)
			return true; /* for the library to read, or refuse */
		for (;;) {
			uint64_t at = w->at;

			if (!number(w, 2, &id) || !number(w, 4, &size))
				return false;
			if (!id)
				break;
			if (size > SECTION_MAX)
				return broken(w, at, "damaged: an option of an impossible size");
			if (!take(w, NULL, size))
				return false;
		}
		if (size != 8)
			return true;
		if (!number(w, 8, &offset))
			return false;
	}
	return broken(w, offset, "damaged: the option sections form a circle");
}

static bool front(struct walk *w, unsigned *version)
{
	char found[MAGIC];
	uint64_t n = w->size < MAGIC ? w->size : MAGIC, v;
	uint8_t b[2];

	if (!take(w, found, n) || memcmp(found, magic, n))
		return broken(w, 0,
			      "not a trace.dat file, expected the bytes 17 08 44 and 'tracing' at its start");
	if (n < MAGIC) {
		w->cut = true;
		return false;
	}
	if (!take(w, b, 2))
		return false;
	if ((b[0] != '6' && b[0] != '7') || b[1])
		return broken(w, MAGIC, "a trace.dat file of another version, expected 6 or 7");
	*version = (unsigned)(b[0] - '0');
	if (!take(w, b, 2))
		return false;
	if (b[0] > 1 || (b[1] != 4 && b[1] != 8))
		return broken(w, MAGIC + 2,
			      "damaged: neither byte order nor word size can be, expected 0 or 1 and 4 "
			      "or 8");
	w->big = b[0];
	w->long_size = b[1];
	if (!number(w, 4, &v))
		return false;
	if (v < 256 || v > PAGE_MAX || v & (v - 1))
		return broken(w, MAGIC + 4,
			      "damaged: an impossible page size, expected a power of two from 256 to "
			      "16 Mi");
	w->page = (uint32_t)v;
	return true;
}

int tracecmd_layout(struct tracecmd_layout *l, const struct capture *c, const char *path, uint64_t size,
		    struct vt_error *err)
{
	struct walk w = { .c = c, .path = path, .err = err, .size = size };
	uint64_t cpus = 0;

	*l = (struct tracecmd_layout){ .size = size };
	if (front(&w, &l->version)) {
		if (l->version == 7)
			chain_v7(l, &w);
		else if (metadata_v6(&w, &cpus))
			data_v6(l, &w, cpus);
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
