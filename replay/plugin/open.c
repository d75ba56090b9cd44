/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy's object into the process that is to run it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/plugin/args.h"
#include "replay/plugin/sandbox.h"

/* What is wrong with the head, which tells whether the rest can be read; 0 or -1. */
static int check_head(const struct vtick_policy *raw, char why[PLUGIN_WHY])
{
	if (raw->magic != VTICK_POLICY_MAGIC)
		snprintf(why, PLUGIN_WHY,
			 "'vtick_policy' begins with %" PRIx64 ", expected the magic %" PRIx64
			 ": it is no policy (VTICK_POLICY_HEAD sets it)",
			 raw->magic, VTICK_POLICY_MAGIC);
	else if (raw->abi != VTICK_POLICY_ABI)
		snprintf(why, PLUGIN_WHY,
			 "the policy was built for interface version %" PRIu32
			 ", this vtick has version %d: build it again with this vtick's policy.h",
			 raw->abi, VTICK_POLICY_ABI);
	else if (raw->size != sizeof(*raw))
		snprintf(why, PLUGIN_WHY,
			 "'vtick_policy' is %" PRIu32
			 " bytes large, expected %zu (VTICK_POLICY_HEAD sets it)",
			 raw->size, sizeof(*raw));
	else if (!raw->queue_run != !raw->queue_hv)
		snprintf(why, PLUGIN_WHY,
			 "has one of the hooks queue_run and queue_hv, expected both or none");
	else
		return 0;
	return -1;
}

/* Is the file at @path the object still? */
static bool is_object(const struct plugin *p)
{
	struct stat named, object;

	return !stat(p->path, &named) && !fstat(p->object, &object) &&
	       named.st_dev == object.st_dev && named.st_ino == object.st_ino;
}

/* By the name of its file, which debuggers look for. In the sandbox the object is lent to whatever
 * has a slash in its name. */
static void *load(const struct plugin *p)
{
	bool lent = sandbox_entered();
	char fd[48];
	void *handle;

	/* A debugger's own "self" is another. */
	snprintf(fd, sizeof(fd), "/proc/%d/fd/%d", (int)getpid(), p->object);
	if (lent)
		sandbox_lend(p->object);
	handle = dlopen(strchr(p->path, '/') && (lent || is_object(p)) ? p->path : fd,
			RTLD_NOW | RTLD_LOCAL);
	sandbox_lend(-1);
	return handle;
}

/* The names of libraries that the section @scn of @elf says are needed. */
static void load_named(Elf *elf, Elf_Scn *scn)
{
	GElf_Shdr head;
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Dyn entry;

	if (!gelf_getshdr(scn, &head) || head.sh_type != SHT_DYNAMIC)
		return;
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		const char *name = entry.d_tag == DT_NEEDED
				       ? elf_strptr(elf, head.sh_link, entry.d_un.d_val)
				       : NULL;

		if (name && !strchr(name, '/'))
			dlopen(name, RTLD_NOW | RTLD_LOCAL);
	}
}

/* Other children read the same description of the file, and where one is in it all are: this one
 * gets its own. */
static void open_again(const struct plugin *p)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", p->object);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && is_object(p))
		fd = open(p->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	dup2(fd, p->object);
	close(fd);
}

void plugin_prepare(const struct plugin *p)
{
	Elf_Scn *scn = NULL;
	Elf *elf;

	open_again(p);
	elf_version(EV_CURRENT);
	elf = elf_begin(p->object, ELF_C_READ, NULL);
	while (elf && (scn = elf_nextscn(elf, scn)))
		load_named(elf, scn);
	elf_end(elf);
	lseek(p->object, 0, SEEK_SET);
}

static bool same_param(const struct vtick_param *a, const struct vtick_param *b)
{
	return !strcmp(a->name, b->name) && a->kind == b->kind && a->offset == b->offset;
}

/* What the parent made up its mind by holds here, too. */
static bool is_as_described(const struct vtick_policy *v, const struct vtick_policy *was)
{
	uint32_t params = plugin_params_count(v);

	if (v->params_size != was->params_size || v->state_size != was->state_size ||
	    v->vp_size != was->vp_size || v->lp_size != was->lp_size ||
	    v->timer_offset != was->timer_offset || v->timers != was->timers ||
	    params != plugin_params_count(was))
		return false;
	for (uint32_t i = 0; i < params; i++) {
		if (!same_param(&v->params[i], &was->params[i]))
			return false;
	}
	return true;
}

/* Where a C library is called libc.so it is musl; glibc's file of that name is none to load. */
static void say_why(const char *said, char why[PLUGIN_WHY])
{
	if (strstr(said, "/libc.so: invalid ELF header") || !strncmp(said, "libc.so: ", 9))
		snprintf(
		    why, PLUGIN_WHY,
		    "is linked with the C library musl, this vtick with glibc: build it with a "
		    "compiler for that ($CC)");
	else
		snprintf(why, PLUGIN_WHY, "cannot be loaded, expected a shared object%s: %s",
			 sandbox_entered() ? " that needs no libraries but the system's" : "",
			 said);
}

const struct vtick_policy *plugin_open(const struct plugin *p, char why[PLUGIN_WHY])
{
	void *handle = load(p);
	const struct vtick_policy *raw = handle ? dlsym(handle, "vtick_policy") : NULL;

	if (!handle) {
		say_why(dlerror(), why);
		return NULL;
	}
	if (!raw) {
		snprintf(why, PLUGIN_WHY,
			 "has no symbol 'vtick_policy', expected a policy of interface version %d "
			 "(policy.h)",
			 VTICK_POLICY_ABI);
		return NULL;
	}
	if (check_head(raw, why))
		return NULL;
	if (p->policy && !is_as_described(raw, p->policy)) {
		snprintf(why, PLUGIN_WHY,
			 "is another when it is loaded again, with other parameters or sizes");
		return NULL;
	}
	return raw;
}
