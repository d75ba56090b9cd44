/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentences of a header's "notes" and "unseen". */
#ifndef VTICK_TRACES_IMPORT_NOTES_H
#define VTICK_TRACES_IMPORT_NOTES_H

#include <jansson.h>
#include <stdint.h>

/* Adds "WHAT: N" unless @n is 0. */
void notes_count(json_t *list, uint64_t n, const char *what);

#endif
