/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of `vtick COMMAND --help`, from the command's table. */
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/options.h"

/* Where the help of an option begins at most; a longer option has a line for itself. */
#define HELP_COLUMN_MAX 26u

void opt_wrap(FILE *to, const char *text, unsigned column, unsigned indent, unsigned width)
{
	bool fresh = true; /* nothing but blanks on this line since @indent */

	while (*text) {
		size_t len = strcspn(text, " \n");

		if (!fresh && column + 1 + len > width) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
			fresh = true;
		}
		if (len) {
			fprintf(to, "%s%.*s", fresh ? "" : " ", (int)len, text);
			column += (unsigned)len + !fresh;
			fresh = false;
		}
		text += len;
		if (*text == '\n') {
			fprintf(to, "\n%*s", text[1] == '\n' ? 0 : (int)indent, "");
			column = indent;
			fresh = true;
		}
		if (*text)
			text++;
	}
	fputc('\n', to);
}

/* "-o, --output FILE"; malloc'ed. */
static char *label(const struct opt *o)
{
	char *argument = opt_argument(o), *text;
	char letter[] = { o->letter ? '-' : '\0', o->letter, '\0' };

	if (opt_is_operand(o))
		text = vt_format("%s%s", argument, o->many ? "..." : "");
	else
		text = vt_format("%s%s%s%s%s%s", letter, o->letter && o->name ? ", " : "",
				 o->name ? "--" : "", o->name ? o->name : "", argument ? " " : "",
				 argument ? argument : "");
	free(argument);
	return text;
}

/* The help with what the table adds to it; malloc'ed. */
static char *help_text(const struct opt *o)
{
	/* Choices are spelt out elsewhere if the value has no name, or each has a help of its own.
	 */
	char *choices =
	    o->argument && opt_choice(o, 0) && !o->about_choice ? opt_choices(o, ", ", ", ") : NULL;
	bool repeated = o->many && !opt_is_operand(o);
	char *text = vt_format("%s%s%s%s%s%s%s%s", o->help, choices ? " (one of " : "",
			       choices ? choices : "", choices ? ")" : "",
			       repeated ? "; may be repeated" : "", o->value ? " (default " : "",
			       o->value ? o->value : "", o->value ? ")" : "");

	free(choices);
	return text;
}

/* The column at which the help of all options begins. */
static unsigned help_column(const struct opt_command *c)
{
	unsigned column = 0;

	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		char *text = o->kind == OPT_GROUP ? vt_strdup("") : label(o);
		unsigned need = (unsigned)strlen(text) + 4;

		if (need > column && need <= HELP_COLUMN_MAX)
			column = need;
		free(text);
	}
	return column;
}

/* A line for each choice, below the help of the option. */
static void print_choices(FILE *to, const struct opt *o, unsigned indent, unsigned width)
{
	unsigned longest = 0;
	const char *name;

	for (unsigned i = 0; (name = opt_choice(o, i)); i++) {
		if (strlen(name) > longest)
			longest = (unsigned)strlen(name);
	}
	for (unsigned i = 0; (name = opt_choice(o, i)); i++) {
		fprintf(to, "%*s%-*s  ", (int)indent, "", (int)longest, name);
		opt_wrap(to, o->about_choice(i), indent + longest + 2, indent + longest + 2, width);
	}
}

static void print_option(FILE *to, const struct opt *o, unsigned column, unsigned width)
{
	char *name = label(o), *help = help_text(o);
	unsigned at = (unsigned)fprintf(to, "  %s", name);

	if (at + 2 > column)
		at = (unsigned)fprintf(to, "\n") - 1;
	fprintf(to, "%*s", (int)(column - at), "");
	opt_wrap(to, help, column, column, width);
	if (o->about_choice)
		print_choices(to, o, column, width);
	free(name);
	free(help);
}

static void print_options(const struct opt_command *c, FILE *to, unsigned width)
{
	unsigned column = help_column(c);

	if (c->options->kind != OPT_END && c->options->kind != OPT_GROUP)
		fputc('\n', to);
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP)
			fprintf(to, "\n%s:\n", o->help);
		else
			print_option(to, o, column, width);
	}
}

void opt_help(const struct opt_command *c, FILE *to, unsigned width)
{
	char *usage;

	for (unsigned i = 0; (usage = opt_usage(c, i)); i++) {
		fprintf(to, "%s vtick %s\n", i ? "      " : "usage:", usage);
		free(usage);
	}
	fputc('\n', to);
	opt_wrap(to, c->about, 0, 0, width);
	print_options(c, to, width);
	if (c->notes) {
		fputc('\n', to);
		opt_wrap(to, c->notes, 0, 0, width);
	}
	if (c->lists) {
		fputc('\n', to);
		c->lists(to, width);
	}
	if (c->examples)
		fputs("\nExamples:\n", to);
	for (const char *const *e = c->examples; e && *e; e++)
		fprintf(to, "  %s\n", *e);
	fputc('\n', to);
	opt_wrap(to, c->exits ? c->exits : "Exit codes: 0 fine, 2 trouble.", 0, 0, width);
}
