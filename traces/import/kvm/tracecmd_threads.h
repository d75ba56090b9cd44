/* SPDX-License-Identifier: GPL-2.0-only */
/* The threads of a trace.dat file that are, or by their names may be, vCPUs. */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_THREADS_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_THREADS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/word_map.h"

enum {
	TRACECMD_COMM = 17,
	TRACECMD_TID_BITS = 22, /* of a thread id: PID_MAX_LIMIT, include/linux/threads.h */
};

struct tracecmd_thread {
	uint32_t tid; /* as tracecmd_threads_now() gives it */
	bool kvm;     /* raised an event that only a vCPU's thread raises */
	int64_t vcpu; /* as KVM numbers it; -1: not seen */
	char comm[TRACECMD_COMM];
};

struct tracecmd_threads {
	struct word_map map;
	struct tracecmd_thread *thread;
	size_t n, room;
	struct word_map ended; /* thread id to how many threads with it have ended */
};

/*
 * The thread that has the id @tid now. A thread's id is another one's after its end: then this is
 * the id with how many had it before in the bits above.
 */
uint32_t tracecmd_threads_now(const struct tracecmd_threads *t, uint32_t tid);
/* The id that such a thread has or had. */
static inline uint32_t tracecmd_threads_id(uint32_t thread)
{
	return thread & ((1 << TRACECMD_TID_BITS) - 1);
}
/* Whether the next one that has its id is listed too. */
bool tracecmd_threads_again(const struct tracecmd_threads *t, uint32_t thread);
/* The thread that has the id @tid now ends. */
void tracecmd_threads_end(struct tracecmd_threads *t, uint32_t tid);

/* Thread @tid acted as a vCPU; @vcpu is its number, or -1. */
void tracecmd_threads_kvm(struct tracecmd_threads *t, uint32_t tid, int64_t vcpu);
/* Thread @tid has the name @comm: noted if it is a vCPU, or @comm is what VMMs call vCPU threads.
 */
void tracecmd_threads_comm(struct tracecmd_threads *t, uint32_t tid, const char *comm);
/* The vCPU number in a thread's name ("CPU 3/KVM"), or -1. */
int64_t tracecmd_comm_vcpu(const char *comm);
/* A list of {tid, vcpu, comm} by ascending tid. */
json_t *tracecmd_threads_json(const struct tracecmd_threads *t);

#endif
