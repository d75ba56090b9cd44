/* SPDX-License-Identifier: GPL-2.0-only */
/* What a difference may be before the gate fails: RULES-FILE.md. */
#ifndef VTICK_COMPARE_RULES_H
#define VTICK_COMPARE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/catalogue.h"
#include "traces/base/error.h"

/* What a rule or waiver is about. Globs: '*' any characters, '?' one. */
struct match {
	char *trace, *policy, *metric;
};

struct rule {
	char *name; /* "rules.json rules[3]", "built-in exact" */
	struct match match;
	char *note; /* or NULL */
	bool ignore;
	bool has_percent, has_absolute, has_budget, has_better;
	double percent;
	int64_t absolute;
	int64_t budget;
	enum direction better;
	bool limits_hash; /* decided about a histogram of a golden, by a limit */
	bool used;	  /* matched some metric that was compared */
};

struct waiver {
	char *name;
	struct match match;
	char *reason;
	char until[11]; /* the last day on which it holds */
	bool has_up_to;
	int64_t up_to;
	bool expired;
	bool used;   /* matched some metric that was compared */
	bool needed; /* let something pass */
};

struct rules {
	struct rule *rule; /* the built-in ones first; the last that matches decides */
	size_t count;
	size_t built_in;
	struct waiver *waiver;
	size_t waivers;
	double alpha;
};

/* A name that rules are matched against: the policy with and without its parameters. */
struct subject {
	const char *trace;
	const char *policy;
	const char *policy_full;
};

/* The built-in rules and, if @file is not NULL, those of a file. @today: "YYYY-MM-DD". */
int rules_load(struct rules *r, const char *file, const char *today, struct vt_error *err);
void rules_free(struct rules *r);

bool glob_match(const char *pattern, const char *text);
bool match_subject(const struct match *m, const struct subject *s);

/* `--which`: prints every rule that matches and which decides. @trace and @policy may be NULL. 0 or
 * -1. */
int rules_which(const struct rules *r, const char *metric, const char *trace, const char *policy,
		struct vt_error *err);

#endif
