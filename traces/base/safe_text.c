/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/safe_text.h"

#include <ctype.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/utf8.h"

/* ---- characters ---- */

/* What a terminal obeys, or what shows text otherwise than it is. */
static const struct {
	uint32_t first, last;
} evil[] = {
	{ 0x00, 0x1f },	      /* C0: ESC, CR, BEL */
	{ 0x7f, 0x9f },	      /* DEL, C1: CSI is U+009B */
	{ 0xad, 0xad },	      /* soft hyphen */
	{ 0x61c, 0x61c },     /* Arabic letter mark */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200b },   /* zero width space */
	{ 0x200e, 0x200f },   /* left-to-right and right-to-left marks */
	{ 0x2028, 0x202e },   /* line and paragraph separators, embeddings and overrides */
	{ 0x2060, 0x206f },   /* invisible operators, isolates, deprecated formats */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xfffe, 0xffff },   /* no characters, nor for XML */
	{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
};

static bool is_evil(uint32_t c)
{
	for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++) {
		if (c >= evil[i].first && c <= evil[i].last)
			return true;
	}
	return false;
}

/* The next character of @*p, moved past: its length, or 0 with one byte that is none. */
static size_t next(const char **p, const char *end, uint32_t *code)
{
	const char *at = *p;
	size_t n = utf8_length(at, (size_t)(end - at));

	*code = n ? utf8_code(at, n) : UINT32_MAX;
	*p += n ? n : 1;
	return n;
}

bool text_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* A character, or a byte that is none, as it is or written out; the end of it. */
static char *put_character(char *to, const char *at, size_t n, bool out)
{
	for (size_t i = 0; i < n; i++) {
		if (out)
			to += sprintf(to, "\\x%02x", (unsigned char)at[i]);
		else
			*to++ = at[i];
	}
	*to = '\0';
	return to;
}

/* @text with what is evil written out; allocated. */
static char *plain(const char *text)
{
	const char *end = text + strlen(text);
	char *copy = vt_alloc(4 * (size_t)(end - text) + 1), *to = copy;

	while (text < end) {
		const char *at = text;
		uint32_t code;
		size_t n = next(&text, end, &code);

		to = put_character(to, at, (size_t)(text - at), !n || is_evil(code));
	}
	return copy;
}

/* ---- text for people ---- */

/* A colon, or a sharp, that begins what GitHub's, Azure's or TeamCity's log takes for a command. A
 * line may be broken at blanks and behind commas. */
static bool is_command(const char *start, const char *p)
{
	const char *name = p + 2;

	if (*p == ':')
		return p[1] == ':' && (p == start || strchr(" ,", p[-1]));
	return *p == '#' && p[1] == '#' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz")] == '[';
}

char *safe_line(char *to, const char *to_end, const char *text)
{
	const char *start = text, *end = text + strlen(text);
	bool ascii = !text_utf8();

	if (to < to_end)
		*to = '\0';
	while (text < end) {
		const char *at = text;
		uint32_t code;
		size_t n = next(&text, end, &code);
		bool out = !n || is_evil(code) || (ascii && code >= 0x80) || is_command(start, at);

		/* 4 bytes each, and the NUL. */
		if (to_end - to <= 4 * (text - at))
			break;
		to = put_character(to, at, (size_t)(text - at), out);
	}
	return to;
}

static void put_text(FILE *to, const char *text)
{
	size_t size = 4 * strlen(text) + 5;
	char *line = vt_alloc(size);

	safe_line(line, line + size, text);
	fputs(line, to);
	free(line);
}

/* ---- other forms: each is given what plain() made ---- */

static void put_as_is(FILE *to, const char *text)
{
	fputs(text, to);
}

static bool alnum(char c)
{
	return isalnum((unsigned char)c) != 0;
}

/* Whether Markdown, or GitHub's, would take the character at @p, in the text that begins at @start,
 * for more than itself. The text may stand in a table; it never begins a line. */
static bool is_markup(const char *start, const char *p)
{
	const char before = (char)(p > start ? p[-1] : ' '), after = p[1];

	switch (*p) {
	case '_': /* inside a word it is none */
		return !alnum(before) || !alnum(after);
	case '&':
		return after == '#' || alnum(after);
	case ':': /* an address becomes a link */
		return after == '/';
	case '.':
		return p - start >= 3 && !strncasecmp(p - 3, "www", 3);
	case '<': /* a tag, a comment */
		return isalpha((unsigned char)after) || (after && strchr("/!?", after));
	case '%': /* a milestone of GitLab's */
		return after == '"' || alnum(after);
	case '#': /* an issue */
	case '!': /* a merge request of GitLab's, an image */
		return isdigit((unsigned char)after) || after == '[';
	default:
		return strchr("\\`*[]|~$@", *p) != NULL;
	}
}

static void put_markdown(FILE *to, const char *text)
{
	for (const char *p = text; *p; p++)
		fprintf(to, "%s%c", is_markup(text, p) ? "\\" : "", *p);
}

static void put_xml(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		default:
			fputc(*text, to);
		}
	}
}

/* https://docs.github.com/actions: % CR LF, in a property : and , too. Line ends are gone. */
static void put_percent(FILE *to, const char *text, const char *special)
{
	for (; *text; text++)
		fprintf(to, strchr(special, *text) ? "%%%02X" : "%c", (unsigned char)*text);
}

static void put_github(FILE *to, const char *text)
{
	put_percent(to, text, "%");
}

static void put_property(FILE *to, const char *text)
{
	put_percent(to, text, "%:,");
}

static const char *digits(const char *p)
{
	return p + strspn(p, "0123456789");
}

/* "-5", "+0.25", "1e9": what a spreadsheet may take for what it is. */
static bool is_number(const char *text)
{
	const char *p = text + strspn(text, "+-"), *end;

	if (p - text > 1)
		return false;
	end = digits(p);
	if (end == p)
		return false;
	if (*end == '.' && digits(end + 1) > end + 1)
		end = digits(end + 1);
	if (*end == 'e' || *end == 'E') {
		p = end + 1;
		p += *p == '+' || *p == '-';
		if (digits(p) == p)
			return false;
		end = digits(p);
	}
	return !*end;
}

/* A formula begins so, in full width, too. (Tabs and line ends are written out.) */
static bool is_formula(const char *text)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };

	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		if (!strncmp(text, wide[i], 3))
			return true;
	}
	return *text && strchr("=+-@", *text) && !is_number(text);
}

/* An apostrophe is how spreadsheets say that what follows is text. */
static void put_csv(FILE *to, const char *text)
{
	bool formula = is_formula(text), quote = formula || text[strcspn(text, ",;\"")];

	fprintf(to, "%s%s", quote ? "\"" : "", formula ? "'" : "");
	for (; *text; text++)
		fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
	fputs(quote ? "\"" : "", to);
}

/* ---- words of a golden: all that they say can be read back ---- */

static void put_escaped(FILE *to, const char *text, const char *special)
{
	const char *start = text, *end = text + strlen(text);

	while (text < end) {
		const char *at = text;
		uint32_t code;
		size_t n = next(&text, end, &code);
		bool out = !n || is_evil(code) || is_command(start, at) ||
			   (code < 0x80 && strchr(special, (int)code));

		for (; at < text; at++)
			fprintf(to, out ? "\\x%02x" : "%c", (unsigned char)*at);
	}
}

static void put_word(FILE *to, const char *text)
{
	put_escaped(to, text, " \\");
}

static void put_key(FILE *to, const char *text)
{
	put_escaped(to, text, " \\=");
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	bool raw; /* the function is given the text itself */
	void (*put)(FILE *to, const char *text);
} forms[SAFE_FORMS] = {
	[SAFE_TEXT] = { "text", true, put_text },
	[SAFE_UTF8] = { "utf8", false, put_as_is },
	[SAFE_MARKDOWN] = { "markdown", false, put_markdown },
	[SAFE_XML] = { "xml", false, put_xml },
	[SAFE_GITHUB] = { "github", false, put_github },
	[SAFE_GITHUB_PROPERTY] = { "github property", false, put_property },
	[SAFE_CSV] = { "csv", false, put_csv },
	[SAFE_WORD] = { "word", true, put_word },
	[SAFE_KEY] = { "key", true, put_key },
};

const char *safe_form_name(enum safe_form form)
{
	return forms[form].name;
}

void safe_put(enum safe_form form, FILE *to, const char *text)
{
	char *copy = NULL;

	if (!forms[form].raw)
		text = copy = plain(text);
	forms[form].put(to, text);
	free(copy);
}

void safe_lines(enum safe_form form, FILE *to, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = vt_strndup(text, n);

		safe_put(form, to, line);
		fputc('\n', to);
		free(line);
		text += n + (text[n] != '\0');
	}
}

void safe_print(enum safe_form form, FILE *to, const char *fmt, ...)
{
	va_list ap;
	char *text;
	size_t len;
	bool line;

	va_start(ap, fmt);
	text = vt_vformat(fmt, ap);
	va_end(ap);
	len = strlen(text);
	line = len && text[len - 1] == '\n';
	if (line)
		text[len - 1] = '\0';
	safe_put(form, to, text);
	if (line)
		fputc('\n', to);
	free(text);
}

char *safe_text(enum safe_form form, const char *text)
{
	char *made = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&made, &size);

	safe_put(form, f, text);
	vt_text_close(f);
	return made;
}

/* What is evil stands within strings only, but for line ends and blanks, which are JSON's. */
char *safe_json(char *document)
{
	const char *p = document, *end = document + strlen(document);
	char *copy, *to;

	while (p < end && (unsigned char)*p < 0x7f)
		p++;
	if (p == end)
		return document;
	to = copy = vt_alloc(6 * (size_t)(end - document) + 1);
	for (p = document; p < end;) {
		const char *at = p;
		uint32_t code;
		size_t n = next(&p, end, &code);

		if (!n)
			code = 0xfffd;
		if (n && (code < 0x20 || !is_evil(code))) {
			memcpy(to, at, n);
			to += n;
		} else if (code < 0x10000) {
			to += sprintf(to, "\\u%04x", code);
		} else {
			to += sprintf(to, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
				      0xdc00 + (code & 0x3ff));
		}
	}
	free(document);
	return copy;
}
