/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/golden.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/read_whole.h"

#define SCHEMA_NAME "vtick.result/"
#define SCHEMA SCHEMA_NAME "1"
#define LATE_SCHEMA "vtick.late/1"

static int keep_text(struct scan *s, char **out)
{
	scan_peek(s);

	size_t start = s->pos;

	if (scan_skip(s))
		return -1;
	free(*out);
	*out = vt_strndup(s->text + start, s->pos - start);
	return *out ? 0 : -1;
}

/* What a document says of itself, as far as it can be read. */
struct about {
	char *schema; /* or NULL */
	int64_t minor;
	char *version; /* of the vtick that wrote it, or NULL */
};

static int find_version(struct about *a, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0)
		more = scan_is(&key, "version") ? scan_string(s, &a->version) : scan_skip(s);
	return more;
}

/* For a document that cannot be read otherwise. */
static struct about find_about(const char *text, size_t len)
{
	struct about a = { .minor = 0 };
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	struct scan s;
	int failed;

	scan_init(&s, NULL, text, len, NULL);
	failed = scan_enter(&s, '{');
	while (!failed && scan_key(&s, &o, &key) > 0) {
		if (scan_is(&key, "schema"))
			failed = scan_string(&s, &a.schema);
		else if (scan_is(&key, "minor"))
			failed = scan_integer(&s, &a.minor);
		else if (scan_is(&key, "provenance") && scan_peek(&s) == '{')
			failed = find_version(&a, &s);
		else
			failed = scan_skip(&s);
	}
	return a;
}

static void about_free(struct about *a)
{
	free(a->schema);
	free(a->version);
}

/* Adds to @err which vtick reads the document that this one cannot. */
static void add_version_needed(struct vt_error *err, const struct about *a)
{
	size_t n = err ? strlen(err->text) : 0;

	if (err && a->version)
		snprintf(err->text + n, sizeof(err->text) - n,
			 "; vtick %.40s wrote it, that or a newer one is needed (this is %s)",
			 a->version, vtick_version());
	else if (err)
		snprintf(err->text + n, sizeof(err->text) - n,
			 "; a newer vtick is needed (this is %s)", vtick_version());
}

/* Another version may be unreadable by the rules of this one: says the cause, not the symptom. */
static int blame_version(const struct input *in, const struct about *a, int failed,
			 struct vt_error *err)
{
	if (a->schema && strcmp(a->schema, SCHEMA) && strcmp(a->schema, LATE_SCHEMA)) {
		failed = vt_error_set(err, in->file, VT_NO_OFFSET,
				      "its schema is '%.60s', expected '%s'", a->schema, SCHEMA);
		if (!strncmp(a->schema, SCHEMA, strlen(SCHEMA_NAME)))
			add_version_needed(err, a);
	} else if (failed && a->minor > metrics_minor()) {
		add_version_needed(err, a);
	}
	return failed;
}

static int read_minor(struct input *in, struct scan *s)
{
	int64_t minor;

	if (scan_integer(s, &minor))
		return -1;
	if (minor < 0 || minor > UINT32_MAX)
		return scan_fail(s, "minor is %" PRId64 ", expected at least 0 and below 2^32",
				 minor);
	in->minor = (uint32_t)minor;
	return 0;
}

static int keep_entry(struct input *in, struct scan *s)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	char *part[3] = { NULL }; /* name, status, message */
	int more = scan_enter(s, '{');

	while (!more && (more = scan_key(s, &o, &key)) > 0)
		more = scan_is(&key, "name")	  ? scan_string(s, &part[0])
		       : scan_is(&key, "status")  ? scan_string(s, &part[1])
		       : scan_is(&key, "message") ? scan_string(s, &part[2])
						  : scan_skip(s);
	if (!more && (!part[0] || !part[1] || !part[2]))
		more = scan_fail(s, "an entry of 'unreadable' lacks its name, status or message");
	if (!more) {
		in->unreadable =
		    vt_realloc(in->unreadable, (in->unreadables + 1) * sizeof(*in->unreadable));
		in->unreadable[in->unreadables++] =
		    vt_format("%s: %s: %s", part[0], part[1], part[2]);
	}
	for (size_t i = 0; i < 3; i++)
		free(part[i]);
	return more;
}

/* Traces without cells, of which the result says why. */
static int read_unreadable(struct input *in, struct scan *s)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (keep_entry(in, s))
			return -1;
	}
	return more;
}

static int read_document(struct input *in, struct scan *s, char **schema)
{
	struct scan_object o = { .keys = 0 };
	struct scan_slice key;
	bool cells = false, runs = false, views = false;
	int more, failed;

	if (scan_enter(s, '{'))
		return -1;
	while ((more = scan_key(s, &o, &key)) > 0) {
		if (scan_is(&key, "cells")) {
			cells = true;
			failed = input_read_cells(in, s);
		} else if (scan_is(&key, "results")) {
			runs = true;
			failed = input_read_runs(in, s);
		} else if (scan_is(&key, "views")) {
			views = true;
			failed = input_read_views(in, s);
		} else if (scan_is(&key, "unreadable")) {
			failed = read_unreadable(in, s);
		} else if (scan_is(&key, "schema")) {
			failed = scan_string(s, schema);
		} else if (scan_is(&key, "minor")) {
			failed = read_minor(in, s);
		} else if (scan_is(&key, "provenance")) {
			failed = keep_text(s, &in->provenance);
		} else {
			failed = scan_skip(s);
		}
		if (failed) {
			more = -1;
			break;
		}
	}
	if (!more)
		more = scan_end(s);
	if (!more && cells + runs + views > 1)
		more = vt_error_set(s->err, s->file, VT_NO_OFFSET,
				    "holds two of 'cells', 'results' and 'views', expected one");
	if (!more && !views && *schema && !strcmp(*schema, LATE_SCHEMA))
		more = vt_error_set(s->err, s->file, VT_NO_OFFSET, "has no 'views'");
	if (!more && !cells && !runs && !views)
		more = vt_error_set(
		    s->err, s->file, VT_NO_OFFSET,
		    "holds neither 'cells' nor 'results', expected a result of 'vtick replay', a "
		    "document of 'vtick late' or an export of hyperfine");
	if (!more && views && (!*schema || strcmp(*schema, LATE_SCHEMA)))
		more = vt_error_set(s->err, s->file, VT_NO_OFFSET,
				    "holds 'views', expected schema \"%s\"", LATE_SCHEMA);
	if (!more && cells && !*schema)
		more = vt_error_set(s->err, s->file, VT_NO_OFFSET, "has no schema, expected \"%s\"",
				    SCHEMA);
	return more ? more : input_check_cells(in, s);
}

int input_read(struct input *in, const char *file, struct vt_error *err)
{
	bool standard = !strcmp(file, "-");
	int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	struct scan s;
	struct about about = { 0 };
	char *text;
	size_t len;
	int failed;

	*in = (struct input){ .file = standard ? "standard input" : file };
	if (fd < 0)
		return vt_error_set(err, file, VT_NO_OFFSET, "cannot be opened: %s",
				    strerror(errno));
	text = read_whole(fd, in->file, LIMIT_RESULT_SIZE, &len, err);
	if (!standard)
		close(fd);
	if (!text)
		return -1;
	scan_init(&s, in->file, text, len, err);
	if (golden_is(text)) {
		in->golden = true;
		failed = input_read_golden(in, &s);
	} else {
		failed = read_document(in, &s, &about.schema);
	}
	if (!in->golden && (failed || (about.schema && strcmp(about.schema, SCHEMA) &&
				       strcmp(about.schema, LATE_SCHEMA)))) {
		about_free(&about);
		about = find_about(text, len);
		failed = blame_version(in, &about, failed, err);
	}
	if (!failed && !in->cells && !in->unreadables)
		failed = vt_error_set(err, in->file, VT_NO_OFFSET, "is empty: it holds no %s",
				      about.schema && !strcmp(about.schema, LATE_SCHEMA) ? "VM"
				      : about.schema || in->golden			 ? "cell"
											 : "run");
	about_free(&about);
	free(text);
	return failed;
}
