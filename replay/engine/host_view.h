/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as a policy sees it: the engine's own, that is the start of its memory, a second time at
 * a place where it can only be read. A write of the policy's is a SIGSEGV, by whose address it is
 * told which field it was of.
 */
#ifndef VTICK_REPLAY_ENGINE_HOST_VIEW_H
#define VTICK_REPLAY_ENGINE_HOST_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "replay/policy.h"

/* So far before the memory is the place where so much of it can be read; a page of any size divides
 * it. */
#define HOST_VIEW_DISTANCE ((ptrdiff_t)65536)

/* Zeroed memory for @size bytes that begin with the host. */
void *host_view_alloc(size_t size);
void host_view_free(void *memory, size_t size);

/* What the policy is given for it. */
static inline struct vtick_host *host_view_of(void *memory)
{
	return (struct vtick_host *)((char *)memory - HOST_VIEW_DISTANCE);
}

/* And back. */
static inline void *host_view_memory(const struct vtick_host *host)
{
	return (char *)(uintptr_t)host + HOST_VIEW_DISTANCE;
}

/* The offset in the host at which @address lies in what the policy is given for @memory, or -1. */
ptrdiff_t host_view_offset(void *memory, const void *address);

/* What the field at @offset of struct vtick_host is called. */
const char *host_field_name(size_t offset);

#endif
