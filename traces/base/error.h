/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One error, carried upwards as a return value.
 *
 * A function that can fail takes a `struct vt_error *`, fills it and returns -1; whoever can do
 * something about it (mostly the command's main loop) prints it with vt_error_print().
 * The text never ends in a newline and holds no "vtick:" prefix.
 */
#ifndef VTICK_TRACES_BASE_ERROR_H
#define VTICK_TRACES_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* Offset for errors that belong to no place in a file. */
#define VT_NO_OFFSET UINT64_MAX

struct vt_error {
	char text[768];
	bool unreadable; /* by vt_error_read(): what is in the file is not known */
};

/*
 * Fills @err with "FILE: offset N: MESSAGE" (the offset is left out for VT_NO_OFFSET, the file
 * for NULL). MESSAGE says what is wrong and what was expected. Returns -1, so that a caller can
 * `return vt_error_set(...)`. @err may be NULL: nothing is stored then.
 */
int vt_error_set(struct vt_error *err, const char *file, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same of a read that failed, with errno. */
int vt_error_read(struct vt_error *err, const char *file, uint64_t offset);

/* Prints "vtick: TEXT" and a newline on stderr, as SAFE_TEXT (safe_text.h). So do those below. */
void vt_error_print(const struct vt_error *err);

/* Prints "vtick: FILE: warning: MESSAGE" on stderr (no file for NULL). */
void vt_warn(const char *file, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints "vtick: FILE: MESSAGE": what is no fault. */
void vt_note(const char *file, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
