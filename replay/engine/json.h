/* SPDX-License-Identifier: GPL-2.0-only */
/* jansson with "no memory" taken out of every caller's way, and integers that saturate. */
#ifndef VTICK_REPLAY_ENGINE_JSON_H
#define VTICK_REPLAY_ENGINE_JSON_H

#include <jansson.h>
#include <stdlib.h>

#include "replay/engine/histogram.h"

static inline json_t *json_int(__int128 v)
{
	return json_integer((json_int_t)result_saturate(v));
}

/* All abort where there is no memory; @value is stolen. */
static inline void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		abort();
}

static inline void json_put_count(json_t *object, const char *key, uint64_t count)
{
	json_put(object, key, json_int((__int128)count));
}

static inline void json_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		abort();
}

#endif
