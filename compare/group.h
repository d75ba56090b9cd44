/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a comparison as a reviewer thinks of them: a policy and a cause.
 *
 * What moves together is one group: the members of a distribution, a number and its parts by LP and
 * domain (metric_cause()), over all traces, of all variants of a policy that move the same way.
 */
#ifndef VTICK_COMPARE_GROUP_H
#define VTICK_COMPARE_GROUP_H

#include "compare/comparison.h"

/* The geometric mean of candidate / baseline over cells. */
struct mean {
	double ratio; /* NAN: of no cell */
	size_t cells; /* whose ratio it holds */
	size_t from_zero, to_zero;
	size_t without; /* of another sign, or with a value on one side alone */
};

struct group {
	const char *family; /* the policy without its parameters, as the comparison has it */
	const char *cause;
	size_t *row; /* places in the comparison, of one cell after the other */
	size_t rows;
	/* Stands for the others: the worst row, of the metric in which most cells differ. */
	const struct row *head;
	struct mean mean; /* of the head's metric, over all cells of these variants */
	enum verdict verdict;
	enum gate gate;
	size_t failed;	 /* rows */
	double distance; /* the farthest that one of its rows moved the group's way */
	/* Where something of it differs, and how many of each the family has. */
	size_t cells, traces, variants;
	size_t of_cells, of_traces, of_variants;
	const char **variant; /* [variants], by name */
};

/* Which way the rows of one variant and one cause go. */
enum lean { LEAN_WORSE, LEAN_BETTER, LEAN_NOT };

/* Fills c->group: all rows that say anything, by policy, worst first. */
void comparison_group(struct comparison *c);
void groups_free(struct comparison *c);

/* How far a row moved, whichever way: |log((|candidate| + 1) / (|baseline| + 1))|, which a baseline
 * of 0 does not make infinite. */
double row_distance(const struct row *r);

/* For comparison_group(): sets @g's head, a row that goes @way if any does, and its distance; then
 * the mean. */
void group_find_head(const struct comparison *c, struct group *g, enum lean way);
void group_find_mean(const struct comparison *c, struct group *g);

/* "virtual", "virtual (3 variants)", "virtual (2 of 3 variants)", the one variant by its name. */
void group_policy_text(const struct group *g, char *text, size_t size);
/* "pvh2", "16 of 17 traces" */
void group_traces_text(const struct group *g, char *text, size_t size);
/* "+12.3 %", "changed": the mean, or the one change that there is. */
void group_mean_text(const struct group *g, char text[NUMBER_SIZE]);
/* "12 from 0, 1 to 0", or nothing: the cells that are not in the mean though they differ. */
void group_zeros_text(const struct group *g, char *text, size_t size);
/* "pvh2, switch=keep: 12 -> 30, +18 (+150.0 %)": the head, where and by how much. */
void group_worst_text(const struct group *g, char *text, size_t size);

#endif
