/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scripts of this folder take, as commands of vtick: each is parsed here by its table and
 * handed on, an option and its value as two words. A script that is called by itself reads the same
 * options.
 */
#include "ci/commands.h"
#include "compare/comparison.h"
#include "compare/report/report.h"
#include "replay/complete.h"
#include "traces/base/complete.h"

#define EXIT_CODES_GATE                                                                            \
	"Exit codes: 0 as the goldens have it, 1 the gate failed, 2 trouble: a golden or a trace " \
	"is missing, a cell was lost, something cannot be read."

/* Of a choice that nobody made. */
#define NONE UINT32_MAX

#define POLICIES(type)                                                                             \
	{                                                                                          \
		OPT_TEXT,                                                                          \
		    .letter = 'p', .argument = "POLICY", .many = true, OPT_AT(type, policies),     \
		    .values = complete_policies,                                                   \
		    .help = "instead of the policies that the corpus is gated by",                 \
		    .more = "These are all that came with vtick, and some with other parameters."  \
	}
#define TRACES(type)                                                                               \
	{                                                                                          \
		OPT_FOLDER, .name = "traces", .argument = "FOLDER", OPT_AT(type, traces),          \
			    .help = "instead of vtick's corpus"                                    \
	}
#define RULES(type)                                                                                \
	{                                                                                          \
		OPT_FILE_IN, .name = "rules", .argument = "FILE", OPT_AT(type, rules),             \
			     .help = "limits, exceptions and waivers (RULES-FILE.md)"              \
	}
#define TREE(type, text)                                                                           \
	{                                                                                          \
		OPT_FOLDER, .name = "tree", .argument = "GIT", OPT_AT(type, tree), .help = text,   \
			    .more = "Nothing is checked out there (KINDS.md)."                     \
	}
#define MAKE(type)                                                                                 \
	{                                                                                          \
		OPT_TEXT, .name = "make", .argument = "COMMAND", OPT_AT(type, make),               \
			  .help = "first run in each revision's worktree, for a policy that has "  \
				  "to be built (-p "                                               \
				  "PATH.so)"                                                       \
	}

/* As the scripts take it. */
static void costs_values(struct completion *c)
{
	complete_word(c, "own", "", "each trace's");
	complete_word(c, "made", "", "made-up ones");
	complete_word(c, "none", "", "nothing costs");
	if (!c->said)
		complete_files(c, NULL);
}

/* ---- gate, accept ---- */

struct gate_request {
	struct opt_list policies, allow_empty, reports;
	const char *traces, *golden, *out, *rules;
	uint32_t fail_on, format;
};

#define GOLDEN(type, text)                                                                         \
	{                                                                                          \
		OPT_FOLDER, .name = "golden", .argument = "FOLDER", OPT_AT(type, golden),          \
			    .help = "instead of the corpus's goldens: one file a trace",           \
			    .more = text                                                           \
	}

static const struct opt gate_options[] = {
	POLICIES(struct gate_request),
	TRACES(struct gate_request),
	GOLDEN(struct gate_request, "vtick-accept(1) makes them."),
	{ OPT_FOLDER, .name = "out", .argument = "FOLDER", OPT_AT(struct gate_request, out),
	  .help = "the results stay here, one a trace, for other reports; what else is there "
		  "stays, too",
	  .more = "Without it a gate in a clone keeps them in build/gate." },
	{ OPT_GROUP, .help = "The verdict" },
	{ OPT_CHOICE, .name = "fail-on", .choice = fail_on_name, .value = "change",
	  OPT_AT(struct gate_request, fail_on),
	  .help = "what fails; a change is also what is better",
	  .more = "So that what is better is accepted, and becomes the new floor." },
	{ OPT_TEXT, .name = "allow-empty", .argument = "TRACE", .many = true,
	  OPT_AT(struct gate_request, allow_empty),
	  .help = "a trace in which nothing can be compared is no trouble",
	  .more = "Those of the corpus are known." },
	RULES(struct gate_request),
	{ OPT_CHOICE, .name = "format", .argument = "FORMAT", .choice = report_name,
	  .value = "text", OPT_AT(struct gate_request, format),
	  .help = "of the report on standard output" },
	{ OPT_TEXT, .name = "report", .argument = "FORMAT:FILE", .many = true,
	  OPT_AT(struct gate_request, reports), .values = report_values,
	  .help = "a report into a file as well" },
	{ 0 },
};

static int run_gate(int argc, char **argv)
{
	struct gate_request q = { 0 };

	return script_run(&command_gate, &q, argc, argv);
}

const struct opt_command command_gate = {
	.name = "gate",
	.summary = "replay the corpus, compare with what was accepted",
	.run = run_gate,
	.about = "Replays traces through policies and compares with the goldens, the results that "
		 "were accepted (vtick accept). Without options these are vtick's own: whoever "
		 "gets other numbers has another vtick. A repository of policies keeps traces and "
		 "goldens of its own.",
	.options = gate_options,
	.examples =
	    (const char *const[]){ "vtick gate",
				   "vtick gate -p ./mine.c --traces traces --golden golden", NULL },
	.exits = EXIT_CODES_GATE,
};

struct accept_request {
	struct opt_list policies;
	const char *traces, *golden, *reason;
};

static const struct opt accept_options[] = {
	{ OPT_TEXT, .name = "reason", .argument = "TEXT", .needed = true,
	  OPT_AT(struct accept_request, reason), .help = "why the numbers may change",
	  .more = "It becomes the trailer Golden: of the commit." },
	POLICIES(struct accept_request),
	TRACES(struct accept_request),
	GOLDEN(struct accept_request, "The folder is made if it is not there."),
	{ 0 },
};

static int run_accept(int argc, char **argv)
{
	struct accept_request q = { 0 };

	return script_run(&command_accept, &q, argc, argv);
}

const struct opt_command command_accept = {
	.name = "accept",
	.summary = "accept what comes out now as the gate's goldens",
	.run = run_accept,
	.about = "Accepts what traces give now as the goldens of 'vtick gate': shows the "
		 "difference, writes it, and says how to commit it. All goldens are written or "
		 "none. What is no golden stays.",
	.options = accept_options,
	.examples = (const char *const[]){ "vtick accept --reason 'the first' -p ./mine.c "
					   "--traces traces --golden golden",
					   NULL },
	.exits = "Exit codes: 0 accepted, or nothing to accept; 2 trouble, nothing is written.",
};

/* ---- nightly ---- */

struct nightly_request {
	struct opt_list policies, folders;
	const char *store, *tree, *rev, *costs, *traces, *base, *pairs, *rules;
	bool wait;
};

static const struct opt nightly_options[] = {
	{ OPT_TEXT, .argument = "FOLDER", .many = true, OPT_AT(struct nightly_request, folders),
	  .values = complete_all_folders, .help = "further folders of traces" },
	{ OPT_FOLDER, .name = "store", .argument = "FOLDER", OPT_AT(struct nightly_request, store),
	  .help = "keeps results, their index history.db and summary.txt, and nothing else "
		  "(nightly)" },
	POLICIES(struct nightly_request),
	TRACES(struct nightly_request),
	TREE(struct nightly_request, "a hypervisor's git repository, of which -p is a kind"),
	{ OPT_TEXT, .name = "rev", .argument = "REVISION", OPT_AT(struct nightly_request, rev),
	  .help = "with --tree: the branch (HEAD)" },
	{ OPT_TEXT, .name = "costs", .argument = "WHAT", OPT_AT(struct nightly_request, costs),
	  .values = costs_values,
	  .help = "with --tree: own, made, none or a file, as vtick compare-patch has it" },
	{ OPT_TEXT, .name = "base", .argument = "REVISION", OPT_AT(struct nightly_request, base),
	  .help = "timings against this one instead of the last night's; in a clone" },
	{ OPT_TEXT, .name = "pairs", .argument = "N", OPT_AT(struct nightly_request, pairs),
	  .help = "so many timed runs of each, in turns; 0: no timings",
	  .more = "At least 5. Without it 10 in a clone, and none where vtick is installed, as "
		  "that knows no earlier revision." },
	RULES(struct nightly_request),
	{ OPT_SWITCH, .name = "wait", OPT_AT(struct nightly_request, wait),
	  .help = "wait while another night runs on the same store; without it that is trouble" },
	{ 0 },
};

static int run_nightly(int argc, char **argv)
{
	struct nightly_request q = { 0 };

	return script_run(&command_nightly, &q, argc, argv);
}

const struct opt_command command_nightly = {
	.name = "nightly",
	.summary = "a night: replay, keep, compare with the night before",
	.run = run_nightly,
	.about = "Replays the corpus and further traces, keeps the result, compares it with the "
		 "last whole night, and prints one summary. It may be killed at any time and "
		 "started again: results appear whole and are never written again.",
	.options = nightly_options,
	.examples = (const char *const[]){ "vtick nightly --store nightly traces-of-my-hosts",
					   "vtick nightly --store nightly-kvm --tree /srv/linux "
					   "--rev kvm/next -p kvm",
					   NULL },
	.exits = "Exit codes: 0 as the night before, 1 something changed, 2 trouble.",
};

/* ---- compare-patch ---- */

struct patch_request {
	struct opt_list policies;
	const char *tree, *costs, *traces, *make, *rules, *full, *base, *head;
	uint32_t format, fail_on;
};

static const struct opt patch_options[] = {
	{ OPT_TEXT, .argument = "BASE", .needed = true, OPT_AT(struct patch_request, base),
	  .help = "the revision to compare with" },
	{ OPT_TEXT, .argument = "HEAD", OPT_AT(struct patch_request, head),
	  .help = "the revision to compare; without it what is checked out, with uncommitted "
		  "changes of tracked files" },
	{ OPT_TEXT, .letter = 'p', .argument = "POLICY", .many = true,
	  OPT_AT(struct patch_request, policies), .values = complete_policies,
	  .help = "the path of a policy's .c or .so, with parameters as for vtick replay; BASE and "
		  "HEAD are revisions of the git repository that holds it",
	  .more = "A name is a policy of vtick's own repository, and without -p all of them are; "
		  "that asks for a clone of it." },
	TREE(struct patch_request,
	     "BASE and HEAD are revisions of this hypervisor's git repository, -p is "
	     "a kind"),
	{ OPT_TEXT, .name = "costs", .argument = "WHAT", OPT_AT(struct patch_request, costs),
	  .values = costs_values,
	  .help = "with --tree: own (each trace's, or if it has none made-up ones; so without it), "
		  "made (that for all), none, or the file of a profile" },
	TRACES(struct patch_request),
	MAKE(struct patch_request),
	{ OPT_GROUP, .help = "The verdict" },
	{ OPT_CHOICE, .name = "fail-on", .choice = fail_on_name,
	  OPT_AT(struct patch_request, fail_on),
	  .help = "what fails; without it regression, with --tree change" },
	RULES(struct patch_request),
	{ OPT_CHOICE, .name = "format", .argument = "FORMAT", .choice = report_name,
	  .value = "markdown", OPT_AT(struct patch_request, format),
	  .help = "of the report on standard output" },
	{ OPT_FILE_OUT, .name = "full", .argument = "FILE", OPT_AT(struct patch_request, full),
	  .help = "the whole report as markdown, where a comment holds a part" },
	{ 0 },
};

static int run_patch(int argc, char **argv)
{
	struct patch_request q = { .fail_on = NONE };

	return script_run(&command_compare_patch, &q, argc, argv);
}

const struct opt_command command_compare_patch = {
	.name = "compare-patch",
	.summary = "compare two revisions of a policy, or of a hypervisor",
	.run = run_patch,
	.about = "Is a patch better or worse, and where? Traces are replayed through two revisions "
		 "of a policy, each checked out into a git worktree that is gone afterwards, or of "
		 "a hypervisor's own code, read from git; the report is for a review.",
	.options = patch_options,
	.examples = (const char *const[]){ "vtick compare-patch -p ./mine.c HEAD",
					   "vtick compare-patch -p ./mine.so --make make v1 v2",
					   "vtick compare-patch -p kvm --tree ~/linux "
					   "origin/master my-branch",
					   NULL },
	.exits = "Exit codes: 0 not worse, 1 worse, 2 trouble: a revision does not build, a cell "
		 "is missing on one side; with --tree also: no trace comes to the change.",
};

/* ---- bisect ---- */

struct bisect_request {
	struct opt_list policies, traces;
	const char *tree, *make, *metric, *good, *bad;
	char *const *command;
};

static const struct opt bisect_options[] = {
	{ OPT_TEXT, .argument = "METRIC", OPT_AT(struct bisect_request, metric),
	  .values = complete_metrics,
	  .help = "a name as vtick compare prints it, or digest: the first commit is sought on "
		  "which it is another than at GOOD" },
	{ OPT_TEXT, .argument = "GOOD", OPT_AT(struct bisect_request, good),
	  .help = "the older revision" },
	{ OPT_TEXT, .argument = "BAD", OPT_AT(struct bisect_request, bad),
	  .help = "the newer revision" },
	{ OPT_REST, .argument = "COMMAND", OPT_AT(struct bisect_request, command),
	  .help = "instead of METRIC a command for sh, and behind it GOOD and BAD; run in each "
		  "revision's folder, with the vtick in $VTICK",
	  .more = "Its exit code is git bisect's: 0 good, 1 to 124 bad, 125 cannot be told." },
	{ OPT_TEXT, .letter = 'p', .argument = "POLICY", .many = true,
	  OPT_AT(struct bisect_request, policies), .values = complete_policies,
	  .help = "the path of a policy's .c or .so; GOOD and BAD are revisions of the git "
		  "repository that holds it",
	  .more = "A name is a policy of vtick's own repository, of which that asks for a clone; "
		  "without -p it is virtual." },
	{ OPT_FILE_IN, .name = "trace", .argument = "FILE", .many = true,
	  OPT_AT(struct bisect_request, traces), .help = "instead of vtick's corpus" },
	TREE(struct bisect_request,
	     "GOOD and BAD are revisions of this hypervisor's git repository, -p is "
	     "a kind; COMMAND has the policy in $POLICY"),
	MAKE(struct bisect_request),
	{ 0 },
};

static int run_bisect(int argc, char **argv)
{
	struct bisect_request q = { 0 };

	return script_run(&command_bisect, &q, argc, argv);
}

const struct opt_command command_bisect = {
	.name = "bisect",
	.summary = "find the commit that changed a metric",
	.run = run_bisect,
	.usage = (const char *const[]){ "[OPTION]... METRIC GOOD BAD",
					"[OPTION]... -- COMMAND GOOD BAD", NULL },
	.about = "Finds the commit that changed a metric, by halves, in a git worktree that is "
		 "gone afterwards. What does not build or replay is skipped.",
	.options = bisect_options,
	.examples = (const char *const[]){ "vtick bisect -p ./mine.c timer_interrupts.total v1 "
					   "main",
					   "vtick bisect -p kvm:hv=yes --tree ~/linux digest v6.12 "
					   "v6.13",
					   NULL },
	.exits = "Exit codes: 0 found, 2 trouble: METRIC is the same at both ends.",
};

/* ---- fleet ---- */

struct fleet_request {
	struct opt_list policies, traces, files_from, sbatch;
	const char *out, *shards, *jobs, *partition, *time, *memory;
	char *const *replay;
	bool local, slurm, wait;
};

static const struct opt fleet_options[] = {
	{ OPT_REST, .argument = "OPTION", OPT_AT(struct fleet_request, replay),
	  .help = "options of vtick replay" },
	{ OPT_TEXT, .argument = "TRACE|FOLDER", .many = true, OPT_AT(struct fleet_request, traces),
	  .values = complete_all_files, .help = "what is replayed" },
	{ OPT_SWITCH, .name = "local", OPT_AT(struct fleet_request, local),
	  .help = "here, several shards at once" },
	{ OPT_SWITCH, .name = "slurm", OPT_AT(struct fleet_request, slurm),
	  .help =
	      "an array of jobs, one a shard, and a merge that waits for all of them; says their "
	      "numbers" },
	{ OPT_FOLDER, .name = "out", .argument = "FOLDER", .needed = true,
	  OPT_AT(struct fleet_request, out),
	  .help = "holds all that comes: results/, logs/, merged.json; on a cluster where every "
		  "machine sees it" },
	POLICIES(struct fleet_request),
	{ OPT_FILE_IN, .name = "files-from", .argument = "FILE", .many = true,
	  OPT_AT(struct fleet_request, files_from), .help = "more traces and folders, one a line" },
	{ OPT_TEXT, .name = "shards", .argument = "N", OPT_AT(struct fleet_request, shards),
	  .help = "so many (8)" },
	{ OPT_TEXT, .name = "jobs", .argument = "N", OPT_AT(struct fleet_request, jobs),
	  .help = "so many shards at once; without it here as there are CPUs, there as the cluster "
		  "lets" },
	{ OPT_GROUP, .help = "Of Slurm" },
	{ OPT_TEXT, .name = "partition", .argument = "NAME",
	  OPT_AT(struct fleet_request, partition), .help = "of a job, as sbatch's" },
	{ OPT_TEXT, .name = "time", .argument = "LIMIT", OPT_AT(struct fleet_request, time),
	  .help = "of a job, as sbatch's" },
	{ OPT_TEXT, .name = "memory", .argument = "SIZE", OPT_AT(struct fleet_request, memory),
	  .help = "of a job, as sbatch's --mem" },
	{ OPT_TEXT, .name = "sbatch", .argument = "OPTION", .many = true,
	  OPT_AT(struct fleet_request, sbatch), .help = "any other option of sbatch" },
	{ OPT_SWITCH, .name = "wait", OPT_AT(struct fleet_request, wait),
	  .help = "until all is merged, as here; the exit code is that of the merge" },
	{ 0 },
};

static int run_fleet(int argc, char **argv)
{
	struct fleet_request q = { 0 };

	return script_run(&command_fleet, &q, argc, argv);
}

const struct opt_command command_fleet = {
	.name = "fleet",
	.summary = "replay many traces in shards, here or on a cluster",
	.run = run_fleet,
	.usage = (const char *const[]){ "--local|--slurm --out FOLDER [OPTION]... TRACE|FOLDER... "
					"[-- OPTION...]",
					NULL },
	.about = "Replays many traces in shards, here or on a Slurm cluster, and merges what came. "
		 "The same call again replays what is missing and what is no longer current.",
	.options = fleet_options,
	.examples = (const char *const[]){ "vtick fleet --local --out fleet -p virtual traces",
					   "vtick fleet --slurm --out fleet --shards 100 --wait "
					   "traces -- --costs costs.json",
					   NULL },
	.exits = "Exit codes: 0 all is replayed and merged, or with --slurm submitted; 2 trouble: "
		 "a shard was killed, a trace is bad, a cell was lost. The rest is merged.",
};
