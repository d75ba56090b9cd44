/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/html.h"
#include "traces/base/mem.h"
#include "traces/base/plot.h"

#define EVIL "<script>alert(\"x\")</script>&'\033[31m\xe2\x80\xae\xff"
#define HARMLESS                                                                                   \
	"&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;\\x1b[31m\\xe2\\x80\\xae\\xff"

static char *text;
static size_t size;
static FILE *f;
static struct html h;

static void begin(void)
{
	free(text);
	text = NULL;
	f = vt_text_open(&text, &size);
	h = (struct html){ .to = f };
}

static const char *end(void)
{
	vt_text_close(f);
	return text;
}

static size_t times(const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* Numbers behind a name from right to left stay where they are; so do words of a name. */
Test(html, names_from_right_to_left)
{
	begin();
	html_text(&h, "\xd7\x90 \xd8\xa7: 5 -> 7");
	html_text(&h, "; \xf0\x9e\xa4\x80 \xef\xac\x9d");
	html_lines(&h, "\xe0\xa0\x80 1\n\xd7 2\nz\xc3\xbc 3\n");
	cr_assert_str_eq(
	    end(), "\xd7\x90 \xd8\xa7&#x200e;: 5 -&gt; 7"
		   "; \xf0\x9e\xa4\x80 \xef\xac\x9d&#x200e;"
		   "<pre tabindex=\"0\">\xe0\xa0\x80&#x200e; 1\n\\xd7 2\nz\xc3\xbc 3\n</pre>\n");
}

/* A long name is broken; it does not lie over the numbers beside it. */
Test(html, long_names_of_rows)
{
	static const struct html_column column[] = { { .title = "name", .left = true } };

	begin();
	html_table(&h, NULL, column, 1);
	html_row(&h);
	html_cell(&h, "a name of more letters than thirty");
	html_row(&h);
	html_cell(&h, "a name");
	html_table_end(&h);
	end();
	cr_assert_eq(times("<th scope=\"row\" class=\"l long\">"), 1, "%s", text);
	cr_assert_eq(times("<th scope=\"row\" class=\"l\">"), 1, "%s", text);
}

Test(html, text_of_others_is_text)
{
	static const struct html_column column[] = { { .title = EVIL, .left = true },
						     { .group = EVIL, .title = "n" } };
	char *items[] = { EVIL };
	const struct plot_point point[] = { { 0, 1 }, { 1, 2 } };
	const struct plot_line line = { EVIL, point, 2, true };
	const struct plot_mark mark = { 1, EVIL };
	const char *const place[] = { EVIL, EVIL };
	const struct plot plot = { EVIL, EVIL,	EVIL, PLOT_PLACES, PLOT_LINEAR, &line,
				   1,	 &mark, 1,    place,	   2,		false };

	begin();
	html_begin(&h, f, EVIL);
	html_text(&h, EVIL);
	html_print(&h, "%s", EVIL);
	html_paragraph(&h, "faint", "%s", EVIL);
	html_verdict(&h, '-', EVIL);
	html_heading(&h, 2, "%s", EVIL);
	html_items(&h, "note", items, 1);
	html_lines(&h, EVIL "\n" EVIL);
	html_fold(&h, true, "%s", EVIL);
	html_table(&h, EVIL, column, 2);
	html_row(&h);
	html_cell(&h, EVIL);
	html_cell_marked(&h, '+', EVIL);
	html_table_end(&h);
	html_unfold(&h);
	html_plot(&h, &plot);
	html_end(&h, EVIL);
	end();
	cr_assert_null(strstr(text, "<script>alert"));
	cr_assert_null(strchr(text, '\033'));
	/* Ten before the fold, six in it; of the picture its title, axes, places, mark and line,
	 * each of them twice; the command. */
	cr_assert_eq(times(HARMLESS), 26, "%zu", times(HARMLESS));
}

Test(html, a_row_has_all_its_cells)
{
	static const struct html_column column[] = { { .title = "a", .left = true },
						     { .title = "b" },
						     { .title = "c" } };

	begin();
	html_table(&h, NULL, column, 3);
	html_row(&h);
	html_cell(&h, "1");
	html_row(&h);
	html_cell(&h, "2");
	html_cell_marked(&h, '-', "3");
	html_cell(&h, "4");
	html_row(&h);
	html_table_end(&h);
	end();
	cr_assert_eq(times("<tr>"), 4);
	cr_assert_eq(times("</tr>"), 4);
	cr_assert_eq(times("<td"), 7);
	cr_assert_not_null(strstr(text, "<th scope=\"row\" class=\"l\">1</th><td></td><td></td>"));
	cr_assert_not_null(strstr(text, "<td class=\"worse\"><span class=\"sign\">"));
}

static const char *drawn(enum plot_scale x, enum plot_scale y, const struct plot_point *p, size_t n)
{
	const struct plot_line line = { "line", p, n, false };
	const struct plot plot = { .title = "t",
				   .x_title = "x",
				   .y_title = "y",
				   .x = x,
				   .y = y,
				   .line = &line,
				   .lines = 1 };

	begin();
	html_plot(&h, &plot);
	return end();
}

Test(plot, nothing_is_not_drawn)
{
	cr_assert_str_empty(drawn(PLOT_LINEAR, PLOT_LINEAR, NULL, 0));
}

/* The frame is from 74 to 704 and from 236 up to 22. */
Test(plot, values_lie_where_they_belong)
{
	const struct plot_point line[] = { { 0, 0 }, { 5, 5 }, { 10, 10 } };
	const struct plot_point late[] = { { 0, -1e6 }, { 0.99, 0 }, { 0.9999, 1e6 } };
	const struct plot_point flat[] = { { 3, 7 } };

	cr_assert_not_null(strstr(drawn(PLOT_LINEAR, PLOT_LINEAR, line, 3),
				  "d=\"M74.0 236.0L389.0 134.1L704.0 32.2\""));
	/* 99 % is half way to 99.99 %, as 0 is between the two milliseconds. */
	drawn(PLOT_PERCENTILE, PLOT_TIME, late, 3);
	cr_assert_not_null(strstr(text, "d=\"M74.0 236.0L389.0 129.0L704.0 22.0\""), "%s", text);
	cr_assert_not_null(strstr(text, ">99.9 %</text>"));
	cr_assert_not_null(strstr(text, ">-1ms</text>"));
	cr_assert_not_null(
	    strstr(drawn(PLOT_LINEAR, PLOT_LINEAR, flat, 1), "d=\"M389.0 129.0h.1\""));
	const struct plot_point gap[] = { { 0, 1 }, { 1, NAN }, { 2, 1 }, { 3, 1 } };

	cr_assert_not_null(strstr(drawn(PLOT_LINEAR, PLOT_LINEAR, gap, 4),
				  "d=\"M74.0 129.0M494.0 129.0L704.0 129.0\""));
	cr_assert_null(strstr(text, "nan"));
	cr_assert_null(strstr(text, "inf"));
}

Test(plot, what_cannot_be_seen_is_left_out)
{
	struct plot_point *p = vt_array(100000, sizeof(*p));

	for (size_t i = 0; i < 100000; i++)
		p[i] = (struct plot_point){ (double)i, (double)i };
	drawn(PLOT_LINEAR, PLOT_LINEAR, p, 100000);
	cr_assert_lt(strlen(text), 40000);
	cr_assert_not_null(strstr(text, "L704.0 32.2\""));
	free(p);
}
