/* SPDX-License-Identifier: GPL-2.0-only */
#undef init_timer
#undef set_timer
#undef stop_timer
#undef kill_timer
#undef migrate_timer
#undef timer_expires_before
#undef vlapic_set_irq
