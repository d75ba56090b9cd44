/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/describe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/kinds/built.h"
#include "replay/plugin/args.h"
#include "replay/plugin/build_id.h"
#include "replay/plugin/child.h"
#include "replay/plugin/lost.h"
#include "replay/plugin/object.h"
#include "replay/plugin/sandbox.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

/* How much a policy may say of itself, and the memory that it may take to do so. */
#define LIMIT_BYTES (1 << 20)
#define LIMIT_MEMORY (UINT64_C(2) << 30)

/* What parent and child share; the parent takes it when the child has ended. */
struct said {
	volatile uint32_t size; /* more than LIMIT_BYTES: it was cut off */
	char text[LIMIT_BYTES];
};

/* ---- in the child ---- */

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

/* The numbers of the object, by name, for both sides. */
static const struct field {
	const char *name;
	size_t offset;
} fields[] = {
	{ "params_size", offsetof(struct vtick_policy, params_size) },
	{ "state_size", offsetof(struct vtick_policy, state_size) },
	{ "vp_size", offsetof(struct vtick_policy, vp_size) },
	{ "lp_size", offsetof(struct vtick_policy, lp_size) },
	{ "timer_offset", offsetof(struct vtick_policy, timer_offset) },
	{ "timers", offsetof(struct vtick_policy, timers) },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static json_t *param_json(const struct vtick_param *a)
{
	json_t *o = json_object();

	json_put(o, "name", json_text(a->name));
	json_put_u64(o, "kind", a->kind);
	json_put_u64(o, "offset", a->offset);
	json_put(o, "value", text_or_null(a->value));
	json_put(o, "choices", text_or_null(a->choices));
	json_put(o, "help", text_or_null(a->help));
	return o;
}

static json_t *policy_json(const struct plugin *p, const struct vtick_policy *policy)
{
	json_t *o = json_object(), *params = json_array();
	char build_id[sizeof(p->build_id)];
	const char *built_text;

	json_put(o, "name", text_or_null(policy->name));
	json_put(o, "summary", text_or_null(policy->summary));
	json_put(o, "source", text_or_null(policy->source));
	json_put_u64(o, "tier", policy->tier);
	for (size_t i = 0; i < FIELDS; i++) {
		size_t value;

		memcpy(&value, (const char *)policy + fields[i].offset, sizeof(value));
		json_put_u64(o, fields[i].name, value);
	}
	for (size_t i = 0; policy->params && policy->params[i].name; i++)
		json_push(params, param_json(&policy->params[i]));
	json_put(o, "params", params);
	build_id_of(policy, build_id, sizeof(build_id));
	json_put_text(o, "build_id", build_id);
	built_text = built_of(policy);
	json_put(o, "built", text_or_null(built_text));
	return o;
}

/* Where on_forbidden() says what it was. */
static struct said *words_to;

static void on_forbidden(int number)
{
	words_to->size =
	    (uint32_t)snprintf(words_to->text, LIMIT_BYTES, "{\"forbidden\":%d}", number);
	_exit(0);
}

/* What the child may do while it is at it. */
static void confine(const struct plugin *p, struct said *to)
{
	const struct rlimit none = { 0 },
			    memory = { .rlim_cur = LIMIT_MEMORY, .rlim_max = LIMIT_MEMORY };

	child_stdio(-1);
	child_keep(&p->object, 1);
	/* A sanitizer's handlers would turn the signals into an exit code. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	if (!p->boxed)
		return;
	plugin_prepare(p);
	setrlimit(RLIMIT_FSIZE, &none);
	if (!SANDBOX_ASAN)
		setrlimit(RLIMIT_AS, &memory);
	words_to = to;
	if (sandbox_enter(on_forbidden))
		abort();
}

static _Noreturn void say(const struct plugin *p, struct said *to)
{
	char why[PLUGIN_WHY];

	confine(p, to);

	/* What the constructor asks for is the policy's. */
	vt_memory_end_up_to(VT_MEMORY_LARGE);

	const struct vtick_policy *policy = plugin_open(p, why);

	vt_memory_end_up_to(SIZE_MAX);

	json_t *words =
	    policy ? policy_json(p, policy) : json_make("{s:o}", "wrong", json_text(why));

	to->size = (uint32_t)json_dumpb(words, to->text, LIMIT_BYTES, JSON_COMPACT);
	_exit(0);
}

/* ---- in the parent ---- */

/* A text that is there, or NULL. A control character is of no use in a line, and drives terminals.
 */
static int take_text(const json_t *o, const char *key, const char **text)
{
	const json_t *value = json_object_get(o, key);
	const unsigned char *s = (const unsigned char *)json_string_value(value);

	*text = (const char *)s;
	if (!s)
		return json_is_null(value) ? 0 : -1;
	for (; *s; s++) {
		if (*s < ' ' || *s == 0x7f || (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0))
			return -1;
	}
	return 0;
}

static int take_number(const json_t *o, const char *key, uint64_t max, uint64_t *number)
{
	const json_t *value = json_object_get(o, key);
	json_int_t n = json_integer_value(value);

	*number = (uint64_t)n;
	return json_is_integer(value) && n >= 0 && (uint64_t)n <= max ? 0 : -1;
}

static int take_param(const json_t *o, struct vtick_param *a)
{
	uint64_t kind, offset;

	if (take_text(o, "name", &a->name) || !a->name || take_text(o, "value", &a->value) ||
	    take_text(o, "choices", &a->choices) || take_text(o, "help", &a->help) ||
	    take_number(o, "kind", UINT32_MAX, &kind) ||
	    take_number(o, "offset", UINT32_MAX, &offset))
		return -1;
	a->kind = (uint32_t)kind;
	a->offset = (uint32_t)offset;
	return 0;
}

static int take_params(struct plugin *p)
{
	const json_t *params = json_object_get(p->words, "params");
	size_t n = json_array_size(params);

	if (!json_is_array(params))
		return -1;
	p->table = vt_array(n + 1, sizeof(*p->table));
	for (size_t i = 0; i < n; i++) {
		if (take_param(json_array_get(params, i), &p->table[i]))
			return -1;
	}
	if (n)
		p->about.params = p->table;
	return 0;
}

static int take_build_id(struct plugin *p)
{
	const char *hex = json_string_value(json_object_get(p->words, "build_id"));

	if (!hex || strlen(hex) >= sizeof(p->build_id) || hex[strspn(hex, "0123456789abcdef")])
		return -1;
	strcpy(p->build_id, hex);
	/* Not every linker writes one. */
	return *hex ? 0 : object_hash(p->object, p->build_id);
}

/* Of a kind. */
static int take_built(struct plugin *p)
{
	const json_t *built = json_object_get(p->words, "built");

	if (!json_is_string(built))
		return json_is_null(built) ? 0 : -1;
	p->built = built_read(json_string_value(built));
	return p->built ? 0 : -1;
}

static int take_policy(struct plugin *p)
{
	struct vtick_policy *v = &p->about;
	uint64_t n;

	if (take_text(p->words, "name", &v->name) || take_text(p->words, "summary", &v->summary) ||
	    take_text(p->words, "source", &v->source) ||
	    take_number(p->words, "tier", UINT32_MAX, &n))
		return -1;
	v->tier = (uint32_t)n;
	for (size_t i = 0; i < FIELDS; i++) {
		if (take_number(p->words, fields[i].name, INT64_MAX, &n))
			return -1;
		memcpy((char *)v + fields[i].offset, &n, sizeof(size_t));
	}
	if (take_params(p) || take_build_id(p) || take_built(p))
		return -1;
	v->magic = VTICK_POLICY_MAGIC;
	v->abi = VTICK_POLICY_ABI;
	v->size = sizeof(*v);
	p->policy = v;
	return 0;
}

/* The words as the child left them; who was started there may still write to them. */
static json_t *read_words(const struct said *said)
{
	uint32_t size = said->size;
	char *text = size <= LIMIT_BYTES ? vt_strndup(said->text, size) : vt_strdup("");
	json_t *words = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	free(text);
	return words;
}

static void lose_forbidden(struct plugin *p, int number)
{
	char *name = sandbox_call_name(number);

	plugin_lose(p, PLUGIN_MISUSED, 0,
		    "makes the system call '%s' when it is loaded, which the sandbox forbids "
		    "(--no-sandbox)",
		    name);
	free(name);
}

static int take_words(struct plugin *p, const struct said *said, struct vt_error *err)
{
	const char *wrong;
	const json_t *number;

	p->words = read_words(said);
	number = json_object_get(p->words, "forbidden");
	if (number || !p->words) {
		if (number)
			lose_forbidden(p, (int)json_integer_value(number));
		else
			plugin_lose(p, PLUGIN_CRASHED, 0, "ends the process when it is loaded");
		return 0;
	}
	wrong = json_string_value(json_object_get(p->words, "wrong"));
	if (wrong)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "%s", wrong);
	if (take_policy(p))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "'vtick_policy' holds what is no text or no number: a text of "
				    "a policy is one line, without control characters");
	return 0;
}

/* The process ended badly, or not in time: the policy is lost. */
static void lose(struct plugin *p, enum child_end end, int status, uint64_t limit_ns)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	const char *name = number ? sigabbrev_np(number) : NULL;

	if (end == CHILD_LATE) {
		char *limit = cli_time_text(limit_ns);

		plugin_lose(p, PLUGIN_TIMEOUT, 0, "takes more than %s to load", limit);
		free(limit);
	} else if (number == SIGSYS && p->boxed) {
		plugin_lose(p, PLUGIN_MISUSED, 0,
			    "makes a system call that the sandbox forbids when it is loaded "
			    "(--no-sandbox)");
	} else if (number) {
		plugin_lose(p, PLUGIN_CRASHED, number,
			    "dies with signal %d (SIG%s) when it is loaded", number,
			    name ? name : "?");
	} else if (WEXITSTATUS(status) == VT_NO_MEMORY_EXIT) {
		plugin_lose(p, PLUGIN_MEMORY, 0, "needs more memory to load than there is");
	} else {
		plugin_lose(p, PLUGIN_CRASHED, 0, "exits with code %d when it is loaded",
			    WEXITSTATUS(status));
	}
}

static int ask(struct plugin *p, struct said *said, uint64_t limit_ns, struct vt_error *err)
{
	enum child_end end;
	int status = 0;
	sigset_t none;
	pid_t pid;

	sigemptyset(&none);
	fflush(NULL);
	pid = child_fork(SIGKILL, &none);
	if (!pid)
		say(p, said);
	if (pid < 0)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "no process to load it in: %s",
				    strerror(errno));
	end = child_wait(pid, SIGKILL, limit_ns, &status);
	if (end == CHILD_INTERRUPTED)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "interrupted while it was loaded");
	if (end == CHILD_LOST)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "cannot be loaded: %s",
				    strerror(errno));
	if (end == CHILD_LATE || status) {
		lose(p, end, status, limit_ns);
		return 0;
	}
	return take_words(p, said, err);
}

int plugin_describe(struct plugin *p, uint64_t limit_ns, struct vt_error *err)
{
	struct said *said =
	    mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int failed;

	if (said == MAP_FAILED)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "no room for what it says: %s",
				    strerror(errno));
	failed = ask(p, said, limit_ns, err);
	munmap(said, sizeof(*said));
	return failed;
}
