/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_LATE_BRIEF_H
#define VTICK_REPLAY_LATE_BRIEF_H

/* Lets `info` and `dump` say how late ticks were (traces/lateness.h). Before any command runs. */
void late_brief_ready(void);

#endif
