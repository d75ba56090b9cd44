/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/kinds/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/kinds/built.h"
#include "replay/kinds/callers.h"
#include "replay/kinds/kind.h"
#include "replay/kinds/lines.h"
#include "replay/kinds/sha256.h"
#include "replay/kinds/stand_in.h"
#include "replay/kinds/symbols.h"
#include "replay/kinds/text.h"
#include "replay/plugin/builder.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

struct build {
	const struct kind_request *q;
	const struct builder *builder;
	struct kind kind;
	struct tree tree;
	struct taken *file;
	size_t files;
	json_t *built;
	json_t *unknown_callers, *unknown_functions; /* in it */
	struct text_words shell;		     /* the names that the shell uses */
};

/* ---- from the tree ---- */

static int no_such_file(const struct build *b, const char *path, struct vt_error *err)
{
	return vt_error_set(err, b->q->tree, VT_NO_OFFSET, "has no %s%s%s: is it a %s tree?", path,
			    b->q->rev ? " at " : "", b->q->rev ? b->q->rev : "", b->kind.tree);
}

static int take_file(struct build *b, const struct kind_file *f, struct vt_error *err)
{
	struct taken *t = &b->file[b->files++];
	json_t *all = json_object_get(b->built, "files");
	bool missing;

	*t = (struct taken){ .name = f->name };
	for (size_t i = 0; !t->text && i < f->paths; i++) {
		t->text = tree_read(&b->tree, f->path[i], &t->size, &missing);
		t->path = f->path[i];
		if (!t->text && !missing)
			return -1;
	}
	if (!t->text)
		return no_such_file(b, f->path[0], err);
	if (memchr(t->text, 0, t->size))
		return vt_error_set(err, b->q->tree, VT_NO_OFFSET, "%s is no text", t->path);
	sha256_hex(t->text, t->size, t->hash);
	json_push(all, json_make("{s:s, s:s}", "name", t->path, "sha256", t->hash));
	return builder_write(b->builder, t->name, t->text, t->size);
}

/* The value of "KEY = value" in a makefile, malloc'ed; "" if it has none, or one to be computed. */
static char *make_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *p = line;

		if (!strncmp(p, "export ", 7))
			p += 7;
		p += strspn(p, " \t");
		if (strncmp(p, key, len))
			continue;
		p += len;
		p += strspn(p, " \t?:");
		if (*p++ != '=')
			continue;
		p += strspn(p, " \t");
		return vt_strndup(p, strcspn(p, " \t\r\n#$"));
	}
	return vt_strdup("");
}

/* "6.12.117"; malloc'ed. */
static char *version_of(const char *makefile, const struct kind *k)
{
	char *version = vt_strdup("");

	for (size_t i = 0; makefile && i < k->version_keys; i++) {
		char *value = make_value(makefile, k->version_key[i]);
		bool dot = *version && *value && *value != '.' && *value != '-';
		char *more = vt_format("%s%s%.40s", version, dot ? "." : "", value);

		free(version);
		free(value);
		version = more;
	}
	return version;
}

static int read_version(struct build *b)
{
	size_t size;
	bool missing;
	char *makefile = tree_read(&b->tree, b->kind.version_file, &size, &missing);
	char *version;

	if (!makefile && !missing)
		return -1;
	version = version_of(makefile, &b->kind);
	if (!*version && b->tree.commit) {
		free(version);
		version = tree_describe(&b->tree);
	}
	json_put(b->built, "version", json_text(version && *version ? version : "unknown"));
	free(version);
	free(makefile);
	return 0;
}

static int take_tree(struct build *b, struct vt_error *err)
{
	b->file = vt_alloc((b->kind.files + 1) * sizeof(*b->file));
	json_put(b->built, "kind", json_text(b->kind.name));
	json_put(b->built, "tree", json_text(b->kind.tree));
	json_put(b->built, "files", json_array());
	if (tree_open(&b->tree, b->q->tree, b->q->rev, b->builder))
		return -1;
	if (b->tree.commit)
		json_put(b->built, "commit", json_text(b->tree.commit));
	for (size_t i = 0; i < b->kind.files; i++) {
		if (take_file(b, &b->kind.file[i], err))
			return -1;
	}
	return read_version(b);
}

/* ---- around it ---- */

static void add_names(struct text_words *names, const char *text)
{
	char *plain = text_without_comments(text);

	text_identifiers(plain, "[A-Za-z_][A-Za-z0-9_]*", names, NULL);
	free(plain);
}

/* The shell's own files, and which names they use. */
static int take_shell(struct build *b, struct vt_error *err)
{
	for (size_t i = 0; i < b->kind.sources; i++) {
		const char *name = b->kind.source[i];
		size_t size;
		char *text = kind_slurp(b->kind.folder, name, &size, err);
		int failed = !text || builder_write(b->builder, name, text, size);

		if (text && strncmp(name, "shadow", 6))
			add_names(&b->shell, text);
		free(text);
		if (failed)
			return -1;
	}
	text_words_sort(&b->shell);
	return builder_write_policy_h(b->builder, "policy.h");
}

static void tell_caller(const struct kind_caller *c, const struct caller_seen *seen)
{
	safe_print(SAFE_TEXT, stderr, "caller %s: %s %s\n", c->name,
		   *seen->hash ? seen->hash : "not there", seen->known ? "known" : "");
	safe_lines(SAFE_TEXT, stderr, seen->statements);
}

static int look_at_callers(struct build *b, FILE *macros, struct vt_error *err)
{
	json_t *answers = json_object();

	json_put(b->built, "callers", answers);
	for (size_t i = 0; i < b->kind.callers; i++) {
		const struct kind_caller *c = &b->kind.caller[i];
		struct caller_seen seen;
		int failed = caller_look(&seen, c, &b->tree, err);

		if (b->q->verbose && !failed)
			tell_caller(c, &seen);
		if (!failed && !seen.known)
			json_push(b->unknown_callers, json_text(c->name));
		for (size_t k = 0; !failed && k < c->knowns; k++) {
			const char *define = c->known[k].define;

			if (!define)
				continue;
			fprintf(macros, "#ifndef %s\n#define %s %d\n#endif\n", define, define,
				seen.define && !strcmp(seen.define, define));
		}
		json_put(answers, c->name, json_text(seen.hash));
		caller_free(&seen);
		if (failed)
			return -1;
	}
	return 0;
}

static int stand_in(struct build *b, struct vt_error *err)
{
	struct stand_in s = { &b->kind, b->builder, b->file, b->files };
	json_t *answers = json_object();
	char *text;
	size_t size;
	FILE *macros = vt_text_open(&text, &size);
	int failed;

	json_put(b->built, "probes", answers);
	fprintf(macros, "#define KIND_NAME \"%s\"\n", b->q->name ? b->q->name : b->kind.name);
	failed = stand_in_probes(&s, answers, macros) || look_at_callers(b, macros, err);
	vt_text_close(macros);
	if (!failed)
		failed = builder_write(b->builder, "probes.h", text, size) ||
			 stand_in_headers(&s) || stand_in_macros(&s);
	free(text);
	return failed ? -1 : 0;
}

/* ---- compiled ---- */

#define CC_SCRIPT "exec ${CC:-cc} \"$@\""
/* Kernels are not written for warnings of ours; an unknown function is no error yet. */
#define CC_FLAGS                                                                                   \
	"-std=gnu11", "-O2", "-g", "-w", "-fPIC", "-fvisibility=hidden", "-ffunction-sections",    \
	    "-fdata-sections", "-fno-strict-aliasing", "-fms-extensions", "-fno-common",           \
	    "-Wno-implicit-function-declaration", "-Wno-int-conversion",                           \
	    "-Wno-incompatible-pointer-types", "-Wno-incompatible-function-pointer-types",         \
	    "-Wno-return-mismatch", "-I."

static int run_cc(const struct build *b, struct builder_said *o, const char *const *flags,
		  struct vt_error *err)
{
	/* The folder's name is another each time, and nobody's business. */
	char *map = vt_format("-ffile-prefix-map=%s=.", b->builder->folder);
	const char *argv[64] = { "/bin/sh", "-c", CC_SCRIPT, "cc", map };
	size_t n = 5;
	int failed;

	while (*flags && n < 63)
		argv[n++] = *flags++;
	failed = builder_tool(b->builder, BUILDER_STDERR, b->builder->folder, argv, o);
	free(map);
	if (failed)
		return -1;
	if (b->q->verbose && o->size)
		safe_lines(SAFE_TEXT, stderr, o->text);
	if (o->status == 126 || o->status == 127)
		return vt_error_set(err, getenv("CC") ? getenv("CC") : "cc", VT_NO_OFFSET,
				    "no such compiler: set CC");
	return 0;
}

static int does_not_fit(const struct build *b, const char *what, struct vt_error *err)
{
	return vt_error_set(err, b->q->tree, VT_NO_OFFSET,
			    "does not fit vtick's %s shell, which does not know: %s%s",
			    b->kind.name, what,
			    b->q->verbose ? "" : " ('vtick policy build' with -v shows all)");
}

static int compile(const struct build *b, struct vt_error *err)
{
	const char *const flags[] = {
		CC_FLAGS,    "-include", "probes.h", "-include", "shadow.h",
		"-c",	     "-o",	 "shell.o",  "shell.c",	 b->q->lines ? LINES_FLAT : NULL,
		LINES_CALLS, NULL
	};
	struct builder_said o;
	int failed = run_cc(b, &o, flags, err);

	if (!failed && o.status) {
		char *what = complaints(&b->kind, b->file, b->files, o.text);

		failed = does_not_fit(b, *what ? what : "(the compiler gave no reason)", err);
		free(what);
	}
	builder_said_free(&o);
	return failed;
}

static int link_object(const struct build *b, const char *name, bool all, struct vt_error *err)
{
	const char *const flags[] = { "-shared",
				      "-fPIC",
				      b->q->lines ? "-Wl,--no-gc-sections" : "-Wl,--gc-sections",
				      "-Wl,--version-script=exports",
				      "-Wl,--build-id=sha1",
				      "-o",
				      name,
				      "shell.o",
				      all ? "made.o" : NULL,
				      NULL };
	struct builder_said o;
	int failed = run_cc(b, &o, flags, err);

	if (!failed && o.status)
		failed = vt_error_set(
		    err, b->q->tree, VT_NO_OFFSET, "what was compiled of it cannot be linked%s",
		    b->q->verbose ? "" : ": 'vtick policy build' with -v says why");
	builder_said_free(&o);
	return failed;
}

/* ---- what is asked for and not there ---- */

static bool is_absent(const struct kind *k, const char *function)
{
	for (size_t i = 0; i < k->probes; i++) {
		if (k->probe[i].type == KIND_ABSENT && !strcmp(k->probe[i].name, function))
			return true;
	}
	return false;
}

/* What made.c has in any case. */
static bool is_made(const struct build *b, const char *function)
{
	return b->q->lines && !strcmp(function, LINES_FUNCTION);
}

/* "a.c", "a.c and b.c have": the files that are compiled. */
static char *compiled_files(const struct build *b, const char *one, const char *more)
{
	char *out;
	size_t size, n = 0;
	FILE *to = vt_text_open(&out, &size);

	for (size_t i = 0; i < b->files; i++) {
		size_t len = strlen(b->file[i].name);

		if (len > 2 && !strcmp(b->file[i].name + len - 2, ".c"))
			fprintf(to, "%s%s", n++ ? " and " : "", b->file[i].path);
	}
	fputs(n > 1 ? more : one, to);
	vt_text_close(to);
	return out;
}

/* Which file of the tree has this word; the first one, if none has. */
static const char *file_with(const struct build *b, const char *word)
{
	for (size_t i = 0; i < b->files; i++) {
		struct text_words names = { 0 };
		bool has;

		add_names(&names, b->file[i].text);
		text_words_sort(&names);
		has = text_words_have(&names, word);
		text_words_free(&names);
		if (has)
			return b->file[i].path;
	}
	return b->file[0].path;
}

static int was_renamed(const struct build *b, const char *name, struct vt_error *err)
{
	char *files = compiled_files(b, " has", " have");

	vt_error_set(err, b->q->tree, VT_NO_OFFSET,
		     "%s no %s(), which vtick's %s shell calls: was it renamed?", files, name,
		     b->kind.name);
	free(files);
	return -1;
}

static int check_missing(struct build *b, const struct text_words *missing,
			 const struct text_words *used, struct vt_error *err)
{
	for (size_t i = 0; i < missing->n; i++) {
		const char *name = missing->word[i];

		if (is_made(b, name))
			continue;
		if (text_words_have(&b->shell, name))
			return was_renamed(b, name, err);
		if (text_words_have(used, name))
			return vt_error_set(err, b->q->tree, VT_NO_OFFSET,
					    "%s uses '%s', which vtick's %s shell does not know",
					    file_with(b, name), name, b->kind.name);
		if (!is_absent(&b->kind, name))
			json_push(b->unknown_functions, json_text(name));
	}
	return 0;
}

/* A function that nobody has becomes one that ends the cell. */
static int write_made(const struct build *b, const struct text_words *missing)
{
	char *text, *built = built_source(b->built);
	size_t size;
	FILE *to = vt_text_open(&text, &size);
	int failed;

	fputs("_Noreturn void kind_unknown(const char *);\n", to);
	for (size_t i = 0; i < missing->n; i++) {
		if (!is_made(b, missing->word[i]))
			fprintf(to, "void %s(void)\n{\n\tkind_unknown(\"%s\");\n}\n",
				missing->word[i], missing->word[i]);
	}
	fputs(built, to);
	if (b->q->lines)
		fputs(lines_source, to);
	vt_text_close(to);
	failed = builder_write(b->builder, "made.c", text, size);
	free(text);
	free(built);
	return failed;
}

static int compile_made(const struct build *b, struct vt_error *err)
{
	const char *const flags[] = { CC_FLAGS, "-c", "-o", "made.o", "made.c", NULL };
	struct builder_said o;
	int failed = run_cc(b, &o, flags, err);

	if (!failed && o.status)
		failed = vt_error_set(err, "made.c", VT_NO_OFFSET,
				      "vtick's own stubs do not "
				      "compile");
	builder_said_free(&o);
	return failed;
}

static int complete(struct build *b, struct vt_error *err)
{
	static const char exports[] = "{ global: vtick_policy; " BUILT_SYMBOL "; local: *; };\n";
	struct text_words missing = { 0 }, used = { 0 };
	char *first = builder_path(b->builder, "first.so");
	char *object = builder_path(b->builder, "shell.o");
	int failed = builder_write(b->builder, "exports", exports, sizeof(exports) - 1) ||
		     link_object(b, "first.so", false, err) ||
		     symbols_missing(first, &missing, err) ||
		     symbols_not_called(object, &used, err) ||
		     check_missing(b, &missing, &used, err) || write_made(b, &missing) ||
		     compile_made(b, err) || link_object(b, "policy.so", true, err);

	free(first);
	free(object);
	text_words_free(&missing);
	text_words_free(&used);
	return failed ? -1 : 0;
}

/* ---- what the user should know ---- */

static char *list_of(const json_t *names, const char *after)
{
	char *out;
	size_t size, i;
	FILE *to = vt_text_open(&out, &size);
	json_t *name;

	json_array_foreach(names, i, name)
	    fprintf(to, "%s%s%s", i ? ", " : "", json_string_value(name), after);
	vt_text_close(to);
	return out;
}

static void warn(const struct build *b)
{
	char *callers = list_of(b->unknown_callers, "");
	char *functions = list_of(b->unknown_functions, "()");

	if (*callers)
		vt_warn(b->q->tree,
			"the code around %s is none that vtick's %s shell knows, it may do other "
			"things with timers than the shell: %s",
			b->file[0].path, b->kind.name, callers);
	if (*functions)
		vt_warn(b->q->tree,
			"%s calls what vtick's %s shell does not know; not on a timer's path, as "
			"far as known, a cell that comes there ends: %s",
			file_with(b, json_string_value(json_array_get(b->unknown_functions, 0))),
			b->kind.name, functions);
	free(callers);
	free(functions);
}

static int check_name(const struct kind_request *q, struct vt_error *err)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (!q->name || (*q->name && strlen(q->name) < 64 && !q->name[strspn(q->name, letters)]))
		return 0;
	return vt_error_set(err, q->name, VT_NO_OFFSET,
			    "is no policy's name, expected 1 to 63 letters, digits, '_', '.' and "
			    "'-'");
}

static void end(struct build *b)
{
	for (size_t i = 0; i < b->files; i++)
		free(b->file[i].text);
	free(b->file);
	text_words_free(&b->shell);
	json_decref(b->built);
	tree_close(&b->tree);
	kind_free(&b->kind);
}

static int work(const struct builder *builder, void *arg)
{
	const struct kind_request *q = arg;
	struct vt_error *err = builder->err;
	struct build b = { .q = q, .builder = builder, .built = json_object() };
	int failed;

	b.unknown_callers = json_array();
	b.unknown_functions = json_array();
	json_put(b.built, "unknown_callers", b.unknown_callers);
	json_put(b.built, "unknown_functions", b.unknown_functions);
	failed = kind_read(&b.kind, q->folder, err) || take_tree(&b, err) || take_shell(&b, err) ||
		 stand_in(&b, err) || compile(&b, err) || complete(&b, err);
	if (!failed)
		warn(&b);
	end(&b);
	return failed ? -1 : 0;
}

int kind_build(const struct kind_request *q, struct vt_error *err)
{
	return check_name(q, err) ? -1 : builder_run(q->tree, work, (void *)(uintptr_t)q, err);
}
