/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vpt_calls.h: the timers that vpt.c calls are those of queue.h, which may be timer.c's or not, and
 * the interrupts that it sets local_apic.h's, which may be vlapic.c's or not. vpt_calls_end.h ends
 * that.
 */
#define init_timer vpt_init_timer
#define set_timer vpt_set_timer
#define stop_timer vpt_stop_timer
#define kill_timer vpt_kill_timer
#define migrate_timer vpt_migrate_timer
#define timer_expires_before vpt_timer_expires_before
#define vlapic_set_irq vpt_vlapic_set_irq

void init_timer(struct timer *timer, void (*function)(void *), void *data, unsigned cpu);
void set_timer(struct timer *timer, s_time_t expires);
void stop_timer(struct timer *timer);
void kill_timer(struct timer *timer);
void migrate_timer(struct timer *timer, unsigned new_cpu);
bool timer_expires_before(struct timer *timer, s_time_t t);
void vlapic_set_irq(struct vlapic *vlapic, uint8_t vector, uint8_t trigger);
