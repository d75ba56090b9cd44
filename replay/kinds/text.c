/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/kinds/text.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* ---- words ---- */

void text_words_add(struct text_words *w, const char *word, size_t len)
{
	w->word = vt_realloc(w->word, (w->n + 1) * sizeof(*w->word));
	w->word[w->n++] = vt_strndup(word, len);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void text_words_sort(struct text_words *w)
{
	size_t n = 0;

	if (w->n)
		qsort(w->word, w->n, sizeof(*w->word), by_bytes);
	for (size_t i = 0; i < w->n; i++) {
		if (n && !strcmp(w->word[n - 1], w->word[i]))
			free(w->word[i]);
		else
			w->word[n++] = w->word[i];
	}
	w->n = n;
}

bool text_words_have(const struct text_words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!strcmp(w->word[i], word))
			return true;
	}
	return false;
}

void text_words_free(struct text_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct text_words){ 0 };
}

/* ---- patterns ---- */

static int compile(regex_t *re, const char *pattern, int flags, struct vt_error *err)
{
	int code = regcomp(re, pattern, REG_EXTENDED | flags);
	char why[100];

	if (!code)
		return 0;
	regerror(code, re, why, sizeof(why));
	return vt_error_set(err, pattern, VT_NO_OFFSET, "is no regular expression: %s", why);
}

int text_line_fits(const char *text, const char *pattern, struct vt_error *err)
{
	regex_t re;
	int fits;

	if (compile(&re, pattern, REG_NOSUB | REG_NEWLINE, err))
		return -1;
	fits = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return fits;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

int text_identifiers(const char *text, const char *pattern, struct text_words *w,
		     struct vt_error *err)
{
	char *whole = vt_format("^(%s)$", pattern);
	regex_t re;
	int failed = compile(&re, whole, REG_NOSUB, err);

	free(whole);
	if (failed)
		return -1;
	while (*text) {
		size_t n = 0;

		while (in_word(text[n]))
			n++;
		if (n && !isdigit((unsigned char)*text)) {
			char *one = vt_strndup(text, n);

			if (!regexec(&re, one, 0, NULL, 0))
				text_words_add(w, one, n);
			free(one);
		}
		text += n ? n : 1;
	}
	regfree(&re);
	return 0;
}

void text_includes(const char *text, struct text_words *w)
{
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *p = line + strspn(line, " \t");
		size_t n;

		if (*p++ != '#')
			continue;
		p += strspn(p, " \t");
		if (strncmp(p, "include", 7))
			continue;
		p += 7;
		p += strspn(p, " \t");
		if (*p != '<' && *p != '"')
			continue;
		n = strcspn(p + 1, *p == '<' ? ">\n" : "\"\n");
		if (n)
			text_words_add(w, p + 1, n);
	}
}

/* ---- functions ---- */

/* How long the comment is that begins here; 0: none does. */
static size_t comment(const char *p)
{
	const char *end;

	if (p[0] != '/')
		return 0;
	if (p[1] == '/')
		return strcspn(p, "\n");
	if (p[1] != '*')
		return 0;
	end = strstr(p + 2, "*/");
	return end ? (size_t)(end + 2 - p) : strlen(p);
}

/* How long the string or character is that begins here; 0: none does. */
static size_t literal(const char *p)
{
	size_t n = 1;

	if (*p != '"' && *p != '\'')
		return 0;
	while (p[n] && p[n] != *p && p[n] != '\n')
		n += p[n] == '\\' && p[n + 1] ? 2 : 1;
	return n + (p[n] == *p);
}

char *text_without_comments(const char *text)
{
	char *out = vt_alloc(strlen(text) + 1), *to = out;

	while (*text) {
		size_t n = comment(text), quoted = n ? 0 : literal(text);

		for (size_t i = 0; i < n; i++)
			*to++ = text[i] == '\n' ? '\n' : ' ';
		memcpy(to, text + n, quoted);
		to += quoted;
		text += n + quoted;
		if (!n && !quoted)
			*to++ = *text++;
	}
	return out;
}

char *text_function(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)); p += len) {
		const char *line = p, *open, *close;

		while (line > text && line[-1] != '\n')
			line--;
		if ((p > text && in_word(p[-1])) || p[len] != '(' || isspace((unsigned char)*line))
			continue;
		open = p + strcspn(p, "{;");
		close = *open == '{' ? strstr(open, "\n}") : NULL;
		if (close)
			return vt_strndup(open + 1, (size_t)(close - open - 1));
	}
	return NULL;
}

/* Blanks are squeezed to none beside what is no word, to one else. */
static size_t squeeze(char *to, const char *from, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isspace((unsigned char)from[i])) {
			to[len++] = from[i];
			continue;
		}
		while (i + 1 < n && isspace((unsigned char)from[i + 1]))
			i++;
		if (len && i + 1 < n && in_word(to[len - 1]) && in_word(from[i + 1]))
			to[len++] = ' ';
	}
	to[len] = '\0';
	return len;
}

char *text_statements(const char *body, const char *pattern, struct vt_error *err)
{
	char *out = vt_alloc(2 * strlen(body) + 2), *to = out;
	regex_t re;

	if (compile(&re, pattern, REG_NOSUB, err)) {
		free(out);
		return NULL;
	}
	while (*body) {
		size_t n = strcspn(body, ";{}"), len = squeeze(to, body, n);

		if (len && !regexec(&re, to, 0, NULL, 0)) {
			to += len;
			*to++ = '\n';
		}
		*to = '\0';
		body += n + (body[n] != '\0');
	}
	regfree(&re);
	return out;
}
