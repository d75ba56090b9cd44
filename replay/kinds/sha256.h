/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_KIND_SHA256_H
#define VTICK_REPLAY_KIND_SHA256_H

#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>

/* The hash of @size bytes as 64 hex digits. */
static inline void sha256_hex(const void *data, size_t size, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

#endif
