/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each command of a table, with one fault at a time; a line for each command and kind of fault says
 * what came out.
 *
 *   faults [OPTION]... VTICK PRELOAD TABLE FOLDER
 *
 *   --sample N     at most so many faults of a kind for each command, where the seed says
 *   --seed N       of what is chosen by chance
 *   --kind NAME    that kind only
 *   --only TEXT    those commands whose name TEXT begins
 *
 * A line of the table is a command's arguments, separated by spaces, "< FILE" at the end is its
 * standard input, # begins a comment. A command behind "?" may do without a part (a cell, a row),
 * with exit code 2; one behind "~" makes another file each time (a recording); one behind
 * "!" takes long, and a sample of less than 100 leaves it out. They run in FOLDER
 * and write to FOLDER/out, which before each run holds what FOLDER/old does. Exit codes: 0 all is
 * as it must be (judge.c), 1 something is not, 2 trouble.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

#define WORDS_MAX 64
#define SHOWN_MAX 4	/* of what is wrong with a command and a kind */
#define SAMPLE_LONG 100 /* commands that take long are in one of so many */

struct command {
	char *words[WORDS_MAX];
	const char *input;
	const char *text;
	bool parts, varies, takes_long;
};

struct options {
	uint64_t sample, seed;
	const char *kind, *only;
};

struct tally {
	uint64_t faults, same, told, wrong;
};

struct bench {
	struct runner runner;
	struct options options;
	struct shot old;
	char out[4096]; /* FOLDER/out */
	struct tally all;
};

static void trouble(const char *what, const char *why)
{
	fprintf(stderr, "faults: %s: %s\n", what, why);
	exit(2);
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* ---- a command ---- */

static void run(struct bench *b, const struct command *c, const struct fault *fault,
		struct outcome *o)
{
	shot_put(&b->old, b->out);
	run_once(&b->runner, c->words, c->input, fault, o);
}

static void free_outcome(struct outcome *o)
{
	free(o->out);
	free(o->err);
}

static void run_normal(struct bench *b, const struct command *c, struct normal *n)
{
	const struct fault fault = { FAULT_NONE, 0, 0 };
	struct outcome o;

	n->before = b->old;
	n->parts = c->parts;
	n->varies = c->varies;
	for (int i = 0; i < 2; i++) {
		run(b, c, &fault, &o);
		if (o.hangs || o.left || !WIFEXITED(o.status))
			trouble(c->text, "ends badly, without any fault");
		n->code = WEXITSTATUS(o.status);
		n->out[i] = (struct bytes){ o.out, o.out_size };
		shot_take(&n->after[i], b->out);
		if (!i)
			n->err = (struct bytes){ o.err, o.err_size };
		else
			free(o.err);
	}
	for (size_t i = 0; i < n->after[0].n; i++) {
		if (!shot_find(&n->after[1], n->after[0].file[i].name))
			trouble(c->text, "two runs make different files");
	}
}

static void free_normal(struct normal *n)
{
	for (int i = 0; i < 2; i++) {
		shot_free(&n->after[i]);
		free(n->out[i].data);
	}
	free(n->err.data);
}

static void show(const struct bench *b, const struct command *c, const struct fault *fault,
		 const struct outcome *o, const char *wrong)
{
	printf("  WRONG: %s: fault %d:%llu:%llu %s: %s", c->text, (int)fault->kind,
	       (unsigned long long)fault->number, (unsigned long long)fault->value, b->runner.call,
	       wrong);
	if (WIFEXITED(o->status))
		printf(" (exit code %d)\n", WEXITSTATUS(o->status));
	else
		printf(" (SIG%s)\n", sigabbrev_np(WTERMSIG(o->status)));
	if (o->err_size)
		printf("    %.*s\n", (int)strcspn(o->err, "\n"), o->err);
}

static void try(struct bench *b, const struct command *c, const struct normal *n,
		const struct fault *fault, struct tally *t)
{
	struct outcome o;
	const char *wrong;

	run(b, c, fault, &o);
	wrong = judge(n, fault, &o, b->out);
	t->faults++;
	if (wrong && t->wrong++ < SHOWN_MAX)
		show(b, c, fault, &o, wrong);
	else if (!wrong && WIFEXITED(o.status) && WEXITSTATUS(o.status) == n->code && n->code != 2)
		t->same++;
	else if (!wrong)
		t->told++;
	free_outcome(&o);
}

/* ---- a kind of fault ---- */

/* @fault at each of @most places, or at a sample of them. */
static void at_each(struct bench *b, const struct command *c, const struct normal *n,
		    struct fault fault, uint64_t most, const int *value, size_t values,
		    struct tally *t)
{
	uint64_t sample = b->options.sample, state = b->options.seed + most;
	uint64_t runs = sample && sample < most ? sample : most;

	for (uint64_t i = 0; i < runs; i++) {
		fault.number = 1 + (runs == most ? i : next_random(&state) % most);
		for (size_t v = 0; v < values; v++) {
			if (sample && values > 1)
				v = next_random(&state) % values;
			fault.value = (uint64_t)value[v];
			try(b, c, n, &fault, t);
			if (sample)
				break;
		}
	}
}

static void memory(struct bench *b, const struct command *c, const struct normal *n,
		   struct tally *t)
{
	const struct fault none = { FAULT_NONE, 0, 0 };
	static const int value[] = { 0 };
	struct outcome o;

	run(b, c, &none, &o);
	free_outcome(&o);
	if (!b->runner.page->allocations)
		trouble(c->text, "asks for no memory, or the preloaded library is not asked");
	at_each(b, c, n, (struct fault){ FAULT_MEMORY, 0, 0 }, b->runner.page->allocations, value,
		1, t);
}

static void at_calls(struct bench *b, const struct command *c, const struct normal *n,
		     enum fault_kind kind, const int *value, size_t values, struct tally *t)
{
	const struct fault count = { kind, 0, 0 };
	struct outcome o;

	run(b, c, &count, &o);
	free_outcome(&o);
	at_each(b, c, n, count, b->runner.calls, value, values, t);
}

static void errors(struct bench *b, const struct command *c, const struct normal *n,
		   struct tally *t)
{
	static const int value[] = { ENOSPC, EIO, EDQUOT, EINTR };

	at_calls(b, c, n, FAULT_ERROR, value, 4, t);
}

static void shorts(struct bench *b, const struct command *c, const struct normal *n,
		   struct tally *t)
{
	static const int value[] = { 0 };

	at_calls(b, c, n, FAULT_SHORT, value, 1, t);
}

static void signals(struct bench *b, const struct command *c, const struct normal *n,
		    struct tally *t)
{
	static const int value[] = { SIGINT, SIGTERM, SIGHUP };

	at_calls(b, c, n, FAULT_SIGNAL, value, 3, t);
}

static void sizes(struct bench *b, const struct command *c, const struct normal *n, struct tally *t)
{
	uint64_t largest = 1;

	for (size_t i = 0; i < n->after[0].n; i++) {
		uint64_t size = n->after[0].file[i].bytes.size;

		largest = size > largest ? size : largest;
	}

	const uint64_t size[] = { 0, 1, 300, largest / 2, largest - 1 };

	for (uint64_t i = 0; i < sizeof(size) / sizeof(*size); i++)
		try(b, c, n, &(struct fault){ FAULT_SIZE, i + 1, size[i] }, t);
}

static void outputs(struct bench *b, const struct command *c, const struct normal *n,
		    struct tally *t)
{
	for (uint64_t i = 0; i < STDOUTS; i++)
		try(b, c, n, &(struct fault){ FAULT_STDOUT, 1, i }, t);
}

static const struct kind {
	const char *name;
	void (*test)(struct bench *b, const struct command *c, const struct normal *n,
		     struct tally *t);
} kinds[] = {
	{ "memory", memory },  { "error", errors }, { "short", shorts },
	{ "signal", signals }, { "size", sizes },   { "stdout", outputs },
};

static void test_command(struct bench *b, const struct command *c)
{
	struct normal n = { 0 };

	run_normal(b, c, &n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct tally t = { 0 };

		if (b->options.kind && strcmp(b->options.kind, kinds[i].name))
			continue;
		kinds[i].test(b, c, &n, &t);
		printf("%-7s %6llu faults %6llu as without %6llu told %5llu wrong  %s\n",
		       kinds[i].name, (unsigned long long)t.faults, (unsigned long long)t.same,
		       (unsigned long long)t.told, (unsigned long long)t.wrong, c->text);
		fflush(stdout);
		b->all.faults += t.faults;
		b->all.same += t.same;
		b->all.told += t.told;
		b->all.wrong += t.wrong;
	}
	free_normal(&n);
}

/* ---- the table ---- */

static bool parse(char *line, struct command *c)
{
	char *comment = strchr(line, '#'), *word, *save;
	size_t n = 0;

	if (comment)
		*comment = '\0';
	line[strcspn(line, "\n")] = '\0';
	*c = (struct command){ .input = "/dev/null", .text = strdup(line) };
	c->words[n++] = (char *)"vtick";
	for (word = strtok_r(line, " ", &save); word && n < WORDS_MAX - 1;
	     word = strtok_r(NULL, " ", &save)) {
		if (!strcmp(word, "?"))
			c->parts = true;
		else if (!strcmp(word, "~"))
			c->varies = true;
		else if (!strcmp(word, "!"))
			c->takes_long = true;
		else if (strcmp(word, "<"))
			c->words[n++] = word;
		else
			c->input = strtok_r(NULL, " ", &save);
	}
	return n > 1;
}

static void test_table(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "re");
	const char *only = b->options.only;
	struct command c;
	char *line = NULL;
	size_t room = 0;

	if (!f)
		trouble(path, strerror(errno));
	while (getline(&line, &room, f) >= 0) {
		bool is = parse(line, &c);

		is = is && !(c.takes_long && b->options.sample && b->options.sample < SAMPLE_LONG);
		if (is && (!only || !strncmp(c.words[1], only, strlen(only))))
			test_command(b, &c);
		free((char *)c.text);
	}
	free(line);
	fclose(f);
}

static void share_page(struct runner *r)
{
	static char path[4096];
	int fd;
	void *p;

	snprintf(path, sizeof(path), "%s/faults", r->folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*r->page)))
		trouble(path, strerror(errno));
	p = mmap(NULL, sizeof(*r->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		trouble(path, strerror(errno));
	close(fd);
	r->page = p;
	r->page_path = path;
}

static const char *absolute(const char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		trouble(path, strerror(errno));
	return real;
}

int main(int argc, char **argv)
{
	static struct bench b;
	char old[4096];
	int at = 1;

	for (; at + 1 < argc && !strncmp(argv[at], "--", 2); at += 2) {
		if (!strcmp(argv[at], "--sample"))
			b.options.sample = strtoull(argv[at + 1], NULL, 10);
		else if (!strcmp(argv[at], "--seed"))
			b.options.seed = strtoull(argv[at + 1], NULL, 10);
		else if (!strcmp(argv[at], "--kind"))
			b.options.kind = argv[at + 1];
		else if (!strcmp(argv[at], "--only"))
			b.options.only = argv[at + 1];
		else
			trouble(argv[at], "no such option");
	}
	if (argc - at != 4)
		trouble("usage", "faults [OPTION]... VTICK PRELOAD TABLE FOLDER");
	b.runner = (struct runner){ .folder = absolute(argv[at + 3]),
				    .vtick = absolute(argv[at]),
				    .preload = absolute(argv[at + 1]) };
	snprintf(old, sizeof(old), "%s/old", b.runner.folder);
	snprintf(b.out, sizeof(b.out), "%s/out", b.runner.folder);
	mkdir(b.out, 0777);
	share_page(&b.runner);
	shot_take(&b.old, old);
	test_table(&b, argv[at + 2]);
	printf("all     %6llu faults %6llu as without %6llu told %5llu wrong\n",
	       (unsigned long long)b.all.faults, (unsigned long long)b.all.same,
	       (unsigned long long)b.all.told, (unsigned long long)b.all.wrong);
	if (!b.all.faults)
		trouble("no fault", "no command, or no kind, of that name");
	return b.all.wrong ? 1 : 0;
}
