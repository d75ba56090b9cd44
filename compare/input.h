/* SPDX-License-Identifier: GPL-2.0-only */
/* What is compared: the cells of results, and the runs of hyperfine's exports. */
#ifndef VTICK_COMPARE_INPUT_H
#define VTICK_COMPARE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/dist.h"
#include "compare/json_scan.h"
#include "replay/catalogue.h"

enum value_state {
	VALUE_ABSENT,
	VALUE_EMPTY, /* absent: the object that would hold it is null */
	VALUE_NULL,
	VALUE_SET,
};

struct value {
	int64_t v;
	enum value_state state;
};

/* One number of a list: of the LP or domain @index. */
struct detail {
	uint32_t metric;
	uint32_t index;
	struct value value;
};

struct samples {
	int64_t *v;
	size_t n;
};

/* Fields of `trace` that must agree beside the hash: it covers the events, not the header. */
enum { SHAPE_CLOCK, SHAPE_DURATION, SHAPE_LPS, SHAPE_VPS, SHAPE_EVENTS, SHAPES };
extern const char *const shape_names[SHAPES];

struct param {
	char *name;
	char *value;
};

struct cell {
	const char *file; /* as given */
	bool timing;	  /* runs of a command: samples alone */
	bool late;	  /* these are slices of a VM's ticks */
	size_t slices;	  /* of `late`: all, also those with too few ticks */
	int64_t came,
	    missed;   /* of `late`: ticks of the VM that were delivered, and that never were */
	char *trace;  /* "hyperfine" for runs */
	char *policy; /* the command for runs */
	struct param *param; /* by name */
	size_t params;
	char *params_text; /* "a=1,b=2" */
	char *built;	   /* of a kind: "Linux 6.12.117, lapic.c 46c9e2c012f2"; NULL */
	char *sha256;
	int64_t shape[SHAPES];
	char *class; /* "bare-metal", "nested", ...; NULL: it does not say */
	int64_t unseen_ticks;
	bool truncated;
	bool against;	/* it was held against its recording */
	bool bound;	/* it has the least that its interrupts could be */
	uint32_t minor; /* of the result */
	size_t end;	/* offset of its end in the file */
	char *status;
	char *message;
	char digest[17];
	struct value *value;   /* [metric_count]: NUMBER */
	struct dist *dist;     /* [metric_count]: DISTRIBUTION */
	struct detail *detail; /* by metric, then index */
	size_t details, details_room;
	size_t domains;		 /* elements of per_domain */
	struct samples *samples; /* [metric_count]: SAMPLES */
};

struct input {
	const char *file;
	bool golden; /* its histograms are hashes */
	struct cell *cell;
	size_t cells;
	uint32_t minor;	  /* of the result, 0 where it names none */
	char *provenance; /* its JSON text, or NULL */
	char *unknown;	  /* the first number of a cell that this version does not know, or NULL */
	char *path;	  /* owns `file`; NULL: it is another's */
	/* Traces without cells, "NAME: STATUS: WHY". */
	char **unreadable;
	size_t unreadables;
};

/* Reads a result, a golden or an export of hyperfine. 0 or -1; input_free() in any case. */
int input_read(struct input *in, const char *file, struct vt_error *err);
void input_free(struct input *in);

/* True if @c has metric number @metric, be it null. */
bool cell_has(const struct cell *c, size_t metric);
/* The number of element @index of the list metric @metric, or NULL. */
const struct detail *cell_detail(const struct cell *c, size_t metric, uint32_t index);
/* True if it lacks it because it is of an older vtick. */
bool cell_predates(const struct cell *c, size_t metric);

/* ---- for the readers ---- */

struct cell *input_add_cell(struct input *in);
/* The number of one LP or domain. */
void cell_add_detail(struct cell *c, size_t metric, uint32_t index, struct value v);
/* By metric, then index: 0 of two details that are the same one's. */
int cell_by_place(const void *a, const void *b);
/* In the order in which cell_detail() looks for them. */
void cell_sort_details(struct cell *c);
/* Sorts @c's parameters and writes params_text. */
void cell_name_params(struct cell *c);
/* A whole cell, whose minor is known, has what results of its age have, and what says the same
 * twice agrees. A fault is one at @s. 0 or -1. */
int input_check_cell(struct cell *c, struct scan *s);
/* The part of it that looks at what adds up to another number. Details are in order. */
int input_check_sums(const struct cell *c, struct scan *s);
/* Fails: number @m of the cell is @v, expected @expected. */
int input_disagrees(struct scan *s, const struct cell *c, const struct metric *m, int64_t v,
		    const char *expected);
/* @s before the first line. */
int input_read_golden(struct input *in, struct scan *s);
/* Both with the scanner before the list that is the top object's value. */
int input_read_cells(struct input *in, struct scan *s);
int input_read_runs(struct input *in, struct scan *s);
/* The same of the views of vtick late. */
int input_read_views(struct input *in, struct scan *s);
/* After the whole document: every cell has what a result of its minor has. */
int input_check_cells(struct input *in, struct scan *s);

#endif
