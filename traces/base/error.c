/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* stpcpy */
#include "traces/base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "traces/base/safe_text.h"

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

	err->unreadable = false;
	memcpy(err->text, place, used);
	snprintf(err->text + used, sizeof(err->text) - used, "%s", message);
	return -1;
}

int vt_error_read(struct vt_error *err, const char *file, uint64_t offset)
{
	vt_error_set(err, file, offset, "cannot read: %s", strerror(errno));
	if (err)
		err->unreadable = true;
	return -1;
}

/* Of a line on stderr: a name of a file, a message, and what stands around them. */
enum { NAME_SIZE = 300, MESSAGE_SIZE = 768, LINE_SIZE = 4 * (NAME_SIZE + MESSAGE_SIZE) + 100 };

/* One write for a line: lines of several processes do not mix, and none asks for memory. */
static void print(const char *file, const char *kind, const char *message)
{
	char line[LINE_SIZE], name[NAME_SIZE] = "";
	const char *end = line + sizeof(line) - 1;
	char *to = stpcpy(line, "vtick: ");

	if (file) {
		snprintf(name, sizeof(name), "%s", file);
		to = stpcpy(safe_line(to, end, name), ": ");
	}
	to = stpcpy(to, kind);
	to = safe_line(to, end, message);
	strcpy(to, "\n");
	fputs(line, stderr);
}

void vt_error_print(const struct vt_error *err)
{
	print(NULL, "", err->text);
}

void vt_warn(const char *file, const char *fmt, ...)
{
	char message[MESSAGE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	print(file, "warning: ", message);
}

void vt_note(const char *file, const char *fmt, ...)
{
	char message[MESSAGE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	print(file, "", message);
}
