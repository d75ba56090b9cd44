/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/complete.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

/* Of what is said of a candidate. */
#define HELP_MIN 25u
#define HELP_MAX 72u

/* The command line as far as it was read. */
struct walk {
	const struct opt_command *c;
	const struct opt *pending; /* its value is next */
	const struct opt *rest;	   /* behind "--" */
	bool operands_only;
	unsigned operands; /* rows of them that are full */
	bool given[OPT_ROWS_MAX];
	const char *file;
};

/* ---- what is printed ---- */

/* Letters and signs that every shell leaves as they are, also behind a '='. */
static bool harmless(const char *word)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+:=,/%@[]";

	return !word[strspn(word, letters)];
}

/* A policy may say anything of its parameters. */
static void put_part(FILE *to, const char *help, size_t n, const char *end)
{
	char *part = vt_strndup(help, n);

	putc('\t', to);
	safe_put(SAFE_TEXT, to, part);
	fprintf(to, "%s\n", end);
	free(part);
}

/* The beginning of @help, up to where it goes into details. */
static void put_help(FILE *to, const char *help)
{
	size_t n = help ? strcspn(help, ";:(\n") : 0;

	/* "with -O: ..." */
	if (n && n < HELP_MIN && help[n] == ':')
		n += 1 + strcspn(help + n + 1, ";:(\n");

	while (n && help[n - 1] == ' ')
		n--;
	if (n <= HELP_MAX) {
		put_part(to, help ? help : "", n, "");
		return;
	}
	for (n = HELP_MAX; n && help[n] != ' ';)
		n--;
	while (n && strchr(" ,", help[n - 1]))
		n--;
	put_part(to, help, n, " ...");
}

const char *complete_typed(const struct completion *c)
{
	return c->word + c->at;
}

void complete_behind(struct completion *c, const char *ends)
{
	for (const char *p = complete_typed(c); *p; p++) {
		if (strchr(ends, *p))
			c->at = (size_t)(p + 1 - c->word);
	}
}

void complete_word(struct completion *c, const char *name, const char *end, const char *help)
{
	char *word;

	if (strncmp(name, complete_typed(c), strlen(complete_typed(c))) != 0)
		return;
	word = vt_format("%.*s%s%s", (int)c->at, c->word, name, end);
	if (*name && harmless(word)) {
		fputs(word, c->to);
		put_help(c->to, help);
		c->said++;
	}
	free(word);
}

void complete_files(struct completion *c, const char *end)
{
	fprintf(c->to, "\tfiles\t%zu\t%s\n", c->at, end ? end : "");
	c->said++;
}

void complete_folders(struct completion *c)
{
	fprintf(c->to, "\tfolders\t%zu\t\n", c->at);
	c->said++;
}

void complete_all_files(struct completion *c)
{
	complete_files(c, NULL);
}

void complete_all_folders(struct completion *c)
{
	complete_folders(c);
}

void complete_formats(struct completion *c, const char *(*name)(unsigned number))
{
	const char *colon = strchr(complete_typed(c), ':');

	if (colon) {
		c->at = (size_t)(colon + 1 - c->word);
		complete_files(c, NULL);
		return;
	}
	for (unsigned i = 0; name(i); i++)
		complete_word(c, name(i), ":", "the form of a report");
}

/* ---- from the tables ---- */

/* "FILE.vtt" is called *.vtt, and so is a TRACE. */
static const char *end_of(const struct opt *o)
{
	const char *dot = o->argument ? strrchr(o->argument, '.') : NULL;

	if (dot && dot[1] && dot[1] != '.')
		return dot;
	return o->argument && !strcmp(o->argument, "TRACE") ? ".vtt" : NULL;
}

static void complete_value(struct completion *c, const struct opt *o)
{
	for (unsigned i = 0; opt_choice(o, i); i++)
		complete_word(c, opt_choice(o, i), "", o->about_choice ? o->about_choice(i) : NULL);
	if (o->values)
		o->values(c);
	else if (o->kind == OPT_FILE_IN || o->kind == OPT_FILE_OUT || o->kind == OPT_REST)
		complete_files(c, end_of(o));
	else if (o->kind == OPT_FOLDER)
		complete_folders(c);
}

/* All that begin with a dash and are not given yet. */
static void complete_options(struct completion *c, const struct walk *w)
{
	bool off = !strncmp(c->word, "--no-", 5);

	for (const struct opt *o = w->c->options; o->kind != OPT_END; o++) {
		const char letter[] = { '-', o->letter, '\0' };
		char *name;

		if (o->kind == OPT_GROUP || opt_is_operand(o) ||
		    (w->given[o - w->c->options] && !o->many))
			continue;
		name = o->name ? vt_format("--%s", o->name) : vt_strdup(letter);
		complete_word(c, name, "", o->help);
		free(name);
		if (off && o->kind == OPT_SWITCH && strncmp(o->name, "no-", 3) != 0) {
			name = vt_format("--no-%s", o->name);
			complete_word(c, name, "", o->help);
			free(name);
		}
	}
	complete_word(c, "--help", "", "explain the command");
}

/* The row of the next operand; *@skip more are full. */
static const struct opt *next_operand(const struct walk *w, unsigned skip)
{
	skip += w->operands;
	for (const struct opt *o = w->c->options; o->kind != OPT_END; o++) {
		if (opt_is_operand(o) && o->kind != OPT_REST && !skip--)
			return o;
	}
	return NULL;
}

static bool may_be_left_out(const struct opt *o)
{
	return o && o->kind == OPT_CHOICE && !o->needed;
}

static void complete_operand(struct completion *c, const struct walk *w)
{
	const struct opt *o = next_operand(w, 0);

	if (o)
		complete_value(c, o);
	if (!c->said && may_be_left_out(o) && (o = next_operand(w, 1)))
		complete_value(c, o);
	if (!c->said && !*c->word && !w->operands_only)
		complete_options(c, w);
}

/* The option that @word gives, "--name", "--name=VALUE", "-x" or "-xVALUE", and where its value
 * begins in it; 0: it does not. */
static const struct opt *option_of(const struct opt_command *c, const char *word, size_t *value)
{
	size_t len = strcspn(word, "=");

	*value = 0;
	if (word[1] != '-') {
		*value = word[2] ? 2 : 0;
		return opt_lettered(c, word[1]);
	}
	*value = word[len] ? len + 1 : 0;
	return opt_named(c, word + 2, len - 2);
}

static void complete_at(struct completion *c, const struct walk *w)
{
	const struct opt *o;
	size_t value;

	c->file = w->file;
	if (w->pending) {
		complete_value(c, w->pending);
	} else if (w->rest) {
		complete_value(c, w->rest);
	} else if (w->operands_only || c->word[0] != '-') {
		complete_operand(c, w);
	} else {
		o = c->word[1] ? option_of(w->c, c->word, &value) : NULL;
		if (!o || !value) {
			complete_options(c, w);
		} else if (opt_has_value(o)) {
			c->at = value;
			complete_value(c, o);
		}
	}
}

static void note_operand(struct walk *w, const char *word)
{
	const struct opt *o = next_operand(w, 0);
	bool left_out = may_be_left_out(o);

	for (unsigned i = 0; left_out && opt_choice(o, i); i++)
		left_out = strcmp(opt_choice(o, i), word) != 0;
	if (left_out) {
		w->operands++;
		o = next_operand(w, 0);
	}
	if (!o)
		return;
	w->operands += !o->many;
	if (o->kind == OPT_FILE_IN && !w->file)
		w->file = word;
}

static const struct opt *rest_of(const struct opt_command *c)
{
	const struct opt *o = c->options;

	while (o->kind != OPT_END && o->kind != OPT_REST)
		o++;
	return o->kind == OPT_REST ? o : NULL;
}

static void step(struct walk *w, const char *word)
{
	size_t value;
	const struct opt *o;

	if (w->pending) {
		w->pending = NULL;
	} else if (w->rest) {
		return;
	} else if (!w->operands_only && !strcmp(word, "--")) {
		w->rest = rest_of(w->c);
		w->operands_only = true;
	} else if (w->operands_only || word[0] != '-' || !word[1]) {
		note_operand(w, word);
	} else if ((o = option_of(w->c, word, &value))) {
		w->given[o - w->c->options] = true;
		if (opt_has_value(o) && !value)
			w->pending = o;
	}
}

/* The file may stand behind the word that is completed. */
static const char *find_file(struct walk w, char *const *words, size_t n, size_t at)
{
	if (w.pending)
		w.pending = NULL;
	for (size_t i = at + 1; i < n && !w.file; i++)
		step(&w, words[i]);
	return w.file;
}

static void complete_first(struct completion *c, const struct opt_command *const *commands)
{
	for (; *commands; commands++)
		complete_word(c, (*commands)->name, "", (*commands)->summary);
	if (c->word[0] == '-') {
		complete_word(c, "--help", "", "list the commands");
		complete_word(c, "--version", "", "say which vtick it is");
	}
}

void complete_command_line(const struct opt_command *const *commands, char *const *words, size_t n,
			   size_t at, FILE *to)
{
	struct completion c = { .to = to, .word = at < n ? words[at] : "" };
	struct walk w = { 0 };

	if (!at) {
		complete_first(&c, commands);
		return;
	}
	while (*commands && strcmp((*commands)->name, words[0]) != 0)
		commands++;
	if (at > n || !*commands)
		return;
	w.c = *commands;
	for (size_t i = 1; i < at; i++)
		step(&w, words[i]);
	w.file = find_file(w, words, n, at);
	complete_at(&c, &w);
}
