/* SPDX-License-Identifier: GPL-2.0-only */
/* The cells of an input: what their readers fill and everybody else reads. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "traces/base/mem.h"

const char *const shape_names[SHAPES] = { "clock_hz", "duration_ns", "lps", "vps", "events" };

struct cell *input_add_cell(struct input *in)
{
	if (!(in->cells & (in->cells - 1))) /* a power of two: full */
		in->cell =
		    vt_realloc(in->cell, (in->cells ? in->cells * 2 : 1) * sizeof(*in->cell));

	struct cell *c = &in->cell[in->cells++];

	*c = (struct cell){ .file = in->file };
	return c;
}

void cell_add_detail(struct cell *c, size_t metric, uint32_t index, struct value v)
{
	if (c->details == c->details_room) {
		c->details_room = c->details_room ? c->details_room * 2 : 64;
		c->detail = vt_realloc(c->detail, c->details_room * sizeof(*c->detail));
	}
	c->detail[c->details++] =
	    (struct detail){ .metric = (uint32_t)metric, .index = index, .value = v };
}

int cell_by_place(const void *a, const void *b)
{
	const struct detail *x = a, *y = b;

	return x->metric != y->metric ? (x->metric > y->metric) - (x->metric < y->metric)
				      : (x->index > y->index) - (x->index < y->index);
}

void cell_sort_details(struct cell *c)
{
	if (c->details)
		qsort(c->detail, c->details, sizeof(*c->detail), cell_by_place);
}

const struct detail *cell_detail(const struct cell *c, size_t metric, uint32_t index)
{
	const struct detail key = { .metric = (uint32_t)metric, .index = index };

	return c->details ? bsearch(&key, c->detail, c->details, sizeof(key), cell_by_place) : NULL;
}

int input_disagrees(struct scan *s, const struct cell *c, const struct metric *m, int64_t v,
		    const char *expected)
{
	return scan_fail(
	    s, "the cell of trace '%.60s', policy '%.40s': %s is %" PRId64 ", expected %s",
	    c->trace, c->policy, m->name, v, expected);
}

static void cell_free(struct cell *c)
{
	free(c->trace);
	free(c->policy);
	for (size_t i = 0; i < c->params; i++) {
		free(c->param[i].name);
		free(c->param[i].value);
	}
	free(c->param);
	free(c->params_text);
	free(c->built);
	free(c->sha256);
	free(c->class);
	free(c->status);
	free(c->message);
	free(c->value);
	for (size_t i = 0; c->dist && i < metric_count; i++)
		free(c->dist[i].bucket);
	free(c->dist);
	free(c->detail);
	for (size_t i = 0; c->samples && i < metric_count; i++)
		free(c->samples[i].v);
	free(c->samples);
}

void input_free(struct input *in)
{
	for (size_t i = 0; i < in->cells; i++)
		cell_free(&in->cell[i]);
	free(in->cell);
	free(in->provenance);
	free(in->unknown);
	free(in->path);
	for (size_t i = 0; i < in->unreadables; i++)
		free(in->unreadable[i]);
	free(in->unreadable);
	*in = (struct input){ 0 };
}

static int by_param(const void *a, const void *b)
{
	return strcmp(((const struct param *)a)->name, ((const struct param *)b)->name);
}

void cell_name_params(struct cell *c)
{
	size_t size = 0;
	FILE *f = vt_text_open(&c->params_text, &size);

	if (c->params)
		qsort(c->param, c->params, sizeof(*c->param), by_param);
	for (size_t i = 0; i < c->params; i++)
		fprintf(f, "%s%s=%s", i ? "," : "", c->param[i].name, c->param[i].value);
	vt_text_close(f);
}
