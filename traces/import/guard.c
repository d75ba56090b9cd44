/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/guard.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/temporary.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* With which a child tells; no decoder ends with them by itself. */
enum { CODE_TIME = 110, CODE_MEMORY = 111, CODE_SIZE = 112, CODE_FILE = 113 };

/* One process imports one capture, so what it guards is the process's. */
static struct {
	pid_t owner;
	char time[1200], memory[1200]; /* lines, ready to be written where there is no memory */
	int too_large; /* in a child: with which code a file that grows over its limit ends it */
} guard;

static int blame_time(const char *capture, struct vt_error *err)
{
	char *most = limit_text(LIMIT_IMPORT_TIME);

	vt_error_set(err, capture, VT_NO_OFFSET, "takes more CPU time than %s", most);
	free(most);
	return -1;
}

static int blame_memory(const char *capture, struct vt_error *err)
{
	char *most = limit_text(LIMIT_IMPORT_MEMORY);

	vt_error_set(err, capture, VT_NO_OFFSET, "takes more memory than %s, or than there is",
		     most);
	free(most);
	return -1;
}

static int blame_size(const char *capture, struct vt_error *err)
{
	char *most = limit_unpacked_text();

	vt_error_set(err, capture, VT_NO_OFFSET, "what is packed in it unpacks to more than %s",
		     most);
	free(most);
	return -1;
}

/* The limit that stood before a child's. */
static int blame_file(const char *capture, struct vt_error *err)
{
	struct rlimit r = { 0 };

	getrlimit(RLIMIT_FSIZE, &r);
	return vt_error_set(err, capture, VT_NO_OFFSET,
			    "needs a temporary file of more than %llu bytes, the most that a file "
			    "may have here (ulimit -f)",
			    (unsigned long long)r.rlim_cur);
}

int import_guard_blame(int code, const char *capture, struct vt_error *err)
{
	return code == CODE_TIME     ? blame_time(capture, err)
	       : code == CODE_MEMORY ? blame_memory(capture, err)
	       : code == CODE_SIZE   ? blame_size(capture, err)
	       : code == CODE_FILE   ? blame_file(capture, err)
				     : 0;
}

/* In the process itself, or in a child, whose code says it all. */
static _Noreturn void end(const char *line, int code)
{
	if (getpid() != guard.owner)
		_exit(code);
	if (write(STDERR_FILENO, line, strlen(line)) < 0) {
		/* Nobody listens. */
	}
	temporary_abandon();
	_exit(EXIT_TROUBLE);
}

static void on_time(int number)
{
	(void)number;
	end(guard.time, CODE_TIME);
}

static void on_size(int number)
{
	(void)number;
	_exit(guard.too_large);
}

static void on_memory(void)
{
	end(guard.memory, CODE_MEMORY);
}

static void make_line(char *line, size_t size, const struct vt_error *err)
{
	const char prefix[] = "vtick: ";
	char *to = line + sizeof(prefix) - 1;

	memcpy(line, prefix, sizeof(prefix));
	to = safe_line(to, line + size - 1, err->text);
	strcpy(to, "\n");
}

/* False: the user set a lower one, which is the user's. */
static bool limit_to(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(resource, &r) || r.rlim_cur < most)
		return false;
	r.rlim_cur = most;
	setrlimit(resource, &r);
	return true;
}

void import_guard_child(uint64_t most)
{
	struct sigaction action = { .sa_handler = on_size };

	sigemptyset(&action.sa_mask);
	sigaction(SIGXFSZ, &action, NULL);
	guard.too_large = limit_to(RLIMIT_FSIZE, most) ? CODE_SIZE : CODE_FILE;
}

void import_guard(const char *capture)
{
	struct sigaction action = { .sa_handler = on_time };
	uint64_t seconds = limit_value(LIMIT_IMPORT_TIME) / 1000000000;
	struct vt_error err;

	guard.owner = getpid();
	blame_time(capture, &err);
	make_line(guard.time, sizeof(guard.time), &err);
	blame_memory(capture, &err);
	make_line(guard.memory, sizeof(guard.memory), &err);
	vt_no_memory_is(on_memory);
	sigemptyset(&action.sa_mask);
	sigaction(SIGXCPU, &action, NULL);
	limit_to(RLIMIT_CPU, seconds ? seconds : 1);
	/* AddressSanitizer's shadow is larger than any limit. */
	if (!SANITIZED)
		limit_to(RLIMIT_DATA, limit_value(LIMIT_IMPORT_MEMORY));
}
