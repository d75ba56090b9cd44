/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/sound.h"

#include <string.h>

#include "replay/catalogue.h"

#define KEY_MAX 64
#define TEXT_MAX 64

/* Integers all the way down: pairs of a bucket and its count, or times by length. */
static bool is_distribution(const json_t *value)
{
	const json_t *each;
	const char *key;
	size_t i;

	json_array_foreach(value, i, each)
	{
		if (!json_is_integer(each) && !(json_is_array(each) && is_distribution(each)))
			return false;
	}
	json_object_foreach((json_t *)value, key, each)
	{
		if (!json_is_integer(each))
			return false;
	}
	return json_is_array(value) || json_is_object(value);
}

static bool is_value(const struct metric *m, const json_t *value, uint32_t minor)
{
	if (!value)
		return m->when != WHEN_ALWAYS || m->since > minor;
	if (json_is_null(value))
		return m->nullable || m->when != WHEN_ALWAYS;
	switch (m->kind) {
	case NUMBER:
	case DETAIL:
		return json_is_integer(value) && !metric_expects(m, json_integer_value(value));
	case DISTRIBUTION:
		return is_distribution(value);
	case TEXT:
		return json_is_string(value) && json_string_length(value) <= TEXT_MAX;
	default:
		return false;
	}
}

/* Is what stands at @path below @o as @m would have it? */
static bool is_sound(const struct metric *m, const json_t *o, const char *path, uint32_t minor)
{
	size_t n = strcspn(path, ".["), i;
	const json_t *value, *each;
	char key[KEY_MAX];

	if (n >= sizeof(key))
		return false;
	memcpy(key, path, n);
	key[n] = '\0';
	value = json_object_get(o, key);
	if (!path[n])
		return is_value(m, value, minor);
	if (!value || json_is_null(value))
		return m->when != WHEN_ALWAYS || (!value && m->since > minor);
	if (path[n] == '.')
		return json_is_object(value) && is_sound(m, value, path + n + 1, minor);
	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, each)
	{
		if (!is_sound(m, each, path + n + strlen("[]."), minor))
			return false;
	}
	return true;
}

/* Does a metric stand in the cell's member @key? */
static bool is_known(const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < metric_count; i++) {
		const char *name = metric_table[i].name;

		if (metric_table[i].kind != SAMPLES && !strncmp(name, key, n) &&
		    strchr(".[", name[n])) /* or the end */
			return true;
	}
	return false;
}

bool sound_metrics(const json_t *metrics, uint32_t minor)
{
	const json_t *value;
	const char *key;

	if (!json_is_object(metrics))
		return false;
	json_object_foreach((json_t *)metrics, key, value)
	{
		if (!is_known(key))
			return false;
	}
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];

		if (m->kind != SAMPLES && !is_sound(m, metrics, m->name, minor))
			return false;
	}
	return true;
}
