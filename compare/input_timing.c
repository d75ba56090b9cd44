/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperfine's --export-json (1.15 and later): {"results": [{"command", "times": [s, ...],
 * "exit_codes", "parameters", "memory_usage_byte", ...}]}. Seconds become nanoseconds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "traces/base/mem.h"

#define RUNS_MAX 100000
#define SECONDS_MAX 1e6

static int add_sample(struct scan *s, struct samples *to, int64_t v)
{
	if (to->n == RUNS_MAX)
		return scan_fail(s, "more than %d runs", RUNS_MAX);
	if (!(to->n & (to->n - 1)))
		to->v = vt_realloc(to->v, (to->n ? to->n * 2 : 1) * sizeof(*to->v));
	to->v[to->n++] = v;
	return 0;
}

static int read_times(struct scan *s, struct samples *to)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		double t;

		if (scan_real(s, &t))
			return -1;
		if (!(t * 1e9 >= 1) || t > SECONDS_MAX)
			return scan_fail(s, "a run of %g s, expected more than 0 and at most %g", t,
					 SECONDS_MAX);
		if (add_sample(s, to, llround(t * 1e9)))
			return -1;
	}
	return more;
}

static int read_memory(struct scan *s, struct samples *to)
{
	int more;

	if (scan_peek(s) != '[')
		return scan_skip(s);
	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		int64_t bytes;

		if (scan_integer(s, &bytes))
			return -1;
		if (bytes < 1)
			return scan_fail(s, "a run took no memory, expected more than 0 bytes");
		if (add_sample(s, to, bytes))
			return -1;
	}
	return more;
}

/* A command that failed was not measured: null is a death by signal. */
static int read_codes(struct scan *s)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		int64_t code;

		if (scan_null(s))
			return scan_fail(s, "a run was killed, expected exit code 0");
		if (scan_integer(s, &code))
			return -1;
		if (code)
			return scan_fail(s, "a run ended with exit code %d, expected 0", (int)code);
	}
	return more;
}

static int read_parameters(struct cell *c, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more;

	if (scan_null(s))
		return 0;
	more = scan_enter(s, '{');
	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		char *text;

		more = scan_string(s, &text);
		if (more) {
			free(text);
			break;
		}
		c->param = vt_realloc(c->param, (c->params + 1) * sizeof(*c->param));
		c->param[c->params++] = (struct param){ vt_strndup(key.at, key.len), text };
	}
	return more;
}

static int read_run(struct input *in, struct scan *s)
{
	struct cell *c = input_add_cell(in);
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	struct samples *times, *memory;
	int more = scan_enter(s, '{');

	c->timing = true;
	c->trace = vt_strdup("hyperfine");
	c->status = vt_strdup("ok");
	c->samples = vt_alloc(metric_count * sizeof(*c->samples));
	times = &c->samples[metric_find("wall_ns")];
	memory = &c->samples[metric_find("memory_bytes")];
	while (!more && (more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "command"))
			more = scan_string(s, &c->policy);
		else if (scan_is(&key, "times"))
			more = read_times(s, times);
		else if (scan_is(&key, "memory_usage_byte"))
			more = read_memory(s, memory);
		else if (scan_is(&key, "exit_codes"))
			more = read_codes(s);
		else if (scan_is(&key, "parameters"))
			more = read_parameters(c, s);
		else
			more = scan_skip(s);
	}
	if (more)
		return more;
	if (!c->policy)
		return scan_fail(s, "a result lacks its 'command'");
	if (!times->n)
		return scan_fail(s, "command '%.60s' has no times, expected one a run", c->policy);
	cell_name_params(c);
	return 0;
}

int input_read_runs(struct input *in, struct scan *s)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (read_run(in, s))
			return -1;
	}
	return more;
}
