/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/engine/host_view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE ((size_t)HOST_VIEW_DISTANCE)

/* Of memory that is shared mremap() makes a second place of the same; where it does not, as below
 * Valgrind, a file does. */
static int map_twice(char *own, char *at)
{
	int fd;

	if (mmap(own, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == own &&
	    mremap(own, 0, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at)
		return mprotect(at, SIZE, PROT_READ);
	fd = memfd_create("vtick-host", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)SIZE) ||
	    mmap(own, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != own ||
	    mmap(at, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) != at)
		return -1;
	return close(fd);
}

static size_t room(size_t size)
{
	return SIZE + (size > SIZE ? size : SIZE);
}

/* The last that was freed, for the next of its size: who replays thousands of small traces would
 * have the kernel map and unmap most of the time. */
static struct {
	char *memory;
	size_t size;
	pid_t owner; /* a child would share it */
} kept;

static void unmap(char *memory, size_t size)
{
	munmap(memory - SIZE, room(size));
}

void *host_view_alloc(size_t size)
{
	char *again = kept.memory;

	if (again && kept.size == size && kept.owner == getpid()) {
		kept.memory = NULL;
		return memset(again, 0, size);
	}

	char *at =
	    mmap(NULL, room(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* As where there is no memory. */
	if (at == MAP_FAILED || map_twice(at + SIZE, at))
		abort();
	return at + SIZE;
}

void host_view_free(void *memory, size_t size)
{
	if (kept.memory)
		unmap(kept.memory, kept.size);
	kept.memory = memory;
	kept.size = size;
	kept.owner = getpid();
}

ptrdiff_t host_view_offset(void *memory, const void *address)
{
	uintptr_t at = (uintptr_t)address, from = (uintptr_t)host_view_of(memory);

	return at >= from && at - from < sizeof(struct vtick_host) ? (ptrdiff_t)(at - from) : -1;
}

const char *host_field_name(size_t offset)
{
	static const struct {
		size_t end; /* behind the field */
		const char *name;
	} field[] = {
#define FIELD(name)                                                                                \
	{ offsetof(struct vtick_host, name) + sizeof(((struct vtick_host *)NULL)->name), #name }
		FIELD(now),	    FIELD(clock_hz),	 FIELD(slop),	    FIELD(lps),
		FIELD(vps),	    FIELD(state),	 FIELD(vp_state),   FIELD(lp_state),
		FIELD(vp_size),	    FIELD(lp_size),	 FIELD(params),	    FIELD(counter),
		FIELD(running),	    FIELD(runs),	 FIELD(lp_of),	    FIELD(domain),
		FIELD(vcpu),	    FIELD(next),	 FIELD(ticks),	    FIELD(ns),
		FIELD(hw_arm),	    FIELD(timer_add),	 FIELD(timer_del),  FIELD(match_next),
		FIELD(guest_arm),   FIELD(run_timers),	 FIELD(pend),	    FIELD(pend_one),
		FIELD(wake),	    FIELD(kick),	 FIELD(no_exit),    FIELD(spend),
		FIELD(clock_error), FIELD(log),		 FIELD(fail),	    FIELD(costs),
		FIELD(keep_queue),  FIELD(queue_report), FIELD(queue_fire), FIELD(free_at),
#undef FIELD
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++) {
		if (offset < field[i].end)
			return field[i].name;
	}
	return "?";
}
