/* SPDX-License-Identifier: GPL-2.0-only */
/* What a table of options says of itself: rows, choices, faults, and the form for other tools. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/options.h"

/* As many choices as a set has bits. */
#define CHOICES_MAX 64u

struct kind {
	const char *name;
	size_t size; /* of the field; 0: the row's own business */
};

static const struct kind kinds[] = {
	[OPT_END] = { "end", 0 },
	[OPT_GROUP] = { "group", 0 },
	[OPT_SWITCH] = { "switch", sizeof(bool) },
	[OPT_NUMBER] = { "number", sizeof(uint32_t) },
	[OPT_WIDE] = { "number", sizeof(uint64_t) },
	[OPT_PERCENT] = { "percent", sizeof(uint32_t) },
	[OPT_FREQUENCY] = { "frequency", sizeof(uint64_t) },
	[OPT_TIME] = { "time", sizeof(uint64_t) },
	[OPT_DURATION] = { "duration", sizeof(uint64_t) },
	[OPT_CHOICE] = { "choice", sizeof(uint32_t) },
	[OPT_TEXT] = { "text", sizeof(const char *) },
	[OPT_FILE_IN] = { "file-in", sizeof(const char *) },
	[OPT_FILE_OUT] = { "file-out", sizeof(const char *) },
	[OPT_FOLDER] = { "folder", sizeof(const char *) },
	[OPT_CALL] = { "text", 0 },
	[OPT_REST] = { "rest", sizeof(char *const *) },
};

const char *opt_choice(const struct opt *o, unsigned number)
{
	if (o->choice)
		return o->choice(number);
	return o->choices ? o->choices[number] : NULL;
}

const struct opt *opt_named(const struct opt_command *c, const char *name, size_t len)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (o->name && strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	}
	return NULL;
}

const struct opt *opt_lettered(const struct opt_command *c, char letter)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		if (letter && o->letter == letter)
			return o;
	}
	return NULL;
}

char *opt_choices(const struct opt *o, const char *between, const char *last)
{
	char *all = vt_strdup("");

	for (unsigned i = 0; opt_choice(o, i); i++) {
		const char *gap = !i ? "" : opt_choice(o, i + 1) ? between : last;
		char *more = vt_format("%s%s%s", all, gap, opt_choice(o, i));

		free(all);
		all = more;
	}
	return all;
}

bool opt_is_operand(const struct opt *o)
{
	return o->kind != OPT_END && o->kind != OPT_GROUP && !o->name && !o->letter;
}

bool opt_has_value(const struct opt *o)
{
	return o->kind == OPT_CALL ? o->argument != NULL : o->kind > OPT_SWITCH;
}

char *opt_argument(const struct opt *o)
{
	if (!opt_has_value(o))
		return NULL;
	return o->argument ? vt_strdup(o->argument) : opt_choices(o, "|", "|");
}

/* " -o FILE.vtt TRACE..." of what is needed and of operands; added to @usage. */
static void usage_of_rows(const struct opt_command *c, FILE *usage)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		bool operand = opt_is_operand(o);
		char *argument = operand || o->needed ? opt_argument(o) : NULL;
		const char *open = o->needed ? "" : "[", *close = o->needed ? "" : "]";

		if (o->kind == OPT_REST)
			fprintf(usage, " [-- %s...]", argument);
		else if (operand)
			fprintf(usage, " %s%s%s%s", open, argument, close, o->many ? "..." : "");
		else if (o->needed && o->letter)
			fprintf(usage, " -%c %s", o->letter, argument);
		else if (o->needed)
			fprintf(usage, " --%s %s", o->name, argument);
		free(argument);
	}
}

char *opt_usage(const struct opt_command *c, unsigned number)
{
	char *text = NULL;
	size_t size;

	if (c->usage)
		return c->usage[number] ? vt_format("%s %s", c->name, c->usage[number]) : NULL;
	if (number)
		return NULL;

	FILE *f = vt_text_open(&text, &size);

	fprintf(f, "%s [OPTION]...", c->name);
	usage_of_rows(c, f);
	vt_text_close(f);
	return text;
}

/* ---- faults ---- */

/* NULL, or what is wrong with a row by itself. */
static const char *row_fault(const struct opt *o)
{
	bool list = o->kind == OPT_TEXT || o->kind == OPT_FILE_IN;
	size_t size = o->many && list			 ? sizeof(struct opt_list)
		      : o->many && o->kind == OPT_CHOICE ? sizeof(uint64_t)
							 : kinds[o->kind].size;
	unsigned choices = 0;

	if (o->kind == OPT_GROUP)
		return o->help ? NULL : "a group has no heading";
	if (!o->help)
		return "it has no help";
	if ((o->dash || o->no_dash || o->both) && o->kind != OPT_FILE_IN && o->kind != OPT_FILE_OUT)
		return "a - and what is done is told only of files";
	if (o->dash && o->no_dash)
		return "a - is taken and refused at once";
	if (opt_is_operand(o) && !o->argument)
		return "an operand has no name";
	if (o->many && !list && o->kind != OPT_CHOICE && o->kind != OPT_CALL)
		return "its kind cannot be given many times";
	if (size && o->size != size)
		return "its field is of another type than its kind";
	if (o->kind == OPT_CALL && !o->take)
		return "it has no function";
	while (opt_choice(o, choices))
		choices++;
	if (o->kind == OPT_CHOICE && (!choices || (o->many && choices > CHOICES_MAX)))
		return "it has no choices, or too many";
	if (opt_has_value(o) && o->kind != OPT_CHOICE && !o->argument)
		return "its value has no name";
	return NULL;
}

/* NULL, or what is wrong with a row among those before it. */
static const char *place_fault(const struct opt *first, const struct opt *o)
{
	if (o - first >= (ptrdiff_t)OPT_ROWS_MAX)
		return "there are too many rows";
	if ((o->name && !strcmp(o->name, "help")) || o->letter == 'h')
		return "help is every command's";
	for (const struct opt *p = first; p < o; p++) {
		if ((o->name && p->name && !strcmp(o->name, p->name)) ||
		    (o->letter && o->letter == p->letter))
			return "its name or letter stands twice";
		if (opt_is_operand(o) && o->kind != OPT_REST && opt_is_operand(p) && p->many)
			return "an operand follows one that takes all";
	}
	return NULL;
}

char *opt_fault(const struct opt_command *c)
{
	for (const struct opt *o = c->options; o->kind != OPT_END; o++) {
		const char *fault = place_fault(c->options, o);

		if (!fault)
			fault = row_fault(o);
		if (fault)
			return vt_format("row %td (%s): %s", o - c->options,
					 o->name       ? o->name
					 : o->argument ? o->argument
						       : kinds[o->kind].name,
					 fault);
	}
	return NULL;
}

/* ---- for other tools ---- */

static void put_field(FILE *to, const char *text, char end)
{
	for (; text && *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else
			fputc(*text, to);
	}
	fputc(end, to);
}

void opt_print_heading(FILE *to)
{
	fputs("command\tkind\tname\tletter\targument\tdefault\tmany\tneeded\tchoices\thelp\tmore\n",
	      to);
}

static void print_row(const char *command, const struct opt *o, FILE *to)
{
	const char letter[] = { o->letter, '\0' };
	char *argument = opt_argument(o);
	char *choices = opt_choice(o, 0) ? opt_choices(o, ", ", ", ") : NULL;

	put_field(to, command, '\t');
	put_field(to, opt_has_value(o) || o->kind <= OPT_SWITCH ? kinds[o->kind].name : "switch",
		  '\t');
	put_field(to, o->name, '\t');
	put_field(to, letter, '\t');
	put_field(to, argument, '\t');
	put_field(to, o->value, '\t');
	put_field(to, o->many ? "many" : "", '\t');
	put_field(to, o->needed ? "needed" : "", '\t');
	put_field(to, choices, '\t');
	put_field(to, o->help, '\t');
	put_field(to, o->more, '\n');
	free(argument);
	free(choices);
	for (unsigned i = 0; o->about_choice && opt_choice(o, i); i++)
		fprintf(to, "%s\tvalue\t%s\t\t%s\t\t\t\t\t%s\t\n", command,
			o->name ? o->name : o->argument, opt_choice(o, i), o->about_choice(i));
}

static void print_text(const char *command, const char *kind, const char *text, FILE *to)
{
	fprintf(to, "%s\t%s\t\t\t\t\t\t\t\t", command, kind);
	put_field(to, text, '\t');
	putc('\n', to);
}

void opt_print(const struct opt_command *c, FILE *to)
{
	char *usage;

	fprintf(to, "%s\tcommand\t\t\t\t\t\t\t\t", c->name);
	put_field(to, c->summary, '\t');
	put_field(to, c->about, '\n');
	for (unsigned i = 0; (usage = opt_usage(c, i)); i++) {
		print_text(c->name, "usage", usage, to);
		free(usage);
	}
	for (const struct opt *o = c->options; o->kind != OPT_END; o++)
		print_row(c->name, o, to);
	for (const char *const *line = c->examples; line && *line; line++)
		print_text(c->name, "example", *line, to);
	if (c->exits)
		print_text(c->name, "exits", c->exits, to);
}
