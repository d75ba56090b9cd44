/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace's header alone, in a time that does not depend on how long the trace is. */
#ifndef VTICK_TRACES_HEADER_H
#define VTICK_TRACES_HEADER_H

#include "traces/trace.h"

/*
 * Reads the final header of @path into an initialised @meta, or where the end of the file is
 * missing or damaged the first one, which may have fewer VPs. Nothing else is looked at, so the
 * file may well be bad. False without a word: there is none, it has more than @size_max bytes, or
 * this is no regular file. trace_meta_free() in any case.
 */
bool trace_header_read(const char *path, size_t size_max, struct trace_meta *meta);

#endif
