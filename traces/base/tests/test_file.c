/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
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
TestSuite(named, .init = enter, .fini = leave);

/* A file system that cannot make files without a name. */
static bool all_named;

int openat(int at, const char *name, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (all_named && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_openat, at, name, flags, mode);
}

/* A test of either kind of file system. */
#define BOTH(name)                                                                                 \
	static void name(void);                                                                    \
	Test(file, name)                                                                           \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(named, name)                                                                          \
	{                                                                                          \
		all_named = true;                                                                  \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

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

BOTH(whole_or_not_at_all)
{
	struct vt_error err;
	struct file *f;

	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	f = file_create("a", &err);
	cr_assert(f && !file_write(f, "two", 3, &err));
	cr_expect_str_eq(content("a"), "one");
	cr_expect_eq(files(), 1 + all_named);
	file_abort(f);
	cr_expect_str_eq(content("a"), "one");
	cr_expect_eq(files(), 1);
	f = file_create("a", &err);
	cr_assert(f && !file_write(f, "two", 3, &err) && !file_commit(f, &err));
	cr_expect_str_eq(content("a"), "two");
	cr_expect_eq(files(), 1);
}

BOTH(published_early_grows_and_stays)
{
	struct vt_error err;
	struct file *f = file_create("a", &err);

	cr_assert(f && !file_write(f, "one", 3, &err) && !file_publish(f, &err));
	cr_expect_str_eq(content("a"), "one");
	cr_assert_eq(file_write(f, "two", 3, &err), 0);
	cr_expect_str_eq(content("a"), "onetwo");
	file_abort(f);
	cr_expect_str_eq(content("a"), "onetwo");
	cr_expect_eq(files(), 1);
}

BOTH(two_of_one_name_do_not_share_a_temporary)
{
	struct vt_error err;
	struct file *f = file_create("a", &err), *g = file_create("a", &err);

	cr_assert(f && g);
	cr_assert(!file_write(f, "one", 3, &err) && !file_write(g, "two", 3, &err));
	cr_assert(!file_commit(g, &err));
	cr_expect_str_eq(content("a"), "two");
	file_abort(f);
	cr_expect_str_eq(content("a"), "two");
	cr_expect_eq(files(), 1);
}

BOTH(a_planted_temporary_is_not_followed)
{
	struct vt_error err;
	char name[64];

	snprintf(name, sizeof(name), "a.tmp.%ld.1", (long)getpid());
	cr_assert(!file_save("victim", "mine", 4, &err) && !symlink("victim", name));
	cr_assert_eq(file_save("a", "zero", 4, &err), 0);
	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	cr_expect_str_eq(content("victim"), "mine");
	cr_expect_str_eq(content("a"), "one");
}

/* ---- where it leads ---- */

BOTH(links)
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
	cr_assert(!symlink("y", "x") && !symlink("x", "y"));
	cr_expect_eq(file_save("x", "one", 3, &err), -1);
	cr_expect(strstr(err.text, "x: cannot be written: Too many levels"), "%s", err.text);
	/* Folders by links, and back. */
	cr_assert(!symlink("d", "e") && !symlink("../d/../e", "d/f"));
	cr_assert_eq(file_save("e/f//../d/./c", "three", 5, &err), 0, "%s", err.text);
	cr_expect_str_eq(content("d/c"), "three");
}

/* As root with SUDO_UID @sudo, a save into @path. */
static int as_root(const char *sudo, const char *path, struct vt_error *err)
{
	if (sudo)
		setenv("SUDO_UID", sudo, 1);
	else
		unsetenv("SUDO_UID");
	return file_save(path, "two", 3, err);
}

Test(file, root_follows_no_link_of_another_user)
{
	struct vt_error err;
	struct stat st;

	if (geteuid())
		cr_skip_test("needs root");
	cr_assert_eq(file_save("victim", "one", 3, &err), 0);
	cr_assert(!symlink("victim", "a") && !lchown("a", 1234, 1234));
	cr_expect_eq(as_root(NULL, "a", &err), -1);
	cr_expect(strstr(err.text, "a: leads through a link that belongs to user 1234"), "%s",
		  err.text);
	cr_expect_eq(as_root("1235", "a", &err), -1);
	cr_expect_str_eq(content("victim"), "one");
	cr_expect_eq(as_root("1234", "a", &err), 0, "%s", err.text);
	cr_expect_str_eq(content("victim"), "two");
	/* Neither to a folder, nor to a device. */
	cr_assert(!mkdir("d", 0777) && !symlink("d", "e") && !lchown("e", 1234, 1234));
	cr_expect_eq(as_root(NULL, "e/new", &err), -1);
	cr_expect_eq(as_root("1234", "e/new", &err), 0);
	cr_assert(!symlink("/dev/null", "n") && !lchown("n", 1234, 1234));
	cr_expect_eq(as_root(NULL, "n", &err), -1);
	/* A file of another's is his, and root may write it: it stays his. */
	cr_assert_eq(chown("victim", 1234, 1234), 0);
	cr_expect_eq(as_root(NULL, "victim", &err), 0);
	cr_expect(!stat("victim", &st) && st.st_uid == 1234);
}

Test(file, a_private_file, .timeout = 120)
{
	struct vt_error err;
	struct stat st;
	struct file *f;

	umask(0);
	cr_assert_eq(file_save("a", "one", 3, &err), 0);
	f = file_create_private("a", &err);
	cr_assert(f && !file_write(f, "two", 3, &err) && !file_commit(f, &err));
	cr_assert(!stat("a", &st));
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_expect_str_eq(content("a"), "two");
	if (geteuid())
		return;
	/* No trap: nobody else's file, FIFO or whatever. */
	cr_assert(!mkfifo("fifo", 0666) && !chown("fifo", 1234, 1234) && !chown("a", 1234, 1234));
	cr_expect_null(file_create_private("fifo", &err));
	cr_expect(strstr(err.text, "fifo: belongs to user 1234"), "%s", err.text);
	cr_expect_null(file_create_private("a", &err));
	setenv("SUDO_UID", "1234", 1);
	f = file_create_private("a", &err);
	cr_expect(f && !file_commit(f, &err));
	cr_expect(!stat("a", &st) && st.st_uid == 1234 && st.st_gid == 0);
	setenv("SUDO_GID", "5678", 1);
	f = file_create_private("new", &err);
	cr_expect(f && !file_commit(f, &err));
	cr_expect(!stat("new", &st) && st.st_uid == 1234 && st.st_gid == 5678);
}

BOTH(mode)
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

/* A rename would not ask the file. */
Test(file, a_file_that_may_not_be_written)
{
	struct vt_error err;
	int status;
	pid_t pid;

	cr_assert(!file_save("a", "one", 3, &err) && !chmod("a", 0444) && !chmod(".", 0777));
	pid = fork();
	if (!pid)
		_exit((!geteuid() && setuid(1234)) || !file_save("a", "two", 3, &err) ||
		      !strstr(err.text, "a: cannot be written: Permission denied"));
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
	cr_expect_str_eq(content("a"), "one");
}

BOTH(names_that_end_badly)
{
	struct vt_error err;
	char name[256];

	cr_assert_eq(mkdir("d", 0777), 0);
	cr_expect_eq(file_save("d", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, "d: is a folder, expected a file to write");
	cr_expect_eq(file_save("d/..", "x", 1, &err), -1);
	cr_expect_eq(file_save("none/a", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, "none/a: cannot be written: No such file or directory");
	cr_expect_eq(file_save("a/", "x", 1, &err), -1);
	cr_expect_eq(file_save("", "x", 1, &err), -1);
	cr_expect_str_eq(err.text, ": cannot be written: No such file or directory");
	cr_expect_eq(files(), 1);
	/* As long as a name may be. */
	memset(name, 'n', 255);
	name[255] = '\0';
	cr_expect_eq(file_save(name, "x", 1, &err), 0);
	cr_expect_eq(file_save(name, "y", 1, &err), 0);
	cr_expect_str_eq(content(name), "y");
}

/* ---- what is no regular file ---- */

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

Test(file, a_socket_gets_it)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), end;
	struct vt_error err;
	char text[8] = "";
	struct stat st;

	cr_assert(!bind(fd, (const struct sockaddr *)&at, sizeof(at)) && !listen(fd, 1));
	cr_assert_eq(file_save("socket", "x", 1, &err), 0, "%s", err.text);
	end = accept(fd, NULL, NULL);
	cr_expect(end >= 0 && read(end, text, sizeof(text)) == 1 && *text == 'x');
	cr_expect(!stat("socket", &st) && S_ISSOCK(st.st_mode));
	/* Nobody listens. */
	close(end);
	close(fd);
	cr_expect_eq(file_save("socket", "x", 1, &err), -1);
	cr_expect(!stat("socket", &st) && S_ISSOCK(st.st_mode));
}

Test(file, descriptors_by_whatever_process)
{
	struct vt_error err;
	char name[64], text[8] = "";
	int end[2];

	cr_assert_eq(pipe(end), 0);
	snprintf(name, sizeof(name), "/proc/%ld/fd/%d", (long)getpid(), end[1]);
	cr_assert_eq(file_save(name, "x", 1, &err), 0, "%s", err.text);
	snprintf(name, sizeof(name), "/dev/fd/%d", end[1]);
	cr_assert_eq(file_save(name, "y", 1, &err), 0, "%s", err.text);
	cr_expect(read(end[0], text, sizeof(text)) == 2 && !strcmp(text, "xy"));
}

/* ---- what was there ---- */

/* Ours begin so. */
static bool begins_with_o(int fd)
{
	char c;

	return read(fd, &c, 1) == 1 && c == 'o';
}

BOTH(the_old_one_stays)
{
	static const char *const texts[] = { "one", "only", "other" };
	struct vt_error err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct file *f = file_create("a", &err);

		cr_assert(f && !file_write(f, texts[i], strlen(texts[i]), &err));
		file_keep_old(f, begins_with_o);
		cr_assert_eq(file_commit(f, &err), 0, "%s", err.text);
	}
	cr_expect_str_eq(content("a"), "other");
	cr_expect_str_eq(content("a.old"), "only");
	cr_expect_eq(files(), 2);
}

BOTH(what_is_not_ours_is_not_taken_for_the_old_one)
{
	struct vt_error err;
	struct file *f;

	cr_assert(!file_save("a.old", "mine", 4, &err) && !symlink("a.old", "a.old.2"));
	cr_assert(!mkdir("a.old.3", 0777) && !file_save("a", "mine, too", 9, &err));
	f = file_create("a", &err);
	cr_assert_not_null(f);
	file_keep_old(f, begins_with_o);
	cr_assert_eq(file_commit(f, &err), 0, "%s", err.text);
	cr_expect_str_eq(content("a.old"), "mine");
	cr_expect_str_eq(content("a.old.4"), "mine, too");
	cr_expect_str_eq(content("a"), "");
}

/* ---- ends ---- */

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
		if (files() != 1 + all_named)
			_exit(2);
		if (signal_number == SIGABRT)
			abort();
		raise(signal_number);
		_exit(file_commit(f, &err) ? 3 : 0);
	}
	waitpid(pid, &status, 0);
	return status;
}

BOTH(signals)
{
	static const int ends[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
				    SIGABRT, SIGUSR1, SIGALRM, SIGXCPU };
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
	/* Nothing can be done at this one, but there may be nothing to do. */
	if (!all_named) {
		ends_of(SIGKILL, false);
		cr_expect_eq(files(), 1);
	}
}

BOTH(scratch)
{
	struct vt_error err;
	int fd;

	setenv("TMPDIR", ".", 1);
	fd = file_scratch("x", &err);
	cr_assert(fd > 2 && write(fd, "x", 1) == 1);
	cr_expect_eq(files(), 0);
	setenv("TMPDIR", "none", 1);
	cr_expect_eq(file_scratch("x", &err), -1);
	cr_expect_str_eq(err.text,
			 "x: cannot make a temporary file in none: No such file or directory");
}
