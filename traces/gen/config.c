/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "traces/gen/config.h"

/* A day has 8.64e13 ns; half of TRACE_TICK_LIMIT leaves room for counters that were set ahead. */
#define END_MAX (TRACE_TICK_LIMIT / 4)

static int refuse(struct vt_error *err, const char *what)
{
	return vt_error_set(err, NULL, VT_NO_OFFSET, "%s", what);
}

static int check_counts(const struct gen_config *c, struct vt_error *err)
{
	if (!c->domains || !c->vcpus || (uint64_t)c->domains * c->vcpus > TRACE_VPS_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--domains times --vcpus must be 1 to %u", TRACE_VPS_MAX);
	if (!c->lps || c->lps > TRACE_LPS_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "--lps must be 1 to %u",
				    TRACE_LPS_MAX);
	if (c->set_itc > c->domains)
		return refuse(err, "--set-itc: more domains than --domains");
	if (!c->clock_hz || c->clock_hz > TRACE_CLOCK_HZ_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "--clock-hz must be 1 to %" PRIu64,
				    TRACE_CLOCK_HZ_MAX);
	if (!c->tick_hz || c->tick_hz > c->clock_hz / 2)
		return refuse(err, "--tick must be at least 1 Hz and at most half of --clock-hz");
	return 0;
}

static int check_choices(const struct gen_config *c, struct vt_error *err)
{
	if (c->mode == GEN_PERIODIC && c->device != TRACE_LAPIC)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "--device %s has no periodic mode; add --device lapic, or --mode oneshot",
		    trace_dev_name(c->device));
	if (c->mode == GEN_PERIODIC && (c->tickless || c->moves))
		return refuse(err, "--tickless and --moves need --mode oneshot: a periodic timer "
				   "is programmed once");
	if (c->blocked >= 100)
		return refuse(
		    err, "--blocked must be 0 to 99: a guest that never runs programs no timer");
	if (c->hypervisor == GEN_IDEAL && (c->slop_ns || c->irq_cost_ns))
		return refuse(err, "--slop and --irq-cost need --hypervisor virtual: an ideal one "
				   "is never late, and costs nothing");
	if (c->moves + c->cancel > 100)
		return refuse(err, "--moves and --cancel together must be at most 100");
	return 0;
}

static int check_times(const struct gen_config *c, struct vt_error *err)
{
	uint64_t run = (uint64_t)((unsigned __int128)c->period * (100 - c->blocked) / 100);

	if (!c->end || c->end > END_MAX)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--duration must be 1 to %" PRIu64 " ticks of --clock-hz",
				    END_MAX);
	if (!c->slice || c->slice > END_MAX || c->slice_ends - c->slice > c->slice)
		return refuse(err, "--slice must be at least one tick of --clock-hz, and not below "
				   "--switch-delay");
	if (!c->answer || c->answer >= c->period)
		return refuse(
		    err,
		    "--answer-delay must be at least one tick of --clock-hz, and shorter than the "
		    "period of --tick");
	if (c->wake >= c->period)
		return refuse(err, "--wake-delay must be shorter than the period of --tick");
	if (c->slop > END_MAX || c->irq_cost > END_MAX)
		return refuse(err, "--slop or --irq-cost is too long");
	if (c->set_itc_every > END_MAX)
		return refuse(err, "--set-itc-every is too long");
	if (c->blocked && run < c->answer)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "--blocked %u leaves %" PRIu64
				    " ns of each period to run, less than "
				    "--answer-delay: lower --blocked, --tick or --answer-delay",
				    c->blocked, trace_ticks_to_ns(run, c->clock_hz));
	return 0;
}

int gen_config_finish(struct gen_config *c, struct vt_error *err)
{
	if (c->device == GEN_UNSET)
		c->device = c->mode == GEN_PERIODIC ? TRACE_LAPIC : TRACE_ITM;
	if (c->moves == GEN_UNSET)
		c->moves = c->tickless ? 25 : 0;
	if (check_counts(c, err) || check_choices(c, err))
		return -1;
	/* Rounded to the nearest, as Xen/ia64 and Linux/ia64 computed their itm_delta. */
	c->period = (c->clock_hz + c->tick_hz / 2) / c->tick_hz;
	c->end = trace_ns_to_ticks(c->duration_ns, c->clock_hz);
	c->slice = trace_ns_to_ticks(c->slice_ns, c->clock_hz);
	c->slice_ends = c->slice + trace_ns_to_ticks(c->switch_ns, c->clock_hz);
	c->answer = trace_ns_to_ticks(c->answer_ns, c->clock_hz);
	c->wake = trace_ns_to_ticks(c->wake_ns, c->clock_hz);
	c->slop = trace_ns_to_ticks(c->slop_ns, c->clock_hz);
	c->irq_cost = trace_ns_to_ticks(c->irq_cost_ns, c->clock_hz);
	c->switching = trace_ns_to_ticks(c->switch_ns, c->clock_hz);
	c->set_itc_every = trace_ns_to_ticks(c->set_itc_every_ns, c->clock_hz);
	return check_times(c, err);
}
