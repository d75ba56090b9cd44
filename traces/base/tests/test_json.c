/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"

static void text_is(const char *from, const char *expected)
{
	json_t *v = json_text(from);

	cr_expect_str_eq(json_string_value(v), expected, "%s", json_string_value(v));
	json_decref(v);
}

Test(json, text_that_is_utf8_stays)
{
	text_is("", "");
	text_is("plain", "plain");
	text_is("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x95\x92",
		"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x95\x92");
	text_is("\x01 \x1b[0m \\", "\x01 \x1b[0m \\");
	text_is("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
}

Test(json, other_bytes_are_written_out)
{
	text_is("Z\xfcrich", "Z\\xfcrich");
	text_is("\xff", "\\xff");
	text_is("a\xc3", "a\\xc3");
	text_is("\xe2\x82z", "\\xe2\\x82z");
	/* Overlong, a surrogate, beyond Unicode. */
	text_is("\xc0\xaf", "\\xc0\\xaf");
	text_is("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	text_is("\xed\xa0\x80", "\\xed\\xa0\\x80");
	text_is("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	text_is("\xf0\x8f\x80\x80", "\\xf0\\x8f\\x80\\x80");
}

/* Whatever is in it, it becomes a string, and other bytes become other strings. */
Test(json, every_pair_of_bytes)
{
	for (unsigned a = 1; a < 256; a++) {
		for (unsigned b = 1; b < 256; b++) {
			char s[] = { 'x', (char)a, (char)b, 'y', '\0' };
			json_t *v = json_text(s);

			cr_assert(json_is_string(v));
			if (a < 0x80 && b < 0x80)
				cr_assert_str_eq(json_string_value(v), s);
			else
				cr_assert(!strncmp(json_string_value(v), "x", 1));
			json_decref(v);
		}
	}
}

Test(json, document)
{
	json_t *o = json_object(), *list = json_array();
	char *text;

	json_push_format(list, "%d of %s", 3, "\xfe");
	json_push(list, json_u64(UINT64_MAX));
	json_put(o, "list", list);
	json_put_u64(o, "n", 7);
	json_put_text(o, "t", "\x80");
	json_put(o, "part", json_text_of("ab\xff|cd", 3));
	json_put(o, "made", json_make("{s:i, s:o}", "i", 1, "o", json_text("\xfe")));
	text = json_print(o, JSON_COMPACT | JSON_SORT_KEYS);
	cr_expect_str_eq(text, "{\"list\":[\"3 of \\\\xfe\",9223372036854775807],"
			       "\"made\":{\"i\":1,\"o\":\"\\\\xfe\"},\"n\":7,\"part\":"
			       "\"ab\\\\xff\",\"t\":\"\\\\x80\"}");
	free(text);
	json_decref(o);
}
