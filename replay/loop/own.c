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

uint64_t own_units(const struct tape_act *a)
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

void own_passes(struct own *o, const struct tape_item *i, bool again)
{
	uint64_t work = own_work_of(i), units = tape_is_stop(i) ? 0 : own_units(&i->act);

	o->round.work += work;
	o->round.first |= units != 0;
	if (tape_is_stop(i) && i->ev.sub == TRACE_BLOCK)
		o->round = (struct own_round){ .begun = true };
	if (again)
		return;
	o->done += work;
	o->units += units;
	o->arms += units != 0;
}

void own_answers(struct own *o, const struct tape_item *i, uint64_t ran)
{
	o->owed = kept_small((__int128)o->owed + i->act.before - ran);
}

int64_t own_more_units(const struct tape_act *a, int64_t step)
{
	uint64_t recorded = own_units(a), units = recorded ? units_of(step, a->unit) : 0;

	return units ? (int64_t)(units - recorded) : 0;
}

void own_arms(struct own *o, const struct tape_item *i, int64_t more, const struct own_rest *rest)
{
	uint64_t units = own_units(&i->act);
	__int128 brings = unit_work(o);

	if (rest) {
		brings = (o->round.work + own_work_of(i) + rest->work) - brings * rest->units;
		brings = brings > 0 ? brings / units : 0;
	}
	o->owed = kept_small(o->owed + more * brings);
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
	int64_t all = kept_small((__int128)own_units(&i->act) * unit_work(o));

	return all > (int64_t)i->work ? (uint64_t)all - i->work : 0;
}
