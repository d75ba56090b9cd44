/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy's object into the process that is to run it. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/plugin/args.h"

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
	else
		return 0;
	return -1;
}

/* By the name of its file, which debuggers look for, if that is still the object. */
static void *load(const struct plugin *p)
{
	struct stat named, object;
	char fd[32];

	if (!stat(p->path, &named) && !fstat(p->object, &object) && named.st_dev == object.st_dev &&
	    named.st_ino == object.st_ino)
		return dlopen(p->path, RTLD_NOW | RTLD_LOCAL);
	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", p->object);
	return dlopen(fd, RTLD_NOW | RTLD_LOCAL);
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

const struct vtick_policy *plugin_open(const struct plugin *p, char why[PLUGIN_WHY])
{
	void *handle = load(p);
	const struct vtick_policy *raw = handle ? dlsym(handle, "vtick_policy") : NULL;

	if (!handle) {
		snprintf(why, PLUGIN_WHY, "cannot be loaded, expected a shared object: %s",
			 dlerror());
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
