/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison: cells in pairs, a row for each metric, verdicts, and whether the gate holds. */
#ifndef VTICK_COMPARE_COMPARISON_H
#define VTICK_COMPARE_COMPARISON_H

#include "compare/input.h"
#include "compare/rules.h"
#include "compare/stats.h"
#include "traces/base/options.h"

enum verdict { SAME, BETTER, WORSE, CHANGED, NOT_ENOUGH, NOT_COMPARABLE, MIXED, VERDICTS };

enum gate {
	GATE_PASS,    /* no difference that counts */
	GATE_WITHIN,  /* a difference within its limit */
	GATE_IGNORED, /* by a rule */
	GATE_WAIVED,
	GATE_FAIL,
};

/* The runs of both sides and what they say. */
struct noisy {
	size_t runs[2];
	double median[2];
	struct stats_test test;
	double p_adjusted;
	struct stats_shift shift;
	size_t needed; /* NOT_ENOUGH: so many runs a side; 0: no number would do */
};

#define NO_ELEMENT UINT32_MAX

struct pair;
struct settled;

struct row {
	struct pair *pair;
	const struct metric *metric;
	uint32_t element; /* of a list: the LP, the domain; NO_ELEMENT */
	struct value value[2];
	enum verdict verdict;
	enum gate gate;
	bool over_budget;
	const struct rule *rule;
	struct waiver *waiver; /* the one that let it pass, or NULL */
	double change;	       /* part of the baseline; infinite where that was 0; NAN: no number */
	struct shift *shift;   /* DISTRIBUTION with samples on both sides */
	struct noisy *noisy;   /* SAMPLES */
};

struct pair {
	size_t place; /* of the candidate's cell in its side */
	const struct cell *cell[2];
	char *trace;
	char *
	    policy; /* as it is shown: "virtual", "virtual:switch=keep", "passthrough -> virtual" */
	char *family;	/* the policy without parameters: its variants are told together */
	char *rules_as; /* the candidate's policy with all parameters: rules are matched with it */
	size_t first_row, rows;
	size_t count[VERDICTS];
	size_t same; /* rows that are not kept because nothing is to be said of them */
	size_t failed;
	enum verdict verdict;
};

/* Which cells of a side are meant: all, or those of one policy. */
struct selection {
	const char *text; /* as given; NULL: all */
	char *policy;
	struct param *param;
	size_t params;
};

struct side {
	const char *name; /* "baseline", "candidate" */
	struct input *input;
	size_t inputs;
	struct selection select;
	size_t first;	    /* of the inputs that are brought together now */
	const char *folder; /* they are of this one, */
	size_t folders;	    /* and of so many in all; 0: of none */
	struct cell **cell; /* one of each key, in order of the key */
	char **key;
	size_t cells;
};

enum fail_on { FAIL_ON_REGRESSION, FAIL_ON_CHANGE };

/* As the option has it; NULL behind the last. */
const char *fail_on_name(unsigned number);

struct texts {
	char **text;
	size_t n;
};

struct comparison {
	struct side side[2];
	struct rules rules;
	enum fail_on fail_on;
	bool allow_new;			    /* a cell that only the candidate has is no trouble */
	bool keep_all;			    /* rows of what is the same too */
	bool allow_older;		    /* a candidate of an older vtick is no trouble */
	const struct opt_list *allow_empty; /* globs of traces without a known deadline */
	bool strict;			    /* undecided is trouble */
	const char *title;		    /* what is compared, in the user's words, or NULL */
	const char *on_fail;		    /* what to say where the gate fails, or NULL */

	struct pair *pair;
	size_t pairs;
	size_t pairs_room, judged;
	struct settled *settled; /* pairs that were the same: settled.h */
	size_t settlements;
	struct row *row; /* by pair; report order: order[] */
	size_t rows, rows_room;
	size_t *order;
	struct group *group; /* group.h */
	size_t groups;
	size_t count[VERDICTS];
	size_t compared; /* metrics */
	size_t failed, waived, ignored, within;
	struct texts troubles, warnings, notes, explained;
	struct texts pictures; /* of what is explained, as parts of a page: made by html.h */
	bool *noted;	       /* [metric_count]: there is a note that it was not compared */
	const char *empty;     /* the trace that was last said to have no deadline */
	const char *older;     /* the file of the candidate that was last said to be too old */
	enum verdict verdict;
	char *headline;
};

const char *verdict_name(enum verdict v);
/* What so many of each are together. */
enum verdict verdict_of(const size_t count[VERDICTS]);
const char *gate_name(enum gate g);

/* "POLICY", "POLICY:key=value,..."; a command of hyperfine. 0 or -1. */
int selection_parse(struct selection *s, const char *text, struct vt_error *err);

void texts_add(struct texts *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Everything from the inputs, which are read, to the headline. */
void comparison_run(struct comparison *c);
/* The same in parts: what is read from `first` on is added, whenever there is more. */
void comparison_begin(struct comparison *c);
void comparison_add(struct comparison *c);
void comparison_end(struct comparison *c);
/* EXIT_OK, EXIT_GATE, EXIT_TROUBLE. */
int comparison_exit(const struct comparison *c);
void comparison_free(struct comparison *c);

/* The first number in which two cells differ, or NULL; not what only one can have, as the other is
 * of an older vtick. */
const char *cell_difference(const struct cell *a, const struct cell *b);
void pair_free(struct pair *p);

/* ---- the steps: pair.c, judge.c, verdict.c, headline.c ---- */

/* Frees what brought a side's inputs together. */
void side_forget(struct side *s);
/* Brings each side's files together and pairs the cells; what is missing is a trouble. */
void comparison_pair(struct comparison *c);
/* The rows of all pairs that have none yet. */
void comparison_judge(struct comparison *c);
/* Of all of them: noisy ones need the others. */
void comparison_decide(struct comparison *c);
/* Verdicts of pairs and of all, order of rows and groups. */
void comparison_conclude(struct comparison *c);
/* The first line of every report: c->headline. */
void comparison_headline(struct comparison *c);
struct row *comparison_add_row(struct comparison *c);

/* ---- numbers as text ---- */

#define NUMBER_SIZE 48

/* "1676", "none", a digest. @which: 0 baseline, 1 candidate. */
void row_value_text(const struct row *r, int which, char text[NUMBER_SIZE]);
/* "+12 (+0.5 %)", "+3.1 % at the median", ... */
void row_change_text(const struct row *r, char *text, size_t size);
/* "timer_interrupts.per_lp[3].total" */
void row_metric_text(const struct row *r, char text[96]);
/* "+0.5 %", "from 0" */
void percent_text(double change, char text[NUMBER_SIZE]);
/* What the rule says, with its name. */
void row_rule_text(const struct row *r, char *text, size_t size);

#endif
