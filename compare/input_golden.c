/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
/* The cells of a golden (GOLDEN.md). What is wrong is said with its line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/golden.h"
#include "compare/input.h"
#include "traces/base/mem.h"
#include "traces/base/utf8.h"

#define NAME_MAX_LEN 128

struct golden {
	struct input *in;
	struct scan *s;	   /* at the word that was taken last */
	size_t next;	   /* where the line behind this one begins */
	struct cell trace; /* what its cells have of the heading */
	unsigned shapes;   /* those of them that came */
	bool cut;	   /* `truncated` came */
	struct cell *cell; /* or NULL: not in one */
	size_t heading;	   /* of the cell: its place */
};

/* ---- lines and words ---- */

/* 1: the next line is in *@line; 0: there is none. */
static int next_line(struct golden *g, struct scan_slice *line)
{
	const char *at = g->s->text + g->next;
	size_t left = g->s->len - g->next;
	const char *end = memchr(at, '\n', left);

	*line = (struct scan_slice){ at, 0 };
	g->s->pos = g->next;
	if (!left)
		return 0;
	if (!end)
		return scan_fail(g->s, "the text ends within it, expected a whole line");
	line->len = (size_t)(end - at);
	g->next += line->len + 1;
	return 1;
}

static bool word(struct golden *g, struct scan_slice *line, struct scan_slice *w)
{
	const char *space = memchr(line->at, ' ', line->len);
	size_t n = space ? (size_t)(space - line->at) : line->len;

	g->s->pos = (size_t)(line->at - g->s->text);
	*w = (struct scan_slice){ line->at, n };
	line->at += n + (space != NULL);
	line->len -= n + (space != NULL);
	return n > 0;
}

/* The rest of a line is one word. */
static int last_word(struct golden *g, struct scan_slice *line, struct scan_slice *w,
		     const char *what)
{
	if (!word(g, line, w))
		return scan_fail(g->s, "%s is missing", what);
	if (w->at + w->len != line->at || line->len)
		return scan_fail(g->s, "more stands here than %s", what);
	return 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What the word says, without its escapes. malloc'ed, in any case. */
static int unescape(struct golden *g, const struct scan_slice *w, char **out)
{
	char *to = *out = vt_alloc(w->len + 1);

	for (size_t i = 0; i < w->len;) {
		const char *p = w->at + i;
		size_t n = utf8_length(p, w->len - i);

		if (!n || (unsigned char)*p <= ' ' || *p == 0x7f)
			return scan_fail(g->s, "a byte 0x%02x in a name, expected text in UTF-8",
					 (unsigned)(unsigned char)*p);
		if (*p != '\\') {
			memcpy(to, p, n);
			to += n;
			i += n;
			continue;
		}
		int high = w->len - i < 4 || p[1] != 'x' ? -1 : hex_digit(p[2]),
		    low = high < 0 ? -1 : hex_digit(p[3]);

		if (low < 0 || (!high && !low))
			return scan_fail(g->s, "no escape, expected one like \\x20");
		*to++ = (char)(high << 4 | low);
		i += 4;
	}
	for (const char *p = *out; p < to;) {
		size_t n = utf8_length(p, (size_t)(to - p));

		if (!n)
			return scan_fail(g->s, "escapes are no UTF-8 here, expected text");
		p += n;
	}
	return 0;
}

static int take_name(struct golden *g, const struct scan_slice *w, char **out)
{
	free(*out);
	return unescape(g, w, out);
}

/* An integer, or "none" where a metric may be that. */
static int take_value(struct golden *g, const struct scan_slice *w, bool nullable, struct value *v)
{
	*v = (struct value){ .state = VALUE_SET };
	if (scan_is(w, "none")) {
		v->state = VALUE_NULL;
		return nullable ? 0 : scan_fail(g->s, "'none' stands here, expected an integer");
	}
	g->s->pos = (size_t)(w->at - g->s->text);
	if (scan_integer(g->s, &v->v))
		return -1;
	if (g->s->pos != (size_t)(w->at - g->s->text) + w->len)
		return scan_fail(g->s, "'%.*s' is no integer", (int)(w->len < 60 ? w->len : 60),
				 w->at);
	return 0;
}

/* A value that @m can be. */
static int take_metric(struct golden *g, const struct scan_slice *w, const struct metric *m,
		       struct value *v)
{
	const char *expected;

	if (take_value(g, w, m->nullable, v))
		return -1;
	expected = v->state == VALUE_SET ? metric_expects(m, v->v) : NULL;
	return expected ? scan_fail(g->s, "%s is %" PRId64 ", expected %s", m->name, v->v, expected)
			: 0;
}

static int take_hash(struct golden *g, const struct scan_slice *w, uint64_t *hash)
{
	*hash = 0;
	for (size_t i = 0; i < w->len && w->len == 16; i++) {
		int digit = hex_digit(w->at[i]);

		if (digit < 0)
			break;
		*hash = *hash << 4 | (uint64_t)digit;
		if (i == 15)
			return 0;
	}
	return scan_fail(g->s, "'%.*s' is no hash, expected 16 hex digits",
			 (int)(w->len < 60 ? w->len : 60), w->at);
}

/* ---- headings ---- */

static void end_trace(struct golden *g)
{
	free(g->trace.trace);
	free(g->trace.sha256);
	free(g->trace.class);
	g->trace = (struct cell){ 0 };
	g->shapes = 0;
	g->cut = false;
}

/* Metrics of an object are all there, or the object is null in the result: then they are none. */
static void infer_objects(struct cell *c)
{
	for (size_t i = 0; i < metric_count; i++) {
		const char *object = metric_table[i].object;
		bool any = false;

		if (metric_table[i].kind != NUMBER)
			continue;
		c->against |= metric_table[i].when == WHEN_AGAINST_RECORDING && cell_has(c, i);
		c->bound |= metric_table[i].when == WHEN_BOUND && cell_has(c, i);
		for (size_t k = 0; object && k < metric_count; k++)
			any |= metric_table[k].object && !strcmp(metric_table[k].object, object) &&
			       cell_has(c, k);
		if (object && !any)
			c->value[i].state = VALUE_EMPTY;
	}
}

static int end_cell(struct golden *g)
{
	struct cell *c = g->cell;
	size_t here = g->s->pos;

	g->cell = NULL;
	if (!c || strcmp(c->status, "ok"))
		return 0;
	c->minor = g->in->minor;
	infer_objects(c);
	g->s->pos = g->heading;
	if (input_check_cell(c, g->s))
		return -1;
	g->s->pos = here;
	return 0;
}

static int trace_heading(struct golden *g, struct scan_slice *line)
{
	struct scan_slice w;

	if (end_cell(g))
		return -1;
	end_trace(g);
	if (last_word(g, line, &w, "the trace's name"))
		return -1;
	return take_name(g, &w, &g->trace.trace);
}

/* unseen_ticks in the bits of what is there, behind the shapes'. */
#define UNSEEN SHAPES

/* The line of the heading that begins with @key was there before. */
static bool again(const struct golden *g, const struct scan_slice *key)
{
	for (size_t i = 0; i < SHAPES; i++) {
		if (scan_is(key, shape_names[i]))
			return g->shapes & 1U << i;
	}
	return scan_is(key, "sha256")  ? g->trace.sha256 != NULL
	       : scan_is(key, "class") ? g->trace.class != NULL
	       : scan_is(key, "truncated")
		   ? g->cut
		   : scan_is(key, "unseen_ticks") && g->shapes & 1U << UNSEEN;
}

/* A line of the trace's heading. */
static int trace_line(struct golden *g, const struct scan_slice *key, struct scan_slice *line)
{
	struct scan_slice w;
	struct value v;
	size_t i = 0;

	if (last_word(g, line, &w, "a value"))
		return -1;
	if (again(g, key))
		return scan_fail(g->s, "%.*s comes twice", (int)key->len, key->at);
	if (scan_is(key, "sha256")) {
		if (take_name(g, &w, &g->trace.sha256))
			return -1;
		return w.len == 64 && strspn(g->trace.sha256, "0123456789abcdef") == 64
			   ? 0
			   : scan_fail(g->s, "sha256 is no hash, expected 64 hex digits");
	}
	if (scan_is(key, "class"))
		return take_name(g, &w, &g->trace.class);
	if (scan_is(key, "truncated")) {
		g->cut = true;
		g->trace.truncated = scan_is(&w, "yes");
		return scan_is(&w, "yes") || scan_is(&w, "no")
			   ? 0
			   : scan_fail(g->s, "expected yes or no");
	}
	if (take_value(g, &w, false, &v))
		return -1;
	if (v.v < 0)
		return scan_fail(g->s, "%.*s is %" PRId64 ", expected 0 or more",
				 (int)(key->len < 60 ? key->len : 60), key->at, v.v);
	if (scan_is(key, "unseen_ticks")) {
		g->trace.unseen_ticks = v.v;
		g->shapes |= 1U << UNSEEN;
		return 0;
	}
	while (i < SHAPES && !scan_is(key, shape_names[i]))
		i++;
	if (i == SHAPES)
		return scan_fail(g->s, "'%.*s' is of no trace",
				 (int)(key->len < 60 ? key->len : 60), key->at);
	g->trace.shape[i] = v.v;
	g->shapes |= 1U << i;
	return 0;
}

static int take_param(struct golden *g, const struct scan_slice *w)
{
	struct cell *c = g->cell;
	const char *equals = memchr(w->at, '=', w->len);
	struct scan_slice key, value;

	if (!equals || equals == w->at)
		return scan_fail(g->s, "'%.*s' is no parameter, expected key=value",
				 (int)(w->len < 60 ? w->len : 60), w->at);
	key = (struct scan_slice){ w->at, (size_t)(equals - w->at) };
	value = (struct scan_slice){ equals + 1, w->len - key.len - 1 };
	c->param = vt_realloc(c->param, (c->params + 1) * sizeof(*c->param));
	c->param[c->params++] = (struct param){ NULL, NULL };
	return unescape(g, &key, &c->param[c->params - 1].name) ||
		       unescape(g, &value, &c->param[c->params - 1].value)
		   ? -1
		   : 0;
}

static int check_trace(struct golden *g)
{
	if (!g->trace.trace)
		return scan_fail(g->s, "a cell without a trace, expected 'trace NAME' before it");
	if (!g->trace.sha256 || !g->cut)
		return scan_fail(g->s, "the trace lacks '%s'", g->cut ? "sha256" : "truncated");
	for (size_t i = 0; i < SHAPES; i++) {
		if (!(g->shapes & 1U << i))
			return scan_fail(g->s, "the trace lacks '%s'", shape_names[i]);
	}
	return 0;
}

static int cell_heading(struct golden *g, struct scan_slice *line)
{
	struct scan_slice w;

	if (end_cell(g) || check_trace(g))
		return -1;
	g->heading = g->s->pos;
	g->cell = input_add_cell(g->in);
	g->cell->trace = vt_strdup(g->trace.trace);
	g->cell->sha256 = vt_strdup(g->trace.sha256);
	g->cell->class = g->trace.class ? vt_strdup(g->trace.class) : NULL;
	memcpy(g->cell->shape, g->trace.shape, sizeof(g->cell->shape));
	g->cell->unseen_ticks = g->trace.unseen_ticks;
	g->cell->truncated = g->trace.truncated;
	g->cell->value = vt_alloc(metric_count * sizeof(*g->cell->value));
	g->cell->dist = vt_alloc(metric_count * sizeof(*g->cell->dist));
	g->cell->status = vt_strdup(""); /* until its word is taken */
	if (!word(g, line, &w))
		return scan_fail(g->s, "the policy's name is missing");
	if (take_name(g, &w, &g->cell->policy))
		return -1;
	if (!word(g, line, &w))
		return scan_fail(g->s, "the cell's status is missing");
	if (take_name(g, &w, &g->cell->status))
		return -1;
	while (line->len) {
		if (!word(g, line, &w))
			return scan_fail(g->s, "two spaces, expected key=value");
		if (take_param(g, &w))
			return -1;
	}
	cell_name_params(g->cell);
	return 0;
}

/* ---- metrics ---- */

/* A number that this version does not know is told once, as one of a result is. */
static void unknown(struct golden *g, const char *name)
{
	if (!g->in->unknown)
		g->in->unknown = vt_strdup(name);
}

static int metric_line(struct golden *g, const struct scan_slice *key, struct scan_slice *line)
{
	char name[NAME_MAX_LEN];
	struct scan_slice w;
	struct cell *c = g->cell;
	uint64_t hash;
	size_t i;

	if (key->len >= sizeof(name))
		return scan_fail(g->s, "the name is too long, expected a metric");
	memcpy(name, key->at, key->len);
	name[key->len] = '\0';
	i = metric_find(name);
	if (last_word(g, line, &w, "a value"))
		return -1;
	if (i == METRIC_NONE) {
		unknown(g, name);
		return 0;
	}
	const struct metric *m = &metric_table[i];

	if ((m->kind == NUMBER && c->value[i].state != VALUE_ABSENT) || c->dist[i].present ||
	    (m->kind == TEXT && *c->digest))
		return scan_fail(g->s, "%s comes twice", name);
	if (m->kind == NUMBER)
		return take_metric(g, &w, m, &c->value[i]);
	if (m->kind != DISTRIBUTION && m->kind != TEXT)
		return scan_fail(g->s, "%s is a %s, expected it elsewhere", name,
				 kind_name(m->kind));
	if (take_hash(g, &w, &hash))
		return -1;
	if (m->kind == TEXT)
		snprintf(c->digest, sizeof(c->digest), "%016" PRIx64, hash);
	else
		c->dist[i] = (struct dist){ .present = true, .hashed = true, .hash = hash };
	return 0;
}

/* The metric of a list that has this key; METRIC_NONE. */
static size_t find_detail(const struct golden_list *l, const struct scan_slice *key)
{
	for (size_t i = 0; i < metric_count; i++) {
		const char *name = metric_table[i].name,
			   *part = metric_table[i].kind == DETAIL ? strstr(name, l->part) : NULL;
		size_t before = part ? (size_t)(part - name) : 0;

		if (part && key->len >= before && !memcmp(name, key->at, before) &&
		    scan_is(&(struct scan_slice){ key->at + before, key->len - before },
			    part + strlen(l->part)))
			return i;
	}
	return METRIC_NONE;
}

static int element_line(struct golden *g, const struct golden_list *l, struct scan_slice *line)
{
	struct scan_slice w;
	struct value index = { 0 }, v;

	if (!word(g, line, &w) || take_value(g, &w, false, &index))
		return scan_fail(g->s, "the number of the %s is missing", l->word);
	if (index.v < 0 || index.v >= UINT32_MAX)
		return scan_fail(g->s, "%s is %" PRId64 ", expected less than 2^32 - 1", l->word,
				 index.v);
	if (l->in == IN_DOMAIN)
		g->cell->domains++;
	while (line->len) {
		const char *equals = word(g, line, &w) ? memchr(w.at, '=', w.len) : NULL;
		struct scan_slice key, value;
		size_t i;

		if (!equals)
			return scan_fail(g->s, "expected KEY=VALUE");
		key = (struct scan_slice){ w.at, (size_t)(equals - w.at) };
		value = (struct scan_slice){ equals + 1, w.len - key.len - 1 };
		i = find_detail(l, &key);
		if (i == METRIC_NONE) {
			char *name = vt_strndup(key.at, key.len);

			unknown(g, name);
			free(name);
			continue;
		}
		if (take_metric(g, &value, &metric_table[i], &v))
			return -1;
		cell_add_detail(g->cell, i, (uint32_t)index.v, v);
	}
	return 0;
}

/* ---- the whole ---- */

/* " KEY ..." */
static int inner_line(struct golden *g, struct scan_slice *line)
{
	struct scan_slice key;

	line->at++;
	line->len--;
	if (!word(g, line, &key))
		return scan_fail(g->s, "nothing stands behind the space, expected a name");
	if (!g->cell)
		return g->trace.trace ? trace_line(g, &key, line)
				      : scan_fail(g->s, "expected 'trace NAME' before this");
	for (size_t i = 0; i < GOLDEN_LISTS; i++) {
		if (scan_is(&key, golden_lists[i].word))
			return element_line(g, &golden_lists[i], line);
	}
	return metric_line(g, &key, line);
}

static int first_line(struct golden *g)
{
	struct scan_slice line, w, minor;
	struct value v;

	if (next_line(g, &line) <= 0)
		return -1;
	word(g, &line, &w);
	if (!scan_is(&w, GOLDEN_FORM))
		return scan_fail(g->s, "its form is '%.*s', expected '" GOLDEN_FORM "'",
				 (int)(w.len < 60 ? w.len : 60), w.at);
	if (!word(g, &line, &minor) || !scan_is(&minor, "minor"))
		return scan_fail(g->s, "expected '" GOLDEN_FORM " minor N'");
	if (last_word(g, &line, &w, "the minor number") || take_value(g, &w, false, &v))
		return -1;
	if (v.v < 0 || v.v > UINT32_MAX)
		return scan_fail(g->s, "minor is %" PRId64 ", expected at least 0 and below 2^32",
				 v.v);
	g->in->minor = (uint32_t)v.v;
	return 0;
}

int input_read_golden(struct input *in, struct scan *s)
{
	struct golden g = { .in = in, .s = s };
	struct scan_slice line, key;
	int more;

	s->lines = true;
	more = first_line(&g) ? -1 : 1;
	while (more > 0 && (more = next_line(&g, &line)) > 0) {
		int failed;

		if (line.len && *line.at == ' ')
			failed = inner_line(&g, &line);
		else if (word(&g, &line, &key) && scan_is(&key, "trace"))
			failed = trace_heading(&g, &line);
		else if (scan_is(&key, "cell"))
			failed = cell_heading(&g, &line);
		else
			failed = scan_fail(s, "'%.*s' begins no line of a golden",
					   (int)(key.len < 60 ? key.len : 60), key.at);
		more = failed ? -1 : 1;
	}
	if (!more)
		more = end_cell(&g);
	end_trace(&g);
	return more;
}
