/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/kernel_facts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool effective(uint64_t set, unsigned cap)
{
	return set & UINT64_C(1) << cap;
}

/* BPF programs that look at the kernel need CAP_BPF and CAP_PERFMON, kallsyms CAP_SYSLOG. */
static bool privileged(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t set = 0;
	char line[256];
	bool known = false;

	while (f && !known && fgets(line, sizeof(line), f))
		known = sscanf(line, "CapEff: %" SCNx64, &set) == 1;
	if (f)
		fclose(f);
	if (!known)
		return geteuid() == 0;
	return effective(set, CAP_SYS_ADMIN) ||
	       (effective(set, CAP_BPF) && effective(set, CAP_PERFMON) &&
		effective(set, CAP_SYSLOG));
}

/* The address of a function of the kernel; the compiler may have added a suffix to its name. */
static uint64_t symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	size_t len = strlen(name);
	uint64_t address = 0;
	char line[512];

	while (f && !address && fgets(line, sizeof(line), f)) {
		uint64_t at;
		char type, found[256];

		if (sscanf(line, "%" SCNx64 " %c %255s", &at, &type, found) != 3)
			continue;
		if (!strncmp(found, name, len) && (!found[len] || found[len] == '.'))
			address = at;
	}
	if (f)
		fclose(f);
	return address;
}

static int bpf_works(struct vt_error *err)
{
	int fd =
	    bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), NULL);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == ENOSYS)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "record needs BPF, which this kernel was built without: use one with "
		    "CONFIG_BPF_SYSCALL=y");
	if (errno == EINVAL)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "record needs the BPF ring buffer, which this kernel does not have: use "
		    "Linux 5.11 or newer");
	return vt_error_set(
	    err, NULL, VT_NO_OFFSET,
	    "record needs BPF, which this system does not allow (%s): run it on the host, not "
	    "in a container, without kernel lockdown",
	    strerror(errno));
}

int kernel_tracepoint(const struct kernel_facts *f, const char *name)
{
	const struct btf *const where[2] = { f->kvm, f->vmlinux };
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	for (size_t i = 0; i < 2; i++) {
		int id = where[i] ? btf__find_by_name_kind(where[i], type, BTF_KIND_TYPEDEF) : -1;

		/* typedef void (*btf_trace_NAME)(void *, ARGUMENTS) */
		for (int hops = 0; id > 0 && hops < 3; hops++) {
			const struct btf_type *t = btf__type_by_id(where[i], (uint32_t)id);

			if (t && btf_is_func_proto(t))
				return btf_vlen(t) - 1;
			id = t ? (int)t->type : -1;
		}
	}
	return -1;
}

static int need_kvm(const struct kernel_facts *f, struct vt_error *err)
{
	const char *how = "load kvm_intel or kvm_amd, or turn virtualization on in the firmware";

	if (kernel_tracepoint(f, "kvm_msr") < 0) {
		if (!access("/sys/module/kvm", F_OK))
			return vt_error_set(
			    err, NULL, VT_NO_OFFSET,
			    "record needs KVM's BTF, which this kernel does not have for its "
			    "kvm module: use one built with CONFIG_DEBUG_INFO_BTF_MODULES=y");
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "record needs KVM, which is not loaded: %s", how);
	}
	if (access("/dev/kvm", F_OK))
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "record needs KVM, but there is no /dev/kvm: %s", how);
	return 0;
}

int kernel_facts_get(struct kernel_facts *f, struct vt_error *err)
{
	*f = (struct kernel_facts){ 0 };
	if (!privileged())
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "record needs root (CAP_BPF, CAP_PERFMON and CAP_SYSLOG): run it with sudo");
	if (bpf_works(err))
		return -1;
	f->vmlinux = btf__load_vmlinux_btf();
	if (!f->vmlinux)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "record needs BTF, the kernel's own type information, but there is no "
		    "/sys/kernel/btf/vmlinux: use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
	f->kvm = btf__load_module_btf("kvm", f->vmlinux);
	if (need_kvm(f, err))
		goto failed;
	f->apic_timer_fn = symbol("apic_timer_fn");
	if (!f->apic_timer_fn) {
		vt_error_set(err, NULL, VT_NO_OFFSET,
			     "record needs kernel addresses, which /proc/kallsyms hides: set "
			     "kernel.kptr_restrict to 1 or 0 ('sysctl kernel.kptr_restrict=1')");
		goto failed;
	}
	return 0;
failed:
	kernel_facts_free(f);
	return -1;
}

void kernel_facts_free(struct kernel_facts *f)
{
	btf__free(f->kvm);
	btf__free(f->vmlinux);
	f->kvm = NULL;
	f->vmlinux = NULL;
}

uint32_t kernel_tick_hz(void)
{
	struct utsname u;
	char boot[128], line[512];
	const char *const path[] = { "/proc/config.gz", boot };
	unsigned hz = 0;

	if (uname(&u))
		return 0;
	snprintf(boot, sizeof(boot), "/boot/config-%s", u.release);
	for (size_t i = 0; !hz && i < sizeof(path) / sizeof(*path); i++) {
		gzFile f = gzopen(path[i], "rb"); /* reads plain files too */

		while (f && !hz && gzgets(f, line, sizeof(line)))
			if (sscanf(line, "CONFIG_HZ=%u", &hz) != 1)
				hz = 0;
		if (f)
			gzclose(f);
	}
	return hz;
}
