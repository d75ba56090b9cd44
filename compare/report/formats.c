/* SPDX-License-Identifier: GPL-2.0-only */
/* The forms of a report by name. */
#include "compare/report/report.h"
#include "traces/base/complete.h"

static const struct {
	const char *name;
	report_fn *report;
} formats[] = {
	{ "text", report_text }, { "mail", report_mail },   { "markdown", report_markdown },
	{ "json", report_json }, { "junit", report_junit }, { "github", report_github },
	{ "csv", report_csv },	 { "html", report_html },
};

const char *report_name(unsigned number)
{
	return number < sizeof(formats) / sizeof(*formats) ? formats[number].name : NULL;
}

report_fn *report_of(unsigned number)
{
	return formats[number].report;
}

void report_values(struct completion *c)
{
	complete_formats(c, report_name);
}
