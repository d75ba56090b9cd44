/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/bound/cell.h"

#include "traces/base/json.h"

void bound_cell_open(struct bound_cell *c, const struct trace_meta *meta, const struct seeds *seeds,
		     const struct engine_options *options, enum bound_rides rides)
{
	struct bound_options o = { .slack_ns = options->slop_ns, .rides = rides };

	c->guest = bound_new(meta, seeds, &o);
	o.hypervisor = options;
	c->with_hv = bound_new(meta, seeds, &o);
}

void bound_cell_events(struct bound_cell *c, const struct trace_event *ev, size_t n)
{
	bound_events(c->guest, ev, n);
	bound_events(c->with_hv, ev, n);
}

void bound_cell_end(struct bound_cell *c)
{
	bound_end(c->guest);
	bound_end(c->with_hv);
}

void bound_cell_free(struct bound_cell *c)
{
	bound_free(c->guest);
	bound_free(c->with_hv);
	*c = (struct bound_cell){ 0 };
}

bool bound_cell_same(const struct engine_options *a, const struct engine_options *b)
{
	return a->hv_tick_hz == b->hv_tick_hz && a->hv_tick_phase_ns == b->hv_tick_phase_ns &&
	       a->hv_tick_idle == b->hv_tick_idle && a->hv_slice_ns == b->hv_slice_ns &&
	       a->recorded_slices == b->recorded_slices && a->slop_ns == b->slop_ns;
}

json_t *bound_cell_json(const struct bound_cell *c, uint64_t interrupts)
{
	uint64_t least = bound_total(c->with_hv);
	unsigned __int128 milli = least ? (unsigned __int128)interrupts * 1000 / least : 0;

	return json_make("{s:o, s:o, s:o}", "guest", json_exact(bound_total(c->guest)), "with_hv",
			 json_exact(least), "multiple_milli",
			 !least		      ? json_null()
			 : milli > UINT64_MAX ? json_exact(UINT64_MAX)
					      : json_exact((uint64_t)milli));
}
