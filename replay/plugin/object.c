/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/object.h"

#include <elf.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/process.h"

/* What is read to tell what a file is. */
#define FRONT 64

struct front {
	unsigned char byte[FRONT];
	size_t n;
};

static bool begins(const struct front *f, const char *magic)
{
	size_t n = strlen(magic);

	return f->n >= n && !memcmp(f->byte, magic, n);
}

static bool ends(const char *path, const char *const *suffix)
{
	size_t n = strlen(path);

	for (; *suffix; suffix++) {
		size_t len = strlen(*suffix);

		if (n > len && !strcmp(path + n - len, *suffix))
			return true;
	}
	return false;
}

/* What a file is that is no ELF. */
static const char *other_file(const struct front *f, const char *path)
{
	static const char *const cxx[] = { ".cc", ".cpp", ".cxx", ".C", ".hpp", NULL };

	if (begins(f, ELFMAG))
		return "is an ELF file that is cut off, expected a shared object";
	if (!f->n)
		return "is empty, expected a shared object";
	if (begins(f, "#!"))
		return "is a script, expected a shared object, or a policy's source in C (.c)";
	if (ends(path, cxx))
		return "is C++, expected C: policy.h is C; hooks in C may call functions of C++ "
		       "that are "
		       "extern \"C\", linked into the same shared object";
	if (begins(f, "!<arch>\n"))
		return "is a static library, expected a shared object (cc -shared)";
	return "is no shared object, expected one, or a policy's source in C (.c)";
}

/* ---- of which machine ---- */

static const struct {
	unsigned machine, bits;
	const char *name;
} machines[] = {
	{ EM_X86_64, 64, "x86-64" },	   { EM_X86_64, 32, "x32" }, { EM_386, 32, "i386" },
	{ EM_AARCH64, 64, "AArch64" },	   { EM_ARM, 32, "ARM" },    { EM_RISCV, 64, "RISC-V" },
	{ EM_PPC64, 64, "POWER" },	   { EM_S390, 64, "s390x" }, { EM_MIPS, 32, "MIPS" },
	{ EM_LOONGARCH, 64, "LoongArch" }, { EM_BPF, 64, "BPF" },
};

static const char *machine_name(unsigned machine, unsigned bits)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		if (machines[i].machine == machine && machines[i].bits == bits)
			return machines[i].name;
	}
	return "an unknown machine";
}

/* What an ELF file's head says of where it runs. */
struct head {
	unsigned type, machine, bits, order;
};

static unsigned two_bytes(const struct front *f, size_t at)
{
	unsigned a = f->byte[at], b = f->byte[at + 1];

	return f->byte[EI_DATA] == ELFDATA2MSB ? a << 8 | b : b << 8 | a;
}

static struct head head_of(const struct front *f)
{
	return (struct head){
		.type = two_bytes(f, offsetof(Elf64_Ehdr, e_type)),
		.machine = two_bytes(f, offsetof(Elf64_Ehdr, e_machine)),
		.bits = f->byte[EI_CLASS] == ELFCLASS64 ? 64 : 32,
		.order = f->byte[EI_DATA],
	};
}

static bool is_elf(const struct front *f)
{
	return begins(f, ELFMAG) && f->n >= sizeof(Elf32_Ehdr);
}

static void read_front(int file, struct front *f)
{
	ssize_t n = pread(file, f->byte, sizeof(f->byte), 0);

	f->n = n < 0 ? 0 : (size_t)n;
}

/* vtick's own; false if nobody knows where it is. */
static bool own_head(struct head *own)
{
	struct front f = { 0 };
	char *path = process_path();
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	free(path);
	if (fd < 0)
		return false;
	read_front(fd, &f);
	close(fd);
	*own = head_of(&f);
	return is_elf(&f);
}

static int check_elf(const struct head *head, const char *path, struct vt_error *err)
{
	struct head own;

	if (own_head(&own) &&
	    (head->machine != own.machine || head->bits != own.bits || head->order != own.order))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "is for %s, this vtick runs on %s: build it for that ($CC)",
				    machine_name(head->machine, head->bits),
				    machine_name(own.machine, own.bits));
	if (head->type != ET_DYN)
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "is %s, expected a shared object (cc -shared)",
				    head->type == ET_REL    ? "an object file that is not linked"
				    : head->type == ET_EXEC ? "a program"
							    : "an ELF file of another kind");
	return 0;
}

int object_check(int object, const char *path, struct vt_error *err)
{
	struct front f = { 0 };
	struct head head;

	read_front(object, &f);
	if (!is_elf(&f))
		return vt_error_set(err, path, VT_NO_OFFSET, "%s", other_file(&f, path));
	head = head_of(&f);
	return check_elf(&head, path, err);
}

int object_hash(int object, char hex[41])
{
	uint8_t digest[SHA256_DIGEST_SIZE], part[4096];
	struct sha256_ctx ctx;
	off_t at = 0;
	ssize_t n;

	sha256_init(&ctx);
	while ((n = pread(object, part, sizeof(part), at)) > 0) {
		sha256_update(&ctx, (size_t)n, part);
		at += n;
	}
	if (n < 0)
		return -1;
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < 20; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
