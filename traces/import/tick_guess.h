/* SPDX-License-Identifier: GPL-2.0-only */
/* A first guess at the period of ticks, by what most of them agree on: a part of tick_line.h. */
#ifndef VTICK_TRACES_IMPORT_TICK_GUESS_H
#define VTICK_TRACES_IMPORT_TICK_GUESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * @t: @n times, ascending from 0 on, each @thin-th of what there was. The period, and in *@error
 * how far that may be wrong, both in ticks of their clock; *@used are the times looked at, the
 * first ones. 0: none.
 */
int64_t tick_guess(const int64_t *t, size_t n, int64_t thin, int64_t *error, size_t *used);

#endif
