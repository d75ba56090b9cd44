/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <ucontext.h>
#include <unistd.h>

#include "traces/base/mem.h"

static struct {
	bool entered;
	int lent; /* -1: nothing */
	void (*forbidden)(int number);
} box = { .lent = -1 };

/* Where a system call's result stands as a handler of SIGSYS returns; NULL: that is not known. */
static void *result_place(ucontext_t *context)
{
#if defined(__x86_64__)
	return &context->uc_mcontext.gregs[REG_RAX];
#elif defined(__aarch64__)
	return &context->uc_mcontext.regs[0];
#else
	(void)context;
	return NULL;
#endif
}

static bool below_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload_");
}

const char *sandbox_lacks(void)
{
	uint32_t action = SECCOMP_RET_TRAP;
	ucontext_t context;

	if (SANDBOX_ASAN || below_valgrind())
		return "";
	if (!result_place(&context))
		return "vtick has no sandbox for this machine";
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		return "this kernel has no filters for system calls";
	return NULL;
}

/* ---- what is allowed ---- */

/* What computing asks for. Names that a machine does not have are none of its calls. */
static const char *const allowed[] = {
	"brk",
	"clock_getres",
	"clock_getres_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"close",
	"exit",
	"exit_group",
	"fstat",
	"fstat64",
	"futex",
	"futex_time64",
	"getcpu",
	"getegid",
	"geteuid",
	"getgid",
	"getpid",
	"getppid",
	"getrandom",
	"getrlimit",
	"getrusage",
	"gettid",
	"gettimeofday",
	"getuid",
	"_llseek",
	"lseek",
	"madvise",
	"mmap",
	"mmap2",
	"mprotect",
	"mremap",
	"munmap",
	"nanosleep",
	"pause",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pread64",
	"pselect6",
	"pselect6_time64",
	"pwrite64",
	"read",
	"readv",
	"restart_syscall",
	"rseq",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sched_getaffinity",
	"sched_yield",
	"select",
	"setrlimit",
	"set_robust_list",
	"sigreturn",
	"sysinfo",
	"time",
	"times",
	"ugetrlimit",
	"uname",
	"write",
	"writev",
};

/* What libraries ask for, and go on without. */
static const struct {
	const char *name;
	int error;
} refused[] = {
	{ "access", EACCES },	  { "faccessat", EACCES }, { "faccessat2", EACCES },
	{ "fstatfs", EACCES },	  { "getcwd", EACCES },	   { "ioctl", ENOTTY },
	{ "lstat", EACCES },	  { "lstat64", EACCES },   { "readlink", EACCES },
	{ "readlinkat", EACCES }, { "stat", EACCES },	   { "stat64", EACCES },
	{ "statfs", EACCES },
};

/* ---- on an attempt ---- */

static bool opens(int number)
{
#ifdef SYS_open
	if (number == SYS_open)
		return true;
#endif
	return number == SYS_openat;
}

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

static void on_trap(int signal_number, siginfo_t *info, void *context)
{
	long result = -EACCES;
	int before = errno;

	(void)signal_number;
	/* Raised by the policy itself it is about no call. */
	if (info->si_code != SYS_SECCOMP)
		return;
	if (!opens(info->si_syscall))
		box.forbidden(info->si_syscall);
	if (box.lent >= 0) {
		result = fcntl(box.lent, F_DUPFD_CLOEXEC, 3);
		box.lent = -1;
	}
	memcpy(result_place(context), &result, sizeof(result));
	errno = before;
}

static int catch_traps(void)
{
	struct sigaction action = { .sa_sigaction = on_trap,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	sigset_t set;

	/* Whoever started vtick may have blocked it. */
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	return sigprocmask(SIG_UNBLOCK, &set, NULL) || sigaction(SIGSYS, &action, NULL) ? -1 : 0;
}

/* ---- the filter ---- */

static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
	       const struct scmp_arg_cmp *arg)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR
		   ? 0
		   : seccomp_rule_add_array(filter, action, number, n, n ? arg : NULL);
}

/* Calls that depend on what they are given. */
static int add_conditional(scmp_filter_ctx filter)
{
	static const int flags[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC };
	const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, 0, 0),
				  to_itself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0),
				  of_open =
				      SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH),
				  of_named = SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0),
				  statx_open =
				      SCMP_A2(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH),
				  statx_named = SCMP_A2(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0);
	int failed = add(filter, SCMP_ACT_ALLOW, "prlimit64", 1, &self) ||
		     add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &to_itself) ||
		     add(filter, SCMP_ACT_ALLOW, "newfstatat", 1, &of_open) ||
		     add(filter, SCMP_ACT_ERRNO(EACCES), "newfstatat", 1, &of_named) ||
		     add(filter, SCMP_ACT_ALLOW, "statx", 1, &statx_open) ||
		     add(filter, SCMP_ACT_ERRNO(EACCES), "statx", 1, &statx_named);

	for (size_t i = 0; !failed && i < sizeof(flags) / sizeof(*flags); i++) {
		const struct scmp_arg_cmp arg = SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)flags[i], 0);

		failed = add(filter, SCMP_ACT_ALLOW, "fcntl", 1, &arg) ||
			 add(filter, SCMP_ACT_ALLOW, "fcntl64", 1, &arg);
	}
	return failed ? -1 : 0;
}

static int fill(scmp_filter_ctx filter)
{
	int failed = 0;

	/* A call of another machine's is meant to get past the filter. */
	seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* Speculation slows nobody down but who has secrets; and a tree is quicker than a list. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; !failed && i < sizeof(allowed) / sizeof(*allowed); i++)
		failed = add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; !failed && i < sizeof(refused) / sizeof(*refused); i++)
		failed = add(filter, SCMP_ACT_ERRNO((unsigned)refused[i].error), refused[i].name, 0,
			     NULL);
	return failed || add_conditional(filter) ? -1 : 0;
}

int sandbox_enter(void (*forbidden)(int number))
{
	scmp_filter_ctx filter;
	int failed;

	if (sandbox_lacks())
		return 0;
	filter = seccomp_init(SCMP_ACT_TRAP);
	if (!filter)
		return -1;
	box.forbidden = forbidden;
	/* It sets no_new_privs, too. */
	failed = fill(filter) || catch_traps() || seccomp_load(filter);
	seccomp_release(filter);
	box.entered = !failed;
	return failed ? -1 : 0;
}

bool sandbox_entered(void)
{
	return box.entered;
}

void sandbox_lend(int fd)
{
	box.lent = fd;
}

char *sandbox_call_name(int number)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	char *name = known ? vt_strdup(known) : vt_format("number %d", number);

	free(known);
	return name;
}
