/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics: what each is called, where it is counted, how results are held against each other by
 * it. All that lists metrics is made from this one table: the JSON of a cell (engine/metrics.c),
 * the sums over LPs and VPs, what `compare` and `history` read, `compare --metrics`, the tables of
 * RESULT.md and vtick-compare(1).
 */
#ifndef VTICK_REPLAY_CATALOGUE_H
#define VTICK_REPLAY_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum direction {
	LOWER,	 /* is better */
	HIGHER,	 /* is better */
	ZERO,	 /* nearer to zero is better: a skew may be early (negative) */
	NEUTRAL, /* any difference is a change, neither better nor worse */
};

enum metric_kind {
	NUMBER,	      /* an integer of a cell */
	DISTRIBUTION, /* a histogram */
	TEXT,	      /* the digest */
	DETAIL,	      /* an integer of a list's element: NAME[].KEY */
	SAMPLES,      /* noisy: one number a run of hyperfine's export, or a slice of vtick late */
};

/* When a result has it. Results tell themselves: by policy.params.costs, by `observed`, by
 * `fidelity`, by policy.params.loop, by `bound`. */
enum metric_when {
	WHEN_ALWAYS,
	WHEN_COSTS,    /* with --costs */
	WHEN_RECORDED, /* the trace has events of the recorded hypervisor; else its object is null
			*/
	WHEN_AGAINST_RECORDING, /* with --against-recording */
	WHEN_CLOSED_LOOP,	/* with --closed-loop */
	WHEN_BOUND,		/* with --bound */
	METRIC_WHENS,
};

/* Which struct of counts.h a metric is counted in. */
enum metric_in {
	IN_CELL,   /* struct counts */
	IN_LP,	   /* struct lp_counts: an element of a list by LP */
	IN_DOMAIN, /* struct vp_counts: an element of per_domain */
	IN_VP,	   /* in the closed loop: an element of a list by VP */
	IN_OTHERS, /* elsewhere: in a witness, in the timings of runs */
};

/* How the number is made of what stands there. */
enum metric_form {
	FORM_COUNT,  /* uint64_t */
	FORM_TICKS,  /* uint64_t in ticks, ns in the result */
	FORM_SIGNED, /* int64_t, or COUNT_NONE */
	FORM_WIDE,   /* __int128 */
	FORM_DIGEST, /* uint64_t as 16 hex digits */
	/* Of a struct histogram: */
	FORM_SAMPLES,
	FORM_SUM,
	FORM_MIN,
	FORM_PERCENTILE,
	FORM_MAX,
	FORM_BUCKETS,
	/* {"LENGTH": ns}, which is made of the LPs' lists. */
	FORM_BY_LENGTH,
};

/* What becomes of the numbers of LPs or VPs that are put together. */
enum metric_sum {
	SUM_ADD,
	SUM_MAX,
	SUM_MADE, /* it is made from others afterwards */
};

/* What becomes of the numbers of traces that are put together. */
enum metric_over {
	OVER_ADD,
	OVER_MAX,
	OVER_MIN,
	OVER_NOT, /* a mean or a rank says nothing beyond its trace */
};

struct metric {
	const char *name; /* its path in a cell: "timer_interrupts.per_lp[].total" */
	enum metric_kind kind;
	enum direction better;
	const char *unit;
	enum metric_when when;
	uint32_t since; /* the first minor whose results all have it, of those that @when says */
	bool nullable;	/* JSON's null where there is nothing to tell */
	bool loss;	/* ticks or time that guests lost: named before what merely costs */
	bool negative;	/* it may lie below zero: a skew, an error */
	/*
	 * What moves together has one cause: the members of a distribution, a number and its parts
	 * by LP. The name of it; NULL: the metric stands for itself.
	 */
	const char *cause;
	const char *object; /* null if the recording says nothing of it, and then it is absent */
	const char *help;

	enum metric_in in;
	size_t at; /* offset */
	enum metric_form form;
	unsigned per_mille; /* FORM_PERCENTILE */
	enum metric_sum sum;
	enum metric_over over; /* of NUMBER */
};

extern const struct metric metric_table[];
extern const size_t metric_count;

/* Index in the table of the metric of that name; METRIC_NONE: there is none. */
#define METRIC_NONE ((size_t)-1)
size_t metric_find(const char *name);
/* Index in the table of number @i by name: for what must stand in an order that lasts. */
size_t metric_by_name(size_t i);

/* The minor of the results that this version writes: they have every metric of the table. */
uint32_t metrics_minor(void);

/* True if @path is a list whose elements hold metrics, and how they are told apart in @in. */
bool metric_list(const char *path, enum metric_in *in);

/* True if @path is null in a cell whose recording says nothing of what it would hold. */
bool metric_object(const char *path);

/* What @m would have to be where @v is nothing that it can be ("0 or more"), else NULL. A share of
 * events, in ppm, is a million at most. */
const char *metric_expects(const struct metric *m, int64_t v);

/* The cause that @m is told under. */
const char *metric_cause(const struct metric *m);

/* The value at @name below the cell @metrics, or NULL: there is none. */
const json_t *metric_value(const json_t *metrics, const char *name);

/* How bad the value @v is, the more the worse; for NEUTRAL it is @v. */
int64_t metric_badness(enum direction d, int64_t v);

/* "lower", ...; "number", ...; "always", ... */
const char *direction_name(enum direction d);
const char *kind_name(enum metric_kind kind);
const char *when_name(enum metric_when when);
/* "exact" or "noisy". */
const char *metric_class(const struct metric *m);

/* The table, a line for each metric. */
void metrics_print(FILE *to);

#endif
