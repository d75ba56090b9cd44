/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/plugin/args.h"
#include "replay/plugin/build_id.h"
#include "replay/plugin/cc.h"
#include "replay/plugin/find.h"
#include "traces/base/call_files.h"
#include "traces/base/mem.h"

/* A constructor may not take longer. */
#define PROBE_SECONDS 10u

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

/* Where ":key=value,..." begins: at the first ':' of the file's name. NULL: nowhere. */
static const char *find_args(const char *spec)
{
	const char *slash = strrchr(spec, '/');

	return strchr(slash ? slash : spec, ':');
}

static int check_head(const struct plugin *p, const struct vtick_policy *raw, struct vt_error *err)
{
	if (raw->magic != VTICK_POLICY_MAGIC)
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "'vtick_policy' begins with %" PRIx64
				    ", expected the magic %" PRIx64
				    ": it is no policy (VTICK_POLICY_HEAD sets it)",
				    raw->magic, VTICK_POLICY_MAGIC);
	if (raw->abi != VTICK_POLICY_ABI)
		return vt_error_set(
		    err, p->path, VT_NO_OFFSET,
		    "the policy was built for interface version %" PRIu32
		    ", this vtick has version %d: build it again with this vtick's policy.h",
		    raw->abi, VTICK_POLICY_ABI);
	if (raw->size != sizeof(*raw))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "'vtick_policy' is %" PRIu32
				    " bytes large, expected %zu (VTICK_POLICY_HEAD sets it)",
				    raw->size, sizeof(*raw));
	return 0;
}

static int check_name(const struct plugin *p, struct vt_error *err)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *name = p->policy->name;

	if (!name || !*name || strlen(name) > 63 || name[strspn(name, letters)])
		return vt_error_set(
		    err, p->path, VT_NO_OFFSET,
		    "the policy's name is '%s', expected 1 to 63 letters, digits, '_', '.' and '-'",
		    name ? name : "");
	return 0;
}

static int check_timers(const struct plugin *p, struct vt_error *err)
{
	const struct vtick_policy *v = p->policy;

	if (v->timers && (v->timer_offset > v->vp_size ||
			  v->timers > (v->vp_size - v->timer_offset) / sizeof(struct vtick_timer) ||
			  v->timer_offset % sizeof(uint64_t)))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "%zu timers from byte %zu on do not fit into the %zu bytes of "
				    "a VP's state",
				    v->timers, v->timer_offset, v->vp_size);
	return 0;
}

static int load_object(struct plugin *p, const char *object, struct vt_error *err)
{
	p->handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
	if (!p->handle)
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "cannot be loaded, expected a shared object: %s", dlerror());

	const struct vtick_policy *raw = dlsym(p->handle, "vtick_policy");

	if (!raw)
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "has no symbol 'vtick_policy', expected a policy of interface "
				    "version %d (policy.h)",
				    VTICK_POLICY_ABI);
	if (check_head(p, raw, err))
		return -1;
	p->policy = raw;
	if (check_name(p, err) || check_timers(p, err))
		return -1;
	return plugin_args_check(p, err);
}

/* Loads @object in a child first: its constructors and pointers are not trusted yet. */
static int probe(const struct plugin *p, const char *object, struct vt_error *err)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct plugin scratch = { .path = p->path };
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		signal(SIGSEGV,
		       SIG_DFL); /* a sanitizer's handler would turn the signal into an exit code */
		signal(SIGALRM, SIG_DFL);
		alarm(PROBE_SECONDS);
		load_object(&scratch, object, NULL);
		_exit(0);
	}
	if (pid < 0)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "no process to load it in: %s",
				    strerror(errno));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return vt_error_set(err, p->path, VT_NO_OFFSET, "cannot be loaded: %s",
					    strerror(errno));
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "takes more than %u s to load",
				    PROBE_SECONDS);
	if (WIFSIGNALED(status))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "dies with signal %d (SIG%s) when it is loaded",
				    WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "exits with code %d when it is loaded", WEXITSTATUS(status));
	return 0;
}

static int load_checked(struct plugin *p, const char *object, struct vt_error *err)
{
	if (probe(p, object, err) || load_object(p, object, err))
		return -1;
	build_id_of(p->handle, p->build_id, sizeof(p->build_id));
	return 0;
}

static int load_source(struct plugin *p, struct vt_error *err)
{
	struct plugin_cc cc;
	int failed = plugin_cc(&cc, p->path, err);

	if (!failed)
		failed = load_checked(p, cc.object, err);
	plugin_cc_end(&cc);
	return failed;
}

/* The file behind @name, malloc'ed; dlopen() must see a path, not a name to search by its own
 * rules. */
static char *locate(const char *name, struct vt_error *err)
{
	if (!strchr(name, '/') && !ends_with(name, ".so") && !ends_with(name, ".c"))
		return plugin_find(name, err);

	char *path = vt_alloc(strlen(name) + 3);

	sprintf(path, "%s%s", strchr(name, '/') ? "" : "./", name);
	return path;
}

static void note(const char *path, void *arg)
{
	(void)arg;
	call_reads(path);
}

void plugin_note_files(const char *const *spec, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *args = find_args(spec[i]);
		char *path = vt_format("%.*s", args ? (int)(args - spec[i]) : -1, spec[i]);

		call_reads(path);
		free(path);
	}
	plugin_each(note, NULL);
}

int plugin_load(struct plugin *p, const char *spec, struct vt_error *err)
{
	const char *args = find_args(spec);
	char *name = args ? vt_strndup(spec, (size_t)(args - spec)) : vt_strdup(spec);

	*p = (struct plugin){ .spec = vt_strdup(spec) };
	p->path = locate(name, err);
	free(name);
	if (!p->path)
		return -1;
	if (ends_with(p->path, ".c") ? load_source(p, err) : load_checked(p, p->path, err))
		return -1;
	return plugin_args_parse(p, args ? args + 1 : NULL, err);
}

void plugin_free(struct plugin *p)
{
	free(p->spec);
	free(p->path);
	free(p->values);
	free(p->given);
	if (p->handle)
		dlclose(p->handle);
	*p = (struct plugin){ 0 };
}
