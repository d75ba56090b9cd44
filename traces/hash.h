/* SPDX-License-Identifier: GPL-2.0-only */
/* The SHA-256 that names a trace by what it says, not by how it is packed (FORMAT.md "The hash").
 */
#ifndef VTICK_TRACES_HASH_H
#define VTICK_TRACES_HASH_H

#include <nettle/sha2.h>

#include "traces/trace.h"

/* The events as they lie in the memory of a little-endian machine. */
void trace_hash_events(struct sha256_ctx *ctx, const struct trace_event *ev, size_t n);

/* Adds what the events mean nothing without: clock, end, LPs, VPs by domain and vcpu. */
void trace_hash_finish(struct sha256_ctx *ctx, const struct trace_meta *meta, char hex[65]);

#endif
