/* SPDX-License-Identifier: GPL-2.0-only */
/* Characters of UTF-8. */
#ifndef VTICK_TRACES_BASE_UTF8_H
#define VTICK_TRACES_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the character that @s, of @left bytes (at least one), begins with; 0: none (no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
size_t utf8_length(const char *s, size_t left);

/* The character at @s, whose length is @n. */
uint32_t utf8_code(const char *s, size_t n);

/* How many characters @s has: bytes that begin one. */
size_t utf8_count(const char *s);

#endif
