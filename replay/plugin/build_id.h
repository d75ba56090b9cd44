/* SPDX-License-Identifier: GPL-2.0-only */
/* The GNU build id of a loaded object: which build of a policy a result came from. */
#ifndef VTICK_REPLAY_PLUGIN_BUILD_ID_H
#define VTICK_REPLAY_PLUGIN_BUILD_ID_H

#include <stddef.h>

/* Hex digits of the build id of the object that @symbol is in; "" if it has none. Cut off at
 * @size - 1 digits. */
void build_id_of(const void *symbol, char *hex, size_t size);

#endif
