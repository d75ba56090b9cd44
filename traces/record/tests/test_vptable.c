/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of VMs and vCPUs that are used again: who is who. */
#include <criterion/criterion.h>

#include "traces/record/vptable.h"

struct table {
	struct vptable t;
	struct trace_meta meta;
};

static void set_up(struct table *a)
{
	*a = (struct table){ 0 };
	trace_meta_init(&a->meta);
	vptable_add_vm(&a->t, 0x1000, 100, "vmm");
}

static void tear_down(struct table *a)
{
	vptable_free(&a->t);
	trace_meta_free(&a->meta);
}

/* The VP that a vCPU of the process turns out to be; no two are alike. */
static uint32_t see(struct table *a, uint64_t kvm, uint64_t vcpu, uint32_t id)
{
	const struct raw_vcpu v = {
		.ev = { .type = RAW_VCPU, .vcpu = vcpu }, .kvm = kvm, .tgid = 100, .vcpu_id = id
	};
	uint32_t nth = vptable_add(&a->t, &a->meta, &v), vp = a->t.seen[nth].vp;

	for (uint32_t i = 0; i < a->meta.vps; i++)
		for (uint32_t j = 0; j < i; j++)
			cr_expect(a->meta.vp[i].domain != a->meta.vp[j].domain ||
				      a->meta.vp[i].vcpu != a->meta.vp[j].vcpu,
				  "%s and %s are of one domain and vcpu", a->meta.vp[i].name,
				  a->meta.vp[j].name);
	return vp;
}

static void make(struct table *a, uint64_t kvm, uint64_t vcpu, uint32_t id)
{
	const struct raw_event e = {
		.type = RAW_CREATED, .vcpu = vcpu, .a = kvm, .b = id, .c = 100
	};

	vptable_created(&a->t, &a->meta, &e);
}

static void expect(const struct table *a, uint32_t vp, uint32_t domain, const char *name)
{
	cr_assert(vp < a->meta.vps);
	cr_expect_eq(a->meta.vp[vp].domain, domain);
	cr_expect_str_eq(a->meta.vp[vp].name, name);
}

Test(vptable, a_vcpu_that_is_met_again)
{
	struct table a;

	set_up(&a);
	expect(&a, see(&a, 0x1000, 0xa0, 0), 0, "vmmv0");
	expect(&a, see(&a, 0x1000, 0xb0, 1), 0, "vmmv1");
	cr_expect_eq(see(&a, 0x1000, 0xa0, 0), 0);
	cr_expect_eq(see(&a, 0x1000, 0xb0, 1), 1);
	cr_expect_eq(a.meta.vps, 2);
	tear_down(&a);
}

/* No word of a vCPU that was made: a VM has no two vCPUs of one number, nor one of two. */
Test(vptable, told_by_its_vcpus)
{
	struct table a;

	set_up(&a);
	see(&a, 0x1000, 0xa0, 0);
	see(&a, 0x1000, 0xb0, 1);
	expect(&a, see(&a, 0x1000, 0xc0, 0), 1, "vmm/2v0");
	/* Its address is as before, but the VM is the new one. */
	expect(&a, see(&a, 0x1000, 0xb0, 1), 1, "vmm/2v1");
	expect(&a, see(&a, 0x1000, 0xa0, 1), 2, "vmm/3v1");
	expect(&a, see(&a, 0x1000, 0xb0, 0), 2, "vmm/3v0");
	cr_expect_eq(see(&a, 0x1000, 0xb0, 0), 5);
	tear_down(&a);
}

/* All addresses are as before. */
Test(vptable, told_when_they_are_made)
{
	struct table a;

	set_up(&a);
	make(&a, 0x1000, 0xa0, 0);
	make(&a, 0x1000, 0xb0, 1);
	make(&a, 0x1000, 0xa0, 0); /* its TSC was set before it ran */
	see(&a, 0x1000, 0xa0, 0);
	see(&a, 0x1000, 0xb0, 1);
	cr_expect_eq(a.t.vms, 1);
	make(&a, 0x1000, 0xa0, 0);
	make(&a, 0x1000, 0xb0, 1);
	make(&a, 0x1000, 0xa0, 0);
	expect(&a, see(&a, 0x1000, 0xb0, 1), 1, "vmm/2v1");
	expect(&a, see(&a, 0x1000, 0xa0, 0), 1, "vmm/2v0");
	cr_expect_eq(a.t.vms, 2);
	/* One that was made later, of the same VM. */
	make(&a, 0x1000, 0xc0, 2);
	expect(&a, see(&a, 0x1000, 0xc0, 2), 1, "vmm/2v2");
	tear_down(&a);
}

/* The first that runs is one that the old VM had not. */
Test(vptable, larger_than_before)
{
	struct table a;

	set_up(&a);
	make(&a, 0x1000, 0xa0, 0);
	see(&a, 0x1000, 0xa0, 0);
	make(&a, 0x1000, 0xc0, 0);
	make(&a, 0x1000, 0xd0, 1);
	expect(&a, see(&a, 0x1000, 0xd0, 1), 1, "vmm/2v1");
	expect(&a, see(&a, 0x1000, 0xc0, 0), 1, "vmm/2v0");
	tear_down(&a);
}

/* A vCPU's address goes to another VM and back. */
Test(vptable, there_and_back)
{
	struct table a;

	set_up(&a);
	see(&a, 0x1000, 0xa0, 0);
	expect(&a, see(&a, 0x2000, 0xa0, 0), 1, "vmv0");
	expect(&a, see(&a, 0x1000, 0xa0, 0), 2, "vmm/3v0");
	tear_down(&a);
}

/* When it was is when its events were. */
Test(vptable, found_by_time)
{
	struct raw_vcpu v = { .ev = { .type = RAW_VCPU, .vcpu = 0xa0, .ts = 50 }, .kvm = 1 };
	struct table a;

	set_up(&a);
	vptable_add(&a.t, &a.meta, &v);
	v.kvm = 2;
	v.ev.ts = 90;
	vptable_add(&a.t, &a.meta, &v);
	cr_expect_eq(vptable_find(&a.t, 0xa0, 40), 0);
	cr_expect_eq(vptable_find(&a.t, 0xa0, 89), 0);
	cr_expect_eq(vptable_find(&a.t, 0xa0, 90), 1);
	cr_expect_eq(vptable_find(&a.t, 0xb0, 90), VPTABLE_NONE);
	tear_down(&a);
}
