/* SPDX-License-Identifier: GPL-2.0-only */
/* Every form of text of others, given the same evil names. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/error.h"
#include "traces/base/json.h"
#include "traces/base/safe_text.h"
#include "traces/base/utf8.h"

static const char *const names[] = {
	"",
	"plain",
	"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x95\x92",
	/* Terminals. */
	"\x1b[2J\x1b]0;title\x07",
	"a\rb\nc\td\x08\x7f",
	"\xc2\x9b"
	"2J\xc2\x85\xc2\x80\xc2\x9f",
	"\x9b"
	"2J\xff\xfe",
	"\xc4\x9b is a letter",
	/* The order of letters, and what is not seen. */
	"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae",
	"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
	"\xe2\x80\x8b\xef\xbb\xbf\xe2\x81\xa0\xf3\xa0\x81\x81\xe2\x80\xa8\xe2\x80\xa9",
	/* No UTF-8: overlong, surrogates, cut, beyond, no characters. */
	"\xc0\x9b\xe0\x80\x9b",
	"\xed\xa0\x80\xed\xb0\x80",
	"\xe2\x80",
	"x\xf0\x9f",
	"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
	"\xef\xbf\xbe\xef\xbf\xbf",
	/* Spreadsheets. */
	"=1+1",
	"=cmd|' /C calc'!A0",
	"+1+1",
	"-1+1",
	"@SUM(A1)",
	"\t=1+1",
	"\r=1+1",
	" =1+1",
	"\xef\xbc\x9d"
	"1+1",
	"a,b;c\"d",
	"\"=1+1\"",
	/* Markup. */
	"<script>alert(1)</script>",
	"<!-- --> <?x?> </details>",
	"a & b &amp; &#27; &lt;",
	"' onload='x",
	"\" onload=\"x",
	"]]>",
	"|pipe|`code`|**b**|_i_ __b__ a_b",
	"[link](http://x.example) ![image](x)",
	"https://x.example www.x.example me@x.example @somebody #12 !12 %12 ~label $1 \\",
	"```",
	"# heading",
	/* Logs of CI. */
	"::error title=x::y",
	"  ::set-output name=x::y",
	"##[error]x",
	"##vso[task.setvariable variable=x]y",
	"##teamcity[testFailed name='x']",
	"100% a:b,c",
	/* Words of goldens. */
	"a b=c\\x41\\",
	"key=value",
	NULL,
};

/* ---- what holds of all ---- */

static void check_harmless(const char *form, const char *name, const char *text)
{
	const char *end = text + strlen(text);

	for (const char *p = text; p < end;) {
		size_t n = utf8_length(p, (size_t)(end - p));
		uint32_t c;

		cr_assert(n, "%s of '%s': no UTF-8 at %td: '%s'", form, name, p - text, text);
		c = utf8_code(p, n);
		cr_assert(c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0x61c && c != 0x200b &&
			      c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
			      !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && c != 0xfffe &&
			      c != 0xffff && !(c >= 0xe0000 && c < 0xe1000),
			  "%s of '%s': U+%04X in '%s'", form, name, c, text);
		p += n;
	}
}

/* ---- what holds of each ---- */

static bool check_text(const char *name, const char *text)
{
	(void)name;
	if (!text_utf8()) {
		for (const char *p = text; *p; p++) {
			if (*p & 0x80)
				return false;
		}
	}
	return strncmp(text + strspn(text, " "), "::", 2) != 0 && !strstr(text, "##[") &&
	       !strstr(text, "##vso[") && !strstr(text, "##teamcity[");
}

static bool check_utf8(const char *name, const char *text)
{
	return text && (strcmp(name, "plain") || !strcmp(text, name));
}

static bool check_markdown(const char *name, const char *text)
{
	(void)name;
	for (const char *p = text; *p; p++) {
		if (*p == '\\') {
			if (!p[1])
				return false;
			p++;
		} else if (strchr("`*[]|~$@", *p) || (*p == '<' && isalpha(p[1])) ||
			   !strncmp(p, "<!", 2) || !strncmp(p, "</", 2) || !strncmp(p, "<?", 2) ||
			   !strncmp(p, "://", 3) || !strncmp(p, "&amp;", 5) ||
			   (strchr("#!%", *p) && isdigit(p[1]))) {
			return false;
		}
	}
	return !strstr(text, "www.");
}

static bool check_xml(const char *name, const char *text)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	(void)name;
	for (const char *p = text; *p; p++) {
		bool entity = *p != '&';

		for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++)
			entity |= !strncmp(p, entities[i], strlen(entities[i]));
		if (!entity || strchr("<>\"'", *p))
			return false;
	}
	return true;
}

static bool check_github(const char *name, const char *text)
{
	(void)name;
	for (const char *p = text; *p; p++) {
		if (*p == '%' && strncmp(p, "%25", 3) != 0 && strncmp(p, "%3A", 3) != 0 &&
		    strncmp(p, "%2C", 3) != 0)
			return false;
	}
	return true;
}

static bool check_property(const char *name, const char *text)
{
	return check_github(name, text) && !strpbrk(text, ":,");
}

static bool is_number(const char *text)
{
	char *end;

	if (!isdigit(text[*text == '-' || *text == '+']))
		return false;
	strtod(text, &end);
	return !*end;
}

/* It is one field of RFC 4180, and what that says begins no formula. */
static bool check_csv(const char *name, const char *text)
{
	char field[200] = "", *to = field;

	(void)name;
	if (*text != '"') {
		strcpy(field, text);
		if (strpbrk(text, ",;\""))
			return false;
	} else {
		const char *p = text + 1;

		while (*p && (*p != '"' || *++p == '"'))
			*to++ = *p++;
		*to = '\0';
		if (*p || p[-1] != '"')
			return false;
	}
	const char *first = field + strspn(field, " \t\r\n");

	return !strchr("=+-@", *first) || !*first || is_number(field);
}

/* What it says, read back as compare reads it. */
static bool check_word(const char *name, const char *text)
{
	char back[200], *to = back;

	for (const char *p = text; *p; p++) {
		unsigned byte = (unsigned char)*p;

		if (*p == '\\') {
			if (sscanf(p, "\\x%2x", &byte) != 1)
				return false;
			p += 3;
		}
		*to++ = (char)byte;
	}
	*to = '\0';
	return !strchr(text, ' ') && !strcmp(back, name);
}

static bool check_key(const char *name, const char *text)
{
	return check_word(name, text) && !strchr(text, '=');
}

static const struct {
	const char *form;
	bool (*check)(const char *name, const char *text);
} checks[] = {
	{ "text", check_text }, { "utf8", check_utf8 },	    { "markdown", check_markdown },
	{ "xml", check_xml },	{ "github", check_github }, { "github property", check_property },
	{ "csv", check_csv },	{ "word", check_word },	    { "key", check_key },
};

static void check_all(void)
{
	for (unsigned f = 0; f < SAFE_FORMS; f++) {
		const char *form = safe_form_name(f);

		/* A form that is new needs a check, too. */
		cr_assert(form && f < sizeof(checks) / sizeof(*checks) &&
			      !strcmp(form, checks[f].form),
			  "form %u", f);
		for (const char *const *name = names; *name; name++) {
			char *text = safe_text(f, *name);

			check_harmless(form, *name, text);
			cr_expect(checks[f].check(*name, text), "%s of '%s': '%s'", form, *name,
				  text);
			free(text);
		}
	}
}

Test(safe_text, every_form_of_every_name)
{
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	check_all();
}

Test(safe_text, in_a_locale_that_is_not_utf8)
{
	char *text;

	setlocale(LC_CTYPE, "C");
	check_all();
	text = safe_text(SAFE_TEXT, "Z\xc3\xbcrich");
	cr_expect_str_eq(text, "Z\\xc3\\xbcrich");
	free(text);
	/* What is made for others does not hang on it. */
	text = safe_text(SAFE_CSV, "Z\xc3\xbcrich");
	cr_expect_str_eq(text, "Z\xc3\xbcrich");
	free(text);
}

Test(safe_text, what_is_harmless_stays)
{
	static const char *const fine[] = { "virtual:block=keep,switch=remove", "kvm-4x2 (web)",
					    "-12", "+3.5e-7", "12" };

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		char *text = safe_text(SAFE_TEXT, fine[i]), *csv = safe_text(SAFE_CSV, fine[i]);

		cr_expect_str_eq(text, fine[i]);
		cr_expect(i == 0 ? csv[0] == '"' : !strcmp(csv, fine[i]), "'%s'", csv);
		free(text);
		free(csv);
	}
	char *text = safe_text(SAFE_MARKDOWN, "firing_skew_ns.pend.p50 5 % a < b, c & d: e");

	cr_expect_str_eq(text, "firing_skew_ns.pend.p50 5 % a < b, c & d: e");
	free(text);
}

Test(safe_text, json_says_the_same)
{
	for (const char *const *name = names; *name; name++) {
		json_t *v = json_object(), *back;
		char *text;

		json_put(v, "name", json_text(*name));
		text = json_print(v, JSON_COMPACT);
		check_harmless("json", *name, text);
		back = json_loads(text, 0, NULL);
		cr_expect(back && json_equal(v, back), "'%s'", text);
		json_decref(v);
		json_decref(back);
		free(text);
	}
}

/* An error is one line, whatever the file is called, and is cut where it is too long. */
Test(safe_text, a_line_that_is_cut)
{
	char line[32], name[400];

	setlocale(LC_CTYPE, "C.UTF-8");
	memset(line, 'x', sizeof(line));
	cr_expect_eq(*safe_line(line, line + 9,
				"a\x1b"
				"bcdef"),
		     '\0');
	cr_expect_str_eq(line, "a\\x1b");
	for (size_t room = 1; room < sizeof(line); room++) {
		memset(line, 'x', sizeof(line));
		safe_line(line, line + room, "\xc3\xbc\x1b\xe2\x82\xac\xff");
		cr_expect(strlen(line) < room && line[room] == 'x');
		check_harmless("line", "", line);
	}
	memset(name, '\x1b', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	vt_note(name, "%s", name);
	vt_warn(name, "%s", name);
}
