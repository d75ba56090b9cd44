/* SPDX-License-Identifier: GPL-2.0-only */
/* A command line by its table: the parser. */
#include "traces/base/options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/near.h"

#define WORDS_MAX 128

struct parse {
	const struct opt_command *c;
	void *config;
	char *const *argv;
	int argc, i; /* argv[i] is next */
	bool given[OPT_ROWS_MAX];
	unsigned operands; /* rows of operands that are full */
	const struct opt
	    *left_out; /* the last that was, or NULL, and the word that it could not be */
	const char *left_out_for;
	struct vt_error *err;
};

void opt_list_add(struct opt_list *list, const char *item)
{
	list->item = vt_realloc(list->item, (list->n + 1) * sizeof(*list->item));
	list->item[list->n++] = item;
}

void opt_list_free(struct opt_list *list)
{
	free(list->item);
	*list = (struct opt_list){ 0 };
}

/* The row's field: its type is the kind's, opt_fault() sees to it. */
static void *field(void *config, const struct opt *o)
{
	return (char *)config + o->at;
}

static int fail(struct vt_error *err, char *text)
{
	vt_error_set(err, NULL, VT_NO_OFFSET, "%s", text);
	free(text);
	return -1;
}

/* ---- values ---- */

/* "5us", "1000": a limit as it would be given. */
static char *limit_text(const struct opt *o, uint64_t v)
{
	if (o->kind == OPT_TIME || o->kind == OPT_DURATION)
		return cli_time_text(v);
	return vt_format("%" PRIu64, v);
}

/* What the row expects: "a whole number from 1 to 1024". */
static char *expected(const struct opt *o)
{
	static const char *const what[] = {
		[OPT_NUMBER] = "a whole number below 2^32",
		[OPT_WIDE] = "a whole number below 2^64",
		[OPT_PERCENT] = "a whole number from 0 to 100",
		[OPT_FREQUENCY] = "a frequency like 100, 2.4G or 2596.122M",
		[OPT_TIME] = "a time like 50us, 30ms or 1.5s",
		[OPT_DURATION] = "seconds, or a time like 50us or 1.5s",
	};
	bool number = o->kind == OPT_NUMBER || o->kind == OPT_WIDE;
	char *min = limit_text(o, o->min), *max = limit_text(o, o->max), *text;

	if (number && o->max)
		text = vt_format("a whole number from %s to %s", min, max);
	else if (o->min && o->max)
		text = vt_format("%s, from %s to %s", what[o->kind], min, max);
	else if (o->min || o->max)
		text = vt_format("%s, at %s %s", what[o->kind], o->min ? "least" : "most",
				 o->min ? min : max);
	else
		text = vt_strdup(what[o->kind]);
	free(min);
	free(max);
	return text;
}

static bool within(const struct opt *o, uint64_t v, uint64_t most)
{
	return v >= o->min && v <= (o->max ? o->max : most);
}

static int take_number(struct parse *p, const struct opt *o, const char *value)
{
	uint64_t v = 0;
	bool bad, narrow = o->kind == OPT_NUMBER || o->kind == OPT_PERCENT;

	if (o->kind == OPT_FREQUENCY)
		bad = cli_parse_frequency(value, &v) < 0;
	else if (o->kind == OPT_TIME)
		bad = cli_parse_time_ns(value, &v) < 0;
	else if (o->kind == OPT_DURATION)
		bad = cli_parse_duration_ns(value, &v) < 0;
	else
		bad = cli_parse_u64(value, &v) < 0;
	if (bad || !within(o, v, o->kind == OPT_PERCENT ? 100 : narrow ? UINT32_MAX : UINT64_MAX)) {
		char *what = expected(o);
		char *text = vt_format("is '%s', expected %s", value, what);

		free(what);
		return fail(p->err, text);
	}
	if (narrow)
		*(uint32_t *)field(p->config, o) = (uint32_t)v;
	else
		*(uint64_t *)field(p->config, o) = v;
	return 0;
}

static bool is_choice(const struct opt *o, const char *value)
{
	const char *name;

	for (unsigned i = 0; (name = opt_choice(o, i)); i++) {
		if (!strcmp(name, value))
			return true;
	}
	return false;
}

/* Which of the row's choices @value is, in *@number. */
static int find_choice(struct parse *p, const struct opt *o, const char *value, uint32_t *number)
{
	const char *name;

	for (*number = 0; (name = opt_choice(o, *number)); ++*number) {
		if (!strcmp(name, value))
			return 0;
	}

	char *all = opt_choices(o, ", ", " or ");
	char *text = vt_format("is '%s', expected %s", value, all);

	free(all);
	return fail(p->err, text);
}

/* It is one of them. */
static int take_choice(struct parse *p, const struct opt *o, uint32_t which)
{
	if (o->many)
		*(uint64_t *)field(p->config, o) |= UINT64_C(1) << which;
	else
		*(uint32_t *)field(p->config, o) = which;
	return 0;
}

static int take_text(struct parse *p, const struct opt *o, const char *value)
{
	if (!*value && o->kind != OPT_TEXT)
		return vt_error_set(p->err, NULL, VT_NO_OFFSET, "is '', expected a %s",
				    o->kind == OPT_FOLDER ? "folder" : "file");
	if (!strcmp(value, "-") && o->kind != OPT_TEXT && !o->dash)
		return vt_error_set(p->err, NULL, VT_NO_OFFSET, "is '-', expected a %s%s%s",
				    o->kind == OPT_FOLDER ? "folder" : "file",
				    o->no_dash ? ": " : "", o->no_dash ? o->no_dash : "");
	if (o->many)
		opt_list_add(field(p->config, o), value);
	else
		*(const char **)field(p->config, o) = value;
	return 0;
}

/* @value is NULL for a row without one; @on is of switches. The error does not name the option. */
static int take_value(struct parse *p, const struct opt *o, const char *value, bool on)
{
	uint32_t which = 0;

	if (value && opt_choice(o, 0) && find_choice(p, o, value, &which))
		return -1;
	switch (o->kind) {
	case OPT_SWITCH:
		*(bool *)field(p->config, o) = on;
		return 0;
	case OPT_CHOICE:
		return take_choice(p, o, which);
	case OPT_TEXT:
	case OPT_FILE_IN:
	case OPT_FILE_OUT:
	case OPT_FOLDER:
		return take_text(p, o, value);
	case OPT_CALL:
		return o->take(p->config, o, value, p->err);
	case OPT_NUMBER:
	case OPT_WIDE:
	case OPT_PERCENT:
	case OPT_FREQUENCY:
	case OPT_TIME:
	case OPT_DURATION:
		return take_number(p, o, value);
	case OPT_END:
	case OPT_GROUP:
	case OPT_REST:
		break;
	}
	abort();
}

/* @shown: the option as it was given, or the operand's name. */
static int take(struct parse *p, const struct opt *o, const char *shown, const char *value, bool on)
{
	struct vt_error why;
	struct vt_error *err = p->err;
	int failed;

	p->err = &why;
	failed = take_value(p, o, value, on);
	p->err = err;
	if (failed)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "%s %s", shown, why.text);
	p->given[o - p->c->options] = true;
	return 0;
}

/* ---- words ---- */

static int unknown(struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	char *typed = vt_format("%.*s", (int)len, word), *text;
	struct near near = { 0 };

	if (!strcmp(typed, "--help")) {
		free(typed);
		return vt_error_set(p->err, NULL, VT_NO_OFFSET, "--help takes no value");
	}
	if (!strncmp(typed, "--", 2)) {
		for (const struct opt *o = p->c->options; o->kind != OPT_END; o++) {
			if (o->name)
				near_try(&near, typed + 2, o->name);
		}
		near_try(&near, typed + 2, "help");
	}
	text = near.name
		   ? vt_format("there is no option '%s', did you mean '--%s'?", typed, near.name)
		   : vt_format("there is no option '%s'", typed);
	free(typed);
	return fail(p->err, text);
}

/* Takes the option that was given as @shown; @value is what was attached to it, or NULL. */
static int take_option(struct parse *p, const struct opt *o, const char *shown, const char *value,
		       bool on)
{
	if (!opt_has_value(o)) {
		if (value)
			return vt_error_set(p->err, NULL, VT_NO_OFFSET, "%s takes no value", shown);
		return take(p, o, shown, NULL, on);
	}
	if (!value) {
		if (p->i >= p->argc) {
			char *argument = opt_argument(o);
			char *text = vt_format("%s lacks its value, %s", shown, argument);

			free(argument);
			return fail(p->err, text);
		}
		value = p->argv[p->i++];
	}
	return take(p, o, shown, value, on);
}

/* "--name", "--name=value", "--no-name". */
static int take_long(struct parse *p, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const struct opt *o = opt_named(p->c, word + 2, len);
	bool on = true;
	char *shown;
	int failed;

	if (!o && len > 3 && !strncmp(word, "--no-", 5)) {
		o = opt_named(p->c, word + 5, len - 3);
		on = false;
		if (o && o->kind != OPT_SWITCH)
			o = NULL;
	}
	if (!o)
		return unknown(p, word);
	shown = vt_format("%.*s", (int)len + 2, word);
	failed = take_option(p, o, shown, word[2 + len] ? word + 2 + len + 1 : NULL, on);
	free(shown);
	return failed;
}

/* "-x", "-xVALUE" */
static int take_short(struct parse *p, const char *word)
{
	const struct opt *o = opt_lettered(p->c, word[1]);
	const char shown[] = { '-', word[1], '\0' };

	if (!o)
		return unknown(p, word);
	return take_option(p, o, shown, word[2] ? word + 2 : NULL, true);
}

/* The operands that the command takes, "FORMAT CAPTURE"; malloc'ed. */
static char *operand_names(const struct opt_command *c)
{
	char *all = vt_strdup("");

	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (!opt_is_operand(o))
			continue;
		char *more = vt_format("%s%s%s%s", all, *all ? " " : "",
				       o->kind == OPT_REST ? "-- " : "", o->argument);

		free(all);
		all = more;
	}
	return all;
}

/* True if @word is none of the choices of @o, which need not be given. */
static bool leave_out(struct parse *p, const struct opt *o, const char *word)
{
	if (o->kind != OPT_CHOICE || o->needed || is_choice(o, word))
		return false;
	p->left_out = o;
	p->left_out_for = word;
	return true;
}

static int take_operand(struct parse *p, const char *word)
{
	unsigned skip = p->operands;

	for (const struct opt *o = p->c->options; o->kind != OPT_END; o++) {
		if (!opt_is_operand(o) || o->kind == OPT_REST)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		p->operands += !o->many;
		if (!leave_out(p, o, word))
			return take(p, o, o->argument, word, true);
	}
	/* The first of too many words was meant for it. */
	if (p->left_out)
		return take(p, p->left_out, p->left_out->argument, p->left_out_for, true);

	char *names = operand_names(p->c);
	char *text = vt_format("'%s' is one argument too many, expected %s", word,
			       *names ? names : "options alone");

	free(names);
	return fail(p->err, text);
}

/* What follows "--". */
static int take_rest(struct parse *p)
{
	for (const struct opt *o = p->c->options; o->kind != OPT_END; o++) {
		if (o->kind != OPT_REST)
			continue;
		if (p->i < p->argc) {
			*(char *const **)field(p->config, o) = p->argv + p->i;
			p->given[o - p->c->options] = true;
		}
		return 0;
	}
	while (p->i < p->argc) {
		if (take_operand(p, p->argv[p->i++]))
			return -1;
	}
	return 0;
}

/* 0, 1 if help was asked for, or -1. */
static int take_words(struct parse *p)
{
	while (p->i < p->argc) {
		const char *word = p->argv[p->i++];
		int failed;

		if (!strcmp(word, "--help") || !strcmp(word, "-h"))
			return 1;
		if (!strcmp(word, "--"))
			return take_rest(p);
		if (word[0] != '-' || !word[1])
			failed = take_operand(p, word);
		else if (word[1] == '-')
			failed = take_long(p, word);
		else
			failed = take_short(p, word);
		if (failed)
			return -1;
	}
	return 0;
}

static int check_needed(const struct parse *p)
{
	for (const struct opt *o = p->c->options; o->kind != OPT_END; o++) {
		if (!o->needed || p->given[o - p->c->options])
			continue;
		char *argument = opt_argument(o);
		char letter[] = { '-', o->letter, '\0' };
		char *text = vt_format("%s%s%s%s is missing",
				       o->letter ? letter
				       : o->name ? "--"
						 : "",
				       o->letter || !o->name ? "" : o->name,
				       opt_is_operand(o) ? "" : " ", argument);

		free(argument);
		return fail(p->err, text);
	}
	return 0;
}

int opt_read(const struct opt_command *c, void *config, int argc, char *const *argv,
	     struct vt_error *err)
{
	struct parse p = {
		.c = c, .config = config, .argv = argv, .argc = argc, .i = 1, .err = err
	};
	int got = take_words(&p);

	return got ? got : check_needed(&p);
}

int opt_words(const struct opt_command *c, void *config, const char *words, struct vt_error *err)
{
	char *copy = vt_strdup(words), *save = NULL;
	char *argv[WORDS_MAX];
	struct parse p = { .c = c, .config = config, .argv = argv, .err = err };
	int got;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (p.argc == WORDS_MAX)
			abort();
		argv[p.argc++] = w;
	}
	got = take_words(&p);
	free(copy);
	return got;
}

void opt_defaults(const struct opt_command *c, void *config)
{
	struct vt_error err;
	struct parse p = { .c = c, .config = config, .err = &err };

	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (o->value && take(&p, o, o->name ? o->name : o->argument, o->value, true)) {
			vt_error_print(&err);
			abort();
		}
	}
}

void opt_free(const struct opt_command *c, void *config)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (o->many && (o->kind == OPT_TEXT || o->kind == OPT_FILE_IN))
			opt_list_free(field(config, o));
	}
}

/* A command that is to be run may be a file as well. */
static void note_rest(char *const *words)
{
	if (words && words[0])
		call_reads(words[0]);
}

/* The row's files, as the config has them. */
static void note_files(const struct opt *o, void *config)
{
	const struct opt_list *list = field(config, o);
	const char *one;

	if (o->kind == OPT_REST)
		note_rest(*(char *const *const *)field(config, o));
	if ((o->kind != OPT_FILE_IN && o->kind != OPT_FILE_OUT) || o->both)
		return;
	if (o->many) {
		for (size_t i = 0; i < list->n; i++)
			call_reads(list->item[i]);
		return;
	}
	one = *(const char *const *)field(config, o);
	if (one && o->kind == OPT_FILE_IN)
		call_reads(one);
	else if (one)
		call_writes(one);
}

static int check_files(const struct opt_command *c, void *config, struct vt_error *err)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++)
		note_files(o, config);
	return call_files_check(err);
}

bool opt_parse(const struct opt_command *c, void *config, int argc, char *const *argv, int *code)
{
	struct vt_error err;
	char *fault = opt_fault(c);
	int got;

	if (fault) {
		fprintf(stderr, "vtick: %s: the table of options is wrong: %s\n", c->name, fault);
		abort();
	}
	call_files_begin();
	opt_defaults(c, config);
	got = opt_read(c, config, argc, argv, &err);
	if (!got && !check_files(c, config, &err))
		return true;
	if (!got) {
		vt_error_print(&err);
		*code = EXIT_TROUBLE;
	} else if (got > 0) {
		opt_help(c, stdout, cli_width(1));
		*code = EXIT_OK;
	} else {
		*code = cli_usage_error(c->name, "%s", err.text);
	}
	opt_free(c, config);
	return false;
}
