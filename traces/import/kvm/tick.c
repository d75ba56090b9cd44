/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tick.h"
#include "traces/base/mem.h"

#include <stdlib.h>

enum { RATES = 4, LEAST = 4 };

/*
 * Each CPU's tick is an hrtimer that goes on by one period, or by several when the CPU was idle
 * (NOHZ): its period is the commonest step.
 */
uint64_t kvm_tick_hz(const struct tracecmd_file *f)
{
	/* The choices of CONFIG_HZ on x86 (kernel/Kconfig.hz). */
	static const uint64_t rate[RATES] = { 100, 250, 300, 1000 };
	uint64_t *last = vt_array(f->cpus + 1, sizeof(*last));
	uint64_t steps[RATES] = { 0 }, best = 0;
	size_t found = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];
		uint64_t step;

		if (r->kind != KVM_START || !(r->flags & KVM_F_TICK))
			continue;
		step = r->b - last[r->cpu];
		last[r->cpu] = r->b;
		for (size_t k = 0; k < RATES; k++) {
			uint64_t period = UINT64_C(1000000000) / rate[k];

			steps[k] += step >= period - 1 && step <= period + 1;
		}
	}
	for (size_t k = 0; k < RATES; k++)
		if (steps[k] > best) {
			best = steps[k];
			found = k;
		}
	free(last);
	return best >= LEAST ? rate[found] : 0;
}

uint64_t kvm_tick_due(const struct tracecmd_file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];

		if (r->kind == KVM_START && r->flags & KVM_F_TICK)
			return r->b;
	}
	return 0;
}
