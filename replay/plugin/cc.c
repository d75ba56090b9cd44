/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* getdelim */
#include "replay/plugin/cc.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/plugin/builder.h"
#include "traces/base/call_files.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

/* The next word of a rule as make reads it, in place, or NULL. */
static char *next_word(char **at)
{
	char *from = *at, *word, *to;

	while (isspace((unsigned char)*from) || (*from == '\\' && isspace((unsigned char)from[1])))
		from++;
	word = to = from;
	while (*from && !isspace((unsigned char)*from)) {
		bool escaped = (*from == '\\' && from[1] && strchr(" #\\", from[1])) ||
			       (*from == '$' && from[1] == '$');

		from += escaped;
		*to++ = *from++;
	}
	*at = from + !!*from;
	*to = '\0';
	return *word ? word : NULL;
}

/* What the source includes is an input of this call, too. */
static void note_headers(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t room = 0;
	char *rule = NULL, *at, *word;

	if (f && getdelim(&rule, &room, '\0', f) > 0) {
		at = rule;
		next_word(&at); /* the rule's target */
		while ((word = next_word(&at)))
			call_reads(word);
	}
	free(rule);
	if (f)
		fclose(f);
}

#define WORDS_MAX 32

/*
 * The command line. @more: also what a compiler or linker may not know: warnings, which headers
 * were read, and that the same source is always the same object, wherever it is compiled. $CC may
 * be a compiler with options ("ccache gcc"): the shell splits it.
 */
static void command(const char *argv[WORDS_MAX], const struct builder *b, const char *source,
		    const char *object, const char *const *more)
{
	const char *const head[] = { "/bin/sh", "-c",	      "exec ${CC:-cc} \"$@\"",
				     "cc",	"-std=gnu11", "-O2",
				     "-g",	"-fPIC",      "-shared" };
	const char *const tail[] = { "-I", b->folder, "-o", object, source, NULL };
	size_t n = sizeof(head) / sizeof(*head);

	memcpy(argv, head, sizeof(head));
	while (more && *more)
		argv[n++] = *more++;
	memcpy(argv + n, tail, sizeof(tail));
}

/* With all options, and if that does not work without those that not all know. */
static int compile(const struct builder *b, const char *source)
{
	const char *cc = getenv("CC"), *argv[WORDS_MAX];
	char *object = builder_path(b, "policy.so"), *headers = builder_path(b, "headers");
	char *map = vt_format("-ffile-prefix-map=%s=.", b->folder);
	const char *const more[] = { "-Wall",
				     "-Wextra",
				     "-Wno-unused-parameter",
				     "-Wl,--build-id=sha1",
				     map,
				     "-MMD",
				     "-MT",
				     "policy",
				     "-MF",
				     headers,
				     NULL };
	struct builder_said said;
	int failed;

	command(argv, b, source, object, more);
	failed = builder_tool(b, BUILDER_STDERR, NULL, argv, &said);
	if (!failed && !said.status && said.size)
		safe_lines(SAFE_TEXT, stderr, said.text);
	if (!failed && said.status) {
		builder_said_free(&said);
		command(argv, b, source, object, NULL);
		failed = builder_tool(b, BUILDER_SHOWN, NULL, argv, &said);
	}
	if (!failed && said.status)
		failed = vt_error_set(b->err, source, VT_NO_OFFSET,
				      "'%s' could not compile it, its messages are above",
				      cc && *cc ? cc : "cc");
	builder_said_free(&said);
	if (!failed)
		note_headers(headers);
	free(map);
	free(headers);
	free(object);
	return failed;
}

static int work(const struct builder *b, void *arg)
{
	const char *source = arg;

	struct stat st;

	if (stat(source, &st) || access(source, R_OK))
		return vt_error_set(b->err, source, VT_NO_OFFSET, "cannot be read: %s",
				    strerror(errno));
	/* The compiler would wait for a pipe, and read a device to no end. */
	if (!S_ISREG(st.st_mode))
		return vt_error_set(b->err, source, VT_NO_OFFSET,
				    "cannot be compiled, expected a source: it is no file");
	/* Both `#include "policy.h"` and `#include "replay/policy.h"` find the header. */
	if (builder_write_policy_h(b, "policy.h") || builder_write_policy_h(b, "replay/policy.h"))
		return -1;
	return compile(b, source);
}

int plugin_cc(const char *source, struct vt_error *err)
{
	return builder_run(source, work, (void *)(uintptr_t)source, err);
}
