/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/json_scan.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/utf8.h"

#define DEPTH_MAX 64

void scan_init(struct scan *s, const char *file, const char *text, size_t len, struct vt_error *err)
{
	*s = (struct scan){ .file = file, .text = text, .len = len, .err = err };
}

static size_t line_of(const struct scan *s)
{
	size_t n = 1;

	for (size_t i = 0; i < s->pos && i < s->len; i++)
		n += s->text[i] == '\n';
	return n;
}

int scan_fail(struct scan *s, const char *fmt, ...)
{
	char message[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (s->lines)
		vt_error_set(s->err, s->file, VT_NO_OFFSET, "line %zu: %s", line_of(s), message);
	else
		vt_error_set(s->err, s->file, s->pos, "%s", message);
	return -1;
}

int scan_peek(struct scan *s)
{
	while (s->pos < s->len) {
		char c = s->text[s->pos];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return (unsigned char)c;
		s->pos++;
	}
	return 0;
}

/* What stands here, for a message. */
static const char *found(struct scan *s, char text[24])
{
	int c = scan_peek(s);

	if (!c && s->pos >= s->len)
		snprintf(text, 24, "the text ends");
	else if (c > 0x20 && c < 0x7f)
		snprintf(text, 24, "'%c' stands here", c);
	else
		snprintf(text, 24, "byte 0x%02x stands here", (unsigned)c);
	return text;
}

static int expected(struct scan *s, const char *what)
{
	char here[24];

	found(s, here);
	scan_fail(s, "%s, expected %s", here, what);
	return -1;
}

int scan_enter(struct scan *s, char c)
{
	if (scan_peek(s) != c)
		return expected(s, c == '{' ? "an object" : "a list");
	if (++s->depth > DEPTH_MAX)
		return scan_fail(s, "values are nested too deeply, expected at most %d levels",
				 DEPTH_MAX);
	s->pos++;
	return 0;
}

static int hex4(const char *p, const char *end, unsigned *out)
{
	*out = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 16;

		if (digit > 15)
			return -1;
		*out = *out * 16 + digit;
	}
	return 0;
}

static size_t put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* An escape at s->pos (behind the backslash); its UTF-8 at @to. The length, or -1. */
static int take_escape(struct scan *s, char *to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *end = s->text + s->len;
	char c = s->text[s->pos];
	const char *simple = c ? strchr(from, c) : NULL;
	unsigned code, low;

	if (simple) {
		s->pos++;
		*to = into[simple - from];
		return 1;
	}
	if (c != 'u' || hex4(s->text + s->pos + 1, end, &code))
		return scan_fail(s, "no escape of JSON, expected one like \\n or \\u0041");
	s->pos += 5;
	if (code >= 0xd800 && code < 0xdc00 && end - (s->text + s->pos) >= 6 &&
	    s->text[s->pos] == '\\' && s->text[s->pos + 1] == 'u' &&
	    !hex4(s->text + s->pos + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
		s->pos += 6;
		return (int)put_utf8(to, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	}
	if (!code || (code >= 0xd800 && code < 0xe000))
		return scan_fail(s, "\\u%04x is no character that a name may hold", code);
	return (int)put_utf8(to, code);
}

/*
 * A string. What it says goes to @to if that is not NULL (as long as its text, at most), its place
 * to @slice;
 * @escaped says whether the two differ.
 */
static int take_string(struct scan *s, char *to, struct scan_slice *slice, bool *escaped)
{
	size_t start, used = 0;
	char spare[8];

	*slice = (struct scan_slice){ s->text, 0 };
	*escaped = false;
	if (scan_peek(s) != '"')
		return expected(s, "a string");
	start = ++s->pos;
	while (s->pos < s->len) {
		const unsigned char *p = (const unsigned char *)s->text + s->pos;

		if (*p == '"') {
			*slice = (struct scan_slice){ s->text + start, s->pos - start };
			s->pos++;
			if (to)
				to[used] = '\0';
			return 0;
		}
		if (*p == '\\') {
			s->pos++;
			int n = take_escape(s, to ? to + used : spare);

			if (n < 0)
				return -1;
			used += (size_t)n;
			*escaped = true;
			continue;
		}
		if (*p < 0x20)
			return scan_fail(s, "a control character in a string, expected it escaped");
		size_t n = utf8_length((const char *)p, s->len - s->pos);

		if (!n)
			return scan_fail(s, "no UTF-8, expected text in UTF-8");
		if (to)
			memcpy(to + used, p, n);
		used += n;
		s->pos += n;
	}
	return scan_fail(s, "the text ends in a string, expected '\"'");
}

int scan_string(struct scan *s, char **out)
{
	struct scan_slice slice;
	struct scan ahead = *s;
	bool escaped;

	*out = NULL;
	if (take_string(&ahead, NULL, &slice, &escaped))
		return -1;
	*out = vt_alloc(slice.len + 1);
	return take_string(s, *out, &slice, &escaped);
}

int scan_key_unchecked(struct scan *s, bool first, struct scan_slice *key)
{
	bool escaped;
	int c = scan_peek(s);

	if (c == '}') {
		s->pos++;
		s->depth--;
		return 0;
	}
	if (!first) {
		if (c != ',')
			return expected(s, "',' or '}'");
		s->pos++;
	}
	if (take_string(s, NULL, key, &escaped))
		return -1;
	if (escaped)
		return scan_fail(s, "the key before this holds an escape, expected plain text");
	if (scan_peek(s) != ':')
		return expected(s, "':'");
	s->pos++;
	return 1;
}

int scan_key(struct scan *s, struct scan_object *o, struct scan_slice *key)
{
	int more = scan_key_unchecked(s, !o->keys, key);

	if (more <= 0)
		return more;
	for (size_t i = 0; i < o->keys; i++) {
		if (o->key[i].len == key->len && !memcmp(o->key[i].at, key->at, key->len))
			return scan_fail(s, "key '%.*s' comes twice",
					 (int)(key->len < 60 ? key->len : 60), key->at);
	}
	if (o->keys == SCAN_KEYS_MAX)
		return scan_fail(s, "an object has too many keys, expected at most %d",
				 SCAN_KEYS_MAX);
	o->key[o->keys++] = *key;
	return 1;
}

int scan_element(struct scan *s, bool first)
{
	int c = scan_peek(s);

	if (c == ']') {
		s->pos++;
		s->depth--;
		return 0;
	}
	if (first)
		return 1;
	if (c != ',')
		return expected(s, "',' or ']'");
	s->pos++;
	if (scan_peek(s) == ']')
		return expected(s, "a value");
	return 1;
}

bool scan_is(const struct scan_slice *slice, const char *word)
{
	return strlen(word) == slice->len && !memcmp(slice->at, word, slice->len);
}

int scan_integer(struct scan *s, int64_t *out)
{
	int c = scan_peek(s);
	size_t start = s->pos, p = s->pos + (c == '-');
	uint64_t v = 0;

	if (p >= s->len || s->text[p] < '0' || s->text[p] > '9')
		return expected(s, "an integer");
	if (s->text[p] == '0' && p + 1 < s->len && s->text[p + 1] >= '0' && s->text[p + 1] <= '9')
		return scan_fail(s, "a number begins with 0, expected no leading zeros");
	for (; p < s->len && s->text[p] >= '0' && s->text[p] <= '9'; p++) {
		v = v * 10 + (uint64_t)(s->text[p] - '0');
		if (v > SCAN_INTEGER_MAX)
			return scan_fail(s, "the integer is too large, expected less than 2^53");
	}
	if (p < s->len && (s->text[p] == '.' || s->text[p] == 'e' || s->text[p] == 'E'))
		return scan_fail(s, "a number with a fraction or an exponent, expected an integer");
	*out = s->text[start] == '-' ? -(int64_t)v : (int64_t)v;
	s->pos = p;
	return 0;
}

static size_t digits(const struct scan *s, size_t p)
{
	size_t n = 0;

	while (p + n < s->len && s->text[p + n] >= '0' && s->text[p + n] <= '9')
		n++;
	return n;
}

int scan_real(struct scan *s, double *out)
{
	size_t p, n;
	char *end;

	if (scan_peek(s) == 0)
		return expected(s, "a number");
	p = s->pos + (s->text[s->pos] == '-');
	n = digits(s, p);
	if (!n || (n > 1 && s->text[p] == '0'))
		return expected(s, "a number");
	p += n;
	if (p < s->len && s->text[p] == '.') {
		n = digits(s, p + 1);
		if (!n)
			return expected(s, "a number");
		p += n + 1;
	}
	if (p < s->len && (s->text[p] == 'e' || s->text[p] == 'E')) {
		p++;
		if (p < s->len && (s->text[p] == '+' || s->text[p] == '-'))
			p++;
		n = digits(s, p);
		if (!n)
			return expected(s, "a number");
		p += n;
	}
	*out = strtod(s->text + s->pos, &end); /* nobody calls setlocale(): the point is a point */
	if (!isfinite(*out))
		return scan_fail(s, "the number is too large");
	s->pos = p;
	return 0;
}

static int take_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	scan_peek(s);
	if (s->len - s->pos < n || memcmp(s->text + s->pos, word, n))
		return 0;
	s->pos += n;
	return 1;
}

int scan_bool(struct scan *s, bool *out)
{
	*out = take_word(s, "true");
	if (*out || take_word(s, "false"))
		return 0;
	return expected(s, "true or false");
}

int scan_null(struct scan *s)
{
	return take_word(s, "null");
}

static int skip_object(struct scan *s)
{
	struct scan_object *o = vt_alloc(sizeof(*o));
	struct scan_slice key;
	int more = scan_enter(s, '{');

	o->keys = 0;
	if (!more) {
		while ((more = scan_key(s, o, &key)) > 0) {
			if (scan_skip(s)) {
				more = -1;
				break;
			}
		}
	}
	free(o);
	return more;
}

static int skip_list(struct scan *s)
{
	int more;

	if (scan_enter(s, '['))
		return -1;
	for (bool first = true; (more = scan_element(s, first)) > 0; first = false) {
		if (scan_skip(s))
			return -1;
	}
	return more;
}

/* Recursion ends at DEPTH_MAX. NOLINTNEXTLINE(misc-no-recursion) */
int scan_skip(struct scan *s)
{
	struct scan_slice slice;
	bool escaped;
	double number;

	switch (scan_peek(s)) {
	case '{':
		return skip_object(s);
	case '[':
		return skip_list(s);
	case '"':
		return take_string(s, NULL, &slice, &escaped);
	case 't':
	case 'f':
		return scan_bool(s, &escaped);
	case 'n':
		return scan_null(s) ? 0 : expected(s, "a value");
	default:
		if (!strchr("-0123456789", scan_peek(s)) || !scan_peek(s))
			return expected(s, "a value");
		return scan_real(s, &number);
	}
}

int scan_end(struct scan *s)
{
	if (scan_peek(s) || s->pos < s->len)
		return expected(s, "nothing behind the document");
	return 0;
}
