/* SPDX-License-Identifier: GPL-2.0-only */
/* A result as a golden. */
#include "compare/golden.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/file.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/sort.h"

/* One word of a line, and with @key what stands before a '='. */
static void put_word(FILE *to, const char *text, bool key)
{
	safe_put(key ? SAFE_KEY : SAFE_WORD, to, text);
}

static void put_trace(FILE *to, const struct cell *c)
{
	fputs("trace ", to);
	put_word(to, c->trace, false);
	fprintf(to, "\n sha256 %s\n", c->sha256);
	if (c->class) {
		fputs(" class ", to);
		put_word(to, c->class, false);
		fputc('\n', to);
	}
	for (size_t i = 0; i < SHAPES; i++)
		fprintf(to, " %s %" PRId64 "\n", shape_names[i], c->shape[i]);
	fprintf(to, " unseen_ticks %" PRId64 "\n", c->unseen_ticks);
	fprintf(to, " truncated %s\n", c->truncated ? "yes" : "no");
}

/* Options that every policy has: they stand behind its own, by which variants are told apart, so
 * that these are seen where git cuts the line that it puts over a hunk. */
static bool of_host(const char *param)
{
	return !strncmp(param, "hv_", 3) || !strcmp(param, "slop_ns") || !strcmp(param, "costs") ||
	       !strcmp(param, "away");
}

static void put_heading(FILE *to, const struct cell *c)
{
	fputs("cell ", to);
	put_word(to, c->policy, false);
	fputc(' ', to);
	put_word(to, c->status, false);
	for (int host = 0; host < 2; host++) {
		for (size_t i = 0; i < c->params; i++) {
			if (of_host(c->param[i].name) != host)
				continue;
			fputc(' ', to);
			put_word(to, c->param[i].name, true);
			fputc('=', to);
			put_word(to, c->param[i].value, false);
		}
	}
	fputc('\n', to);
}

static void put_value(FILE *to, const struct value *v)
{
	if (v->state == VALUE_SET)
		fprintf(to, "%" PRId64, v->v);
	else
		fputs("none", to);
}

static void put_metric(FILE *to, const struct cell *c, size_t i)
{
	const struct metric *m = &metric_table[i];

	if (m->kind == DETAIL || !cell_has(c, i))
		return;
	if (m->kind == NUMBER) {
		fprintf(to, " %s ", m->name);
		put_value(to, &c->value[i]);
		fputc('\n', to);
	} else if (m->kind == DISTRIBUTION) {
		fprintf(to, " %s %016" PRIx64 "\n", m->name, dist_hash(&c->dist[i]));
	} else {
		fprintf(to, " %s %s\n", m->name, c->digest);
	}
}

/* The line of element @index. By name, so that a metric's place in a golden does not hang on its
 * place in a table. */
static void put_element(FILE *to, const struct cell *c, const struct golden_list *l, uint32_t index)
{
	fprintf(to, " %s %" PRIu32, l->word, index);
	for (size_t i = 0; i < metric_count; i++) {
		size_t metric = metric_by_name(i);
		const struct detail *d = cell_detail(c, metric, index);
		const char *name = metric_table[metric].name, *part = strstr(name, l->part);

		if (!d || !part)
			continue;
		fprintf(to, " %.*s%s=", (int)(part - name), name, part + strlen(l->part));
		put_value(to, &d->value);
	}
	fputc('\n', to);
}

static void put_list(FILE *to, const struct cell *c, const struct golden_list *l)
{
	uint64_t from = 0, next;

	do {
		next = UINT64_MAX;
		for (size_t i = 0; i < c->details; i++) {
			const struct detail *d = &c->detail[i];

			if (d->index >= from && d->index < next &&
			    strstr(metric_table[d->metric].name, l->part))
				next = d->index;
		}
		if (next != UINT64_MAX)
			put_element(to, c, l, (uint32_t)next);
		from = next + 1;
	} while (next != UINT64_MAX);
}

static int by_trace(const struct cell *x, const struct cell *y)
{
	int order = strcmp(x->trace, y->trace);

	return order ? order : strcmp(x->sha256, y->sha256);
}

static int by_key(const void *a, const void *b)
{
	const struct cell *x = *(const struct cell *const *)a, *y = *(const struct cell *const *)b;
	int order = by_trace(x, y);

	if (!order)
		order = strcmp(x->policy, y->policy);
	if (!order)
		order = strcmp(x->params_text, y->params_text);
	return order ? order : (x > y) - (x < y);
}

void golden_write(FILE *to, const struct input *in)
{
	const struct cell **sorted = vt_array(in->cells, sizeof(*sorted));

	for (size_t i = 0; i < in->cells; i++)
		sorted[i] = &in->cell[i];
	sort_by(sorted, in->cells, sizeof(*sorted), by_key);
	fprintf(to, GOLDEN_FORM " minor %" PRIu32 "\n", in->minor);
	for (size_t i = 0; i < in->cells; i++) {
		const struct cell *c = sorted[i];

		if (!i || by_trace(sorted[i - 1], c))
			put_trace(to, c);
		put_heading(to, c);
		for (size_t k = 0; k < metric_count; k++)
			put_metric(to, c, metric_by_name(k));
		for (size_t k = 0; k < GOLDEN_LISTS; k++)
			put_list(to, c, &golden_lists[k]);
	}
	free(sorted);
}

int golden_make(const char *golden, const char *result, struct vt_error *err)
{
	struct input in;
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int failed = input_read(&in, result, err);

	if (!failed && in.unreadables)
		failed = vt_error_set(err, in.file, VT_NO_OFFSET,
				      "lacks a trace that could not be read, expected all: %s",
				      in.unreadable[0]);
	if (!failed && in.cell[0].timing)
		failed =
		    vt_error_set(err, in.file, VT_NO_OFFSET,
				 "holds runs of a command, expected a result of 'vtick replay'");
	if (!failed) {
		f = vt_text_open(&text, &len);
		golden_write(f, &in);
		vt_text_close(f);
		failed = file_save(golden, text, len, err);
		free(text);
	}
	input_free(&in);
	return failed;
}
