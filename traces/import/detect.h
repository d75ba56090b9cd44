/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file is, told from how it begins. */
#ifndef VTICK_TRACES_IMPORT_DETECT_H
#define VTICK_TRACES_IMPORT_DETECT_H

#include <stddef.h>
#include <stdint.h>

/* So much of the front is enough. */
#define DETECT_SIZE 4096u

struct detected {
	const char *what;   /* "a vtick trace" */
	const char *format; /* the name of the import format that it is, or NULL: it is none */
	const char *advice; /* what does read it, or what to do; or NULL */
};

/* The front of an uncompressed file, of DETECT_SIZE bytes or of all that there are. NULL: it is
 * nothing that is known. */
const struct detected *detect(const uint8_t *front, size_t n);

#endif
