/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls are met as a debugger meets them: a filter stops vtick and its children at those
 * that can fail, whatever library makes them.
 */
#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_GRACE_MS 2000

static const struct call {
	const char *name;
	uint32_t number;
	bool writes;
} calls[] = {
	{ "write", SYS_write, true },
	{ "pwrite", SYS_pwrite64, true },
	{ "writev", SYS_writev, false },
	{ "pread", SYS_pread64, false },
	{ "fsync", SYS_fsync, false },
	{ "fdatasync", SYS_fdatasync, false },
	{ "close", SYS_close, false },
	{ "rename", SYS_rename, false },
	{ "renameat", SYS_renameat, false },
	{ "renameat2", SYS_renameat2, false },
	{ "link", SYS_link, false },
	{ "linkat", SYS_linkat, false },
	{ "ftruncate", SYS_ftruncate, false },
	{ "fallocate", SYS_fallocate, false },
	{ "fchmod", SYS_fchmod, false },
	{ "mkdir", SYS_mkdir, false },
	{ "unlink", SYS_unlink, false },
	{ "unlinkat", SYS_unlinkat, false },
	{ "open to write", SYS_openat, false },
	{ "memfd_create", SYS_memfd_create, false },
	{ "pipe2", SYS_pipe2, false },
};

#define CALLS (sizeof(calls) / sizeof(*calls))

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- in the child ---- */

static void stop_at_calls(void)
{
	struct sock_filter f[CALLS + 3];
	unsigned short n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++)
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number,
						      (unsigned char)(CALLS - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);

	struct sock_fprog program = { .len = n, .filter = f };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("seccomp");
}

static void set_stdout(const struct fault *fault, int out)
{
	int pipes[2];

	if (fault->kind != FAULT_STDOUT) {
		dup2(out, STDOUT_FILENO);
	} else if (fault->value == STDOUT_FULL) {
		dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	} else if (fault->value == STDOUT_CLOSED) {
		close(STDOUT_FILENO);
	} else if (!pipe2(pipes, O_CLOEXEC)) {
		dup2(pipes[1], STDOUT_FILENO);
		close(pipes[0]);
	}
}

static _Noreturn void child(const struct runner *r, char *const *argv, const char *input,
			    const struct fault *fault, int out, int err, bool traced)
{
	const struct rlimit none = { 0 },
			    size = { .rlim_cur = fault->value, .rlim_max = fault->value };

	if (chdir(r->folder))
		die(r->folder);
	setpgid(0, 0);
	dup2(open(input, O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(err, STDERR_FILENO);
	set_stdout(fault, out);
	setenv("LD_PRELOAD", r->preload, 1);
	setenv("VTICK_FAULTS", r->page_path, 1);
	setrlimit(RLIMIT_CORE, &none);
	if (fault->kind == FAULT_SIZE)
		setrlimit(RLIMIT_FSIZE, &size);
	/* Whoever runs us in the background has some of them ignored. */
	for (int number = 1; number < SIGRTMIN; number++)
		signal(number, SIG_DFL);
	if (traced) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		stop_at_calls();
	}
	execv(r->vtick, argv);
	_exit(127);
}

/* ---- what a call becomes ---- */

static const struct call *find_call(uint64_t number)
{
	for (size_t i = 0; i < CALLS; i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

/* Not what goes to stderr: there it could not be told. */
static bool counts(const struct call *c, const struct user_regs_struct *regs)
{
	if (!c)
		return false;
	if (c->number == SYS_openat)
		return regs->rdx & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY) | O_WRONLY);
	if (c->writes || c->number == SYS_writev || c->number == SYS_close)
		return regs->rdi != STDERR_FILENO;
	return true;
}

static bool is_vtick(pid_t pid)
{
	char path[64], name[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	return !strcmp(name, "vtick\n");
}

static void at_call(struct runner *r, pid_t main, pid_t pid, const struct fault *fault)
{
	struct user_regs_struct regs;
	const struct call *c;
	int status;

	if (!r->page->started || ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return;
	c = find_call(regs.orig_rax);
	if (!counts(c, &regs) || (fault->kind == FAULT_SHORT && !c->writes) || !is_vtick(pid) ||
	    ++r->calls != fault->number)
		return;
	snprintf(r->call, sizeof(r->call), "%s", c->name);
	if (fault->kind == FAULT_ERROR && c->number == SYS_close) {
		/* It closes all the same. */
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		waitpid(pid, &status, __WALL);
		if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, NULL, &regs))
			return;
		regs.rax = -fault->value;
	} else if (fault->kind == FAULT_ERROR) {
		regs.orig_rax = ~0ULL;
		regs.rax = -fault->value;
	} else if (fault->kind == FAULT_SHORT) {
		regs.rdx = regs.rdx > 1 ? regs.rdx / 2 : regs.rdx;
	} else if (fault->kind == FAULT_SIGNAL) {
		kill(main, (int)fault->value);
		return;
	}
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void begin_tracing(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("a child to trace");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		die("ptrace");
	ptrace(PTRACE_CONT, pid, NULL, NULL);
}

static void go_on(struct runner *r, pid_t main, pid_t pid, int status, const struct fault *fault)
{
	int number = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_SECCOMP)
		at_call(r, main, pid, fault);
	/* A child that is new begins with a SIGSTOP of the tracer's. */
	if (event || number == SIGSTOP || number == SIGTRAP)
		number = 0;
	ptrace(PTRACE_CONT, pid, NULL, (void *)(long)number);
}

/* ---- */

/* Waits for all processes; those that are left after a grace are killed. */
static void wait_all(struct runner *r, pid_t main, const struct fault *fault, struct outcome *o)
{
	uint64_t limit = now_ms() + RUN_LIMIT_S * 1000, idle_us = 50;
	bool over = false;

	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

		if (pid < 0)
			break;
		if (pid > 0) {
			idle_us = 50;
			if (WIFSTOPPED(status)) {
				go_on(r, main, pid, status, fault);
			} else if (pid == main) {
				o->status = status;
				over = true;
				limit = now_ms() + CHILD_GRACE_MS;
			}
			continue;
		}
		if (now_ms() > limit) {
			o->hangs = !over;
			o->left += over;
			kill(-main, SIGKILL);
			kill(main, SIGKILL);
			/* What left the group and is stopped ends with the tracer. */
			if (over && o->left > 50)
				break;
			limit = now_ms() + 100;
		}
		usleep((useconds_t)idle_us);
		idle_us = idle_us < 2000 ? idle_us * 2 : 2000;
	}
}

static char *read_all(int fd, size_t *size)
{
	size_t room = 1 << 16, n = 0;
	char *text = malloc(room);
	ssize_t got;

	while (text && (got = read(fd, text + n, room - n - 1)) > 0) {
		n += (size_t)got;
		if (n + 1 == room)
			text = realloc(text, room *= 2);
	}
	if (!text)
		die("memory");
	text[n] = '\0';
	*size = n;
	return text;
}

void run_once(struct runner *r, char *const *argv, const char *input, const struct fault *fault,
	      struct outcome *o)
{
	bool traced =
	    fault->kind == FAULT_ERROR || fault->kind == FAULT_SHORT || fault->kind == FAULT_SIGNAL;
	int out = memfd_create("stdout", MFD_CLOEXEC), err[2];
	pid_t pid;

	if (out < 0 || pipe2(err, O_CLOEXEC | O_NONBLOCK))
		die("a place for what is printed");
	fcntl(err[1], F_SETPIPE_SZ, 1 << 20);
	fcntl(err[1], F_SETFL, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	*o = (struct outcome){ 0 };
	*r->page = (struct fault_page){ .fails = fault->kind == FAULT_MEMORY ? fault->number : 0 };
	r->calls = 0;
	r->call[0] = '\0';
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		child(r, argv, input, fault, out, err[1], traced);
	close(err[1]);
	if (traced)
		begin_tracing(pid);
	wait_all(r, pid, fault, o);
	lseek(out, 0, SEEK_SET);
	o->out = read_all(out, &o->out_size);
	o->err = read_all(err[0], &o->err_size);
	close(out);
	close(err[0]);
}
