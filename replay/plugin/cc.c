/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/cc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/policy.h"
#include "traces/base/mem.h"

/*
 * The header goes into the command itself, so that a policy is always compiled against the
 * interface of the engine that will run it, wherever the command was installed or moved to.
 */
__asm__(".section .rodata\n"
	"vtick_policy_h:\n"
	".incbin \"replay/policy.h\"\n"
	"vtick_policy_h_end:\n"
	".previous\n");
extern const char vtick_policy_h[] __attribute__((visibility("hidden")));
extern const char vtick_policy_h_end[] __attribute__((visibility("hidden")));

static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = vt_alloc(size);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static int write_header(const char *folder, const char *name)
{
	char *path = join(folder, name);
	size_t size = (size_t)(vtick_policy_h_end - vtick_policy_h);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, vtick_policy_h, size);

	if (fd >= 0)
		close(fd);
	free(path);
	return n == (ssize_t)size ? 0 : -1;
}

/* Both `#include "policy.h"` and `#include "replay/policy.h"` find the header. */
static int fill_folder(const char *folder)
{
	char *sub = join(folder, "replay");
	int failed = mkdir(sub, 0700) || write_header(folder, "policy.h") ||
		     write_header(folder, "replay/policy.h");

	free(sub);
	return failed ? -1 : 0;
}

/* $CC may be a compiler with options ("ccache gcc"): the shell splits it. */
static _Noreturn void run_cc(const char *folder, const char *source, const char *object,
			     const sigset_t *mask)
{
	static const char script[] = "exec ${CC:-cc} \"$@\"";

	sigprocmask(SIG_SETMASK, mask, NULL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", script, "cc", "-std=gnu11", "-O2", "-g", "-Wall", "-Wextra",
	      "-Wno-unused-parameter", "-fPIC", "-shared", "-Wl,--build-id=sha1", "-I", folder,
	      "-o", object, source, (char *)NULL);
	_exit(127);
}

static int compile(const struct plugin_cc *c, const char *source, struct vt_error *err)
{
	const char *cc = getenv("CC");
	int status;
	pid_t pid = fork();

	if (!pid)
		run_cc(c->folder, source, c->object, &c->mask);
	if (pid < 0)
		return vt_error_set(err, source, VT_NO_OFFSET, "no process for the compiler: %s",
				    strerror(errno));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return vt_error_set(err, source, VT_NO_OFFSET, "the compiler got lost: %s",
					    strerror(errno));
	}
	if (status)
		return vt_error_set(err, source, VT_NO_OFFSET,
				    "'%s' could not compile it, its messages are above",
				    cc && *cc ? cc : "cc");
	return 0;
}

int plugin_cc(struct plugin_cc *c, const char *source, struct vt_error *err)
{
	const char *tmp = getenv("TMPDIR");
	sigset_t fatal;

	*c = (struct plugin_cc){ 0 };
	sigemptyset(&fatal);
	sigaddset(&fatal, SIGINT);
	sigaddset(&fatal, SIGTERM);
	sigaddset(&fatal, SIGHUP);
	sigprocmask(SIG_BLOCK, &fatal, &c->mask);
	if (access(source, R_OK))
		return vt_error_set(err, source, VT_NO_OFFSET, "cannot be read: %s",
				    strerror(errno));
	c->folder = join(tmp && *tmp ? tmp : "/tmp", "vtick-policy-XXXXXX");
	if (!mkdtemp(c->folder)) {
		vt_error_set(err, c->folder, VT_NO_OFFSET, "no temporary folder: %s",
			     strerror(errno));
		free(c->folder);
		c->folder = NULL;
		return -1;
	}
	c->object = join(c->folder, "policy.so");
	if (fill_folder(c->folder))
		return vt_error_set(err, c->folder, VT_NO_OFFSET, "cannot be written: %s",
				    strerror(errno));
	return compile(c, source, err);
}

void plugin_cc_end(struct plugin_cc *c)
{
	static const char *const content[] = { "policy.so", "policy.h", "replay/policy.h" };

	if (c->folder) {
		for (size_t i = 0; i < sizeof(content) / sizeof(*content); i++) {
			char *path = join(c->folder, content[i]);

			unlink(path);
			free(path);
		}
		char *sub = join(c->folder, "replay");

		rmdir(sub);
		rmdir(c->folder);
		free(sub);
	}
	free(c->folder);
	free(c->object);
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
}
