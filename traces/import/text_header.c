/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/text_header.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/near.h"
#include "traces/meta_keys.h"

static const char *const of_vp[] = { "domain", "vcpu", "name", NULL };

/* @why is freed. */
static int refuse(char *why, struct text_fault *fault)
{
	text_refuse(fault, "%s", why);
	free(why);
	return -1;
}

static bool is_of_vp(const char *key)
{
	for (size_t i = 0; of_vp[i]; i++) {
		if (!strcmp(key, of_vp[i]))
			return true;
	}
	return false;
}

static int look_at_vp(const json_t *vp, struct text_fault *fault)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)vp, key, value)
	{
		struct near near = { 0 };

		if (!is_of_vp(key)) {
			for (size_t i = 0; of_vp[i]; i++)
				near_try(&near, key, of_vp[i]);
			return refuse(meta_name_fault("an entry of \"vps\"", key, near.name),
				      fault);
		}
		if (!strcmp(key, "name") && !json_is_string(value))
			return text_refuse(fault, "the \"name\" of an entry of \"vps\" is no text");
	}
	return 0;
}

/* A later line that is no more of the header, though it is no event and names no VP. */
static int meant_for_other(const json_t *line, struct text_fault *fault)
{
	if (json_object_get(line, "time") || json_object_get(line, "lp"))
		return text_refuse(fault, "a line with \"%s\" is an event, and lacks \"event\"",
				   json_object_get(line, "time") ? "time" : "lp");
	for (size_t i = 0; of_vp[i]; i++) {
		if (json_object_get(line, of_vp[i]))
			return text_refuse(fault, "a line with \"%s\" is of a VP, and lacks \"vp\"",
					   of_vp[i]);
	}
	return 0;
}

int text_header_keys(const json_t *header, bool first, const char **unknown,
		     struct text_fault *fault)
{
	const json_t *vps = json_object_get(header, "vps"), *value;
	char *why;
	size_t i;

	*unknown = NULL;
	if (!first && meant_for_other(header, fault))
		return -1;
	/* A line behind the first may have been meant for an event. */
	why = meta_names_fault(header, first ? NULL : "event", unknown);
	if (why)
		return refuse(why, fault);
	json_array_foreach(vps, i, value)
	{
		if (look_at_vp(value, fault))
			return -1;
	}
	return 0;
}
