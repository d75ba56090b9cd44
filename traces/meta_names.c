/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of a header that the table does not have: those that look like one of it are misspelt. */
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/near.h"
#include "traces/meta_keys.h"

/* Those for which struct trace_meta has fields. */
static const char *const of_header[] = { "clock_hz", "lps", "vps", "end", "events_sha256", NULL };

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
static const char *near_of(const char *key, const char *in, const char *also)
{
	struct near near = { 0 };

	for (size_t i = 0; !in && of_header[i]; i++)
		near_try(&near, key, of_header[i]);
	if (also)
		near_try(&near, key, also);
	for (const struct meta_key *k = meta_keys; k->key; k++) {
		if (is_in(k, in))
			near_try(&near, key, k->key);
	}
	return near.name;
}

char *meta_name_fault(const char *of, const char *key, const char *near)
{
	if (near)
		return vt_format("%s has no \"%.40s\", did you mean \"%s\"?", of, key, near);
	return vt_format("%s has no \"%.40s\" that this vtick knows", of, key);
}

/* The keys of one of the header's objects. */
static char *look_in(const json_t *header, const char *in, bool closed)
{
	json_t *object = json_object_get(header, in), *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		const char *near;

		if (is_known(key, in))
			continue;
		near = near_of(key, in, NULL);
		if (near || closed)
			return meta_name_fault(in, key, near);
	}
	return NULL;
}

char *meta_names_fault(const json_t *header, const char *also, const char **unknown)
{
	const json_t *value;
	const char *key;
	char *fault;

	*unknown = NULL;
	json_object_foreach((json_t *)header, key, value)
	{
		const char *near;

		if (is_known(key, NULL))
			continue;
		near = near_of(key, NULL, also);
		if (near)
			return meta_name_fault("the header", key, near);
		*unknown = key;
	}
	/* What it says of the host moves numbers: there nothing may be passed over. */
	fault = look_in(header, "host_model", true);
	return fault ? fault : look_in(header, "source", false);
}
