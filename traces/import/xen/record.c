/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/record.h"

unsigned xen_words_needed(uint32_t event)
{
	if (xen_is_runstate(event))
		return 1;
	if (xen_is_exit(event))
		return 1;
	switch (event) {
	case XEN_LOST_RECORDS:
		return 4;
	case XEN_CONTINUE_RUNNING:
		return 1;
	case XEN_YIELD:
		return 2;
	case XEN_SWITCH_INFPREV:
		return 3;
	case XEN_SWITCH_INFNEXT:
		return 2;
	case XEN_MSR_WRITE:
		return 3;
	case XEN_IOMEM_WRITE:
		return 1;
	case XEN_IOMEM_WRITE_64:
		return 2;
	case XEN_LAPIC_START:
		return 5;
	case XEN_PV_HYPERCALL:
	case XEN_PV_SUBCALL:
		return 1;
	case XEN_PV_STOP:
	case XEN_PV_FIRE:
		return 1;
	case XEN_PV_SET_SINGLESHOT:
	case XEN_PV_SET_TIMER_OP:
		return 6;
	case XEN_MACHINE_TIMER_SET:
		return 4;
	default:
		return 0;
	}
}
