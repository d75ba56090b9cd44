/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Format: trace-cmd.dat.v6(5); the pages of a CPU: include/linux/ring_buffer.h and
 * kernel/trace/ring_buffer.c.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/tracecmd_walk.h"

enum {
	EVENTS_MAX = 1 << 20,
	CPUS_MAX = 4096,
	INSTANCES_MAX = 1024,
	OPTION_BUFFER = 3,
	OPTION_UNKNOWN = 0xffff, /* passed over */
	FLYRECORD = 10,
	/* The word in front of each event of a page. */
	TYPE_DATA_MAX = 28,
	TYPE_PADDING = 29,
	COMMIT_MASK = (1 << 27) - 1,
};

static bool counted(struct tracecmd_walk *w, uint64_t max, uint64_t *n)
{
	uint64_t at = w->at;

	return walk_number(w, 4, n) &&
	       (*n <= max || walk_broken(w, at, "damaged: an impossible count"));
}

static bool sized_list(struct tracecmd_walk *w)
{
	uint64_t n;

	if (!counted(w, EVENTS_MAX, &n))
		return false;
	while (n--)
		if (!walk_sized(w, 8))
			return false;
	return true;
}

static bool systems(struct tracecmd_walk *w)
{
	uint64_t n;

	if (!counted(w, EVENTS_MAX, &n))
		return false;
	while (n--)
		if (!walk_string(w) || !sized_list(w))
			return false;
	return true;
}

/* The buffer instances: where the option of each stands, and what it points to. */
struct instances {
	struct {
		uint64_t option, offset;
	} * at;
	size_t n, room;
};

static bool buffer_option(struct tracecmd_walk *w, struct instances *list)
{
	uint64_t at = w->at, size, offset;

	if (!walk_number(w, 4, &size) || size < 8 || size > TRACECMD_SECTION_MAX)
		return !w->cut && !w->fault &&
		       walk_broken(w, at, "damaged: a buffer instance without its place");
	if (!walk_number(w, 8, &offset) || !walk_take(w, NULL, size - 8))
		return false;
	if (list->n == INSTANCES_MAX)
		return walk_broken(w, at,
				   "damaged: too many buffer instances, expected less than "
				   "1024");
	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 8;
		list->at = vt_realloc(list->at, list->room * sizeof(*list->at));
	}
	list->at[list->n].option = at - 2;
	list->at[list->n++].offset = offset;
	return true;
}

static bool options_v6(struct tracecmd_walk *w, struct instances *list)
{
	uint64_t id;

	while (walk_number(w, 2, &id)) {
		if (!id)
			return true;
		if (id == OPTION_BUFFER ? !buffer_option(w, list) : !walk_sized(w, 4))
			return false;
	}
	return false;
}

/* Up to the table of the CPUs' data: true if the walk gets there. */
static bool metadata_v6(struct tracecmd_walk *w, uint64_t *cpus, struct instances *list)
{
	uint64_t at;

	if (!walk_expect(w, "header_page", 12) || !walk_sized(w, 8) ||
	    !walk_expect(w, "header_event", 13) || !walk_sized(w, 8) || !sized_list(w) ||
	    !systems(w) || !walk_sized(w, 4) || !walk_sized(w, 4) || !walk_sized(w, 8))
		return false;
	at = w->at;
	if (!walk_number(w, 4, cpus))
		return false;
	if (!*cpus || *cpus > CPUS_MAX)
		return walk_broken(w, at,
				   "damaged: an impossible number of CPUs, expected 1 to 4096");
	if (!walk_expect(w, "options  ", 10) || !options_v6(w, list))
		return false;
	return walk_expect(w, "flyrecord", FLYRECORD);
}

/* Bytes that the event at @at of @have bytes takes with its word, 0 if it is not whole. */
static uint64_t event_size(const struct tracecmd_walk *w, const uint8_t *b, uint64_t at,
			   uint64_t have)
{
	uint64_t word, type, size;

	if (have - at < 4)
		return 0;
	word = walk_decode(w, b + at, 4);
	type = w->big ? word >> 27 : word & 31;
	if (type && type <= TYPE_DATA_MAX) {
		size = 4 + 4 * type;
	} else if (type > TYPE_PADDING) {
		size = 8;
	} else {
		if (have - at < 8)
			return 0;
		size = 4 + ((walk_decode(w, b + at + 4, 4) + 3) & ~UINT64_C(3));
		if (size < 8)
			return 0;
	}
	return size <= have - at ? size : 0;
}

/* The padding that fills a page: without a time. */
static bool is_end(const struct tracecmd_walk *w, const uint8_t *b, uint64_t at, uint64_t have)
{
	uint64_t word = have - at < 4 ? 0 : walk_decode(w, b + at, 4);

	return w->big ? word == (uint64_t)TYPE_PADDING << 27 : word == TYPE_PADDING;
}

/* The last, partial page of a CPU: @have bytes of it at @offset. Shortens its commit count. */
static bool cut_page(struct tracecmd_layout *l, struct tracecmd_walk *w, uint64_t offset,
		     uint64_t have)
{
	unsigned header = 8 + w->long_size;
	uint8_t *b = vt_alloc(have);
	uint64_t commit, whole = 0, step;

	if (capture_pread(w->c, b, have, offset, w->err)) {
		free(b);
		w->fault = true;
		return false;
	}
	commit = walk_decode(w, b + 8, w->long_size) & COMMIT_MASK;
	if (commit > have - header)
		commit = have - header;
	while ((step = event_size(w, b + header, whole, commit)))
		whole += step;
	walk_patch(l, w, offset + 8, w->long_size, whole);
	free(b);
	return true;
}

/*
 * The whole pages of a CPU: each holds events up to its commit count and no further. The library
 * passes over the rest of a CPU behind a page that is broken, and does not say so.
 */
static bool check_pages(struct tracecmd_walk *w, uint64_t offset, uint64_t pages)
{
	unsigned header = 8 + w->long_size;
	uint8_t *b = vt_alloc(w->page);
	bool fine = true;

	for (; fine && pages--; offset += w->page) {
		uint64_t commit, at = 0, step;

		if (capture_pread(w->c, b, w->page, offset, w->err)) {
			w->fault = true;
			break;
		}
		commit = walk_decode(w, b + 8, w->long_size) & COMMIT_MASK;
		fine = commit <= w->page - header;
		while (fine && (step = event_size(w, b + header, at, commit)))
			at += step;
		/* What is left of a page is one padding event without a length. */
		if (!fine || (at < commit && !is_end(w, b + header, at, commit)))
			fine = walk_broken(w, offset,
					   "damaged: a page of events that does not end where it "
					   "says, expected one "
					   "event after the other");
	}
	free(b);
	return !w->fault;
}

/* The CPUs' data of a buffer: where it lies, and how much of it is there. */
static bool data_v6(struct tracecmd_layout *l, struct tracecmd_walk *w, uint64_t cpus)
{
	for (uint64_t i = 0; i < cpus; i++) {
		uint64_t at = w->at, offset, size, have, rest;

		if (!walk_number(w, 8, &offset) || !walk_number(w, 8, &size))
			return false;
		have = offset < w->size ? w->size - offset : 0;
		if (!check_pages(w, offset, (have < size ? have : size) / w->page))
			return false;
		if (!size || size <= have)
			continue;
		if (offset >= UINT64_C(1) << 60 || size >= UINT64_C(1) << 60)
			return walk_broken(
			    w, at, "damaged: the data of a CPU lie at an impossible offset");
		l->cut = l->cpu_cut[i] = true;
		rest = have % w->page;
		size = have - rest;
		if (rest > 8 + w->long_size) {
			if (!cut_page(l, w, offset + size, rest))
				return false;
			size += w->page;
			l->size = offset + size;
		}
		walk_patch(l, w, at, 8, size ? offset : 0);
		walk_patch(l, w, at + 8, 8, size);
	}
	return true;
}

/* An instance whose table of CPUs is cut off is none: the library would fall over it. */
static void instance_v6(struct tracecmd_layout *l, struct tracecmd_walk *w, uint64_t cpus,
			uint64_t option, uint64_t offset)
{
	uint64_t size = FLYRECORD + 16 * cpus;

	if (offset > w->size || size > w->size - offset) {
		l->cut = true;
		walk_patch(l, w, option, 2, OPTION_UNKNOWN);
		return;
	}
	w->at = offset;
	if (walk_expect(w, "flyrecord", FLYRECORD))
		data_v6(l, w, cpus);
}

void tracecmd_v6(struct tracecmd_layout *l, struct tracecmd_walk *w)
{
	struct instances list = { 0 };
	uint64_t cpus = 0;

	if (metadata_v6(w, &cpus, &list)) {
		l->size = w->size;
		l->patch = vt_array(cpus * 3 * (list.n + 1) + list.n, sizeof(*l->patch));
		l->cpu_cut = vt_array(cpus, sizeof(*l->cpu_cut));
		if (data_v6(l, w, cpus))
			l->cpus = (uint32_t)cpus;
		for (size_t i = 0; i < list.n && !w->fault && !w->cut; i++)
			instance_v6(l, w, cpus, list.at[i].option, list.at[i].offset);
	}
	free(list.at);
}
