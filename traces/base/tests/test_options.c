/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser of command lines: what each kind takes and refuses, in which words; and that whatever
 * is put on a command line, in whatever form and order, is what the config holds.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/near.h"
#include "traces/base/options.h"

struct config {
	bool flag, other;
	uint32_t number, percent, choice;
	uint64_t wide, hz, time, duration, set;
	const char *text, *in, *out, *folder;
	struct opt_list list, traces;
	char *const *rest;
	unsigned calls;
	char called[32];
};

static int call(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct config *c = config;

	(void)o;
	c->calls++;
	if (!value)
		return 0;
	if (!strcmp(value, "bad"))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "is '%s', expected good", value);
	snprintf(c->called, sizeof(c->called), "%s", value);
	return 0;
}

static const char *colour(unsigned number)
{
	static const char *const colours[] = { "red", "green", "blue" };

	return number < 3 ? colours[number] : NULL;
}

static const char *const shapes[] = { "round", "flat", NULL };

#define AT(field) OPT_AT(struct config, field)

static const struct opt all_options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .many = true, .dash = true, AT(traces),
	  .help = "traces" },
	{ OPT_GROUP, .help = "Plain" },
	{ OPT_SWITCH, .name = "flag", .letter = 'f', AT(flag), .help = "a switch" },
	{
	    OPT_SWITCH,
	    .name = "other",
	    AT(other),
	    .help = "another",
	},
	{ OPT_NUMBER, .name = "number", .letter = 'n', .argument = "N", .min = 1, .max = 1024,
	  .value = "7", AT(number), .help = "a number" },
	{ OPT_WIDE, .name = "wide", .argument = "N", AT(wide), .help = "a wide number" },
	{ OPT_PERCENT, .name = "percent", .argument = "PERCENT", AT(percent), .help = "of all" },
	{ OPT_GROUP, .help = "With units" },
	{ OPT_FREQUENCY, .name = "hz", .argument = "HZ", .min = 1000, AT(hz), .help = "a rate" },
	{ OPT_TIME, .name = "time", .argument = "TIME", .max = UINT64_C(1000000000000),
	  .value = "30ms", AT(time), .help = "a time" },
	{ OPT_DURATION, .name = "duration", .argument = "TIME", AT(duration), .help = "a length" },
	{ OPT_CHOICE, .name = "choice", .choices = shapes, .value = "flat", AT(choice),
	  .help = "a shape" },
	{ OPT_CHOICE, .name = "set", .argument = "NAME", .choice = colour, .many = true, AT(set),
	  .help = "colours" },
	{ OPT_TEXT, .name = "text", .argument = "TEXT", AT(text), .help = "anything" },
	{ OPT_TEXT, .name = "list", .letter = 'l', .argument = "TEXT", .many = true, AT(list),
	  .help = "any things" },
	{ OPT_FILE_IN, .name = "in", .argument = "FILE", .no_dash = "why", AT(in),
	  .help = "a file" },
	{ OPT_FILE_OUT, .name = "out", .letter = 'o', .argument = "FILE", .dash = true, AT(out),
	  .help = "a file" },
	{ OPT_FOLDER, .name = "folder", .argument = "DIR", AT(folder), .help = "a folder" },
	{ OPT_CALL, .name = "call", .letter = 'c', .argument = "WHAT", .take = call,
	  .help = "an odd one" },
	{ OPT_CALL, .name = "bare", .take = call, .help = "an odd one without a value" },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... TRACE...", NULL };

static const struct opt_command all = {
	.name = "test",
	.summary = "test the parser",
	.usage = usage,
	.about = "Takes all kinds.",
	.options = all_options,
	.exits = "Exit codes: 0 fine.",
};

#define WORDS 16

/* Reads the words up to the NULL; the error's text, or "" if there is none, "help" if asked. */
static const char *read_words(const struct opt_command *c, struct config *config,
			      const char *const *words)
{
	static struct vt_error err;
	static char *argv[WORDS + 1];
	int argc = 1, got;

	argv[0] = (char *)"test";
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	argv[argc] = NULL;
	*config = (struct config){ 0 };
	opt_defaults(c, config);
	got = opt_read(c, config, argc, argv, &err);
	return got > 0 ? "help" : got ? err.text : "";
}

#define READ(config, ...) read_words(&all, config, (const char *const[]){ __VA_ARGS__, NULL })

Test(options, the_table_is_sound)
{
	char *fault = opt_fault(&all);

	cr_assert_null(fault, "%s", fault);
}

Test(options, defaults)
{
	struct config c;

	cr_assert_str_eq(READ(&c, "x.vtt"), "");
	cr_expect_eq(c.number, 7);
	cr_expect_eq(c.time, 30000000);
	cr_expect_eq(c.choice, 1);
	cr_expect_eq(c.traces.n, 1);
	opt_free(&all, &c);
	cr_expect_null(c.traces.item);
}

Test(options, forms)
{
	static const char *const forms[][3] = {
		{ "-n", "12" }, { "-n12" }, { "--number", "12" }, { "--number=12" }
	};
	struct config c;

	for (unsigned i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		cr_expect_str_eq(read_words(&all, &c, forms[i]), "", "%s", forms[i][0]);
		cr_expect_eq(c.number, 12, "%s", forms[i][0]);
	}
	cr_expect_str_eq(READ(&c, "-f"), "");
	cr_expect(c.flag);
	cr_expect_str_eq(READ(&c, "--flag", "--no-flag", "--no-other"), "");
	cr_expect(!c.flag && !c.other);
	cr_expect_str_eq(READ(&c, "--text="), "", "a text may be empty");
	cr_expect_str_eq(c.text, "");
	cr_expect_str_eq(READ(&c, "--text", "--flag"), "", "a value may look like an option");
	cr_expect_str_eq(c.text, "--flag");
	cr_expect_str_eq(READ(&c, "--text", "a", "--text=b=c"), "", "the last one counts");
	cr_expect_str_eq(c.text, "b=c");
	cr_expect_str_eq(READ(&c, "-o", "-"), "");
	cr_expect_str_eq(c.out, "-");
	cr_expect_str_eq(READ(&c, "--bare", "-cx", "--call=y"), "");
	cr_expect_eq(c.calls, 3);
	cr_expect_str_eq(c.called, "y");
}

Test(options, operands_and_lists)
{
	struct config c;

	cr_assert_str_eq(READ(&c, "a", "-l", "1", "-", "--list=2", "--", "--flag", "-h"), "");
	cr_assert_eq(c.traces.n, 4);
	cr_expect_str_eq(c.traces.item[0], "a");
	cr_expect_str_eq(c.traces.item[1], "-");
	cr_expect_str_eq(c.traces.item[2], "--flag");
	cr_expect_str_eq(c.traces.item[3], "-h");
	cr_assert_eq(c.list.n, 2);
	cr_expect_str_eq(c.list.item[0], "1");
	cr_expect_str_eq(c.list.item[1], "2");
	cr_expect(!c.flag);
	opt_free(&all, &c);
	cr_expect_str_eq(READ(&c, "--set", "blue", "--set=red"), "");
	cr_expect_eq(c.set, 5);
}

Test(options, units)
{
	static const struct {
		const char *word;
		uint64_t duration;
	} durations[] = {
		{ "5", UINT64_C(5000000000) },
		{ "0.5", 500000000 },
		{ "1.5s", 1500000000 },
		{ "500ms", 500000000 },
		{ "7ns", 7 },
		{ "2min", UINT64_C(120000000000) },
		{ "0", 0 },
	};
	struct config c;

	for (unsigned i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
		cr_expect_str_eq(READ(&c, "--duration", durations[i].word), "");
		cr_expect_eq(c.duration, durations[i].duration, "%s", durations[i].word);
	}
	cr_expect_str_eq(READ(&c, "--time", "5"), "");
	cr_expect_eq(c.time, 5, "a bare time is ns");
	cr_expect_str_eq(READ(&c, "--time", "1000s"), "");
	cr_expect_str_eq(READ(&c, "--hz", "2.4G"), "");
	cr_expect_eq(c.hz, 2400000000);
	cr_expect_str_eq(READ(&c, "--wide", "18446744073709551615"), "");
	cr_expect_eq(c.wide, UINT64_MAX);
}

/* What is refused, and in which words. */
Test(options, faults)
{
	static const struct {
		const char *words[3];
		const char *text;
	} faults[] = {
		{ { "--nosuch" }, "there is no option '--nosuch'" },
		{ { "--nosuch=1" }, "there is no option '--nosuch'" },
		{ { "-x" }, "there is no option '-x'" },
		{ { "--nubmer", "1" }, "there is no option '--nubmer', did you mean '--number'?" },
		{ { "--dur=1" }, "there is no option '--dur', did you mean '--duration'?" },
		{ { "--hlep" }, "there is no option '--hlep', did you mean '--help'?" },
		{ { "--no-number" }, "there is no option '--no-number', did you mean '--number'?" },
		{ { "--number" }, "--number lacks its value, N" },
		{ { "-n" }, "-n lacks its value, N" },
		{ { "--choice" }, "--choice lacks its value, round|flat" },
		{ { "--flag=1" }, "--flag takes no value" },
		{ { "--no-flag=1" }, "--no-flag takes no value" },
		{ { "-f1" }, "-f takes no value" },
		{ { "--bare=1" }, "--bare takes no value" },
		{ { "-n", "x" }, "-n is 'x', expected a whole number from 1 to 1024" },
		{ { "--number=" }, "--number is '', expected a whole number from 1 to 1024" },
		{ { "--number", "0" }, "--number is '0', expected a whole number from 1 to 1024" },
		{ { "-n1025" }, "-n is '1025', expected a whole number from 1 to 1024" },
		{ { "-n", "-1" }, "-n is '-1', expected a whole number from 1 to 1024" },
		{ { "-n", "1 " }, "-n is '1 ', expected a whole number from 1 to 1024" },
		{ { "--wide", "18446744073709551616" },
		  "--wide is '18446744073709551616', expected a whole number below 2^64" },
		{ { "--wide=0x10" }, "--wide is '0x10', expected a whole number below 2^64" },
		{ { "--percent=101" },
		  "--percent is '101', expected a whole number from 0 to 100" },
		{ { "--percent=4294967296" },
		  "--percent is '4294967296', expected a whole number from 0 to 100" },
		{ { "--hz=fast" },
		  "--hz is 'fast', expected a frequency like 100, 2.4G or 2596.122M, at least "
		  "1000" },
		{ { "--hz", "999" },
		  "--hz is '999', expected a frequency like 100, 2.4G or 2596.122M, at least "
		  "1000" },
		{ { "--time=5xs" },
		  "--time is '5xs', expected a time like 50us, 30ms or 1.5s, at most 1000s" },
		{ { "--time=1001s" },
		  "--time is '1001s', expected a time like 50us, 30ms or 1.5s, at most 1000s" },
		{ { "--time=0.5" },
		  "--time is '0.5', expected a time like 50us, 30ms or 1.5s, at most 1000s" },
		{ { "--duration=s" },
		  "--duration is 's', expected seconds, or a time like 50us or 1.5s" },
		{ { "--duration=1.2.3" },
		  "--duration is '1.2.3', expected seconds, or a time like 50us or 1.5s" },
		{ { "--duration=99999999999999" },
		  "--duration is '99999999999999', expected seconds, or a time like 50us or 1.5s" },
		{ { "--choice", "square" }, "--choice is 'square', expected round or flat" },
		{ { "--choice=" }, "--choice is '', expected round or flat" },
		{ { "--set=pink" }, "--set is 'pink', expected red, green or blue" },
		{ { "--in=" }, "--in is '', expected a file" },
		{ { "-o", "" }, "-o is '', expected a file" },
		{ { "--folder=" }, "--folder is '', expected a folder" },
		{ { "" }, "TRACE is '', expected a file" },
		{ { "--call=bad" }, "--call is 'bad', expected good" },
	};
	struct config c;

	for (unsigned i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		cr_expect_str_eq(read_words(&all, &c, faults[i].words), faults[i].text);
}

Test(options, help_is_asked_for)
{
	struct config c;

	cr_expect_str_eq(READ(&c, "a", "--help", "--nosuch"), "help");
	opt_free(&all, &c);
	cr_expect_str_eq(READ(&c, "-h"), "help");
	cr_expect_str_eq(READ(&c, "--nosuch", "-h"), "there is no option '--nosuch'");
}

/* ---- a command with operands of its own ---- */

static const struct opt few_options[] = {
	{ OPT_CHOICE, .argument = "SHAPE", .choices = shapes, .needed = true, AT(choice),
	  .help = "which" },
	{ OPT_FILE_IN, .argument = "FILE", .needed = true, AT(in), .help = "of what" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.vtt", .needed = true,
	  AT(out), .help = "where to" },
	{ OPT_REST, .argument = "COMMAND", AT(rest), .help = "what to run" },
	{ 0 },
};

static const struct opt_command few = {
	.name = "few",
	.summary = "test operands",
	.usage = usage,
	.about = "Takes few.",
	.options = few_options,
	.exits = "Exit codes: 0 fine.",
};

#define READ_FEW(config, ...) read_words(&few, config, (const char *const[]){ __VA_ARGS__, NULL })

Test(options, arity)
{
	struct config c;

	cr_expect_str_eq(READ_FEW(&c, "flat", "x", "-oy"), "");
	cr_expect_eq(c.choice, 1);
	cr_expect_str_eq(c.in, "x");
	cr_expect_null(c.rest);
	cr_expect_str_eq(READ_FEW(&c, "-oy"), "SHAPE is missing");
	cr_expect_str_eq(READ_FEW(&c, "flat"), "FILE is missing");
	cr_expect_str_eq(READ_FEW(&c, "flat", "x"), "-o FILE.vtt is missing");
	cr_expect_str_eq(READ_FEW(&c, "odd", "x"), "SHAPE is 'odd', expected round or flat");
	cr_expect_str_eq(READ_FEW(&c, "flat", "x", "y"),
			 "'y' is one argument too many, expected SHAPE FILE -- COMMAND");
	cr_expect_str_eq(READ_FEW(&c, "flat", "x", "-oy", "--", "ls", "-l", "--help"), "");
	cr_assert_not_null(c.rest);
	cr_expect_str_eq(c.rest[0], "ls");
	cr_expect_str_eq(c.rest[2], "--help");
	cr_expect_null(c.rest[3]);
	cr_expect_str_eq(READ_FEW(&c, "flat", "x", "-oy", "--"), "");
	cr_expect_null(c.rest);
}

Test(options, words)
{
	struct config c = { .number = 3 };
	struct vt_error err;

	cr_expect_eq(opt_words(&all, &c, "--number 9  --flag --time=1s", &err), 0);
	cr_expect(c.flag && c.number == 9 && c.time == 1000000000);
	cr_expect_eq(opt_words(&all, &c, "", &err), 0);
	cr_expect_eq(opt_words(&all, &c, "--number x", &err), -1);
	cr_expect_str_eq(err.text, "--number is 'x', expected a whole number from 1 to 1024");
}

/* ---- tables that are wrong ---- */

Test(options, wrong_tables)
{
	static const struct {
		struct opt row[3];
		const char *fault;
	} wrong[] = {
		{ { { OPT_SWITCH, .name = "a", AT(flag) } }, "row 0 (a): it has no help" },
		{ { { OPT_SWITCH, .name = "a", AT(flag), .help = "a" },
		    { OPT_SWITCH, .name = "a", AT(other), .help = "b" } },
		  "row 1 (a): its name or letter stands twice" },
		{ { { OPT_SWITCH, .name = "a", .letter = 'x', AT(flag), .help = "a" },
		    { OPT_SWITCH, .name = "b", .letter = 'x', AT(other), .help = "b" } },
		  "row 1 (b): its name or letter stands twice" },
		{ { { OPT_NUMBER, .name = "a", .argument = "N", AT(wide), .help = "a" } },
		  "row 0 (a): its field is of another type than its kind" },
		{ { { OPT_TEXT, .name = "a", .argument = "N", .many = true, AT(text),
		      .help = "a" } },
		  "row 0 (a): its field is of another type than its kind" },
		{ { { OPT_NUMBER, .name = "a", AT(number), .help = "a" } },
		  "row 0 (a): its value has no name" },
		{ { { OPT_NUMBER, .name = "a", .argument = "N", .many = true, AT(number),
		      .help = "a" } },
		  "row 0 (a): its kind cannot be given many times" },
		{ { { OPT_CHOICE, .name = "a", AT(choice), .help = "a" } },
		  "row 0 (a): it has no choices, or too many" },
		{ { { OPT_CALL, .name = "a", .help = "a" } }, "row 0 (a): it has no function" },
		{ { { OPT_TEXT, AT(text), .help = "a" } }, "row 0 (text): an operand has no name" },
		{ { { OPT_FILE_IN, .argument = "A", .many = true, AT(list), .help = "a" },
		    { OPT_FILE_IN, .argument = "B", AT(in), .help = "b" } },
		  "row 1 (B): an operand follows one that takes all" },
		{ { { OPT_SWITCH, .name = "help", AT(flag), .help = "a" } },
		  "row 0 (help): help is every command's" },
		{ { { .kind = OPT_GROUP } }, "row 0 (group): a group has no heading" },
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct opt_command c = { .name = "x", .options = wrong[i].row };
		char *fault = opt_fault(&c);

		cr_assert_not_null(fault, "%s", wrong[i].fault);
		cr_expect_str_eq(fault, wrong[i].fault);
		free(fault);
	}
}

/* ---- what is printed ---- */

static char *printed(unsigned width)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	cr_assert(f);
	if (width) {
		opt_help(&all, f, width);
	} else {
		opt_print_heading(f);
		opt_print(&all, f);
	}
	fclose(f);
	return text;
}

Test(options, help_fits_and_is_whole)
{
	for (unsigned width = 40; width <= 100; width += 10) {
		char *text = printed(width);

		for (const struct opt *o = all_options; o->kind != OPT_END; o++) {
			if (o->name) {
				char *name = vt_format("--%s", o->name);

				cr_expect_not_null(strstr(text, name), "%s", name);
				free(name);
			}
		}
		cr_expect_not_null(strstr(text, "\nPlain:\n"));
		for (char *line = text, *end; *line; line = end + 1) {
			end = strchr(line, '\n');
			cr_assert_not_null(end);
			cr_expect_leq(end - line, (ptrdiff_t)width, "%.*s", (int)(end - line),
				      line);
			cr_expect(end == line || end[-1] != ' ', "'%.*s'", (int)(end - line), line);
		}
		free(text);
	}
	char *text = printed(80);

	cr_expect_not_null(strstr(text, "\n  -n, --number N       a number (default 7)\n"), "%s",
			   text);
	cr_expect_not_null(strstr(text, "colours (one of red, green, blue); may be repeated\n"));
	cr_expect_not_null(strstr(text, "\n  --choice round|flat  a shape (default flat)\n"));
	free(text);
}

Test(options, every_row_is_a_line_of_eleven_fields)
{
	char *text = printed(0);
	unsigned lines = 0, rows = 0;

	for (char *p = text; *p; p++, lines++) {
		unsigned tabs = 0;

		for (; *p != '\n'; p++)
			tabs += *p == '\t';
		cr_expect_eq(tabs, 10);
	}
	for (const struct opt *o = all_options; o->kind != OPT_END; o++)
		rows++;
	cr_expect_eq(lines, rows + 4, "a heading, the command, its usage, its exit codes");
	free(text);
}

/* ---- property: what is put in comes out ---- */

static uint64_t random_state = 20261129;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % below;
}

/* A command line, in words, and what it should make of the config. */
struct line {
	char *word[64];
	int n;
	struct config want;
	bool dashes;
};

static void put(struct line *l, const char *name, char letter, const char *value)
{
	switch (draw(letter ? 4 : 2)) {
	case 0:
		l->word[l->n++] = vt_format("--%s=%s", name, value);
		break;
	case 1:
		l->word[l->n++] = vt_format("--%s", name);
		l->word[l->n++] = vt_strdup(value);
		break;
	case 2: /* "-x" without more would take the next word */
		if (*value) {
			l->word[l->n++] = vt_format("-%c%s", letter, value);
			break;
		}
		/* fall through */
	default:
		l->word[l->n++] = vt_format("-%c", letter);
		l->word[l->n++] = vt_strdup(value);
	}
}

/* A time of at most 1000 s in one of its forms. */
static char *random_time(uint64_t *ns, bool seconds)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	unsigned u = draw(4);
	uint32_t whole = draw(1000), tenths = u ? draw(10) : 0;
	const char *unit = units[u].name;

	*ns = (whole * UINT64_C(10) + tenths) * units[u].ns / 10;
	if ((seconds && u == 3) || (!seconds && u == 0))
		unit = draw(2) ? unit : "";
	return tenths ? vt_format("%" PRIu32 ".%" PRIu32 "%s", whole, tenths, unit)
		      : vt_format("%" PRIu32 "%s", whole, unit);
}

static void put_number(struct line *l)
{
	uint64_t ns;
	char *text;

	switch (draw(4)) {
	case 0:
		l->want.number = 1 + draw(1024);
		text = vt_format("%" PRIu32, l->want.number);
		put(l, "number", 'n', text);
		break;
	case 1:
		text = random_time(&ns, false);
		l->want.time = ns;
		put(l, "time", 0, text);
		break;
	case 2:
		text = random_time(&ns, true);
		l->want.duration = ns;
		put(l, "duration", 0, text);
		break;
	default:
		l->want.percent = draw(101);
		text = vt_format("%" PRIu32, l->want.percent);
		put(l, "percent", 0, text);
	}
	free(text);
}

/* Texts that are easily mistaken for something else. */
static const char *odd_text(void)
{
	static const char *const odd[] = { "-", "--", "-n", "--flag", "a=b", "--help", "x y", "=" };

	return odd[draw(sizeof(odd) / sizeof(*odd))];
}

static void put_other(struct line *l)
{
	uint32_t i;
	const char *text;

	switch (draw(6)) {
	case 0:
		l->want.flag = draw(2);
		l->word[l->n++] = vt_strdup(l->want.flag ? "--flag" : "--no-flag");
		break;
	case 1:
		i = draw(3);
		l->want.set |= UINT64_C(1) << i;
		put(l, "set", 0, colour(i));
		break;
	case 2:
		l->want.choice = draw(2);
		put(l, "choice", 0, shapes[l->want.choice]);
		break;
	case 3:
		text = draw(2) ? odd_text() : "";
		l->want.text = text;
		put(l, "text", 0, text);
		break;
	case 4:
		text = odd_text();
		opt_list_add(&l->want.list, text);
		put(l, "list", 'l', text);
		break;
	default:
		/* Behind "--" anything is an operand. */
		if (!l->dashes && !draw(3)) {
			l->dashes = true;
			l->word[l->n++] = vt_strdup("--");
		}
		text = l->dashes ? odd_text() : "file";
		opt_list_add(&l->want.traces, text);
		l->word[l->n++] = vt_strdup(text);
	}
}

static void same_list(const struct opt_list *a, const struct opt_list *b)
{
	cr_assert_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		cr_assert_str_eq(a->item[i], b->item[i]);
}

static void try_line(const struct line *l)
{
	struct config c = { 0 };
	struct vt_error err;
	int got;

	opt_defaults(&all, &c);
	got = opt_read(&all, &c, l->n, l->word, &err);
	cr_assert_eq(got, 0, "%s", got < 0 ? err.text : "help");
	cr_assert_eq(c.flag, l->want.flag);
	cr_assert_eq(c.number, l->want.number);
	cr_assert_eq(c.percent, l->want.percent);
	cr_assert_eq(c.time, l->want.time);
	cr_assert_eq(c.duration, l->want.duration);
	cr_assert_eq(c.choice, l->want.choice);
	cr_assert_eq(c.set, l->want.set);
	if (l->want.text)
		cr_assert_str_eq(c.text, l->want.text);
	else
		cr_assert_null(c.text);
	same_list(&c.list, &l->want.list);
	same_list(&c.traces, &l->want.traces);
	opt_free(&all, &c);
}

Test(options, what_is_put_in_comes_out)
{
	for (unsigned round = 0; round < 20000; round++) {
		struct line l = { .want = { .number = 7, .time = 30000000, .choice = 1 } };

		l.word[l.n++] = vt_strdup("test");
		for (uint32_t k = draw(24); k && !l.dashes; k--) {
			if (draw(2))
				put_number(&l);
			else
				put_other(&l);
		}
		l.word[l.n] = NULL;
		try_line(&l);
		opt_list_free(&l.want.list);
		opt_list_free(&l.want.traces);
		while (l.n)
			free(l.word[--l.n]);
	}
}

/* Any words at all are taken or refused in one line, and nothing is lost or read beyond. */
Test(options, noise)
{
	static const char *const pieces[] = { "--",	  "-",	    "=",    "number", "n",
					      "no-",	  "flag",   "time", "list",   "1",
					      "s",	  ".",	    "",	    "set",    "help",
					      "\x01\xff", "choice", "red",  "o" };

	for (unsigned round = 0; round < 20000; round++) {
		char word[8][64];
		const char *words[9] = { NULL };
		uint32_t n = draw(8);
		struct config c;

		for (uint32_t i = 0; i < n; i++) {
			word[i][0] = '\0';
			for (uint32_t k = draw(4); k; k--)
				strcat(word[i], pieces[draw(sizeof(pieces) / sizeof(*pieces))]);
			words[i] = word[i];
		}
		const char *text = read_words(&all, &c, words);

		cr_expect_null(strchr(text, '\n'));
		cr_expect(c.number >= 1 && c.number <= 1024 && c.percent <= 100 && c.choice < 2 &&
			  c.set < 8);
		opt_free(&all, &c);
	}
}

/* ---- did you mean ---- */

static const char *nearest(const char *typed)
{
	static const char *const names[] = { "from", "format", "cell-timeout", "cell-memory",
					     "json" };
	struct near n = { 0 };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		near_try(&n, typed, names[i]);
	return n.name ? n.name : "-";
}

Test(near, names)
{
	cr_expect_str_eq(nearest("form"), "from");
	cr_expect_str_eq(nearest("fomrat"), "format");
	cr_expect_str_eq(nearest("cell-timout"), "cell-timeout");
	cr_expect_str_eq(nearest("cell-m"), "cell-memory");
	cr_expect_str_eq(nearest("cel"), "cell-memory", "of two beginnings the nearer");
	cr_expect_str_eq(nearest("ce"), "-");
	cr_expect_str_eq(nearest("jsn"), "json");
	cr_expect_str_eq(nearest("xyzzy"), "-");
	cr_expect_str_eq(nearest(""), "-");
	cr_expect_str_eq(nearest("a-name-that-is-much-longer-than-any-of-the-known-ones"), "-");
}
