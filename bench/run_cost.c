/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one run of a command costs, by the kernel's own account of it and of its children: a line of
 * JSON, behind what FILE holds already. Usage: run_cost FILE NAME COMMAND [ARGUMENT]...; the
 * command's stdout goes nowhere. Exit code: the command's; 2 if it cannot be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long micros(struct timeval t)
{
	return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static _Noreturn void run(char **command)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
		execvp(command[0], command);
	fprintf(stderr, "run_cost: %s: %s\n", command[0], strerror(errno));
	_exit(2);
}

int main(int argc, char **argv)
{
	struct rusage use;
	long long start;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 4) {
		fprintf(stderr, "run_cost: usage: run_cost FILE NAME COMMAND [ARGUMENT]...\n");
		return 2;
	}
	start = now();
	pid = fork();
	if (!pid)
		run(argv + 3);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid) {
		fprintf(stderr, "run_cost: %s\n", strerror(errno));
		return 2;
	}
	start = now() - start;
	f = fopen(argv[1], "ae");
	if (!f) {
		fprintf(stderr, "run_cost: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	/* ru_maxrss: of the largest process of them. */
	fprintf(f,
		"{\"row\": \"%s\", \"user_us\": %lld, \"system_us\": %lld, \"wall_us\": %lld, "
		"\"peak_kib\": "
		"%ld}\n",
		argv[2], micros(use.ru_utime), micros(use.ru_stime), start, use.ru_maxrss);
	if (fclose(f)) {
		fprintf(stderr, "run_cost: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
