/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a header that somebody wrote (TEXT.md): a misspelt one must not vanish. */
#ifndef VTICK_TRACES_IMPORT_TEXT_HEADER_H
#define VTICK_TRACES_IMPORT_TEXT_HEADER_H

#include "traces/import/text_line.h"

/*
 * Holds the keys of @header, the first line or a later one, against those that a header has. A key
 * that looks like one of them is refused; in host_model and in an entry of vps any other is, too.
 * *@unknown is another key that no header has, and that is kept, or NULL; it belongs to @header. 0,
 * or -1 with @fault.
 */
int text_header_keys(const json_t *header, bool first, const char **unknown,
		     struct text_fault *fault);

#endif
