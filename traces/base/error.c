/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int vt_error_set(struct vt_error *err, const char *file, uint64_t offset, const char *fmt, ...)
{
	if (!err)
		return -1;

	char place[300] = "";
	char message[400];
	va_list ap;

	if (file && offset != VT_NO_OFFSET)
		snprintf(place, sizeof(place), "%.240s: offset %" PRIu64 ": ", file, offset);
	else if (file)
		snprintf(place, sizeof(place), "%.240s: ", file);
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	/* A long file name may push the end of a long message out: that is all that is lost. */
	size_t used = strlen(place);

	memcpy(err->text, place, used);
	snprintf(err->text + used, sizeof(err->text) - used, "%s", message);
	return -1;
}

/* Bytes of foreign files and odd file names must not reach a terminal as control sequences. */
static void put_printable(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		fputc(c < 0x20 || c == 0x7f ? '?' : c, stderr);
	}
}

void vt_error_print(const struct vt_error *err)
{
	fputs("vtick: ", stderr);
	put_printable(err->text);
	fputc('\n', stderr);
}

void vt_warn(const char *file, const char *fmt, ...)
{
	char message[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	fputs("vtick: ", stderr);
	if (file) {
		put_printable(file);
		fputs(": ", stderr);
	}
	fputs("warning: ", stderr);
	put_printable(message);
	fputc('\n', stderr);
}
