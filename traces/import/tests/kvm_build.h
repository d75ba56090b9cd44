/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the records of a KVM host as the decoder would, imports them, and shows what came out as
 * text. */
#ifndef VTICK_TRACES_IMPORT_TESTS_KVM_BUILD_H
#define VTICK_TRACES_IMPORT_TESTS_KVM_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/import.h"
#include "traces/import/kvm/events.h"
#include "traces/import/kvm/record.h"
#include "traces/trace.h"

struct kvm_build {
	struct kvm_record *record;
	size_t n, room;
	json_t *seen;	   /* NULL: none; of the report */
	json_t *threads;   /* NULL: 100 and 101, vCPUs 0 and 1 */
	const char *clock; /* NULL: mono */
	uint32_t cpus;	   /* 0: 2 */
	uint64_t cpu_hz;
	const bool *cpu_cut;
	bool exits, no_infer;
};

/* A record at @ts on @cpu while @pid runs there. */
void kb(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, enum kvm_kind kind,
	unsigned flags, uint64_t a, uint64_t value);
void kb_thread(struct kvm_build *b, uint32_t tid, int vcpu);

struct kvm_result {
	int ret;
	struct vt_error err;
	struct trace_meta meta;
	struct kvm_tally tally;
	struct kvm_clock clock;
	struct import_verdict verdict;
	char *said;   /* by kvm_answer(), on stderr */
	char *events; /* as xen_build.h's, without the OBS_HV_IRQ */
	bool legal;
};

/* Frees the build too. */
struct kvm_result kb_import(struct kvm_build *b);
void kb_result_free(struct kvm_result *r);
/* Has the header this note? */
bool kb_has_note(const struct kvm_result *r, const char *text);

#endif
