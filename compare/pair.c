/* SPDX-License-Identifier: GPL-2.0-only */
/* Which cell is held against which, and what is missing for that. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "replay/plugin/cell_options.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* The options that every policy has are written otherwise on replay's command line than in a
 * result. */
static struct param host_param(const char *name, const char *value)
{
	const struct cell_option *o = cell_option_named(name);
	struct engine_options options = { 0 };
	struct param param = { vt_strdup(name), NULL };

	if (o && !cell_option_parse(o, value, &options)) {
		json_t *said = cell_option_json(o, &options);

		free(param.name);
		param.name = vt_strdup(o->key);
		param.value = json_is_string(said)
				  ? vt_strdup(json_string_value(said))
				  : vt_format("%" JSON_INTEGER_FORMAT, json_integer_value(said));
		json_decref(said);
	}
	if (!param.value)
		param.value = vt_strdup(value);
	return param;
}

int selection_parse(struct selection *s, const char *text, struct vt_error *err)
{
	const char *colon = strchr(text, ':');
	char *rest, *word, *save = NULL;
	int failed = 0;

	s->text = text;
	s->policy = colon ? vt_strndup(text, (size_t)(colon - text)) : vt_strdup(text);
	if (!colon)
		return 0;
	rest = vt_strdup(colon + 1);
	for (word = strtok_r(rest, ",", &save); word && !failed;
	     word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');

		if (!value || value == word) {
			failed = vt_error_set(
			    err, NULL, VT_NO_OFFSET,
			    "compare: '%.80s' in '%.80s' is no parameter, expected key=value", word,
			    text);
			break;
		}
		*value++ = '\0';
		s->param = vt_realloc(s->param, (s->params + 1) * sizeof(*s->param));
		s->param[s->params++] = host_param(word, value);
	}
	free(rest);
	return failed;
}

static bool selected(const struct selection *s, const struct cell *c)
{
	if (!s->text)
		return true;
	if (c->timing)
		return !strcmp(s->text, c->policy);
	if (strcmp(s->policy, c->policy))
		return false;
	for (size_t i = 0; i < s->params; i++) {
		size_t k = 0;

		while (k < c->params && (strcmp(c->param[k].name, s->param[i].name) ||
					 strcmp(c->param[k].value, s->param[i].value)))
			k++;
		if (k == c->params)
			return false;
	}
	return true;
}

/* Cells of one key are held against each other; a selected policy stands for "the" policy. */
static char *cell_key(const struct selection *s, const struct cell *c)
{
	if (s->text)
		return vt_format("%d\n%s\n%s", c->timing, c->trace,
				 c->timing ? c->params_text : "");
	return vt_format("%d\n%s\n%s\n%s", c->timing, c->trace, c->policy, c->params_text);
}

/* For messages. */
static char *cell_name(const struct cell *c)
{
	if (c->timing)
		return vt_format("command '%s'%s%s", c->policy, *c->params_text ? " with " : "",
				 c->params_text);
	return vt_format("trace %s, policy %s%s%s", c->trace, c->policy, *c->params_text ? ":" : "",
			 c->params_text);
}

/* ---- one side ---- */

struct keyed {
	char *key;
	struct cell *cell;
	size_t file, place;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	return x->file != y->file ? (x->file > y->file) - (x->file < y->file)
				  : (x->place > y->place) - (x->place < y->place);
}

static struct keyed *side_cells(const struct side *s, size_t *n)
{
	struct keyed *all;
	size_t room = 0;

	for (size_t i = s->first; i < s->inputs; i++)
		room += s->input[i].cells;
	all = vt_alloc(room * sizeof(*all));
	*n = 0;
	for (size_t i = s->first; i < s->inputs; i++) {
		for (size_t k = 0; k < s->input[i].cells; k++) {
			struct cell *c = &s->input[i].cell[k];

			if (selected(&s->select, c))
				all[(*n)++] = (struct keyed){ cell_key(&s->select, c), c, i, k };
		}
	}
	if (*n)
		qsort(all, *n, sizeof(*all), by_key);
	return all;
}

static void append_samples(struct cell *to, const struct cell *from)
{
	to->slices += from->slices;
	to->came += from->came;
	to->missed += from->missed;
	for (size_t i = 0; i < metric_count; i++) {
		struct samples *a = &to->samples[i];
		const struct samples *b = &from->samples[i];

		if (!b->n)
			continue;
		a->v = vt_realloc(a->v, (a->n + b->n) * sizeof(*a->v));
		memcpy(a->v + a->n, b->v, b->n * sizeof(*a->v));
		a->n += b->n;
	}
}

static const char *differing_metric(const struct cell *a, const struct cell *b)
{
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];

		if (cell_predates(a, i) || cell_predates(b, i))
			continue;
		if ((m->kind == NUMBER &&
		     (a->value[i].state != b->value[i].state || a->value[i].v != b->value[i].v)) ||
		    (m->kind == TEXT && strcmp(a->digest, b->digest)) ||
		    (m->kind == DISTRIBUTION && !dist_equal(&a->dist[i], &b->dist[i])))
			return m->name;
	}
	return NULL;
}

static const char *differing_detail(const struct cell *a, const struct cell *b)
{
	size_t i = 0, k = 0;

	while (i < a->details || k < b->details) {
		const struct detail *x = i < a->details ? &a->detail[i] : NULL,
				    *y = k < b->details ? &b->detail[k] : NULL;

		if (x && cell_predates(b, x->metric)) {
			i++;
		} else if (y && cell_predates(a, y->metric)) {
			k++;
		} else if (!x || !y) {
			return "the length of a list";
		} else if (x->metric != y->metric || x->index != y->index ||
			   x->value.state != y->value.state || x->value.v != y->value.v) {
			return metric_table[x->metric].name;
		} else {
			i++;
			k++;
		}
	}
	return NULL;
}

const char *cell_difference(const struct cell *a, const struct cell *b)
{
	const char *metric = differing_metric(a, b);

	return metric ? metric : differing_detail(a, b);
}

static const char *shape_difference(const struct cell *a, const struct cell *b)
{
	for (size_t i = 0; i < SHAPES; i++) {
		if (a->shape[i] != b->shape[i])
			return shape_names[i];
	}
	return NULL;
}

static void merge_repeat(struct comparison *c, const struct side *s, struct cell *first,
			 const struct keyed *again)
{
	char *name = cell_name(first);
	struct cell *other = again->cell;
	const char *metric;

	if (s->select.text && !first->timing &&
	    (strcmp(first->policy, other->policy) ||
	     strcmp(first->params_text, other->params_text))) {
		texts_add(&c->troubles,
			  "%s: '%s' fits more than one cell of trace %s (%s and %s): give more "
			  "parameters",
			  s->name, s->select.text, first->trace, first->params_text,
			  other->params_text);
	} else if (first->file == other->file) {
		if (first->timing)
			append_samples(first, other);
		else
			texts_add(&c->troubles, "%s: %s comes twice in %s", s->name, name,
				  other->file);
	} else if (first->timing) {
		append_samples(first, other);
	} else if (strcmp(first->sha256, other->sha256) || shape_difference(first, other)) {
		texts_add(&c->troubles, "%s: %s: %s and %s are of different traces (sha256)",
			  s->name, name, first->file, other->file);
	} else if (strcmp(first->status, other->status)) {
		texts_add(&c->troubles, "%s: %s: status %s in %s, %s in %s", s->name, name,
			  first->status, first->file, other->status, other->file);
	} else if (!strcmp(first->status, "ok") && (metric = cell_difference(first, other))) {
		texts_add(&c->troubles, "%s is not deterministic: %s: %s differs between %s and %s",
			  s->name, name, metric, first->file, other->file);
	}
	free(name);
}

static void check_cell(struct comparison *c, const struct side *s, const struct cell *cell)
{
	char *name = cell_name(cell);

	if (strcmp(cell->status, "ok"))
		texts_add(&c->troubles, "%s: %s: %s%s%s (%s)", s->name, name, cell->status,
			  cell->message ? ": " : "", cell->message ? cell->message : "",
			  cell->file);
	else if (cell->truncated)
		texts_add(&c->troubles, "%s: %s: the trace is cut off (%s)", s->name, name,
			  cell->file);
	free(name);
}

void side_forget(struct side *s)
{
	for (size_t i = 0; i < s->cells; i++)
		free(s->key[i]);
	free(s->key);
	free(s->cell);
	s->key = NULL;
	s->cell = NULL;
	s->cells = 0;
}

/* What a side says that it could not replay. */
static void tell_unreadable(struct comparison *c, const struct side *s)
{
	for (size_t i = s->first; i < s->inputs; i++) {
		const struct input *in = &s->input[i];

		for (size_t k = 0; k < in->unreadables; k++)
			texts_add(&c->troubles, "%s: trace %s (%s)", s->name, in->unreadable[k],
				  in->file);
	}
}

static void gather_side(struct comparison *c, struct side *s)
{
	size_t n, most = 0;
	struct keyed *all = side_cells(s, &n);
	size_t *repeats = vt_alloc(n * sizeof(*repeats));

	side_forget(s);
	tell_unreadable(c, s);
	s->cell = vt_alloc(n * sizeof(struct cell *));
	s->key = vt_alloc(n * sizeof(char *));
	for (size_t i = 0; i < n; i++) {
		if (s->cells && !strcmp(s->key[s->cells - 1], all[i].key)) {
			merge_repeat(c, s, s->cell[s->cells - 1], &all[i]);
			repeats[s->cells - 1]++;
			free(all[i].key);
			continue;
		}
		s->cell[s->cells] = all[i].cell;
		s->key[s->cells++] = all[i].key;
		check_cell(c, s, all[i].cell);
	}
	for (size_t i = 0; i < s->cells; i++)
		most = repeats[i] > most && !s->cell[i]->timing ? repeats[i] : most;
	for (size_t i = 0; i < s->cells; i++) {
		if (repeats[i] == most || s->cell[i]->timing)
			continue;
		char *name = cell_name(s->cell[i]);

		texts_add(&c->warnings, "%s: %s is in %zu files, others are in %zu", s->name, name,
			  repeats[i] + 1, most + 1);
		free(name);
	}
	if (!n && !s->folders)
		texts_add(&c->troubles, "%s: no cell%s%s%s%s", s->name,
			  s->select.text ? " of '" : "", s->select.text ? s->select.text : "",
			  s->select.text ? "' in " : " in ", s->input[0].file);
	free(repeats);
	free(all);
}

/* ---- both ---- */

/* What an older vtick counted may lack what the baseline's has: that would pass unseen. */
static void check_age(struct comparison *c, const struct cell *base, const struct cell *cand)
{
	if (c->allow_older || cand->minor >= base->minor || c->older == cand->file)
		return;
	c->older = cand->file;
	texts_add(&c->troubles,
		  "%s is of minor %" PRIu32 ", older than %s of minor %" PRIu32
		  ": replay it with a newer vtick, or give --allow-older",
		  cand->file, cand->minor, base->file, base->minor);
}

static bool is_empty(const struct cell *c)
{
	return !c->timing && !c->value[metric_find("arms.total")].v &&
	       !c->value[metric_find("arms.inferred")].v && !c->value[metric_find("ticks.due")].v;
}

static bool may_be_empty(const struct comparison *c, const char *trace)
{
	for (size_t i = 0; c->allow_empty && i < c->allow_empty->n; i++) {
		if (glob_match(c->allow_empty->item[i], trace))
			return true;
	}
	return false;
}

/* Two policies that had nothing to do are the same, which says nothing of them. */
static void check_empty(struct comparison *c, const struct cell *base, const struct cell *cand)
{
	if (!is_empty(base) || !is_empty(cand) || (c->empty && !strcmp(c->empty, cand->trace)) ||
	    may_be_empty(c, cand->trace))
		return;
	c->empty = cand->trace;
	texts_add(&c->troubles,
		  "trace %s: nothing to compare: no guest timer write with a known deadline (if "
		  "that is meant, give --allow-empty %s)",
		  cand->trace, cand->trace);
}

/* Rows know their pairs, which may move. */
static void make_room(struct comparison *c)
{
	struct pair *moved;

	if (c->pairs < c->pairs_room)
		return;
	c->pairs_room = c->pairs_room ? c->pairs_room * 2 : 64;
	moved = vt_realloc(c->pair, c->pairs_room * sizeof(*c->pair));
	c->pair = moved;
	for (size_t i = 0; i < c->pairs; i++) {
		for (size_t k = 0; k < moved[i].rows; k++)
			c->row[moved[i].first_row + k].pair = &moved[i];
	}
}

void pair_free(struct pair *p)
{
	free(p->trace);
	free(p->policy);
	free(p->family);
	free(p->rules_as);
}

static void add_pair(struct comparison *c, const struct cell *base, const struct cell *cand,
		     size_t place)
{
	char *name = cell_name(cand);
	const char *shape;

	if (!base->timing && strcmp(base->sha256, cand->sha256)) {
		texts_add(&c->troubles,
			  "%s: another trace: its sha256 is %.12s... in %s and %.12s... in %s",
			  name, base->sha256, base->file, cand->sha256, cand->file);
	} else if (!base->timing && (shape = shape_difference(base, cand))) {
		texts_add(&c->troubles, "%s: another trace: its %s differs", name, shape);
	} else if (!strcmp(base->status, "ok") && !strcmp(cand->status, "ok")) {
		make_room(c);
		c->pair[c->pairs++] = (struct pair){ .cell = { base, cand }, .place = place };
		check_age(c, base, cand);
		check_empty(c, base, cand);
	}
	free(name);
}

static void miss(struct comparison *c, const struct side *where, const struct cell *cell)
{
	char *name = cell_name(cell);

	if (c->allow_new && where == &c->side[0])
		texts_add(&c->warnings,
			  "%s is new: the baseline has no such cell, nothing is compared", name);
	else
		texts_add(&c->troubles, "%s is missing in the %s", name, where->name);
	free(name);
}

/* Two commands, one a side, are meant to be compared whatever they are called. */
static bool single_commands(const struct comparison *c)
{
	for (size_t i = 0; i < 2; i++) {
		if (c->side[i].cells != 1 || !c->side[i].cell[0]->timing)
			return false;
	}
	return true;
}

static bool same_param(const struct cell *b, const struct param *p)
{
	for (size_t i = 0; i < b->params; i++) {
		if (!strcmp(b->param[i].name, p->name))
			return !strcmp(b->param[i].value, p->value);
	}
	return false;
}

static bool alike(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->trace, b->trace) && !strcmp(a->policy, b->policy);
}

/* The parameters in which a cell differs from others of its trace and policy on its side: enough to
 * tell them apart. */
static char *short_policy(const struct side *s, size_t place)
{
	const struct cell *cell = s->cell[place];
	char *text = vt_strdup(cell->policy);
	size_t first = place, end = place + 1;

	/* The order of keys makes them neighbours. */
	while (first && alike(s->cell[first - 1], cell))
		first--;
	while (end < s->cells && alike(s->cell[end], cell))
		end++;
	for (size_t i = 0; i < cell->params; i++) {
		bool tells = false;

		for (size_t k = first; k < end && !tells; k++)
			tells = !same_param(s->cell[k], &cell->param[i]);
		if (!tells)
			continue;
		char *more = vt_format("%s%s%s=%s", text, strchr(text, ':') ? "," : ":",
				       cell->param[i].name, cell->param[i].value);

		free(text);
		text = more;
	}
	return text;
}

static char *selected_name(const struct side *s, const struct cell *cell)
{
	return vt_strdup(s->select.text ? s->select.text : cell->policy);
}

static void name_pair(const struct comparison *c, struct pair *p)
{
	const struct cell *base = p->cell[0], *cand = p->cell[1];

	p->trace = vt_strdup(cand->trace);
	p->rules_as =
	    vt_format("%s%s%s", cand->policy, *cand->params_text ? ":" : "", cand->params_text);
	p->family = cand->timing ? NULL : vt_strdup(cand->policy);
	if (c->side[0].select.text || c->side[1].select.text ||
	    strcmp(base->policy, cand->policy)) {
		char *from = selected_name(&c->side[0], base),
		     *to = selected_name(&c->side[1], cand);

		p->policy = strcmp(from, to) ? vt_format("%s -> %s", from, to) : vt_strdup(to);
		free(from);
		free(to);
		free(p->family);
		p->family = NULL;
	} else if (cand->timing) {
		p->policy = vt_format("%s%s%s", cand->policy, *cand->params_text ? ":" : "",
				      cand->params_text);
	} else {
		p->policy = short_policy(&c->side[1], p->place);
	}
	if (!p->family)
		p->family = vt_strdup(p->policy);
}

void comparison_pair(struct comparison *c)
{
	struct side *b = &c->side[0], *n = &c->side[1];
	size_t i = 0, k = 0;
	bool *extra;

	gather_side(c, b);
	gather_side(c, n);
	extra = vt_alloc(n->cells);
	if (single_commands(c)) {
		add_pair(c, b->cell[0], n->cell[0], 0);
		i = k = 1;
	}
	while (i < b->cells || k < n->cells) {
		int order = i >= b->cells ? 1 : k >= n->cells ? -1 : strcmp(b->key[i], n->key[k]);

		if (order < 0) {
			miss(c, n, b->cell[i++]);
		} else if (order > 0) {
			extra[k++] = true;
		} else {
			add_pair(c, b->cell[i], n->cell[k], k);
			i++;
			k++;
		}
	}
	/* What was lost is said before what is new. */
	for (k = 0; k < n->cells; k++) {
		if (extra[k])
			miss(c, b, n->cell[k]);
	}
	free(extra);
	for (i = c->judged; i < c->pairs; i++)
		name_pair(c, &c->pair[i]);
}
