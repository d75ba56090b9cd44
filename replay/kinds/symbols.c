/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/kinds/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/* The relocations that a compiler makes for a call, and for nothing else. */
static bool is_call(GElf_Half machine, GElf_Word type)
{
	switch (machine) {
	case EM_X86_64:
		return type == R_X86_64_PLT32;
	case EM_AARCH64:
		return type == R_AARCH64_CALL26 || type == R_AARCH64_JUMP26;
	default:
		return false;
	}
}

static Elf *open_elf(const char *path, int *fd, struct vt_error *err)
{
	Elf *elf = NULL;

	elf_version(EV_CURRENT);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0)
		elf = elf_begin(*fd, ELF_C_READ, NULL);
	if (!elf)
		vt_error_set(err, path, VT_NO_OFFSET, "cannot be read: %s",
			     *fd < 0 ? strerror(errno) : elf_errmsg(-1));
	return elf;
}

static void close_elf(Elf *elf, int fd)
{
	if (elf)
		elf_end(elf);
	if (fd >= 0)
		close(fd);
}

/* Version 1 is that of symbols that no library's table of versions names. */
static bool unversioned(Elf_Data *versions, int symbol)
{
	GElf_Versym v;

	return !versions || !gelf_getversym(versions, symbol, &v) || (v & 0x7fff) <= 1;
}

static void add_undefined(Elf *elf, Elf_Scn *scn, Elf_Data *versions, struct text_words *missing)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr head;
	GElf_Sym sym;

	if (!gelf_getshdr(scn, &head))
		return;
	for (int i = 1; data && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(elf, head.sh_link, sym.st_name);

		if (sym.st_shndx == SHN_UNDEF && GELF_ST_BIND(sym.st_info) == STB_GLOBAL && name &&
		    *name && unversioned(versions, i))
			text_words_add(missing, name, strlen(name));
	}
}

int symbols_missing(const char *path, struct text_words *missing, struct vt_error *err)
{
	int fd;
	Elf *elf = open_elf(path, &fd, err);
	Elf_Scn *scn = NULL, *dynsym = NULL;
	Elf_Data *versions = NULL;
	GElf_Shdr head;

	while (elf && (scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &head))
			continue;
		if (head.sh_type == SHT_DYNSYM)
			dynsym = scn;
		if (head.sh_type == SHT_GNU_versym)
			versions = elf_getdata(scn, NULL);
	}
	if (dynsym)
		add_undefined(elf, dynsym, versions, missing);
	text_words_sort(missing);
	close_elf(elf, fd);
	return elf ? 0 : -1;
}

static void add_used(Elf *elf, Elf_Scn *scn, GElf_Half machine, struct text_words *used)
{
	GElf_Shdr head, symbols;
	Elf_Data *data = elf_getdata(scn, NULL), *table;
	Elf_Scn *symtab;
	GElf_Rela rela;
	GElf_Sym sym;

	if (!gelf_getshdr(scn, &head) || head.sh_type != SHT_RELA)
		return;
	symtab = elf_getscn(elf, head.sh_link);
	if (!symtab || !gelf_getshdr(symtab, &symbols))
		return;
	table = elf_getdata(symtab, NULL);
	for (int i = 0; data && table && gelf_getrela(data, i, &rela); i++) {
		const char *name;

		if (is_call(machine, (GElf_Word)GELF_R_TYPE(rela.r_info)) ||
		    !gelf_getsym(table, (int)GELF_R_SYM(rela.r_info), &sym) ||
		    sym.st_shndx != SHN_UNDEF)
			continue;
		name = elf_strptr(elf, symbols.sh_link, sym.st_name);
		if (name && *name)
			text_words_add(used, name, strlen(name));
	}
}

int symbols_not_called(const char *path, struct text_words *used, struct vt_error *err)
{
	int fd;
	Elf *elf = open_elf(path, &fd, err);
	Elf_Scn *scn = NULL;
	GElf_Ehdr head;

	while (elf && gelf_getehdr(elf, &head) && (scn = elf_nextscn(elf, scn)))
		add_used(elf, scn, head.e_machine, used);
	text_words_sort(used);
	close_elf(elf, fd);
	return elf ? 0 : -1;
}
