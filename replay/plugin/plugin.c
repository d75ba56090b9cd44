/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/kinds/build.h"
#include "replay/plugin/args.h"
#include "replay/plugin/cc.h"
#include "replay/plugin/describe.h"
#include "replay/plugin/find.h"
#include "replay/plugin/lost.h"
#include "replay/plugin/object.h"
#include "replay/plugin/spec.h"
#include "traces/base/call_files.h"
#include "traces/base/mem.h"

/* Of one of the state's sizes; who wants more has a number that is none. */
#define SIZE_LIMIT (UINT64_C(1) << 32)

/* ---- is what it says of itself a policy? ---- */

static int check_name(const struct plugin *p, struct vt_error *err)
{
	const char *name = p->policy->name;

	if (!name || !*name || strlen(name) > PLUGIN_NAME_MAX ||
	    name[strspn(name, PLUGIN_NAME_LETTERS)])
		return vt_error_set(
		    err, p->path, VT_NO_OFFSET,
		    "the policy's name is '%s', expected 1 to 63 letters, digits, '_', '.' and '-'",
		    name ? name : "");
	if (p->policy->tier > 2)
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "the policy's tier is %u, expected 2, or none",
				    p->policy->tier);
	return 0;
}

static int check_sizes(const struct plugin *p, struct vt_error *err)
{
	const struct vtick_policy *v = p->policy;
	const size_t sizes[] = { v->params_size, v->state_size, v->vp_size, v->lp_size };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (sizes[i] >= SIZE_LIMIT)
			return vt_error_set(err, p->path, VT_NO_OFFSET,
					    "wants a state or parameters of %zu bytes, expected "
					    "less than 2^32",
					    sizes[i]);
	}
	if (v->timers && (v->timer_offset > v->vp_size ||
			  v->timers > (v->vp_size - v->timer_offset) / sizeof(struct vtick_timer) ||
			  v->timer_offset % sizeof(uint64_t)))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "%zu timers from byte %zu on do not fit into the %zu bytes of "
				    "a VP's state",
				    v->timers, v->timer_offset, v->vp_size);
	return 0;
}

/* ---- its object ---- */

/* A file that is none must neither be waited for nor read to its end. */
static int open_object(struct plugin *p, struct vt_error *err)
{
	struct stat st;

	p->object = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (p->object < 0)
		return vt_error_set(err, p->path, VT_NO_OFFSET, "cannot be loaded: %s",
				    strerror(errno));
	if (fstat(p->object, &st) || !S_ISREG(st.st_mode))
		return vt_error_set(err, p->path, VT_NO_OFFSET,
				    "cannot be loaded, expected a shared object: it is no file");
	return 0;
}

/* The one of @n plugins @loaded that was built from the same; NULL: none was. */
static const struct plugin *built_before(const struct plugin *p, const struct plugin *loaded,
					 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (loaded[i].origin && !strcmp(loaded[i].origin, p->origin))
			return &loaded[i];
	}
	return NULL;
}

static int build_kind(struct plugin *p, const struct spec *s, const struct plugin *before,
		      struct vt_error *err)
{
	const struct kind_request q = {
		.folder = s->kind, .tree = s->tree, .rev = s->rev, .name = s->as
	};

	if (!before) {
		p->object = kind_build(&q, err);
		return p->object < 0 ? -1 : 0;
	}
	p->object = fcntl(before->object, F_DUPFD_CLOEXEC, 3);
	return p->object < 0
		   ? vt_error_set(err, p->path, VT_NO_OFFSET, "no descriptor: %s", strerror(errno))
		   : 0;
}

/* The file behind @name, malloc'ed; dlopen() must see a path, not a name to search by its own
 * rules. */
static char *locate(const char *name, bool *outside, struct vt_error *err)
{
	*outside = spec_is_path(name);
	if (!*outside)
		return plugin_find(name, err);
	return vt_format("%s%s", strchr(name, '/') ? "" : "./", name);
}

/* Finds its object, and builds it if it is none yet. 0 or -1. */
static int make_object(struct plugin *p, const struct spec *s, const struct plugin *loaded,
		       size_t n, struct vt_error *err)
{
	if (s->kind) {
		p->path = vt_strdup(s->name);
		p->outside = true;
		p->origin = vt_format("%s\n%s\n%s\n%s", s->name, s->tree, s->rev ? s->rev : "",
				      s->as ? s->as : "");
		return build_kind(p, s, built_before(p, loaded, n), err);
	}
	p->path = locate(s->name, &p->outside, err);
	if (!p->path)
		return -1;
	if (!spec_is_source(p->path))
		return open_object(p, err) || object_check(p->object, p->path, err) ? -1 : 0;
	p->object = plugin_cc(p->path, err);
	return p->object < 0 || object_check(p->object, p->path, err) ? -1 : 0;
}

static void note(const char *path, void *arg)
{
	(void)arg;
	call_reads(path);
}

void plugin_note_files(const char *const *spec, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct vt_error ignored; /* it is told when the policy is loaded */
		struct spec s;

		spec_parse(&s, spec[i], &ignored);
		if (!s.kind)
			call_reads(s.name);
		spec_free(&s);
	}
	plugin_each(note, NULL);
}

int plugin_load_beside(struct plugin *p, const char *spec, const struct plugin_beside *beside,
		       struct vt_error *err)
{
	struct spec s;
	int failed;

	*p = (struct plugin){ .spec = vt_strdup(spec), .object = -1, .boxed = beside->boxed };
	failed = spec_parse(&s, spec, err);
	p->args = s.args;
	s.args = NULL;
	if (!failed) {
		p->called = plugin_lost_name(&s);
		failed = make_object(p, &s, beside->loaded, beside->n, err);
	}
	spec_free(&s);
	if (failed || plugin_describe(p, beside->limit_ns, err) || check_name(p, err) ||
	    check_sizes(p, err) || plugin_args_check(p, err))
		return -1;
	return plugin_args_parse(p, p->args, err);
}

int plugin_load(struct plugin *p, const char *spec, bool boxed, struct vt_error *err)
{
	const struct plugin_beside alone = { .boxed = boxed, .limit_ns = PLUGIN_LOAD_NS };

	if (plugin_load_beside(p, spec, &alone, err))
		return -1;
	return p->lost ? vt_error_set(err, p->path, VT_NO_OFFSET, "%s", p->why) : 0;
}

void plugin_free(struct plugin *p)
{
	free(p->spec);
	free(p->args);
	free(p->origin);
	free(p->path);
	free(p->called);
	free(p->values);
	free(p->given);
	free(p->table);
	json_decref(p->words);
	json_decref(p->built);
	json_decref(p->unread);
	if (p->object >= 0)
		close(p->object);
	*p = (struct plugin){ .object = -1 };
}
