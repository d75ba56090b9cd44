/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy of the command line that stands for several. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "replay/plugin/spec.h"
#include "replay/plugin/sweep.h"
#include "traces/base/mem.h"

/* All of them, a blank between. */
static char *all(const char *text)
{
	struct sweep s;
	struct vt_error err;
	char *joined = vt_strdup("");

	cr_assert(!sweep_expand(&s, text, &err), "%s: %s", text, err.text);
	for (size_t i = 0; i < s.n; i++) {
		char *more = vt_format("%s%s%s", joined, i ? " " : "", s.spec[i]);

		free(joined);
		joined = more;
	}
	sweep_free(&s);
	return joined;
}

static void is(const char *text, const char *expected)
{
	char *got = all(text);

	cr_expect_str_eq(got, expected, "%s: %s, expected %s", text, got, expected);
	free(got);
}

Test(sweep, values_in_braces_are_each)
{
	is("virtual", "virtual");
	is("virtual:slop=0", "virtual:slop=0");
	is("virtual:slop={0,10us,1ms}", "virtual:slop=0 virtual:slop=10us virtual:slop=1ms");
	is("virtual:slop={0,1ms},block={keep,remove}",
	   "virtual:slop=0,block=keep virtual:slop=0,block=remove "
	   "virtual:slop=1ms,block=keep virtual:slop=1ms,block=remove");
	is("a:x={1},y=2", "a:x=1,y=2");
	is("a:x=0,y={1,2},z=3", "a:x=0,y=1,z=3 a:x=0,y=2,z=3");
	is("./m.c:x={,1}", "./m.c:x= ./m.c:x=1");
	is("{a,b}", "{a,b}");
}

Test(sweep, a_backslash_takes_their_meaning)
{
	is("k:tree=\\{a\\,b}", "k:tree=\\{a\\,b}");
	is("k:tree={a\\,b,c\\}d}", "k:tree=a\\,b k:tree=c\\}d");
	is("k:tree=a{b", "k:tree=a{b");

	char text[] = "tree=\\{a\\,b\\}", *rest = text, *value;

	cr_expect_str_eq(spec_next(&rest, &value), "tree");
	cr_expect_str_eq(value, "{a,b}");
}

Test(sweep, what_is_none_is_refused)
{
	static const char *const wrong[] = { "a:x={",	      "a:x={1,2",	"a:x={1,2}3",
					     "a:x={{1,2},3}", "a:x={1,2},y={3", "a:x={1\\}" };
	struct vt_error err;
	struct sweep s;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		cr_expect(sweep_expand(&s, wrong[i], &err), "%s", wrong[i]);
		cr_expect(strstr(err.text, "no '}' ends it"), "%s: %s", wrong[i], err.text);
		sweep_free(&s);
	}
	cr_expect(sweep_expand(&s,
			       "a:b={1,2,3,4,5,6,7,8},c={1,2,3,4,5,6,7,8},d={1,2,3,4,5,6,7,8},"
			       "e={1,2,3,4,5,6,7,8},f={1,2}",
			       &err));
	cr_expect(strstr(err.text, "more than 4096"));
	sweep_free(&s);
}
