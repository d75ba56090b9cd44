/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

static const struct text_column columns[] = {
	{ .title = "policy", .left = true, .first = true },
	{ .title = "total", .group = "interrupts" },
	{ .title = "guest" },
	{ .title = "max", .group = "list" },
	{ .title = "note", .group = "", .left = true },
};

static struct text_table *example(const char *long_name)
{
	struct text_table *t = text_table_new(columns, 5);

	text_table_row(t);
	text_table_set(t, 0, "one");
	text_table_set(t, 1, "1234567");
	text_table_format(t, 2, "%d", 7);
	text_table_set(t, 4, "fine");
	text_table_row(t);
	text_table_set(t, 0, long_name);
	text_table_set(t, 1, "1");
	text_table_colour(t, 1, "red");
	text_table_set(t, 2, "22");
	text_table_set(t, 3, "3");
	return t;
}

static void into_a_pipe_is(struct text_table *t, bool colour, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	text_table_print(t, f, 2, colour);
	fclose(f);
	cr_expect_str_eq(text, expected, "\n%s", text);
	free(text);
}

/* What a terminal of @width columns is sent. */
static char *on_a_terminal(struct text_table *t, unsigned short width)
{
	static char text[4096];
	struct winsize size = { .ws_row = 24, .ws_col = width };
	struct termios raw;
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	ssize_t n = 0, got;
	FILE *f;

	cr_assert(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	cr_assert(slave >= 0 && !tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	cr_assert(!tcsetattr(slave, TCSANOW, &raw) && !ioctl(slave, TIOCSWINSZ, &size));
	f = fdopen(slave, "w");
	text_table_print(t, f, 2, false);
	fflush(f);
	fcntl(master, F_SETFL, O_NONBLOCK);
	while ((got = read(master, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	text[n] = '\0';
	fclose(f);
	close(master);
	return text;
}

Test(text_table, into_a_pipe)
{
	into_a_pipe_is(example("twenty-eight characters long"), false,
		       "                                interrupts      list\n"
		       "  policy                          total  guest  max  note\n"
		       "  one                           1234567      7       fine\n"
		       "  twenty-eight characters long        1     22    3\n");
}

Test(text_table, without_rows_nothing)
{
	into_a_pipe_is(text_table_new(columns, 5), false, "");
}

Test(text_table, colour)
{
	into_a_pipe_is(example("two"), true,
		       "          interrupts      list\n"
		       "  policy    total  guest  max  note\n"
		       "  one     1234567      7       fine\n"
		       "  two     \033[31m      1\033[0m     22    3\n");
}

Test(text_table, nothing_drives_a_terminal)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	into_a_pipe_is(example("a\033[2Jb"), false,
		       "             interrupts      list\n"
		       "  policy       total  guest  max  note\n"
		       "  one        1234567      7       fine\n"
		       "  a\\x1b[2Jb        1     22    3\n");
}

Test(text_table, characters_are_counted)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	cr_expect(text_utf8());
	into_a_pipe_is(example("Z\xc3\xbcrich\xe2\x82\xac"), false,
		       "           interrupts      list\n"
		       "  policy     total  guest  max  note\n"
		       "  one      1234567      7       fine\n"
		       "  Z\xc3\xbcrich\xe2\x82\xac        1     22    3\n");
	setlocale(LC_CTYPE, "C");
	cr_expect(!text_utf8());
	into_a_pipe_is(example("Z\xc3\xbcrich"), false,
		       "                 interrupts      list\n"
		       "  policy           total  guest  max  note\n"
		       "  one            1234567      7       fine\n"
		       "  Z\\xc3\\xbcrich        1     22    3\n");
}

Test(text_table, a_narrow_terminal_gets_blocks)
{
	char *text;

	unsetenv("COLUMNS");
	text = on_a_terminal(example("two"), 200);
	cr_expect(strstr(text, "policy    total  guest  max  note\n"), "\n%s", text);
	text = on_a_terminal(example("a name that is longer than there is room for it"), 45);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		cr_expect(strcspn(line, "\n") <= 45, "\n%s", text);
	/* Each block has the first column again, and all columns are there. */
	cr_expect(strstr(text, "total  guest") && strstr(text, "note"), "\n%s", text);
	cr_expect(strstr(strstr(text, "policy") + 1, "policy"), "\n%s", text);
	setenv("COLUMNS", "300", 1);
	text = on_a_terminal(example("a name that is longer than there is room for it"), 45);
	cr_expect(strstr(text, "a name that is longer than there is room for it        1"), "\n%s",
		  text);
}
