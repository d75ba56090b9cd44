/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "replay/merge/merge.h"
#include "traces/base/call_files.h"
#include "traces/base/complete.h"
#include "traces/base/human.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

static void json(FILE *to, const struct merge *m)
{
	json_t *o = json_make("{s:s, s:o, s:O, s:O}", "schema", "vtick.rollup/1", "rollup",
			      rollup_json(&m->rollup), "provenance", m->common.provenance,
			      "unreadable", m->unreadable);

	json_print_to(to, o, JSON_SORT_KEYS | JSON_INDENT(1));
	json_decref(o);
}

static void csv(FILE *to, const struct merge *m)
{
	rollup_csv(to, &m->rollup);
}

static void text(FILE *to, const struct merge *m)
{
	static const char *const all[] = { "*" };

	merge_print(to, m, all, 1, false);
}

static const struct {
	const char *name;
	merge_report_fn *report;
} reports[] = { { "json", json }, { "csv", csv }, { "text", text } };

#define REPORTS (sizeof(reports) / sizeof(*reports))

const char *merge_report_name(unsigned number)
{
	return number < REPORTS ? reports[number].name : NULL;
}

void merge_report_values(struct completion *c)
{
	complete_formats(c, merge_report_name);
}

int merge_reports_take(struct merge_reports *r, const char *given, struct vt_error *err)
{
	size_t n = strcspn(given, ":");

	for (size_t i = 0; given[n] && given[n + 1] && i < REPORTS; i++) {
		if (strlen(reports[i].name) != n || strncmp(reports[i].name, given, n))
			continue;
		r->each = vt_realloc(r->each, (r->n + 1) * sizeof(*r->each));
		r->each[r->n].given = given;
		r->each[r->n].report = reports[i].report;
		r->each[r->n].file = given + n + 1;
		call_writes(r->each[r->n++].file);
		return 0;
	}
	return vt_error_set(err, NULL, VT_NO_OFFSET,
			    "is '%s', expected json:FILE, csv:FILE or text:FILE", given);
}

static int save(const struct merge *m, merge_report_fn *report, const char *file,
		struct vt_error *err)
{
	char *all = NULL;
	size_t size = 0;
	FILE *to = vt_text_open(&all, &size);
	int failed;

	report(to, m);
	vt_text_close(to);
	failed = file_save(file, all, size, err);
	free(all);
	return failed;
}

int merge_reports_save(const struct merge *m, const struct merge_reports *r, struct vt_error *err)
{
	for (size_t i = 0; i < r->n; i++) {
		if (save(m, r->each[i].report, r->each[i].file, err))
			return -1;
	}
	return 0;
}

void merge_reports_free(struct merge_reports *r)
{
	free(r->each);
	*r = (struct merge_reports){ 0 };
}

void merge_print(FILE *to, const struct merge *m, const char *const *metrics, size_t n, bool colour)
{
	const struct rollup *r = &m->rollup;

	fprintf(to, "%zu trace%s, %zu polic%s", r->traces, human_s(r->traces), r->common->policies,
		human_y(r->common->policies));
	if (r->unreadable)
		fprintf(to, "; %zu unreadable", r->unreadable);
	if (r->missing)
		fprintf(to, "; %zu without a result", r->missing);
	if (r->lost)
		fprintf(to, "; lost cells in %zu", r->lost);
	fputs("; ratios to ", to);
	safe_put(SAFE_TEXT, to, r->common->label[r->base]);
	fputs(", geometric means over traces\n", to);
	rollup_text(to, r, metrics, n, colour);
}
