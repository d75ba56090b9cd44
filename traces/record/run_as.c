/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/record/run_as.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

static void take(struct run_as *as, const struct passwd *p)
{
	as->uid = p->pw_uid;
	as->gid = p->pw_gid;
	as->name = vt_strdup(p->pw_name);
	as->home = vt_strdup(p->pw_dir);
	as->shell = vt_strdup(p->pw_shell);
}

static int named(struct run_as *as, const char *what, const char *user, struct vt_error *err)
{
	const struct passwd *p = getpwnam(user);
	uint32_t uid;

	if (!p && !cli_parse_u32(user, &uid))
		p = getpwuid(uid);
	if (!p)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "%s is '%s', expected a user of this machine", what, user);
	take(as, p);
	return 0;
}

/* An id that a variable holds; false: it is not set. */
static int id_of(const char *variable, uint32_t *id, bool *set, struct vt_error *err)
{
	const char *text = getenv(variable);

	*set = text != NULL;
	if (!text || !cli_parse_u32(text, id))
		return 0;
	return vt_error_set(err, NULL, VT_NO_OFFSET, "%s is '%s', expected a user's or group's id",
			    variable, text);
}

/* Whoever is root by sudo, pkexec or doas was another before. */
static int caller(struct run_as *as, struct vt_error *err)
{
	static const char *const variable[] = { "SUDO_UID", "PKEXEC_UID" };
	const char *doas = getenv("DOAS_USER");
	uint32_t id = 0;
	bool set = false;

	for (size_t i = 0; i < 2 && !set; i++)
		if (id_of(variable[i], &id, &set, err))
			return -1;
	if (!set)
		return doas ? named(as, "DOAS_USER", doas, err) : 0;
	as->uid = id;
	as->gid = id;
	const struct passwd *p = getpwuid(id);

	if (p)
		take(as, p);
	if (id_of("SUDO_GID", &id, &set, err))
		return -1;
	if (set)
		as->gid = id;
	return 0;
}

int run_as_find(struct run_as *as, const char *wanted, struct vt_error *err)
{
	int failed = 0;

	*as = (struct run_as){ .uid = geteuid() };
	if (wanted)
		failed = named(as, "--user", wanted, err);
	else if (!geteuid())
		failed = caller(as, err);
	as->change = as->uid != geteuid();
	if (failed)
		run_as_free(as);
	return failed;
}

void run_as_free(struct run_as *as)
{
	free(as->name);
	free(as->home);
	free(as->shell);
	*as = (struct run_as){ 0 };
}

static int set(const char *variable, const char *value)
{
	return value ? setenv(variable, value, 1) : unsetenv(variable);
}

int run_as_become(const struct run_as *as)
{
	static const char *const not_behind[] = { "SUDO_UID",	  "SUDO_GID",	"SUDO_USER",
						  "SUDO_COMMAND", "PKEXEC_UID", "DOAS_USER" };

	if (!as->change)
		return 0;
	if (as->name ? initgroups(as->name, as->gid) : setgroups(1, &as->gid))
		return -1;
	if (setresgid(as->gid, as->gid, as->gid) || setresuid(as->uid, as->uid, as->uid))
		return -1;
	for (size_t i = 0; i < sizeof(not_behind) / sizeof(*not_behind); i++)
		unsetenv(not_behind[i]);
	return set("HOME", as->home) || set("USER", as->name) || set("LOGNAME", as->name) ||
		       set("SHELL", as->shell)
		   ? -1
		   : 0;
}
