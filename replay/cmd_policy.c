/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/commands.h"
#include "replay/complete.h"
#include "replay/kinds/kind.h"
#include "replay/plugin/args.h"
#include "replay/plugin/find.h"
#include "replay/policy_build.h"
#include "replay/run/result.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/options.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

/* The policies found so far, by name: a folder earlier in the search hides later ones. */
struct list {
	json_t *seen;
	int code;
};

static void list_one(const char *path, void *arg)
{
	struct list *l = arg;
	struct plugin p;
	struct vt_error err;

	if (plugin_load(&p, path, true, &err)) {
		vt_error_print(&err);
		l->code = EXIT_TROUBLE;
	} else if (!json_object_get(l->seen, p.policy->name)) {
		json_put(l->seen, p.policy->name,
			 json_text(p.policy->summary ? p.policy->summary : ""));
	}
	plugin_free(&p);
}

static int list(bool json)
{
	static const struct text_column columns[] = {
		{ .title = "POLICY", .left = true, .first = true },
		{ .title = "WHAT", .left = true },
	};
	struct list l = { .seen = json_object() };
	struct text_table *t = text_table_new(columns, 2);
	json_t *all = json_array();
	const char *name;
	json_t *summary;

	plugin_each(list_one, &l);
	json_object_foreach(l.seen, name, summary)
	{
		text_table_row(t);
		text_table_set(t, 0, name);
		text_table_set(t, 1, json_string_value(summary));
		json_push(all, json_make("{s:s, s:O}", "name", name, "summary", summary));
	}
	if (json) {
		json_t *doc =
		    json_make("{s:s, s:O}", "schema", "vtick.policy-list/1", "policies", all);
		char *text = result_print(doc);

		fputs(text, stdout);
		free(text);
		json_decref(doc);
		text_table_free(t);
	} else {
		text_table_print(t, stdout, 0, false);
	}
	json_decref(all);
	json_decref(l.seen);
	return l.code;
}

static json_t *choices_json(const char *choices)
{
	json_t *a;

	if (!choices)
		return json_null();
	a = json_array();
	for (;;) {
		size_t n = strcspn(choices, "|");

		json_push(a, json_text_of(choices, n));
		if (!choices[n])
			return a;
		choices += n + 1;
	}
}

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

static void show_json(const struct plugin *p)
{
	json_t *params = json_array(), *options = json_array();

	for (uint32_t i = 0; i < p->params; i++) {
		const struct vtick_param *a = &p->policy->params[i];

		json_push(params,
			  json_make("{s:s, s:o, s:o, s:o}", "name", a->name, "default",
				    json_text(a->value), "choices", choices_json(a->choices),
				    "help", text_or_null(a->help)));
	}
	for (size_t i = 0; i < cell_options; i++) {
		const struct cell_option *o = &cell_option[i];

		if (cell_option_of_policy(o))
			json_push(options,
				  json_make("{s:s, s:s, s:s, s:s}", "name", o->name, "default",
					    o->fallback, "unit", o->unit, "help", o->help));
	}

	json_t *doc =
	    json_make("{s:s, s:s, s:o, s:o, s:i, s:i, s:s, s:o, s:o}", "schema", "vtick.policy/1",
		      "name", p->policy->name, "summary", text_or_null(p->policy->summary),
		      "source", text_or_null(p->policy->source), "abi", (int)p->policy->abi, "tier",
		      p->policy->tier == 2 ? 2 : 1, "build_id", p->build_id, "parameters", params,
		      "options", options);
	char *text = result_print(doc);

	fputs(text, stdout);
	free(text);
	json_decref(doc);
}

static void put_setting(struct text_table *t, const char *name, const char *fallback,
			const char *values, const char *help)
{
	text_table_row(t);
	text_table_set(t, 0, name);
	text_table_set(t, 1, fallback);
	text_table_set(t, 2, values ? values : "NUMBER");
	text_table_set(t, 3, help ? help : "");
}

static void show_text(const struct plugin *p)
{
	static const struct text_column columns[] = {
		{ .title = "NAME", .left = true, .first = true },
		{ .title = "DEFAULT", .left = true },
		{ .title = "VALUES", .left = true },
		{ .title = "WHAT", .left = true },
	};
	const struct vtick_policy *v = p->policy;
	struct text_table *t;

	safe_print(SAFE_TEXT, stdout, "%s - %s\n", v->name,
		   v->summary ? v->summary : "(no summary)");
	putchar('\n');
	safe_print(SAFE_TEXT, stdout, "source: %s\n", v->source ? v->source : "(not said)");
	if (v->tier == 2)
		puts("\nsecond tier: vtick has no second implementation of it to hold its numbers "
		     "against");
	if (p->params) {
		puts("\nparameters:");
		t = text_table_new(columns, 4);
		for (uint32_t i = 0; i < p->params; i++)
			put_setting(t, v->params[i].name, v->params[i].value, v->params[i].choices,
				    v->params[i].help);
		text_table_print(t, stdout, 2, false);
	}
	puts("\noptions of the hypervisor around it, where the trace does not say otherwise:");
	t = text_table_new(columns, 4);
	for (size_t i = 0; i < cell_options; i++) {
		const struct cell_option *o = &cell_option[i];

		if (cell_option_of_policy(o))
			put_setting(t, o->name, o->fallback, o->unit, o->help);
	}
	text_table_print(t, stdout, 2, false);
}

static int show(const char *spec, bool boxed, bool json)
{
	struct plugin p;
	struct vt_error err;
	int failed = plugin_load(&p, spec, boxed, &err);

	if (failed)
		vt_error_print(&err);
	else if (json)
		show_json(&p);
	else
		show_text(&p);
	plugin_free(&p);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

enum { LIST, SHOW, BUILD };

struct request {
	uint32_t action;
	const char *policy; /* of build: a kind */
	bool json, list, verbose, no_sandbox, lines;
	const char *tree, *rev, *name, *output;
};

static int build(const struct request *q)
{
	const struct policy_build b = { q->policy, q->tree,    q->rev,	q->name,
					q->output, q->verbose, q->json, q->lines };

	if (q->list)
		return policy_build_list(q->json);
	if (!q->policy)
		return cli_usage_error("policy", "KIND is missing");
	if (!q->tree)
		return cli_usage_error("policy", "--tree is missing: the source to build from");
	return policy_build(&b);
}

static bool for_build(const struct request *q)
{
	return q->list || q->tree || q->rev || q->name || q->output || q->verbose || q->lines;
}

/* A kind is shown as what it is, unless a tree makes a policy of it. */
static int show_any(const struct request *q)
{
	char *folder = strchr(q->policy, ':') ? NULL : kind_folder(q->policy), *policy = NULL;
	struct vt_error ignored;
	int code;

	if (folder)
		policy = plugin_find(q->policy, &ignored);
	code =
	    folder && !policy ? policy_show_kind(folder) : show(q->policy, !q->no_sandbox, q->json);
	free(policy);
	free(folder);
	return code;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	int code;

	/* Ignored, it would hide how the child ends that loads a plugin first. */
	signal(SIGCHLD, SIG_DFL);
	if (!opt_parse(&command_policy, &q, argc, argv, &code))
		return code;
	if (q.action == LIST && q.policy)
		return cli_usage_error("policy", "list takes no policy, '%s' is too many",
				       q.policy);
	if (q.action == SHOW && !q.policy)
		return cli_usage_error("policy", "POLICY is missing");
	if (q.action == BUILD)
		return build(&q);
	if (for_build(&q))
		return cli_usage_error("policy", "only build takes --tree and what goes with it");
	return q.action == LIST ? list(q.json) : show_any(&q);
}

static const char *const actions[] = { [LIST] = "list", [SHOW] = "show", [BUILD] = "build", NULL };

static const char *about_action(unsigned number)
{
	static const char *const about[] = { "the installed policies, and what each is",
					     ("what one does, where its rule is from, and which "
					      "parameters it takes"),
					     "one of a kind, from a hypervisor's own source" };

	return about[number];
}

static const struct opt options[] = {
	{ OPT_CHOICE, .argument = "ACTION", .choices = actions, .about_choice = about_action,
	  .needed = true, OPT_AT(struct request, action), .help = "what to print" },
	{ OPT_TEXT, .argument = "POLICY", OPT_AT(struct request, policy),
	  .values = complete_policies,
	  .help = "a name from the list, a .so or a .c, as 'vtick replay -p' takes it; or a kind" },
	{ OPT_FOLDER, .name = "tree", .argument = "DIR", OPT_AT(struct request, tree),
	  .help = "build: the source, a folder; with --rev a git repository" },
	{ OPT_TEXT, .name = "rev", .argument = "REV", OPT_AT(struct request, rev),
	  .help = "build: the files as this revision has them; only those needed are read" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE.so",
	  OPT_AT(struct request, output),
	  .help = "build: the policy, for 'vtick replay -p ./FILE.so'; without it the build is "
		  "only tried" },
	{ OPT_TEXT, .name = "name", .argument = "NAME", OPT_AT(struct request, name),
	  .help = "build: what the policy is called; without it as its kind" },
	{ OPT_SWITCH, .name = "verbose", .letter = 'v', OPT_AT(struct request, verbose),
	  .help = "build: all that the compiler says, and what was read of the code around" },
	{ OPT_SWITCH, .name = "lines", OPT_AT(struct request, lines),
	  .help = "build: without optimization, and so that replays say on stderr which code "
		  "they came to (ci/compare-patch.sh reads it)" },
	{ OPT_SWITCH, .name = "list", OPT_AT(struct request, list),
	  .help = "build: the kinds that there are" },
	{ OPT_SWITCH, .name = "json", OPT_AT(struct request, json),
	  .help = "one JSON document instead of text" },
	{ OPT_SWITCH, .name = "no-sandbox", OPT_AT(struct request, no_sandbox),
	  .help = "show: load it without the sandbox, as 'vtick replay --no-sandbox' does" },
	{ 0 },
};

static const char *const usage[] = { "list [--json]", "show [--json] POLICY",
				     "build KIND --tree DIR [--rev REV] [-o FILE.so] [--name NAME]",
				     "build --list [--json]", NULL };
static const char *const examples[] = {
	"vtick policy list",
	"vtick policy show virtual",
	"vtick policy show --json ./mine.c | jq '.parameters[].name'",
	"vtick policy build kvm --tree ~/linux --rev v6.12 --name kvm-6.12 -o kvm-6.12.so",
	NULL,
};

const struct opt_command command_policy = {
	.name = "policy",
	.summary = "list policies, show one, build one from a hypervisor's source",
	.run = run,
	.usage = usage,
	.about = "A policy is one implementation of guest timers, compiled as a plugin.",
	.options = options,
	.notes =
	    "Policies are looked for in the folders of $VTICK_POLICY_PATH, beside the command and "
	    "in the library folder. WRITING-A-POLICY.md walks from an empty file to a policy of "
	    "your own. A kind makes a policy of a hypervisor's own source, unmodified: 'vtick "
	    "policy "
	    "show KIND' says how. Kinds are looked for in $VTICK_KIND_PATH and beside the "
	    "policies. "
	    "What is built is compiled with $CC and run, so take trees that you trust.",
	.examples = examples,
};
