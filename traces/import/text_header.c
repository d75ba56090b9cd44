/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/text_header.h"

#include <string.h>

#include "traces/base/near.h"
#include "traces/meta_keys.h"

/* Those for which struct trace_meta has fields. */
static const char *const of_header[] = { "clock_hz", "lps", "vps", "end", "events_sha256", NULL };
static const char *const of_vp[] = { "domain", "vcpu", "name", NULL };

static bool is_in(const struct meta_key *k, const char *in)
{
	return in ? k->in && !strcmp(k->in, in) : !k->in;
}

static bool is_known(const char *key, const char *in)
{
	for (size_t i = 0; !in && of_header[i]; i++) {
		if (!strcmp(key, of_header[i]))
			return true;
	}
	for (const struct meta_key *k = meta_keys; k->key; k++) {
		if (is_in(k, in) && !strcmp(key, k->key))
			return true;
	}
	return false;
}

/* The known key that @key looks like, or NULL. */
static const char *near_of(const char *key, const char *in, bool first)
{
	struct near near = { 0 };

	for (size_t i = 0; !in && of_header[i]; i++)
		near_try(&near, key, of_header[i]);
	/* A line behind the first may have been meant for an event. */
	if (!in && !first)
		near_try(&near, key, "event");
	for (const struct meta_key *k = meta_keys; k->key; k++) {
		if (is_in(k, in))
			near_try(&near, key, k->key);
	}
	return near.name;
}

static int refuse(const char *of, const char *key, const char *near, struct text_fault *fault)
{
	if (near)
		return text_refuse(fault, "%s has no \"%.40s\", did you mean \"%s\"?", of, key,
				   near);
	return text_refuse(fault, "%s has no \"%.40s\" that this vtick knows", of, key);
}

static int look_at_vp(const json_t *vp, struct text_fault *fault)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)vp, key, value)
	{
		struct near near = { 0 };
		bool known = false;

		for (size_t i = 0; of_vp[i]; i++) {
			known |= !strcmp(key, of_vp[i]);
			near_try(&near, key, of_vp[i]);
		}
		if (!known)
			return refuse("an entry of \"vps\"", key, near.name, fault);
		if (!strcmp(key, "name") && !json_is_string(value))
			return text_refuse(fault, "the \"name\" of an entry of \"vps\" is no text");
	}
	return 0;
}

/* The keys of one of the header's objects. What it says of the host moves numbers: there nothing
 * may be passed over. */
static int look_in(const json_t *object, const char *in, bool closed, struct text_fault *fault)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)object, key, value)
	{
		const char *near;

		if (is_known(key, in))
			continue;
		near = near_of(key, in, true);
		if (near || closed)
			return refuse(in, key, near, fault);
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
	const char *key;
	size_t i;

	*unknown = NULL;
	if (!first && meant_for_other(header, fault))
		return -1;
	json_object_foreach((json_t *)header, key, value)
	{
		const char *near;

		if (is_known(key, NULL))
			continue;
		near = near_of(key, NULL, first);
		if (near)
			return refuse("the header", key, near, fault);
		*unknown = key;
	}
	json_array_foreach(vps, i, value)
	{
		if (look_at_vp(value, fault))
			return -1;
	}
	return look_in(json_object_get(header, "host_model"), "host_model", true, fault) ||
		       look_in(json_object_get(header, "source"), "source", false, fault)
		   ? -1
		   : 0;
}
