/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A build that tells which of its code a replay came to. The compiler puts a call at the begin of
 * each block of code; at the end of a cell the object says on stderr which of these calls it saw,
 * by their return addresses in the object, in lines of "came to: HEX HEX...". ci/tree.sh makes
 * lines of source of them.
 */
#ifndef VTICK_REPLAY_KINDS_LINES_H
#define VTICK_REPLAY_KINDS_LINES_H

/* What the compiler is told, behind its other flags. */
#define LINES_FLAT "-O0"
#define LINES_CALLS "-fsanitize-coverage=trace-pc"
#define LINES_FUNCTION "__sanitizer_cov_trace_pc"

/* The C source of that call and of kind_closed(), for the part that is built without it. */
extern const char lines_source[];

#endif
