/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "compare/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/date.h"
#include "traces/base/mem.h"
#include "traces/base/read_whole.h"
#include "traces/base/safe_text.h"

#define SCHEMA "vtick.rules/1"
#define RULES_MAX 10000
#define LIMIT_MAX ((INT64_C(1) << 53) - 1)

/* Backtracks to the last '*' only, so that no pattern takes long. */
bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			again = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool match_subject(const struct match *m, const struct subject *s)
{
	return glob_match(m->trace, s->trace) &&
	       (glob_match(m->policy, s->policy) || glob_match(m->policy, s->policy_full));
}

/* One value of the file and where it stands, for messages. */
struct item {
	const char *file;
	char place[64];
	json_t *json;
	struct vt_error *err;
};

static int wrong(const struct item *i, const char *key, const char *expected)
{
	return vt_error_set(i->err, i->file, VT_NO_OFFSET, "%s: '%s' is wrong, expected %s",
			    i->place, key, expected);
}

/* Every key is one of @known, a list with spaces around each word. */
static int check_keys(const struct item *i, const char *known)
{
	const char *key;
	json_t *value;

	if (!json_is_object(i->json))
		return vt_error_set(i->err, i->file, VT_NO_OFFSET, "%s is no object", i->place);
	json_object_foreach(i->json, key, value)
	{
		char word[40];

		snprintf(word, sizeof(word), " %.36s ", key);
		if (strchr(key, ' ') || !strstr(known, word))
			return vt_error_set(i->err, i->file, VT_NO_OFFSET,
					    "%s: unknown key '%.60s', expected one of:%.*s",
					    i->place, key, (int)strlen(known) - 1, known);
	}
	return 0;
}

/* A text that is not empty; *@out stays as it is if there is none. */
static int take_text(const struct item *i, const char *key, char **out)
{
	json_t *v = json_object_get(i->json, key);

	if (!v)
		return 0;
	if (!json_is_string(v) || !*json_string_value(v))
		return wrong(i, key, "a text");
	free(*out);
	*out = vt_strdup(json_string_value(v));
	return 0;
}

static int take_integer(const struct item *i, const char *key, bool negative, bool *has,
			int64_t *out)
{
	json_t *v = json_object_get(i->json, key);

	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) > LIMIT_MAX ||
	    json_integer_value(v) < (negative ? -LIMIT_MAX : 0))
		return wrong(i, key, negative ? "an integer" : "an integer of 0 or more");
	*has = true;
	*out = json_integer_value(v);
	return 0;
}

static int take_match(const struct item *i, struct match *m)
{
	m->trace = vt_strdup("*");
	m->policy = vt_strdup("*");
	m->metric = vt_strdup("*");
	return take_text(i, "trace", &m->trace) || take_text(i, "policy", &m->policy) ||
		       take_text(i, "metric", &m->metric)
		   ? -1
		   : 0;
}

static int take_better(const struct item *i, struct rule *r)
{
	json_t *v = json_object_get(i->json, "better");

	if (!v)
		return 0;
	for (enum direction d = LOWER; d <= NEUTRAL; d++) {
		if (json_is_string(v) && !strcmp(json_string_value(v), direction_name(d))) {
			r->has_better = true;
			r->better = d;
			return 0;
		}
	}
	return wrong(i, "better", "lower, higher, zero or neutral");
}

static int take_percent(const struct item *i, struct rule *r)
{
	json_t *v = json_object_get(i->json, "percent");

	if (!v)
		return 0;
	r->percent = json_number_value(v);
	if (!json_is_number(v) || !(r->percent >= 0) || r->percent > 1e9)
		return wrong(i, "percent", "a number of 0 or more");
	r->has_percent = true;
	return 0;
}

static struct rule *add_rule(struct rules *r)
{
	r->rule = vt_realloc(r->rule, (r->count + 1) * sizeof(*r->rule));
	r->rule[r->count] = (struct rule){ 0 };
	return &r->rule[r->count++];
}

static char *name_item(const struct item *i)
{
	char *name;

	name = vt_format("%s %s", i->file, i->place);
	return name;
}

static int take_rule(struct rules *r, const struct item *i)
{
	struct rule *rule = add_rule(r);
	json_t *ignore = json_object_get(i->json, "ignore");

	rule->name = name_item(i);
	if (check_keys(i, " trace policy metric percent absolute budget better ignore note ") ||
	    take_match(i, &rule->match) || take_text(i, "note", &rule->note) ||
	    take_percent(i, rule) ||
	    take_integer(i, "absolute", false, &rule->has_absolute, &rule->absolute) ||
	    take_integer(i, "budget", true, &rule->has_budget, &rule->budget) ||
	    take_better(i, rule))
		return -1;
	if (ignore && !json_is_boolean(ignore))
		return wrong(i, "ignore", "true or false");
	rule->ignore = json_is_true(ignore);
	if (rule->ignore && (rule->has_percent || rule->has_absolute || rule->has_budget))
		return vt_error_set(i->err, i->file, VT_NO_OFFSET,
				    "%s: ignores and limits at once, expected one of the two",
				    i->place);
	return 0;
}

static int take_waiver(struct rules *r, const struct item *i, const char *today)
{
	struct waiver *w;
	char *until = NULL;

	r->waiver = vt_realloc(r->waiver, (r->waivers + 1) * sizeof(*w));
	w = &r->waiver[r->waivers++];
	*w = (struct waiver){ .name = name_item(i) };
	if (check_keys(i, " trace policy metric up_to until reason ") || take_match(i, &w->match) ||
	    take_text(i, "reason", &w->reason) || take_text(i, "until", &until) ||
	    take_integer(i, "up_to", true, &w->has_up_to, &w->up_to)) {
		free(until);
		return -1;
	}
	if (until)
		snprintf(w->until, sizeof(w->until), "%s", until);
	bool valid = until && date_valid(until);

	free(until);
	if (!w->reason)
		return vt_error_set(i->err, i->file, VT_NO_OFFSET,
				    "%s: has no reason, expected one", i->place);
	if (!*w->until)
		return vt_error_set(i->err, i->file, VT_NO_OFFSET,
				    "%s: has no end, expected \"until\": \"YYYY-MM-DD\"", i->place);
	if (!valid)
		return wrong(i, "until", "a day as YYYY-MM-DD");
	w->expired = strcmp(today, w->until) > 0;
	return 0;
}

static int take_list(struct rules *r, json_t *top, const char *key, const char *file,
		     const char *today, struct vt_error *err)
{
	json_t *list = json_object_get(top, key), *element;
	size_t n;

	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > RULES_MAX)
		return vt_error_set(err, file, VT_NO_OFFSET,
				    "'%s' is wrong, expected a list of at most %d", key, RULES_MAX);
	json_array_foreach(list, n, element)
	{
		struct item i = { .file = file, .json = element, .err = err };

		snprintf(i.place, sizeof(i.place), "%s[%zu]", key, n);
		if (today ? take_waiver(r, &i, today) : take_rule(r, &i))
			return -1;
	}
	return 0;
}

static int take_alpha(struct rules *r, const struct item *top)
{
	json_t *v = json_object_get(top->json, "alpha");

	if (!v)
		return 0;
	r->alpha = json_number_value(v);
	if (!json_is_number(v) || !(r->alpha >= 0.000001) || r->alpha > 0.2)
		return wrong(top, "alpha", "a number from 0.000001 to 0.2");
	return 0;
}

static int load_file(struct rules *r, const char *file, const char *today, struct vt_error *err)
{
	struct item top = { .file = file, .place = "the document", .err = err };
	json_t *schema;
	int failed;

	top.json = read_json(file, LIMIT_JSON_SIZE, err);
	if (!top.json)
		return -1;
	failed = check_keys(&top, " schema rules waivers alpha note ");
	schema = json_object_get(top.json, "schema");
	if (!failed && (!json_is_string(schema) || strcmp(json_string_value(schema), SCHEMA)))
		failed = vt_error_set(
		    err, file, VT_NO_OFFSET, "its schema is '%.60s', expected '%s'",
		    json_is_string(schema) ? json_string_value(schema) : "missing", SCHEMA);
	if (!failed)
		failed = take_alpha(r, &top) || take_list(r, top.json, "rules", file, NULL, err) ||
			 take_list(r, top.json, "waivers", file, today, err);
	json_decref(top.json);
	return failed ? -1 : 0;
}

static void built_in(struct rules *r, const char *name, const char *metric, double percent)
{
	struct rule *rule = add_rule(r);

	*rule = (struct rule){
		.name = vt_strdup(name), .has_percent = true, .percent = percent, .used = true
	};
	rule->match = (struct match){ vt_strdup("*"), vt_strdup("*"), vt_strdup(metric) };
}

int rules_load(struct rules *r, const char *file, const char *today, struct vt_error *err)
{
	*r = (struct rules){ .alpha = 0.01 };
	built_in(r, "built-in: no worsening", "*", 0);
	built_in(r, "built-in: 2 % of wall time", "wall_ns", 2);
	built_in(r, "built-in: 2 % of memory", "memory_bytes", 2);
	built_in(r, "built-in: 10 % or 1 us of lateness", "late_*", 10);
	r->rule[r->count - 1].has_absolute = true;
	r->rule[r->count - 1].absolute = 1000;
	r->built_in = r->count;
	return file ? load_file(r, file, today, err) : 0;
}

static void match_free(struct match *m)
{
	free(m->trace);
	free(m->policy);
	free(m->metric);
}

void rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->rule[i].name);
		free(r->rule[i].note);
		match_free(&r->rule[i].match);
	}
	for (size_t i = 0; i < r->waivers; i++) {
		free(r->waiver[i].name);
		free(r->waiver[i].reason);
		match_free(&r->waiver[i].match);
	}
	free(r->rule);
	free(r->waiver);
	*r = (struct rules){ 0 };
}

static void print_limits(const struct rule *r, const struct metric *m)
{
	enum direction d = r->has_better ? r->better : m->better;

	if (r->ignore) {
		printf("ignored");
	} else if (r->has_percent || r->has_absolute) {
		if (r->has_percent && r->percent == 0 && !r->has_absolute)
			printf("no %s", d == NEUTRAL ? "difference" : "worsening");
		if (r->has_percent && (r->percent != 0 || r->has_absolute))
			printf("%g %%", r->percent);
		if (r->has_absolute)
			printf("%s%" PRId64 " %s", r->has_percent ? " or " : "", r->absolute,
			       m->unit);
	} else {
		printf("%s", r->has_budget  ? "any difference"
			     : d == NEUTRAL ? "no difference"
					    : "no worsening");
	}
	if (r->has_budget)
		printf(", and never beyond %" PRId64 " %s", r->budget, m->unit);
	printf(" (better: %s)", direction_name(d));
}

static void print_condition(const struct match *m, const char *trace, const char *policy)
{
	if (!trace && strcmp(m->trace, "*"))
		safe_print(SAFE_TEXT, stdout, " where the trace matches '%s'", m->trace);
	if (!policy && strcmp(m->policy, "*"))
		safe_print(SAFE_TEXT, stdout, "%s the policy matches '%s'",
			   !trace && strcmp(m->trace, "*") ? " and" : " where", m->policy);
}

static bool may_match(const struct match *m, const char *metric, const char *trace,
		      const char *policy)
{
	/* "virtual:switch=keep" is the policy "virtual" too. */
	size_t bare = policy ? strcspn(policy, ":") : 0;
	char *name = policy ? vt_strndup(policy, bare) : NULL;
	bool is = glob_match(m->metric, metric) && (!trace || glob_match(m->trace, trace)) &&
		  (!policy || glob_match(m->policy, policy) || glob_match(m->policy, name));

	free(name);
	return is;
}

static bool is_certain(const struct match *m, const char *trace, const char *policy)
{
	return (trace || !strcmp(m->trace, "*")) && (policy || !strcmp(m->policy, "*"));
}

int rules_which(const struct rules *r, const char *metric, const char *trace, const char *policy,
		struct vt_error *err)
{
	size_t index = metric_find(metric), decides = 0;

	if (index == METRIC_NONE)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "compare: there is no metric '%.80s' (see 'vtick compare --metrics')", metric);
	const struct metric *m = &metric_table[index];

	for (size_t i = 0; i < r->count; i++) {
		if (may_match(&r->rule[i].match, metric, trace, policy) &&
		    is_certain(&r->rule[i].match, trace, policy))
			decides = i;
	}
	safe_print(SAFE_TEXT, stdout, "%s, %s, trace %s, policy %s\n", metric, metric_class(m),
		   trace ? trace : "any", policy ? policy : "any");
	for (size_t i = 0; i < r->count; i++) {
		const struct rule *rule = &r->rule[i];

		if (!may_match(&rule->match, metric, trace, policy))
			continue;
		safe_print(SAFE_TEXT, stdout, "  %s %s: ",
			   i == decides	 ? "decides "
			   : i < decides ? "overruled"
					 : "decides ",
			   rule->name);
		print_limits(rule, m);
		print_condition(&rule->match, trace, policy);
		safe_print(SAFE_TEXT, stdout, "%s%s\n", rule->note ? "; " : "",
			   rule->note ? rule->note : "");
	}
	for (size_t i = 0; i < r->waivers; i++) {
		const struct waiver *w = &r->waiver[i];

		if (!may_match(&w->match, metric, trace, policy))
			continue;
		safe_print(SAFE_TEXT, stdout, "  %s %s: until %s: %s",
			   w->expired ? "expired  " : "waives   ", w->name, w->until, w->reason);
		print_condition(&w->match, trace, policy);
		putchar('\n');
	}
	return 0;
}
