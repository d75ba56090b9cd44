/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/tsc_deadline.h"

#include <string.h>

#include "traces/base/sort.h"

__extension__ typedef __int128 wide;

enum tsc_says tsc_deadline_says(int64_t by_tsc, int64_t by_hrtimer, int64_t agree, int64_t stall,
				uint64_t distance)
{
	wide early = (wide)by_tsc - by_hrtimer;

	if (distance >= TSC_DISTANCE_MAX)
		return TSC_SAYS_NEVER;
	if (early >= -agree && early <= agree)
		return TSC_SAYS_BOTH;
	return early > 0 && early <= stall ? TSC_SAYS_STALL : TSC_SAYS_HRTIMER;
}

bool tsc_mismatch(struct tsc_mismatches *m, int64_t offset, int64_t agree)
{
	int64_t sorted[TSC_MISMATCHES];

	if (m->n == TSC_MISMATCHES)
		memmove(m->offset, m->offset + 1, --m->n * sizeof(*m->offset));
	m->offset[m->n++] = offset;
	if (m->n < TSC_MISMATCHES)
		return false;
	memcpy(sorted, m->offset, sizeof(sorted));
	sort_i64(sorted, TSC_MISMATCHES);
	if ((uint64_t)sorted[TSC_MISMATCHES - 1] - (uint64_t)sorted[0] > (uint64_t)agree)
		return false;
	memcpy(m->offset, sorted, sizeof(sorted));
	return true;
}
