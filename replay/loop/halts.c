/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/halts.h"

#include "replay/loop/work.h"

bool loop_was_timer(struct loop *l, uint32_t vp, const struct tape_item **i)
{
	while (!(*i)->stop.known && loop_more(l))
		*i = tape_item(l->t, vp, l->vp[vp].item);
	return (*i)->stop.known && (*i)->stop.cause == CAUSE_TIMER;
}

void loop_pass_over(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item);
	uint64_t ran = loop_ran(l, v), at = v->tick_ran < ran ? v->tick_ran : ran;

	at = at > v->item_ran ? at : v->item_ran;
	own_passes_over(&v->own, i, at - v->item_ran);
	own_passes(&v->own, i, false);
	loop_note_tick(v, &i->stop);
	v->item_ran = at;
	v->item++;
	l->counts.items++;
	tape_drop_items(l->t, vp, v->item);
}

bool loop_rest(struct loop *l, uint32_t vp, uint64_t time, struct own_rest *rest)
{
	const uint64_t next = l->vp[vp].item, last = time + l->round;
	const bool again = loop_is_behind(l, vp, next - 1);
	const struct tape_item *i;

	*rest = (struct own_rest){ 0 };
	for (uint64_t n = next;; n++) {
		while (!(i = tape_item(l->t, vp, n)) &&
		       (tape_lost(l->t) || tape_time(l->t) <= last) && loop_more(l))
			;
		if (!i || i->ev.time > last || (!again && loop_is_behind(l, vp, n)))
			return false;
		rest->work += own_work_of(i);
		if (loop_is_halt(i))
			return true;
		rest->units += tape_is_stop(i) ? 0 : own_units(&i->act);
	}
}

/* What the tape has until the halt that comes next. */
struct until_halt {
	bool known; /* there is one; or more has to be read */
	bool halts;
	uint64_t work; /* of the guest's own, and what the ticks before the halt bring of that */
	uint64_t brought;
};

static struct until_halt look_for_halt(const struct loop *l, uint32_t vp)
{
	const struct loop_vp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item);
	struct until_halt u = { .known = true };
	uint64_t last = i->ev.time + l->look;

	for (unsigned k = 0; k <= OWN_LOOK; k++) {
		i = tape_item(l->t, vp, v->item + k);
		if (!i && (tape_lost(l->t) || (!tape_ended(l->t) && tape_time(l->t) <= last)))
			return (struct until_halt){ .known = false };
		if (!i || loop_is_behind(l, vp, v->item + k) || i->ev.time > last)
			return u;
		if (loop_is_halt(i)) {
			u.work += i->work;
			u.halts = true;
			return u;
		}
		if (tape_is_stop(i))
			return u;
		u.work += loop_answers(i) ? i->act.before : i->work;
		if (loop_answers(i))
			u.brought += own_brought(&v->own, i);
	}
	return u;
}

uint64_t loop_halts_at(struct loop *l, uint32_t vp, const struct tape_item *i, enum loop_next *what)
{
	const struct loop_vp *v = &l->vp[vp];
	uint64_t before = i->act.before, at = loop_time_at(l, v, loop_own_ran(v, before));
	struct until_halt u;

	*what = NEXT_LOOK;
	if (!loop_may_put_back(v) || loop_is_behind(l, vp, v->item))
		return LOOP_NEVER;
	for (;;) {
		u = look_for_halt(l, vp);
		if (u.known)
			break;
		at = loop_never_before(l, at);
		if (at > l->now)
			return at;
		loop_more(l);
	}
	if (!u.halts)
		return LOOP_NEVER;
	*what = NEXT_HALT;
	u.work = u.work > before + u.brought ? u.work - u.brought : before;
	return loop_time_at(l, v, loop_own_ran(v, u.work));
}
