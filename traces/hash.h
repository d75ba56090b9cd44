/* SPDX-License-Identifier: GPL-2.0-only */
/* The SHA-256 that names a trace by what it says, not by how it is packed (FORMAT.md "The hash").
 */
#ifndef VTICK_TRACES_HASH_H
#define VTICK_TRACES_HASH_H

#include <nettle/sha2.h>

#include "traces/trace.h"

static inline void trace_hash_events(struct sha256_ctx *ctx, const struct trace_event *ev, size_t n)
{
	sha256_update(ctx, n * sizeof(*ev), (const uint8_t *)ev);
}

/* Adds what the events mean nothing without: clock, end, LPs, VPs by domain and vcpu. */
void trace_hash_finish(struct sha256_ctx *ctx, const struct trace_meta *meta, char hex[65]);

#endif
