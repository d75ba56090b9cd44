/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/hash.h"

#include <stdio.h>

#include "traces/block.h"

_Static_assert(sizeof(struct trace_event) == 32, "the hash is taken over 32 bytes an event");

static void add64(struct sha256_ctx *ctx, uint64_t v)
{
	unsigned char p[8];

	vtt_put64(p, v);
	sha256_update(ctx, sizeof(p), p);
}

void trace_hash_events(struct sha256_ctx *ctx, const struct trace_event *ev, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	sha256_update(ctx, n * sizeof(*ev), (const uint8_t *)ev);
#else
	for (size_t i = 0; i < n; i++) {
		unsigned char p[sizeof(*ev)];

		vtt_put64(p, ev[i].time);
		vtt_put64(p + 8, ev[i].value);
		vtt_put64(p + 16, ev[i].extra);
		vtt_put64(p + 24, ev[i].vp | (uint64_t)ev[i].lp << 32 | (uint64_t)ev[i].type << 48 |
				      (uint64_t)ev[i].sub << 56);
		sha256_update(ctx, sizeof(p), p);
	}
#endif
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
