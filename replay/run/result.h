/* SPDX-License-Identifier: GPL-2.0-only */
/* The document of RESULT.md. */
#ifndef VTICK_REPLAY_RUN_RESULT_H
#define VTICK_REPLAY_RUN_RESULT_H

#include <jansson.h>

#include "replay/run/run.h"

/* The `trace` object of a cell. */
json_t *result_trace(const char *name, const struct trace_reader *r);
/* The `policy` object of a cell. */
json_t *result_policy(const struct run_cell *c);
/* The whole document. @command: as a shell would take it back. */
json_t *result_document(const struct run *run, const char *command);
/* Its text with a newline at the end, malloc'ed. */
char *result_print(const json_t *document);

#endif
