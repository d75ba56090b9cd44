/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hrtimer start belongs to which register write: a part of the first pass. The records say so
 * by their order alone.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_LINKS_H
#define VTICK_TRACES_IMPORT_KVM_LINKS_H

#include "traces/import/kvm/scan.h"

struct kvm_links;

/* @s has its VPs, and nothing was learnt yet. */
struct kvm_links *kvm_links_new(struct kvm_scan *s);
void kvm_links_free(struct kvm_links *l);

/*
 * Takes record @i, in order: marks it and those before that it belongs to (flags, link), and
 * teaches the scan whose timer is which, how long a count takes, and where guests' TSCs lie.
 */
void kvm_links_record(struct kvm_links *l, size_t i);
/* After the last record: the vector of each VP's timer. */
void kvm_links_vectors(struct kvm_links *l);

#endif
