/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/own.h"

/* No sum of these gets out of its type. */
#define OWN_MAX (INT64_C(1) << 58)

static int64_t kept_small(__int128 work)
{
	if (work > OWN_MAX)
		return OWN_MAX;
	return work < -OWN_MAX ? -OWN_MAX : (int64_t)work;
}

/* In units of the grid, at least one; 0: @step is none. */
static uint64_t units_of(int64_t step, uint64_t unit)
{
	uint64_t half = unit / 2, at = (uint64_t)step + half;

	if (step < (int64_t)half || at < unit)
		return 0;
	return at < 2 * unit ? 1 : at / unit; /* mostly one, without a division */
}

/* Of the recorded step; 0: it is none. */
static uint64_t recorded_units(const struct tape_act *a)
{
	if (!a->unit || a->unit == GRID_BY_STEPS || a->ahead <= 0)
		return 0;
	return units_of(a->step, a->unit);
}

/* What a unit of time has brought so far. */
static uint64_t unit_work(const struct own *o)
{
	return o->units ? o->done / o->units : 0;
}

void own_passes(struct own *o, const struct tape_item *i)
{
	o->done += i->work;
	if (tape_is_stop(i))
		return;
	o->done += i->act.before;
	o->units += recorded_units(&i->act);
}

void own_answers(struct own *o, const struct tape_item *i, uint64_t ran)
{
	o->owed = kept_small((__int128)o->owed + i->act.before - ran);
}

void own_arms(struct own *o, const struct tape_act *a, int64_t step)
{
	uint64_t recorded = recorded_units(a), units = recorded ? units_of(step, a->unit) : 0;

	/* Mostly they are as many. */
	if (units && units != recorded)
		o->owed = kept_small(o->owed + ((__int128)units - recorded) * unit_work(o));
}

uint64_t own_work(const struct own *o, const struct tape_item *i)
{
	int64_t work = (int64_t)i->work + o->owed;

	return work > 0 ? (uint64_t)work : 0;
}

void own_halts(struct own *o, const struct tape_item *i)
{
	int64_t work = (int64_t)i->work + o->owed;

	o->owed = work < 0 ? work : 0;
}

void own_passes_over(struct own *o, const struct tape_item *i, uint64_t ran)
{
	o->owed = kept_small((__int128)o->owed + i->work - ran);
}

uint64_t own_brought(const struct own *o, const struct tape_item *i)
{
	int64_t all = kept_small((__int128)recorded_units(&i->act) * unit_work(o));

	return all > (int64_t)i->work ? (uint64_t)all - i->work : 0;
}
