/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only a look ahead tells of a VP, from the first pass: when it was last seen to run, and
 * what Xen did with it after that, and whether its domain has a local APIC.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_RUNS_H
#define VTICK_TRACES_IMPORT_XEN_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/word_map.h"

/* In place of a VP: nobody, or not known. */
#define XEN_NO_VP UINT32_MAX

/* The run on a pCPU. */
struct xen_run {
	uint32_t vp;  /* vcpu | dom << 16, or XEN_NO_VP; Xen's own too */
	bool hvm, pv; /* it entered or left guest mode; it made a PV hypercall */
};

struct xen_runs {
	struct word_map last;	 /* vcpu | dom << 16 -> the TSC at which it was last seen to run */
	struct word_map hvm, pv; /* domain -> runs in which it did that */
	struct word_map changed; /* VP -> TSC of its last change of runstate */
	struct word_map state;	 /* VP -> what that was to, enum xen_runstate */
};

/* A record says that @vp, which may be Xen's own, runs at @tsc, or did until then. */
void xen_runs_saw(struct xen_runs *all, uint32_t vp, uint64_t tsc);
/* @vp, which may be Xen's own, goes from one runstate to another. pCPUs may come in any order. */
void xen_runs_change(struct xen_runs *all, uint32_t vp, unsigned from, unsigned to, uint64_t tsc);
/* From @tsc on @vp has the pCPU of @run; XEN_NO_VP: whoever had it has it no more. */
void xen_runs_switch(struct xen_runs *all, struct xen_run *run, uint32_t vp, uint64_t tsc);
/* The capture ends; @tsc is the last record's of that pCPU. */
void xen_runs_end(struct xen_runs *all, struct xen_run *run, uint64_t tsc);
void xen_runs_free(struct xen_runs *all);

/* True if @vp is seen to run after @tsc. */
bool xen_runs_again(const struct xen_runs *all, uint32_t vp, uint64_t tsc);
/* The runstate that the capture leaves @vp in; XEN_RUNNING too where it shows none. */
unsigned xen_runs_state(const struct xen_runs *all, uint32_t vp);
/*
 * True if the domain of @vp is a PV one, whose VPs have no local APIC. Domain 0 is taken for one
 * unless it is seen in guest mode, others only if they are seen to make PV hypercalls.
 */
bool xen_runs_pv(const struct xen_runs *all, uint32_t vp);

#endif
