/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_TRACES_RECORD_VMNAME_H
#define VTICK_TRACES_RECORD_VMNAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * What to call the VM of process @pid: what its VMM was told (QEMU's -name, Firecracker's --id),
 * else the program's name and the process id.
 */
void vm_name(uint32_t pid, char *name, size_t size);

#endif
