/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `vtick compare` on whatever there is: it is refused in one line, or gives reports in all formats.
 * What stands before a line "%%" is the baseline, what stands behind it the candidate; without one
 * both are the same.
 */
#ifndef VTICK_COMPARE_TESTS_FUZZ_COMPARE_H
#define VTICK_COMPARE_TESTS_FUZZ_COMPARE_H

#include "compare/commands.h"
#include "traces/base/tests/fuzz.h"

#define FUZZ_FORMATS 6

/* The one that can be looked at first. */
static const char *const fuzz_format[FUZZ_FORMATS] = { "json",	 "csv",	     "junit",
						       "github", "markdown", "mail" };

static FUZZ_UNUSED struct fuzz_file fuzz_base, fuzz_candidate, fuzz_report[FUZZ_FORMATS];

static FUZZ_UNUSED void fuzz_compare_ready(void)
{
	fuzz_ready();
	fuzz_file_make(&fuzz_base);
	fuzz_file_make(&fuzz_candidate);
	for (size_t i = 0; i < FUZZ_FORMATS; i++)
		fuzz_file_make(&fuzz_report[i]);
}

/* The report is one document of JSON. */
static FUZZ_UNUSED void fuzz_check_json(void)
{
	size_t size;
	char *text = (char *)fuzz_file_get(&fuzz_report[0], &size);
	json_error_t bad;
	json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &bad);

	FUZZ_HOLDS(document, "the report is no JSON: %s, line %d", bad.text, bad.line);
	json_decref(document);
	free(text);
}

/* @rules: a file, or NULL. Returns the exit code. */
static FUZZ_UNUSED int fuzz_compare_files(const char *base, const char *candidate,
					  const char *rules)
{
	char o[FUZZ_FORMATS][48];
	int code;

	for (size_t i = 0; i < FUZZ_FORMATS; i++) {
		fuzz_file_set(&fuzz_report[i], NULL, 0);
		snprintf(o[i], sizeof(o[i]), "%s:%s", fuzz_format[i], fuzz_report[i].out);
	}
	code = fuzz_run(&command_compare, base, candidate, "--today", "2026-11-22", "--all", "-o",
			o[0], "-o", o[1], "-o", o[2], "-o", o[3], "-o", o[4], "-o", o[5],
			rules ? "--rules" : NULL, rules, NULL);
	if (lseek(fuzz_report[0].fd, 0, SEEK_END) > 0)
		fuzz_check_json();
	return code;
}

static FUZZ_UNUSED int fuzz_compare(const uint8_t *data, size_t size)
{
	const uint8_t *cut = memmem(data, size, "\n%%\n", 4);
	size_t first = cut ? (size_t)(cut - data) + 1 : size;
	int code;

	fuzz_file_set(&fuzz_base, data, first);
	if (cut)
		fuzz_file_set(&fuzz_candidate, cut + 4, size - first - 3);
	code = fuzz_compare_files(fuzz_base.path, cut ? fuzz_candidate.path : fuzz_base.path, NULL);
	FUZZ_HOLDS(cut || code != 1, "what is compared with itself fails the gate");
	return code;
}

/* A golden of the baseline, if one can be made, is the same as that. */
static FUZZ_UNUSED void fuzz_golden(void)
{
	fuzz_file_set(&fuzz_candidate, NULL, 0);
	if (fuzz_run(&command_compare, "--golden", fuzz_candidate.out, fuzz_base.path, NULL))
		return;

	int code = fuzz_run(&command_compare, "--fail-on", "change", "--allow-empty", "*",
			    fuzz_candidate.path, fuzz_base.path, NULL);

	FUZZ_HOLDS(code != 1, "a golden is another than what it was made of");
}

#endif
