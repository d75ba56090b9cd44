/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Format: trace-cmd.dat.v7(5). A file is a chain of option sections, and the one that says where
 * each CPU's events lie comes last. In a file that is cut off it is missing, but the events stand
 * right behind the first option section, CPU by CPU: where they are compressed, in chunks that tell
 * their size. So the missing section can be written anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/import/kvm/tracecmd_walk.h"

enum {
	SECTIONS = 1 << 16,
	CPUS_MAX = 4096,
	STAT_MAX = 512,
	FLAG_COMPRESSED = 1,
	SECTION_HEADER = 16,
	OPTION_HEADER = 6,
	/* Options, which are also the kinds of sections. */
	OPTION_DONE = 0,
	OPTION_CPUSTAT = 2,
	OPTION_BUFFER = 3,
	OPTION_CPUCOUNT = 8,
	PACKS_MAX = 1 << 20, /* of CPUs, in all buffers */
};

/* The events of a CPU in a buffer of the file. */
struct packed {
	uint64_t section; /* of the buffer: its header says whether they are packed */
	uint64_t offset;
};

struct chain {
	struct packed *packed; /* [packs] */
	size_t packs;
	uint64_t next_at; /* where the last section read says where the next is; 0: none read */
	uint64_t cpus;
	bool *busy; /* [CPUS_MAX] the CPU has events */
	uint64_t stats;
};

/* What trace-cmd says of a CPU's buffer, as text. */
static bool cpu_stat(struct tracecmd_walk *w, uint64_t size, struct chain *c)
{
	char text[STAT_MAX + 1];
	const char *entries, *read;
	unsigned cpu, held = 0, taken = 0;

	if (size > STAT_MAX)
		return walk_take(w, NULL, size);
	if (!walk_take(w, text, size))
		return false;
	text[size] = '\0';
	entries = strstr(text, "entries: ");
	read = strstr(text, "read events: ");
	if (!entries || !read || sscanf(text, "CPU: %u", &cpu) != 1 || cpu >= CPUS_MAX ||
	    sscanf(entries, "entries: %u", &held) != 1 ||
	    sscanf(read, "read events: %u", &taken) != 1)
		return true;
	c->busy[cpu] = held || taken;
	c->stats++;
	return true;
}

/* Where a buffer's events lie, and those of its CPUs. */
static bool buffer(struct tracecmd_walk *w, uint64_t size, struct chain *c)
{
	uint64_t end = w->at + size, section, page, cpus, id, offset, bytes;

	if (!walk_number(w, 8, &section) || !walk_string(w) || !walk_string(w) ||
	    !walk_number(w, 4, &page) || !walk_number(w, 4, &cpus))
		return false;
	for (; cpus && w->at + 20 <= end && c->packs < PACKS_MAX; cpus--) {
		if (!walk_number(w, 4, &id) || !walk_number(w, 8, &offset) ||
		    !walk_number(w, 8, &bytes))
			return false;
		if (!bytes)
			continue;
		if (!(c->packs & (c->packs - 1)))
			c->packed = vt_realloc(c->packed,
					       (c->packs ? c->packs * 2 : 1) * sizeof(*c->packed));
		c->packed[c->packs++] = (struct packed){ section, offset };
	}
	/* What is left of it is for the library to judge. */
	if (w->at > end)
		return walk_broken(w, w->at, "damaged: an option that is longer than it says");
	return walk_take(w, NULL, end - w->at);
}

static bool options(struct tracecmd_walk *w, struct chain *c, uint64_t *next)
{
	uint64_t id, size;

	for (;;) {
		uint64_t at = w->at;

		if (!walk_number(w, 2, &id) || !walk_number(w, 4, &size))
			return false;
		if (size > TRACECMD_SECTION_MAX)
			return walk_broken(w, at, "damaged: an option of an impossible size");
		if (id == OPTION_DONE) {
			if (size != 8)
				return walk_broken(
				    w, at, "damaged: the last option has another size than 8");
			if (!walk_number(w, 8, next))
				return false;
			c->next_at = w->at - 8;
			return true;
		}
		if (id == OPTION_CPUSTAT		 ? !cpu_stat(w, size, c)
		    : id == OPTION_BUFFER		 ? !buffer(w, size, c)
		    : id == OPTION_CPUCOUNT && size == 4 ? !walk_number(w, 4, &c->cpus)
							 : !walk_take(w, NULL, size))
			return false;
	}
}

/* The sections behind the last options: names, which nothing here needs. */
static bool rest(struct tracecmd_layout *l, struct tracecmd_walk *w)
{
	uint64_t id, size;

	while (w->at < w->size)
		if (!walk_number(w, 8, &id) || !walk_number(w, 8, &size) ||
		    !walk_take(w, NULL, size))
			break;
	l->cut = w->cut;
	w->cut = false;
	return !w->fault;
}

/* True if the chain is whole, or nothing that can be judged here. */
static bool follow(struct tracecmd_layout *l, struct tracecmd_walk *w, struct chain *c)
{
	uint64_t offset, flags, size, id;

	if (!walk_string(w) || !walk_string(w) || !walk_number(w, 8, &offset))
		return false;
	for (unsigned n = 0; n < SECTIONS; n++) {
		if (!offset && n > 1)
			return rest(l, w);
		/* 0 behind the first: the recording was not finished. */
		if (!offset || offset > w->size) {
			w->cut = true;
			return false;
		}
		w->at = offset;
		if (!walk_number(w, 2, &id) || !walk_number(w, 2, &flags) ||
		    !walk_number(w, 4, &size) || !walk_number(w, 8, &size))
			return false;
		if (id || flags & FLAG_COMPRESSED)
			return true; /* for the library to read, or refuse */
		if (!options(w, c, &offset))
			return false;
	}
	return walk_broken(w, offset, "damaged: the option sections form a circle");
}

/* The section that is missing, in pieces of a patch each. */
struct piece {
	struct tracecmd_layout *l;
	const struct tracecmd_walk *w;
	uint64_t at;
};

static void write_number(struct piece *p, unsigned n, uint64_t value)
{
	walk_patch(p->l, p->w, p->at, n, value);
	p->at += n;
}

static uint64_t align(const struct tracecmd_walk *w, uint64_t at)
{
	return (at + w->page - 1) & ~(uint64_t)(w->page - 1);
}

/* The whole chunks of a CPU at @at: where they end, or 0 if there are none. */
static uint64_t chunks(struct tracecmd_layout *l, struct tracecmd_walk *w, uint64_t at, bool *cut)
{
	uint64_t count = 0, whole = 0, packed, plain, end;

	*cut = true;
	w->at = at;
	if (at > w->size || !walk_number(w, 4, &count))
		return 0;
	for (end = w->at; whole < count; whole++, end = w->at)
		if (!walk_number(w, 4, &packed) || !walk_number(w, 4, &plain) ||
		    !walk_take(w, NULL, packed))
			break;
	*cut = whole < count;
	if (*cut && whole)
		walk_patch(l, w, at, 4, whole);
	return whole ? end : 0;
}

static void mend(struct tracecmd_layout *l, struct tracecmd_walk *w, const struct chain *c)
{
	uint64_t section = c->next_at + 8, id, flags, at, end = w->size;
	uint64_t payload = 8 + 1 + 1 + 4 + 4 + c->cpus * 20;
	struct piece p = { l, w, 0 };
	uint64_t *offset, *size;

	w->cut = false;
	w->at = section;
	/* Without a count for each CPU nobody knows which have no events, and so no place. */
	if (!c->next_at || !c->cpus || c->cpus > CPUS_MAX || c->stats < c->cpus ||
	    !walk_number(w, 2, &id) || !walk_number(w, 2, &flags) || id != OPTION_BUFFER ||
	    !(flags & FLAG_COMPRESSED)) {
		w->cut = true;
		return;
	}
	l->cut = true;
	l->cpus = (uint32_t)c->cpus;
	l->cpu_cut = vt_array(c->cpus, sizeof(*l->cpu_cut));
	l->patch = vt_array(32 + 4 * c->cpus, sizeof(*l->patch));
	offset = vt_array(c->cpus, sizeof(*offset));
	size = vt_array(c->cpus, sizeof(*size));
	at = align(w, section + SECTION_HEADER);
	for (uint64_t i = 0; i < c->cpus; i++) {
		uint64_t to;

		if (!c->busy[i])
			continue;
		to = chunks(l, w, at, &l->cpu_cut[i]);
		w->cut = false;
		offset[i] = to ? at : 0;
		size[i] = to ? to - at : 0;
		at = to && !l->cpu_cut[i] ? align(w, to) : w->size + 1;
	}
	walk_patch(l, w, c->next_at, 8, end);
	p.at = end;
	write_number(&p, 2, OPTION_DONE);
	write_number(&p, 2, 0);
	write_number(&p, 4, 0);
	write_number(&p, 8, OPTION_HEADER + payload + OPTION_HEADER + 8);
	write_number(&p, 2, OPTION_BUFFER);
	write_number(&p, 4, payload);
	write_number(&p, 8, section);
	write_number(&p, 2, 0); /* no name, no clock */
	write_number(&p, 4, w->page);
	write_number(&p, 4, c->cpus);
	for (uint64_t i = 0; i < c->cpus; i++) {
		write_number(&p, 4, i);
		write_number(&p, 8, offset[i]);
		write_number(&p, 8, size[i]);
	}
	write_number(&p, 2, OPTION_DONE);
	write_number(&p, 4, 8);
	write_number(&p, 8, 0);
	l->size = p.at;
	free(offset);
	free(size);
}

/* What the chunks of a CPU unpack to, as far as they are there. */
static uint64_t unpacked(struct tracecmd_walk *w, const struct packed *p)
{
	uint64_t id, flags, count, packed, plain, sum = 0;

	w->at = p->section;
	if (!walk_number(w, 2, &id) || !walk_number(w, 2, &flags) || !(flags & FLAG_COMPRESSED))
		return 0;
	w->at = p->offset;
	if (!walk_number(w, 4, &count))
		return 0;
	for (; count && walk_number(w, 4, &packed) && walk_number(w, 4, &plain) &&
	       walk_take(w, NULL, packed);
	     count--)
		sum += plain;
	return sum;
}

/* The library unpacks whole CPUs into files of its own, so it is not asked before this is known. */
static void check_unpacked(struct tracecmd_walk *w, const struct chain *c)
{
	bool cut = w->cut;
	uint64_t sum = 0;

	for (size_t i = 0; i < c->packs && !w->fault && sum <= limit_unpacked(w->size); i++) {
		w->cut = false;
		sum += unpacked(w, &c->packed[i]);
	}
	w->cut = cut;
	if (!w->fault && sum > limit_unpacked(w->size)) {
		char *most = limit_unpacked_text();

		vt_error_set(w->err, w->path, VT_NO_OFFSET,
			     "its packed events unpack to more than %s", most);
		free(most);
		w->fault = true;
	}
}

void tracecmd_v7(struct tracecmd_layout *l, struct tracecmd_walk *w)
{
	struct chain c = { .busy = vt_array(CPUS_MAX, sizeof(*c.busy)) };

	follow(l, w, &c);
	if (!w->fault)
		check_unpacked(w, &c);
	if (w->cut && !w->fault)
		mend(l, w, &c);
	free(c.packed);
	free(c.busy);
}
