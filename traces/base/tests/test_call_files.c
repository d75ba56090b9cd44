/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/call_files.h"
#include "traces/base/file.h"

static char folder[] = "/tmp/vtick-call-XXXXXX";
static struct vt_error err;

static void enter(void)
{
	cr_assert(mkdtemp(folder) && !chdir(folder));
	cr_assert(!file_save("a", "x", 1, &err) && !file_save("b", "x", 1, &err));
	cr_assert(!link("a", "hard") && !symlink("a", "soft") && !mkdir("d", 0777));
	cr_assert(!symlink("d", "e"));
}

static void leave(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(call_files, .init = enter, .fini = leave);

/* NULL for none. */
static int check(const char *in, const char *out, const char *other)
{
	call_files_begin();
	if (in)
		call_reads(in);
	if (out)
		call_writes(out);
	if (other)
		call_writes(other);
	return call_files_check(&err);
}

Test(call_files, an_input_is_no_output)
{
	static const char *const names[] = { "a", "./a", "hard", "soft", "e/../a" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		cr_expect_eq(check("a", names[i], NULL), -1, "%s", names[i]);
		cr_expect(strstr(err.text, "would be overwritten, but is also read as 'a'"), "%s",
			  err.text);
		cr_expect_eq(check(names[i], "b", "a"), -1, "%s", names[i]);
	}
	cr_expect_eq(check("a", "b", NULL), 0);
	cr_expect_eq(check("none", "none", NULL), 0);
	cr_expect_eq(check("/dev/null", "/dev/null", NULL), 0);
}

Test(call_files, two_outputs_are_two_files)
{
	cr_expect_eq(check(NULL, "a", "hard"), -1);
	cr_expect_str_eq(err.text, "hard: is written twice, also as 'a', expected another file");
	cr_expect_eq(check(NULL, "a", "b"), 0);
	cr_expect_eq(check(NULL, "d/new", "e/new"), -1);
	cr_expect_eq(check(NULL, "d/new", "new"), 0);
	cr_expect_eq(check(NULL, "-", "/dev/stdout"), -1);
	cr_expect_eq(check(NULL, "/dev/null", "/dev/null"), 0);
	cr_expect_eq(check(NULL, "none/a", "none/a"), 0);
}

Test(call_files, standard_input_and_output)
{
	int in = open("a", O_RDWR), b = open("b", O_RDWR);

	cr_assert(dup2(in, STDIN_FILENO) == STDIN_FILENO);
	cr_expect_eq(check("-", "hard", NULL), -1);
	cr_expect(strstr(err.text, "read as 'standard input'"), "%s", err.text);
	cr_expect_eq(check(NULL, "a", NULL), 0);

	int saved = dup(STDOUT_FILENO);

	dup2(b, STDOUT_FILENO);
	int twice = check(NULL, "b", NULL), itself = check(NULL, "-", NULL);
	int read_too = check("b", "c", NULL), fine = check("a", "c", NULL);

	dup2(saved, STDOUT_FILENO);
	cr_expect_eq(twice, -1);
	cr_expect_eq(itself, 0);
	cr_expect_eq(read_too, -1);
	cr_expect_eq(fine, 0);
}

/* What was learnt late. */
Test(call_files, a_file_is_looked_at_again_when_it_takes_its_place)
{
	struct file *f;

	call_files_begin();
	f = file_create("a", &err);
	cr_assert_not_null(f);
	call_reads("soft");
	cr_expect_eq(file_commit(f, &err), -1);
	cr_expect(strstr(err.text, "also read as 'soft'"), "%s", err.text);
	cr_expect_null(file_create("hard", &err));
	call_files_begin();
	cr_expect_eq(file_save("hard", "y", 1, &err), 0);
}
