/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/reduce/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/base/temporary.h"

/* Thousands of small files: in memory, where there is such a folder and nobody asked for another.
 */
#define MEMORY_FOLDER "/dev/shm"

static const char *above(void)
{
	return !getenv("TMPDIR") && !access(MEMORY_FOLDER, W_OK | X_OK) ? MEMORY_FOLDER
									: temporary_folder();
}

/* For a process that ends in the middle of anything, by want of memory: nothing is asked for. */
static const struct command *at_work;

static void remove_all(void)
{
	if (!at_work)
		return;
	for (unsigned i = 0; i < at_work->jobs; i++) {
		unlink(at_work->slot[i].file);
		rmdir(at_work->slot[i].folder);
	}
	rmdir(at_work->folder);
}

int command_open(struct command *c, char *const *words, const char *path, unsigned jobs,
		 struct vt_error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	*c = (struct command){ .words = words, .slot = vt_array(jobs, sizeof(*c->slot)) };
	c->folder = vt_format("%s/vtick-reduce-XXXXXX", above());
	if (!mkdtemp(c->folder)) {
		vt_error_set(err, c->folder, VT_NO_OFFSET, "cannot be made: %s", strerror(errno));
		free(c->folder);
		c->folder = NULL;
		return -1;
	}
	at_work = c;
	vt_at_no_memory(remove_all);
	for (; c->jobs < jobs; c->jobs++) {
		struct command_slot *s = &c->slot[c->jobs];

		s->folder = vt_format("%s/%u", c->folder, c->jobs);
		s->file = vt_format("%s/%s", s->folder, name);
		if (mkdir(s->folder, 0700)) {
			vt_error_set(err, s->folder, VT_NO_OFFSET, "cannot be made: %s",
				     strerror(errno));
			free(s->folder);
			free(s->file);
			return -1;
		}
	}
	return 0;
}

void command_close(struct command *c)
{
	if (c->folder)
		remove_all();
	at_work = NULL;
	for (unsigned i = 0; i < c->jobs; i++) {
		free(c->slot[i].file);
		free(c->slot[i].folder);
	}
	free(c->slot);
	free(c->folder);
}

static int write_trace(void *arg, const struct whole *t, unsigned slot, struct vt_error *err)
{
	const struct command *c = arg;

	return c->whole ? 0 : whole_write(t, c->slot[slot].file, err);
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
	const char *file = c->whole ? c->whole : c->slot[slot].file;
	size_t n = 0;
	char **argv;

	(void)t;
	at_work = NULL; /* they are the parent's */
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
		.jobs = c->jobs,
		.timeout_ns = timeout_ns,
	};
}

char *command_end(int status)
{
	if (WIFSIGNALED(status))
		return vt_format("signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return vt_format("exit code %d", WEXITSTATUS(status));
}
