/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/ending.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void ending_plain(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void set(struct engine *e, enum engine_end_kind kind, const char *format, va_list ap)
{
	e->end.kind = kind;
	vsnprintf(e->end.why, sizeof(e->end.why), format, ap);
	ending_plain(e->end.why);
}

void ending_set(struct engine *e, enum engine_end_kind kind, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(e, kind, format, ap);
	va_end(ap);
}

void ending_now(struct engine *e, enum engine_end_kind kind, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(e, kind, format, ap);
	va_end(ap);
	longjmp(e->escape, 1);
}

void ending_timer_changed(struct engine *e, uint32_t lp)
{
	ending_now(e, ENGINE_MISUSED,
		   "a timer in the queue of lp %" PRIu32
		   " was written to, freed or moved while it was active",
		   lp);
}
