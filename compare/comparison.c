/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison from its inputs to its end. */
#include <stdlib.h>

#include "compare/group.h"
#include "compare/settled.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

void comparison_begin(struct comparison *c)
{
	c->noted = vt_array(metric_count, sizeof(*c->noted));
}

void comparison_add(struct comparison *c)
{
	comparison_pair(c);
	comparison_judge(c);
}

void comparison_end(struct comparison *c)
{
	if (!comparison_cells(c) && !c->troubles.n)
		texts_add(&c->troubles, "nothing was compared: no cell is in both sides");
	comparison_decide(c);
	comparison_conclude(c);
	comparison_headline(c);
}

void comparison_run(struct comparison *c)
{
	comparison_begin(c);
	comparison_add(c);
	comparison_end(c);
}

int comparison_exit(const struct comparison *c)
{
	return c->troubles.n ? EXIT_TROUBLE : c->failed ? EXIT_GATE : EXIT_OK;
}

static void texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->text[i]);
	free(t->text);
}

static void side_free(struct side *s)
{
	side_forget(s);
	free(s->select.policy);
	for (size_t i = 0; i < s->select.params; i++) {
		free(s->select.param[i].name);
		free(s->select.param[i].value);
	}
	free(s->select.param);
}

void comparison_free(struct comparison *c)
{
	for (size_t i = 0; i < c->pairs; i++)
		pair_free(&c->pair[i]);
	for (size_t i = 0; i < c->rows; i++) {
		free(c->row[i].shift);
		free(c->row[i].noisy);
	}
	groups_free(c);
	settled_free(c);
	free(c->pair);
	free(c->row);
	free(c->order);
	texts_free(&c->troubles);
	texts_free(&c->warnings);
	texts_free(&c->notes);
	free(c->noted);
	texts_free(&c->explained);
	texts_free(&c->pictures);
	free(c->headline);
	rules_free(&c->rules);
	side_free(&c->side[0]);
	side_free(&c->side[1]);
}

const char *fail_on_name(unsigned number)
{
	static const char *const names[] = {
		[FAIL_ON_REGRESSION] = "regression",
		[FAIL_ON_CHANGE] = "change",
	};

	return number < sizeof(names) / sizeof(*names) ? names[number] : NULL;
}
