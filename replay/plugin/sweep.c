/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* The first of @stops from @p on that no backslash stands before; the end if there is none. */
static const char *find(const char *p, const char *stops)
{
	while (*p && !strchr(stops, *p))
		p += *p == '\\' && p[1] ? 2 : 1;
	return p;
}

/* The '{' that a value of @text begins with, or NULL. */
static const char *braces(const char *text)
{
	const char *p = strchr(text, ':');

	while (p && *(p = find(p, "=")) && p[1] != '{')
		p++;
	return p && *p ? p + 1 : NULL;
}

static void add(struct sweep *s, char *spec)
{
	s->spec = vt_realloc(s->spec, (s->n + 1) * sizeof(*s->spec));
	s->spec[s->n++] = spec;
}

static int expand(struct sweep *s, const char *given, const char *text, struct vt_error *err)
{
	const char *open = braces(text), *end;

	if (!open) {
		add(s, vt_strdup(text));
		return s->n > SWEEP_MAX
			   ? vt_error_set(err, given, VT_NO_OFFSET,
					  "stands for more than %u policies", SWEEP_MAX)
			   : 0;
	}
	end = find(open + 1, "{}");
	if (*end != '}' || (end[1] && end[1] != ','))
		return vt_error_set(err, given, VT_NO_OFFSET,
				    "a '{' begins a value and no '}' ends it, expected "
				    "key={value,...} (a value's own is '\\{')");
	for (const char *at = open + 1, *stop; at <= end; at = stop + 1) {
		char *one;
		int failed;

		stop = find(at, ",}");
		one = vt_format("%.*s%.*s%s", (int)(open - text), text, (int)(stop - at), at,
				end + 1);
		failed = expand(s, given, one, err);
		free(one);
		if (failed)
			return -1;
	}
	return 0;
}

int sweep_expand(struct sweep *s, const char *text, struct vt_error *err)
{
	*s = (struct sweep){ 0 };
	return expand(s, text, text, err);
}

void sweep_free(struct sweep *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->spec[i]);
	free(s->spec);
	*s = (struct sweep){ 0 };
}
