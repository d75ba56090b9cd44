/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: timers, each in the list of a CPU or in none. */
#ifndef TEST_TREE_TIMER_H
#define TEST_TREE_TIMER_H

#include <xen/list.h>
#include <xen/percpu.h>
#include <xen/time.h>

#define TIMER_STATUS_inactive 1
#define TIMER_STATUS_killed 2
#define TIMER_STATUS_in_heap 3
#define TIMER_STATUS_in_list 4

struct timer {
	s_time_t expires;
	struct timer *list_next;
	void (*function)(void *);
	void *data;
	uint16_t cpu;
	uint8_t status;
};

DECLARE_PER_CPU(s_time_t, timer_deadline);

void init_timer(struct timer *timer, void (*function)(void *), void *data, unsigned cpu);
void set_timer(struct timer *timer, s_time_t expires);
void stop_timer(struct timer *timer);
void kill_timer(struct timer *timer);
void migrate_timer(struct timer *timer, unsigned new_cpu);
bool timer_expires_before(struct timer *timer, s_time_t t);
s_time_t align_timer(s_time_t firsttick, uint64_t period);
void timer_init(void);
int reprogram_timer(s_time_t timeout);

#endif
