/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/hash.h"

#include <stdio.h>

#include "traces/block.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "struct trace_event is hashed as it lies in memory: port trace_hash_events() first"
#endif
_Static_assert(sizeof(struct trace_event) == 32, "the hash is taken over 32 bytes an event");

static void add64(struct sha256_ctx *ctx, uint64_t v)
{
	unsigned char p[8];

	vtt_put64(p, v);
	sha256_update(ctx, sizeof(p), p);
}

void trace_hash_finish(struct sha256_ctx *ctx, const struct trace_meta *meta, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	add64(ctx, meta->clock_hz);
	add64(ctx, meta->end);
	add64(ctx, meta->lps);
	add64(ctx, meta->vps);
	for (uint32_t i = 0; i < meta->vps; i++)
		add64(ctx, (uint64_t)meta->vp[i].domain | (uint64_t)meta->vp[i].vcpu << 32);
	sha256_digest(ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}
