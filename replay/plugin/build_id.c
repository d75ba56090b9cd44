/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/build_id.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

struct wanted {
	ElfW(Addr) base;
	char *hex;
	size_t size;
};

static void put_hex(const struct wanted *w, const unsigned char *id, size_t n)
{
	for (size_t i = 0; i < n && 2 * i + 2 < w->size; i++)
		snprintf(w->hex + 2 * i, 3, "%02x", id[i]);
}

/* Notes are (name size, description size, type), name, description, each padded to 4 bytes. */
static void search_notes(const struct wanted *w, const unsigned char *p, size_t size)
{
	ElfW(Nhdr) n;

	while (size >= sizeof(n)) {
		memcpy(&n, p, sizeof(n));

		size_t name = ((size_t)n.n_namesz + 3) & ~(size_t)3;
		size_t note = sizeof(n) + name + (((size_t)n.n_descsz + 3) & ~(size_t)3);

		if (note > size)
			return;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 &&
		    !memcmp(p + sizeof(n), "GNU", 4)) {
			put_hex(w, p + sizeof(n) + name, n.n_descsz);
			return;
		}
		p += note;
		size -= note;
	}
}

static int visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct wanted *w = arg;

	(void)size;
	if (info->dlpi_addr != w->base)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum && !*w->hex; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_NOTE)
			search_notes(w, (const unsigned char *)(info->dlpi_addr + h->p_vaddr),
				     h->p_memsz);
	}
	return 1;
}

void build_id_of(const void *symbol, char *hex, size_t size)
{
	struct wanted w = { .hex = hex, .size = size };
	struct link_map *map;
	Dl_info info;

	*hex = '\0';
	if (!dladdr1(symbol, &info, (void **)&map, RTLD_DL_LINKMAP))
		return;
	w.base = map->l_addr;
	dl_iterate_phdr(visit, &w);
}
