/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/file.h"

static char folder[64];

static void enter(void)
{
	snprintf(folder, sizeof(folder), "/tmp/vtick-file-XXXXXX");
	cr_assert(mkdtemp(folder) && !chdir(folder));
}

static void leave(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(file, .init = enter, .fini = leave);

static const char *content(const char *path)
{
	static char text[100];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return f ? text : NULL;
}

/* How many files the folder has. */
static int files(void)
{
	FILE *f = popen("ls -A | wc -l", "r");
	int n = -1;

	cr_assert(f && fscanf(f, "%d", &n) == 1);
	pclose(f);
	return n;
}

Test(file, whole_or_not_at_all)
{
	struct vt_error err;
	struct file *f;

	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	f = file_create("a", &err);
	cr_assert(f && !file_write(f, "two", 3, &err));
	cr_expect_str_eq(content("a"), "one");
	cr_expect_eq(files(), 2);
	cr_expect_str_eq(content(file_name(f)), "two");
	file_abort(f);
	cr_expect_str_eq(content("a"), "one");
	cr_expect_eq(files(), 1);
	f = file_create("a", &err);
	cr_assert(f && !file_write(f, "two", 3, &err) && !file_commit(f, &err));
	cr_expect_str_eq(content("a"), "two");
	cr_expect_eq(files(), 1);
}

Test(file, published_early_grows_and_stays)
{
	struct vt_error err;
	struct file *f = file_create("a", &err);

	cr_assert(f && !file_write(f, "one", 3, &err) && !file_publish(f, &err));
	cr_expect_str_eq(content("a"), "one");
	cr_expect_str_eq(file_name(f), "a");
	cr_assert_eq(file_write(f, "two", 3, &err), 0);
	cr_expect_str_eq(content("a"), "onetwo");
	file_abort(f);
	cr_expect_str_eq(content("a"), "onetwo");
	cr_expect_eq(files(), 1);
}

Test(file, two_of_one_name_do_not_share_a_temporary)
{
	struct vt_error err;
	struct file *f = file_create("a", &err), *g = file_create("a", &err);

	cr_assert(f && g && strcmp(file_name(f), file_name(g)) != 0);
	cr_assert(!file_write(f, "one", 3, &err) && !file_write(g, "two", 3, &err));
	cr_assert(!file_commit(g, &err));
	cr_expect_str_eq(content("a"), "two");
	file_abort(f);
	cr_expect_str_eq(content("a"), "two");
	cr_expect_eq(files(), 1);
}

Test(file, a_planted_temporary_is_not_followed)
{
	struct vt_error err;
	char name[64];

	snprintf(name, sizeof(name), "a.tmp.%ld.1", (long)getpid());
	cr_assert(!file_save("victim", "mine", 4, &err) && !symlink("victim", name));
	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	cr_expect_str_eq(content("victim"), "mine");
	cr_expect_str_eq(content("a"), "one");
}

Test(file, links)
{
	struct vt_error err;
	struct stat st;

	cr_assert(!mkdir("d", 0777) && !symlink("d/b", "a") && !symlink("c", "d/b"));
	cr_assert_eq(file_save("a", "one", 3, &err), 0, "%s", err.text);
	cr_expect_str_eq(content("d/c"), "one");
	cr_assert(!lstat("a", &st) && S_ISLNK(st.st_mode));
	cr_assert(!lstat("d/b", &st) && S_ISLNK(st.st_mode));
	cr_assert_eq(file_save("a", "two", 3, &err), 0);
	cr_expect_str_eq(content("d/c"), "two");
	cr_expect(file_same("a", "d/c") && file_same("d/b", "d/c"));
	cr_assert(!symlink("y", "x") && !symlink("x", "y"));
	cr_expect_eq(file_save("x", "one", 3, &err), -1);
	cr_expect(strstr(err.text, "x: cannot be written: Too many levels"), "%s", err.text);
}

Test(file, mode)
{
	struct vt_error err;
	struct stat st;

	umask(027);
	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	cr_assert_eq(stat("a", &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0640);
	cr_assert_eq(chmod("a", 0606), 0);
	cr_assert_eq(file_save("a", "two", 3, &err), 0);
	cr_assert_eq(stat("a", &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0606);
}

Test(file, names_that_end_badly)
{
	struct vt_error err;
	char name[256];

	cr_assert_eq(mkdir("d", 0777), 0);
	cr_expect_eq(file_save("d", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, "d: is a folder, expected a file to write");
	cr_expect_eq(file_save("none/a", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, "none/a: cannot be written: No such file or directory");
	cr_expect_eq(file_save("a/", "x", 1, &err), -1);
	cr_expect_eq(file_save("", "x", 1, &err), -1);
	cr_expect_eq(files(), 1);
	/* As long as a name may be. */
	memset(name, 'n', 255);
	name[255] = '\0';
	cr_expect_eq(file_save(name, "x", 1, &err), 0);
	cr_expect_str_eq(content(name), "x");
}

Test(file, a_full_device_is_an_error_and_stays)
{
	struct vt_error err;
	struct stat st;

	if (access("/dev/full", W_OK))
		cr_skip_test("no /dev/full");
	cr_expect_eq(file_save("/dev/full", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, "/dev/full: cannot be written: No space left on device");
	cr_expect(!stat("/dev/full", &st) && S_ISCHR(st.st_mode));
}

Test(file, apart)
{
	struct vt_error err;

	cr_assert(!file_save("a", "x", 1, &err) && !link("a", "b") && !symlink("a", "c"));
	cr_expect_eq(file_apart("b", "a", &err), -1);
	cr_expect(strstr(err.text, "b: would be overwritten"), "%s", err.text);
	cr_expect_eq(file_apart("c", "a", &err), -1);
	cr_expect_eq(file_apart("new", "a", &err), 0);
	cr_expect_eq(file_apart(NULL, "a", &err), 0);
	cr_expect_eq(file_apart("a", NULL, &err), 0);
	cr_expect_eq(file_apart("/dev/null", "/dev/null", &err), 0);
}

/* A child that dies with a file half written. */
static int ends_of(int signal_number, bool ignored)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		struct vt_error err;
		struct file *f;

		signal(signal_number, ignored ? SIG_IGN : SIG_DFL);
		f = file_create("a", &err);
		if (!f || file_write(f, "two", 3, &err))
			_exit(1);
		/* Its own child has nothing to take along. */
		if (!fork()) {
			raise(SIGTERM);
			_exit(0);
		}
		wait(NULL);
		if (access(file_name(f), F_OK))
			_exit(2);
		if (signal_number == SIGABRT)
			abort();
		raise(signal_number);
		_exit(file_commit(f, &err) ? 3 : 0);
	}
	waitpid(pid, &status, 0);
	return status;
}

Test(file, signals)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGABRT };
	struct vt_error err;

	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		int status = ends_of(ends[i], false);

		cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == ends[i], "%d", status);
		cr_expect_str_eq(content("a"), "one");
		cr_expect_eq(files(), 1);
	}
	cr_expect_eq(ends_of(SIGHUP, true), 0);
	cr_expect_str_eq(content("a"), "two");
	cr_expect_eq(files(), 1);
}
