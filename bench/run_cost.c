/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hyperfine does not tell of a run: the memory of the largest process of a command and its
 * children, by the kernel's own account. A line of JSON, behind what FILE holds already. Usage:
 * run_cost FILE NAME COMMAND [ARGUMENT]...; the command's stdout goes nowhere. Exit code: the
 * command's; 2 if it cannot be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 4) {
		fprintf(stderr, "run_cost: usage: run_cost FILE NAME COMMAND [ARGUMENT]...\n");
		return 2;
	}
	pid = fork();
	if (!pid)
		run(argv + 3);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid) {
		fprintf(stderr, "run_cost: %s\n", strerror(errno));
		return 2;
	}
	f = fopen(argv[1], "ae");
	if (!f) {
		fprintf(stderr, "run_cost: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	fprintf(f, "{\"row\": \"%s\", \"peak_kib\": %ld}\n", argv[2], use.ru_maxrss);
	if (fclose(f)) {
		fprintf(stderr, "run_cost: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
