/* SPDX-License-Identifier: GPL-2.0-only */
/* What an object file asks for that is nowhere: functions, and what is used in another way. */
#ifndef VTICK_REPLAY_KINDS_SYMBOLS_H
#define VTICK_REPLAY_KINDS_SYMBOLS_H

#include "replay/kinds/text.h"

/* The undefined symbols of the shared object @path that no library is named for. 0 or -1. */
int symbols_missing(const char *path, struct text_words *missing, struct vt_error *err);
/* Those undefined symbols of the object file @path that are not only called. 0 or -1. */
int symbols_not_called(const char *path, struct text_words *used, struct vt_error *err);

#endif
