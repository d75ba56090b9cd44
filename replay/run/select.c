/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/select.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "replay/loop/recorded.h"
#include "replay/plugin/find.h"
#include "replay/plugin/sweep.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* What the hypervisors of recordings do for their guests' timers. */
static const struct {
	const char *hypervisor; /* as the header's source has it */
	const char *policy;
	const char *base; /* of a closed loop: with what was recorded, as near as it is known */
	const char *catching_up; /* the same if it was one that catches up with late periods */
} designs[] = {
	{ "KVM", "kvm-hrtimer", "kvm-hrtimer", "kvm-hrtimer:late=catchup" },
	{ "Xen", "xen-vpt", "xen-vpt:align=no", NULL },
	{ "vtick gen", "virtual", "virtual", NULL },
};

/* Of what nobody recorded, a design that is never late. */
#define IDEAL_BASE "virtual:hv-tick=0,hv-slice=0,slop=0"

#define DESIGNS (sizeof(designs) / sizeof(*designs))

static void add_as(struct selected *s, char *spec, bool expanded)
{
	s->spec = vt_realloc(s->spec, (s->n + 1) * sizeof(*s->spec));
	s->expanded = vt_realloc(s->expanded, (s->n + 1) * sizeof(*s->expanded));
	s->expanded[s->n] = expanded;
	s->spec[s->n++] = spec;
}

static void add(struct selected *s, char *spec)
{
	add_as(s, spec, false);
}

static bool has(const struct selected *s, const char *spec)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->spec[i], spec))
			return true;
	}
	return false;
}

/* ---- patterns ---- */

/* True if a pattern stood for @spec already: to name it as well is no second cell. */
static bool from_pattern(const struct selected *s, const char *spec)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->expanded[i] && !strcmp(s->spec[i], spec))
			return true;
	}
	return false;
}

static bool is_pattern(const char *name)
{
	return !strcmp(name, "all") || (!strchr(name, '/') && strpbrk(name, "*?["));
}

static int expand(struct selected *s, const char *name, const char *args, struct vt_error *err)
{
	struct plugin_names installed = plugin_names();
	size_t fit = 0;

	for (size_t i = 0; i < installed.n; i++) {
		char *spec;

		if (strcmp(name, "all") && fnmatch(name, installed.name[i], 0))
			continue;
		fit++;
		spec = vt_format("%s%s", installed.name[i], args);
		if (has(s, spec))
			free(spec);
		else
			add_as(s, spec, true);
	}
	plugin_names_free(&installed);
	return fit ? 0
		   : vt_error_set(err, name, VT_NO_OFFSET,
				  "fits no policy, expected a pattern that some of 'vtick policy "
				  "list' fit");
}

static int take_one(struct selected *s, const char *given, struct vt_error *err)
{
	size_t n = strcspn(given, ":");
	char *name = vt_strndup(given, n);
	int failed = 0;

	if (is_pattern(name))
		failed = expand(s, name, given + n, err);
	else if (!from_pattern(s, given))
		add(s, vt_strdup(given));
	free(name);
	return failed;
}

/* Values in braces are several policies. */
static int take(struct selected *s, const char *given, struct vt_error *err)
{
	struct sweep sweep;
	int failed = sweep_expand(&sweep, given, err);

	for (size_t i = 0; !failed && i < sweep.n; i++)
		failed = take_one(s, sweep.spec[i], err);
	sweep_free(&sweep);
	return failed;
}

/* ---- what a recording asks for ---- */

/* The place in designs[] of what recorded the trace; DESIGNS: that is not known. */
static size_t recorded_by(const char *path)
{
	struct vt_error ignored; /* what cannot be read is told when it is replayed */
	struct trace_reader *r = trace_reader_open(path, &ignored);
	const json_t *source = r ? json_object_get(trace_reader_meta(r)->more, "source") : NULL;
	const char *hypervisor = json_string_value(json_object_get(source, "hypervisor"));
	size_t i = 0;

	while (i < DESIGNS && (!hypervisor || strcmp(hypervisor, designs[i].hypervisor)))
		i++;
	trace_reader_close(r);
	return i;
}

static void take_defaults(struct selected *s, const char *const *traces, size_t n)
{
	struct plugin_names installed = plugin_names();
	bool wanted[DESIGNS + 1] = { false };

	add(s, vt_strdup("passthrough"));
	add(s, vt_strdup("virtual"));
	for (size_t i = 0; i < n; i++)
		wanted[recorded_by(traces[i])] = true;
	for (size_t i = 0; i < DESIGNS; i++) {
		for (size_t k = 0; wanted[i] && k < installed.n; k++) {
			if (!strcmp(installed.name[k], designs[i].policy) &&
			    !has(s, designs[i].policy))
				add(s, vt_strdup(designs[i].policy));
		}
	}
	plugin_names_free(&installed);
}

static bool catches_up(const char *path)
{
	struct vt_error ignored;
	struct trace_reader *r = trace_reader_open(path, &ignored);
	bool does = r && recorded_catches_up(r);

	trace_reader_close(r);
	return does;
}

const char *select_base(const char *path)
{
	size_t i = recorded_by(path);

	if (i == DESIGNS)
		return IDEAL_BASE;
	return designs[i].catching_up && catches_up(path) ? designs[i].catching_up
							  : designs[i].base;
}

int select_policies(struct selected *s, const char *const *given, size_t n,
		    const char *const *traces, size_t trace_count, struct vt_error *err)
{
	*s = (struct selected){ 0 };
	if (!n)
		take_defaults(s, traces, trace_count);
	for (size_t i = 0; i < n; i++) {
		if (take(s, given[i], err))
			return -1;
	}
	return 0;
}

void selected_free(struct selected *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->spec[i]);
	free(s->spec);
	free(s->expanded);
	*s = (struct selected){ 0 };
}
