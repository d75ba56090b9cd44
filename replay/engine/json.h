/* SPDX-License-Identifier: GPL-2.0-only */
/* Integers of results, which saturate. */
#ifndef VTICK_REPLAY_ENGINE_JSON_H
#define VTICK_REPLAY_ENGINE_JSON_H

#include "replay/engine/histogram.h"
#include "traces/base/json.h"

static inline json_t *json_int(__int128 v)
{
	return json_integer((json_int_t)result_saturate(v));
}

static inline void json_put_count(json_t *object, const char *key, uint64_t count)
{
	json_put(object, key, json_int((__int128)count));
}

#endif
