/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_threads.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	THREADS_MAX = 1 << 20,
	TID_MAX = (1 << TRACECMD_TID_BITS) - 1,
	AGAIN_MAX = (1 << (32 - TRACECMD_TID_BITS)) - 1, /* all later ones are taken for one */
};

uint32_t tracecmd_threads_now(const struct tracecmd_threads *t, uint32_t tid)
{
	const uint64_t *ended = tid <= TID_MAX ? word_map_find(&t->ended, tid) : NULL;

	return ended ? tid | (uint32_t)*ended << TRACECMD_TID_BITS : tid;
}

bool tracecmd_threads_again(const struct tracecmd_threads *t, uint32_t thread)
{
	return word_map_find(&t->map, thread + (1 << TRACECMD_TID_BITS));
}

void tracecmd_threads_end(struct tracecmd_threads *t, uint32_t tid)
{
	/* Each CPU has an idle thread 0, which never ends. */
	uint64_t *ended = tid && tid <= TID_MAX ? word_map_get(&t->ended, tid, THREADS_MAX) : NULL;

	if (ended && *ended < AGAIN_MAX)
		++*ended;
}

static struct tracecmd_thread *get(struct tracecmd_threads *t, uint32_t tid)
{
	uint64_t *n = word_map_get(&t->map, tid, THREADS_MAX);

	if (!n)
		return NULL;
	if (!*n) {
		if (t->n == t->room) {
			t->room = t->room ? 2 * t->room : 64;
			t->thread = vt_realloc(t->thread, t->room * sizeof(*t->thread));
		}
		t->thread[t->n] = (struct tracecmd_thread){ .tid = tid, .vcpu = -1 };
		*n = ++t->n;
	}
	return &t->thread[*n - 1];
}

void tracecmd_threads_kvm(struct tracecmd_threads *t, uint32_t tid, int64_t vcpu)
{
	/* 0 is the idle thread: only a broken file says that it runs a guest. */
	struct tracecmd_thread *thread = tid ? get(t, tid) : NULL;

	if (!thread)
		return;
	thread->kvm = true;
	if (thread->vcpu < 0)
		thread->vcpu = vcpu;
}

int64_t tracecmd_comm_vcpu(const char *comm)
{
	/* QEMU (debug-threads=on, as libvirt starts it), Firecracker, Cloud Hypervisor, crosvm. */
	static const char *const form[] = { "CPU %u/KVM%n", "fc_vcpu %u%n", "vcpu%u%n",
					    "crosvm_vcpu%u%n" };

	for (size_t i = 0; i < sizeof(form) / sizeof(*form); i++) {
		unsigned vcpu = 0;
		int end = 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (sscanf(comm, form[i], &vcpu, &end) >= 1 && end && !comm[end] && vcpu < 65536)
			return vcpu;
#pragma GCC diagnostic pop
	}
	return -1;
}

void tracecmd_threads_comm(struct tracecmd_threads *t, uint32_t tid, const char *comm)
{
	struct tracecmd_thread *thread;

	if (!tid || (!word_map_find(&t->map, tid) && tracecmd_comm_vcpu(comm) < 0))
		return;
	thread = get(t, tid);
	if (thread)
		snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
}

static int by_tid(const void *a, const void *b)
{
	const struct tracecmd_thread *x = a, *y = b;

	return order_u64(x->tid, y->tid);
}

json_t *tracecmd_threads_json(const struct tracecmd_threads *t)
{
	json_t *list = json_array();

	if (t->n)
		qsort(t->thread, t->n, sizeof(*t->thread), by_tid);
	for (size_t i = 0; i < t->n; i++) {
		const struct tracecmd_thread *thread = &t->thread[i];
		int64_t named = tracecmd_comm_vcpu(thread->comm);

		json_push(list, json_make("{s:I,s:I,s:o}", "tid", (json_int_t)thread->tid, "vcpu",
					  (json_int_t)(thread->vcpu < 0 ? named : thread->vcpu),
					  "comm", json_text(thread->comm)));
	}
	return list;
}
