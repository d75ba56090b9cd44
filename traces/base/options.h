/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command's options as one table.
 *
 * The command line is parsed by the table, `--help` is printed from it, the OPTIONS of the manual
 * page are made from it ('make man'), and 'vtick help --options' prints it for other tools. So a
 * new option is a new row, a field of the command's config, and whatever it does.
 *
 *	struct config {
 *		uint64_t from_ns;
 *		bool json;
 *		struct opt_list traces;
 *	};
 *
 *	static const struct opt options[] = {
 *		{ OPT_FILE_IN, .argument = "TRACE", .many = true, .needed = true,
 *		  OPT_AT(struct config, traces) },
 *		{ OPT_DURATION, .name = "from", .argument = "TIME", .value = "0",
 *		  OPT_AT(struct config, from_ns), .help = "from this time on" },
 *		{ OPT_SWITCH, .name = "json", OPT_AT(struct config, json),
 *		  .help = "one JSON document" },
 *		{ 0 },
 *	};
 *
 * Rows stand in the order of `--help`. A row without name and letter is an operand: what stands on
 * the command line without a dash, first come, first taken; only the last one may be `many`. One of
 * choices that is not needed may be left out: a word that is none of them is the next operand's.
 *
 * Accepted: `--name VALUE`, `--name=VALUE`, `-x VALUE`, `-xVALUE`, `--switch`, `--no-switch`;
 * options and operands in any order; behind `--` all are operands. Names are not abbreviated. Of an
 * option that is given twice the last one counts, but for those that are `many`. `-` alone is an
 * operand or a value; of a file it is refused unless its row has `dash`. `-h` and `--help` are
 *every command's and stand in no table.
 *
 * Every fault of a command line is told in one line, in the same words for all commands:
 *
 *	vtick: dump: there is no option '--form', did you mean '--from'? (see 'vtick dump --help')
 */
#ifndef VTICK_TRACES_BASE_OPTIONS_H
#define VTICK_TRACES_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "traces/base/error.h"

/* What an option takes, and what it is stored as. */
enum opt_kind {
	OPT_END,       /* behind the last row */
	OPT_GROUP,     /* no option: `help` is a heading over the rows that follow */
	OPT_SWITCH,    /* bool; nothing. `--no-NAME` turns it off */
	OPT_NUMBER,    /* uint32_t; decimal, from `min` to `max` */
	OPT_WIDE,      /* uint64_t; the same */
	OPT_PERCENT,   /* uint32_t; 0 to 100 */
	OPT_FREQUENCY, /* uint64_t, Hz; "100", "2.4G", "2596.122M" */
	OPT_TIME,      /* uint64_t, ns; "50us", "1.5s"; a bare number is ns */
	OPT_DURATION,  /* uint64_t, ns; the same, but a bare number is seconds, "1.5" too */
	OPT_CHOICE,    /* uint32_t, index of the choice; `many`: uint64_t, one bit for each */
	OPT_TEXT,      /* const char *; anything. `many`: struct opt_list */
	OPT_FILE_IN,   /* the same, a file to read; not "" */
	OPT_FILE_OUT,  /* const char *, a file to write; not "" */
	OPT_FOLDER,    /* const char *; not "" */
	OPT_CALL,      /* whatever `take` makes of it; without `argument` it has no value */
	OPT_REST,      /* char *const *, an operand: all that follows `--`, up to a NULL */
};

struct opt;

/*
 * Takes @value (NULL if the option has none) into @config. 0, or -1 with the reason in @err, which
 * does not name the option: the parser puts "--name: " before it. The value lives as long as argv.
 */
typedef int opt_take_fn(void *config, const struct opt *o, const char *value, struct vt_error *err);

struct completion;

/* Adds what a value may be to @c: the tools are in complete.h. */
typedef void opt_values_fn(struct completion *c);

struct opt {
	enum opt_kind kind;
	char letter;	      /* 0: none */
	bool many;	      /* may be given several times, and each counts */
	bool needed;	      /* a command line without it is refused */
	const char *name;     /* without the dashes */
	const char *argument; /* what the value is called, as FILE; of a choice NULL: "a|b|c" */
	size_t at, size;      /* the field of the config; OPT_AT() sets both */
	uint64_t min, max;    /* of numbers, in the field's unit; max 0: whatever fits */
	const char *const *choices;		/* all that are taken, up to a NULL, or */
	const char *(*choice)(unsigned number); /* one by one, NULL behind the last */
	const char *(*about_choice)(
	    unsigned number);  /* what each means; NULL: they are just listed */
	opt_take_fn *take;     /* of OPT_CALL */
	opt_values_fn *values; /* for completion: what it may be, beside choices and files */
	bool dash;	       /* of files: - is standard input or output; else it is refused */
	bool both;	       /* of files: the command says itself whether it reads or writes it */
	const char *no_dash;   /* why it is: "a trace is read from its end"; NULL: of course */
	const char *value; /* the default, as it would be given; NULL: the config keeps its own */
	const char *help;  /* a phrase in lower case, without a full stop */
	const char *more;  /* sentences for the manual page alone; '\n' parts paragraphs */
};

#define OPT_AT(type, field) .at = offsetof(type, field), .size = sizeof(((type *)NULL)->field)

/* A table has at most so many rows. */
#define OPT_ROWS_MAX 64u

/* What was given to a row that is `many`, in order. The texts are argv's. */
struct opt_list {
	const char **item;
	size_t n;
};

void opt_list_add(struct opt_list *list, const char *item);
void opt_list_free(struct opt_list *list);

struct opt_command {
	const char *name;
	const char *summary;		   /* a phrase */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
	const char *const *usage; /* what follows the name, a line each; NULL: from the rows */
	const char *about;	  /* a paragraph */
	const struct opt *options;
	const char *notes; /* what else `--help` says: paragraphs, parted by '\n' */
	void (*lists)(FILE *to,
		      unsigned width); /* and prints, NULL: nothing. For lists made from tables */
	const char *const *examples;   /* a line each, up to a NULL */
	const char *exits;	       /* "Exit codes: ..."; NULL: 0 fine, 2 trouble */
};

/*
 * Reads the command line of @c into @config, which the command has zeroed or filled before: the
 * rows' defaults first, then what was given. Its files are noted as those of this call, and one
 * that would be read and written, or written twice, is a fault (call_files.h). True: go on. False:
 * return
 * *@code; help was printed on stdout, or the fault on stderr, and lists in @config are freed.
 */
bool opt_parse(const struct opt_command *c, void *config, int argc, char *const *argv, int *code);

/* The same without a word and without defaults: 0, 1 if help was asked for, or -1 with @err. */
int opt_read(const struct opt_command *c, void *config, int argc, char *const *argv,
	     struct vt_error *err);

/*
 * Takes the options in @words, which blanks part, as if they were given; nothing is needed. For
 * rows that stand for several others. What the values point at is lost on return, so texts may not
 * be among them. 0 or -1.
 */
int opt_words(const struct opt_command *c, void *config, const char *words, struct vt_error *err);

/* Stores the rows' defaults. */
void opt_defaults(const struct opt_command *c, void *config);

/*
 * Adds to @words what would be given for @config, `--name VALUE` or `-x VALUE` as two words,
 * operands last; for a command that another program does. Kinds: switches, choices (one out of
 * range is none), texts, files, folders, the rest. Each word is malloc'ed, and opt_give_free()
 * frees all.
 */
void opt_give(const struct opt_command *c, const void *config, struct opt_list *words);
void opt_give_free(struct opt_list *words);

/* Frees every list of @config. */
void opt_free(const struct opt_command *c, void *config);

/* NULL, or what is wrong with the table itself; opt_parse() aborts on it. malloc'ed. */
char *opt_fault(const struct opt_command *c);

/* The choice of that number, or NULL. */
const char *opt_choice(const struct opt *o, unsigned number);

/* All choices, "a|b|c" for @between "|" and @last "|"; malloc'ed. */
char *opt_choices(const struct opt *o, const char *between, const char *last);

/* The row of that name of @len letters, or of that letter; NULL: there is none. */
const struct opt *opt_named(const struct opt_command *c, const char *name, size_t len);
const struct opt *opt_lettered(const struct opt_command *c, char letter);

/* True for what stands without a dash. */
bool opt_is_operand(const struct opt *o);

/* True if a value follows the option. */
bool opt_has_value(const struct opt *o);

/* The usage line of that number, "dump [OPTION]... TRACE", or NULL; malloc'ed. */
char *opt_usage(const struct opt_command *c, unsigned number);

/* "TIME"; the choices where the row does not say; NULL without a value. malloc'ed. */
char *opt_argument(const struct opt *o);

/* The text of `vtick NAME --help`, in lines of at most @width columns. */
void opt_help(const struct opt_command *c, FILE *to, unsigned width);

/*
 * Prints @text with breaks between words: the first line goes on at @column, the others begin at
 * @indent, none passes @width if its words allow that. '\n' in @text begins a line. Ends with '\n'.
 */
void opt_wrap(FILE *to, const char *text, unsigned column, unsigned indent, unsigned width);

/*
 * The table for other tools: a line for the command, for each line of its usage, each row, each
 * example, and the exit codes; a choice that has a help of its own is a line "value" behind its
 * row. Fields are separated by tabs, the first line of opt_print_heading() names them. A newline in
 * a text is "\n".
 */
void opt_print_heading(FILE *to);
void opt_print(const struct opt_command *c, FILE *to);

#endif
