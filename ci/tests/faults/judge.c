/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rule: exit code and outputs as without the fault; or exit code 2, one line on stderr, files
 * that are old or new but whole, no others, and on stdout the beginning of what should be there.
 * Where a command may lose a part, a document without it, exit code 2 and the line will do. A
 * signal may end the command without a word. Nobody is left running.
 */
#define _GNU_SOURCE
#include "judge.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static bool is_new(const struct normal *n, const struct bytes *b, const struct bytes *one,
		   const struct bytes *two)
{
	return one && two && (n->varies ? bytes_alike(b, one) : bytes_same(b, one, two));
}

/* As the command leaves the folder when all is well. */
static bool all_new(const struct normal *n, const struct shot *now)
{
	if (now->n != n->after[0].n)
		return false;
	for (size_t i = 0; i < now->n; i++) {
		const struct bytes *one = shot_find(&n->after[0], now->file[i].name);
		const struct bytes *two = shot_find(&n->after[1], now->file[i].name);

		if (!is_new(n, &now->file[i].bytes, one, two))
			return false;
	}
	return true;
}

/* A document that lacks what could not be had, and says so. */
static bool document(const struct normal *n, const struct bytes *b)
{
	return n->parts && b->size && b->data[b->size - 1] == '\n';
}

/* Each file is the old one or the new one; none is missing. */
static const char *whole(const struct normal *n, const struct shot *now)
{
	for (size_t i = 0; i < n->before.n; i++) {
		if (!shot_find(now, n->before.file[i].name))
			return "a file is gone";
	}
	for (size_t i = 0; i < now->n; i++) {
		const struct bytes *b = &now->file[i].bytes;
		const char *name = now->file[i].name;
		const struct bytes *old = shot_find(&n->before, name);
		const struct bytes *one = shot_find(&n->after[0], name);
		const struct bytes *two = shot_find(&n->after[1], name);

		if (!old && !one)
			return "a temporary is left";
		if (one && document(n, b))
			continue;
		if (!(old && bytes_same(b, old, old)) && !is_new(n, b, one, two))
			return "a file is neither the old nor the new one";
	}
	return NULL;
}

/* Of the number at @at and its unit: what took 98.2ms now took 115ms the other time. */
static size_t figure(const char *at)
{
	size_t n = strspn(at, "0123456789");

	if (n)
		n += strspn(at + n, "0123456789.");
	return n ? n + strspn(at + n, "nums") : 0;
}

/* What may part two lines of one kind: how much, how long, and whether it is one. */
static bool skip_s(const char **a, const char *b)
{
	bool plural = **a == 's' && *b != 's' && !isalpha((unsigned char)(*a)[1]);

	*a += plural;
	return plural;
}

/* The line at @at, up to @end, stands in @all, numbers, times and plurals aside. */
static bool has_line(const struct bytes *all, const char *at, const char *end)
{
	for (const char *line = all->data; *line; line = strchrnul(line, '\n')) {
		const char *a = at, *b = line += *line == '\n';

		while (a < end || *b != '\n') {
			size_t digits = figure(a);

			if (skip_s(&a, b) || skip_s(&b, a))
				continue;
			if (!digits != !figure(b) || (!digits && *a != *b))
				break;
			b += digits ? figure(b) : 1;
			a += digits ? digits : 1;
		}
		if (a >= end && *b == '\n')
			return true;
	}
	return false;
}

static const char no_line[] = "no line on stderr";

/* Lines that are not there without a fault: one, of vtick's; of each part that is missing. */
static const char *one_line(const struct normal *n, const struct outcome *o)
{
	const char *at = o->err;
	size_t lines = 0;

	while (*at) {
		const char *end = strchrnul(at, '\n');
		if (!*end)
			return "stderr ends within a line";
		if (!has_line(&n->err, at, end) || n->code == 2) {
			lines++;
			if (strncmp(at, "vtick: ", 7))
				return "a line on stderr is not vtick's";
		}
		at = end + 1;
	}
	if (!lines)
		return no_line;
	return lines == 1 || n->parts ? NULL : "more than one line on stderr";
}

static bool begins(const struct bytes *all, const char *part, size_t size)
{
	return size <= all->size && !memcmp(all->data, part, size);
}

static const char *quiet_end(const struct normal *n, const struct fault *fault,
			     const struct outcome *o)
{
	bool pipe = n->code != 2 && fault->kind == FAULT_STDOUT && fault->value == STDOUT_PIPE;

	if (WIFSIGNALED(o->status) &&
	    ((fault->kind == FAULT_SIGNAL && WTERMSIG(o->status) == (int)fault->value) ||
	     (pipe && WTERMSIG(o->status) == SIGPIPE)))
		return "";
	if (pipe && WIFEXITED(o->status))
		return one_line(n, o) == no_line ? "" : "a word about a pipe that nobody reads";
	return NULL;
}

static const char *judge_end(const struct normal *n, const struct fault *fault,
			     const struct outcome *o, const struct shot *now)
{
	const struct bytes out = { o->out, o->out_size };
	bool to_out = fault->kind != FAULT_STDOUT;
	const char *wrong = quiet_end(n, fault, o);

	if (wrong && *wrong)
		return wrong;
	if (wrong)
		return whole(n, now);
	if (WIFSIGNALED(o->status))
		return "killed by a signal";
	if (WEXITSTATUS(o->status) == n->code && n->code != 2) {
		if (!all_new(n, now))
			return "exit code as if all were well, but the files are not";
		if (to_out ? !bytes_same(&out, &n->out[0], &n->out[1]) : n->out[0].size > 0)
			return "exit code as if all were well, but stdout is not";
		return NULL;
	}
	if (WEXITSTATUS(o->status) != 2)
		return "exit code";
	if (fault->kind == FAULT_SHORT && n->code != 2)
		return "a short write is no error";
	wrong = one_line(n, o);
	if (wrong)
		return wrong;
	/* A write that fails once leaves a gap. */
	if (to_out && fault->kind != FAULT_ERROR && !(n->parts && fault->kind == FAULT_SIZE) &&
	    n->out[0].size == n->out[1].size && !document(n, &out) &&
	    !begins(&n->out[0], o->out, o->out_size))
		return "stdout is not the beginning of what it should be";
	return whole(n, now);
}

const char *judge(const struct normal *n, const struct fault *fault, const struct outcome *o,
		  const char *folder)
{
	struct shot now;
	const char *wrong;

	if (o->hangs)
		return "it hangs";
	if (o->left)
		return "a child is left";
	shot_take(&now, folder);
	wrong = judge_end(n, fault, o, &now);
	shot_free(&now);
	return wrong;
}
