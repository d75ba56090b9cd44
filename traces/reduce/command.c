/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/reduce/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/mem.h"

int command_open(struct command *c, char *const *words, const char *path, unsigned jobs,
		 struct vt_error *err)
{
	const char *slash = strrchr(path, '/');

	*c = (struct command){ .words = words };
	return slots_open(&c->slots, slash ? slash + 1 : path, jobs, err);
}

void command_close(struct command *c)
{
	slots_close(&c->slots);
}

static int write_trace(void *arg, const struct whole *t, unsigned slot, struct vt_error *err)
{
	const struct command *c = arg;

	return c->whole ? 0 : slots_write(&c->slots, slot, t, err);
}

/* @word with the file in each of its places. */
static char *with_file(const char *word, const char *file)
{
	char *all = vt_strdup("");
	const char *at;

	while ((at = strstr(word, COMMAND_FILE))) {
		char *more = vt_format("%s%.*s%s", all, (int)(at - word), word, file);

		free(all);
		all = more;
		word = at + strlen(COMMAND_FILE);
	}
	char *last = vt_format("%s%s", all, word);

	free(all);
	return last;
}

static void run(void *arg, const struct whole *t, unsigned slot)
{
	const struct command *c = arg;
	const char *file = c->whole ? c->whole : c->slots.slot[slot].file;
	size_t n = 0;
	char **argv;

	(void)t;
	slots_forget();
	while (c->words[n])
		n++;
	argv = vt_array(n + 1, sizeof(*argv));
	for (size_t i = 0; i < n; i++)
		argv[i] = with_file(c->words[i], file);
	execvp(argv[0], argv);
	_exit(127);
}

static bool judge(void *arg, int status)
{
	const struct command *c = arg;

	return status == c->status;
}

struct reduce_test command_test(struct command *c, uint64_t timeout_ns)
{
	return (struct reduce_test){
		.arg = c,
		.prepare = write_trace,
		.child = run,
		.judge = judge,
		.jobs = c->slots.n,
		.timeout_ns = timeout_ns,
	};
}

char *command_end(int status)
{
	if (WIFSIGNALED(status))
		return vt_format("signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return vt_format("exit code %d", WEXITSTATUS(status));
}
