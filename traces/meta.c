/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/meta.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trace_meta_init(struct trace_meta *meta)
{
	*meta = (struct trace_meta){ .more = json_object() };
}

void trace_meta_free(struct trace_meta *meta)
{
	for (uint32_t i = 0; i < meta->vps; i++)
		free(meta->vp[i].name);
	free(meta->vp);
	json_decref(meta->more);
	*meta = (struct trace_meta){ 0 };
}

uint32_t trace_meta_add_vp(struct trace_meta *meta, uint32_t domain, uint32_t vcpu,
			   const char *name)
{
	char made[32];

	if (!name) {
		snprintf(made, sizeof(made), "d%uv%u", domain, vcpu);
		name = made;
	}
	/* Doubling at powers of two needs no capacity field. */
	if (!(meta->vps & (meta->vps - 1)))
		meta->vp = vt_realloc(meta->vp,
				      (meta->vps ? (size_t)meta->vps * 2 : 1) * sizeof(*meta->vp));
	meta->vp[meta->vps] =
	    (struct trace_vp){ .domain = domain, .vcpu = vcpu, .name = vt_strdup(name) };
	return meta->vps++;
}

void trace_meta_copy(struct trace_meta *to, const struct trace_meta *from)
{
	trace_meta_init(to);
	to->clock_hz = from->clock_hz;
	to->end = from->end;
	to->lps = from->lps;
	for (uint32_t i = 0; i < from->vps; i++)
		trace_meta_add_vp(to, from->vp[i].domain, from->vp[i].vcpu, from->vp[i].name);
	json_decref(to->more);
	to->more = json_deep_copy(from->more);
}

bool trace_meta_truncated(const struct trace_meta *meta)
{
	return json_is_true(json_object_get(meta->more, "truncated"));
}

void trace_meta_forget_types(struct trace_meta *meta)
{
	json_object_del(meta->more, "types");
}

void trace_meta_say_type(struct trace_meta *meta, unsigned type)
{
	json_t *types = json_object_get(meta->more, "types");
	char number[16];

	snprintf(number, sizeof(number), "%u", type);
	if (!json_is_object(types)) {
		types = json_object();
		json_put(meta->more, "types", types);
	}
	json_put(types, number,
		 json_make("{s:s, s:s}", "name", trace_types[type].name, "since",
			   trace_types[type].since));
}

const char *trace_meta_since(const struct trace_meta *meta, const char *name)
{
	const char *key;
	json_t *type;

	json_object_foreach(json_object_get(meta->more, "types"), key, type)
	{
		const char *its = json_string_value(json_object_get(type, "name"));

		if (its && !strcmp(its, name))
			return json_string_value(json_object_get(type, "since"));
	}
	return NULL;
}

char *trace_meta_unknown(const struct trace_meta *meta, unsigned type, unsigned sub)
{
	const char *known = trace_type_name(type);
	char what[64];

	/* Of a type that it knows this vtick lacks a value of its sub. */
	if (known)
		snprintf(what, sizeof(what), "%u.%u", type, sub);
	else
		snprintf(what, sizeof(what), "%u", type);

	const json_t *say = json_object_get(json_object_get(meta->more, "types"), what);
	const char *name = json_string_value(json_object_get(say, "name"));
	const char *since = json_string_value(json_object_get(say, "since"));

	if (!name)
		name = known ? known : "not named in the header";
	if (since)
		return vt_format("an event of type %s (%.40s), which needs vtick %.40s or newer; "
				 "this is %s",
				 what, name, since, vtick_version());
	return vt_format("an event of type %s (%.40s), which vtick %s does not know: it needs a "
			 "newer one",
			 what, name, vtick_version());
}

char *trace_meta_write(const struct trace_meta *meta, const char *sha256, size_t *len)
{
	json_t *doc = json_copy(meta->more);
	json_t *vps = json_array();

	json_put_u64(doc, "clock_hz", meta->clock_hz);
	json_put_u64(doc, "end", meta->end);
	json_put_u64(doc, "lps", meta->lps);
	for (uint32_t i = 0; i < meta->vps; i++) {
		json_t *vp = json_object();

		json_put_u64(vp, "domain", meta->vp[i].domain);
		json_put_u64(vp, "vcpu", meta->vp[i].vcpu);
		json_put_text(vp, "name", meta->vp[i].name);
		json_push(vps, vp);
	}
	json_put(doc, "vps", vps);
	if (sha256)
		json_put_text(doc, "events_sha256", sha256);
	char *text = json_print(doc, JSON_SORT_KEYS | JSON_COMPACT);

	json_decref(doc);
	*len = strlen(text);
	return text;
}

/* The integer @key of @doc in [min, max]; removes it. False if it is missing or out of range. */
static bool take_integer(json_t *doc, const char *key, uint64_t min, uint64_t max, uint64_t *out)
{
	const json_t *v = json_object_get(doc, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = (uint64_t)json_integer_value(v);
	if (*out < min || *out > max)
		return false;
	json_object_del(doc, key);
	return true;
}

/* "domain" or "vcpu" of an entry of "vps". */
static const char *take_number(json_t *vp, const char *key, uint32_t *number)
{
	bool there = json_object_get(vp, key);
	uint64_t v;

	if (!take_integer(vp, key, 0, UINT32_MAX, &v))
		return there ? "\"domain\" or \"vcpu\" of an entry of \"vps\" is no whole number "
			       "below 2^32"
			     : "an entry of \"vps\" lacks domain, vcpu or name";
	*number = (uint32_t)v;
	return NULL;
}

static const char *take_vps(struct trace_meta *meta, json_t *doc)
{
	json_t *vps = json_object_get(doc, "vps");
	json_t *vp;
	size_t i;

	if (!json_is_array(vps) || json_array_size(vps) > TRACE_VPS_MAX)
		return "\"vps\" is no list of at most 1048576 VPs";
	json_array_foreach(vps, i, vp)
	{
		const char *name = json_string_value(json_object_get(vp, "name"));
		uint32_t domain, vcpu;
		const char *wrong = take_number(vp, "domain", &domain);

		if (!wrong)
			wrong = take_number(vp, "vcpu", &vcpu);
		if (!wrong && !name)
			wrong = "an entry of \"vps\" lacks domain, vcpu or name";
		if (wrong)
			return wrong;
		trace_meta_add_vp(meta, domain, vcpu, name);
	}
	json_object_del(doc, "vps");
	return NULL;
}

static const char *take_fields(struct trace_meta *meta, char *sha256, json_t *doc)
{
	uint64_t lps;

	if (!take_integer(doc, "clock_hz", 1, TRACE_CLOCK_HZ_MAX, &meta->clock_hz))
		return "\"clock_hz\" is no whole number from 1 to 2^40";
	if (!take_integer(doc, "end", 0, TRACE_TICK_LIMIT - 1, &meta->end))
		return "\"end\" is no whole number below 2^60";
	if (!take_integer(doc, "lps", 1, TRACE_LPS_MAX, &lps))
		return "\"lps\" is no whole number from 1 to 4096";
	meta->lps = (uint32_t)lps;
	const char *hash = json_string_value(json_object_get(doc, "events_sha256"));

	*sha256 = '\0';
	if (hash) {
		if (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
			return "\"events_sha256\" is no SHA-256";
		memcpy(sha256, hash, 65);
		json_object_del(doc, "events_sha256");
	}
	return take_vps(meta, doc);
}

const char *trace_meta_take(struct trace_meta *meta, char *sha256, json_t *doc)
{
	const char *wrong =
	    json_is_object(doc) ? take_fields(meta, sha256, doc) : "it is no object";

	json_decref(meta->more);
	meta->more = doc;
	return wrong;
}

const char *trace_meta_too_large(const char *text, size_t len)
{
	if (len > VTT_META_MAX)
		return "the header is more than 128 MiB";
	if (json_values(text, len) > VTT_META_VALUES_MAX)
		return "the header holds more than 8388608 values";
	return NULL;
}

int trace_meta_read(struct trace_meta *meta, char *sha256, const char *text, size_t len,
		    const char *file, uint64_t offset, struct vt_error *err)
{
	const char *large = trace_meta_too_large(text, len);
	json_error_t json_err;

	if (large)
		return vt_error_set(err, file, offset, "%s", large);

	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &json_err);

	if (!doc)
		return vt_error_set(err, file, offset, "the header is no JSON: %s", json_err.text);
	const char *wrong = trace_meta_take(meta, sha256, doc);

	if (wrong)
		return vt_error_set(err, file, offset, "the header is not one of a trace: %s",
				    wrong);
	return 0;
}

char *trace_vm_name(const struct trace_vp *vp)
{
	char *end = vt_format("v%" PRIu32, vp->vcpu);
	size_t n = strlen(vp->name), tail = strlen(end);
	bool ends = n > tail && !strcmp(vp->name + n - tail, end);

	free(end);
	return vt_strndup(vp->name, ends ? n - tail : n);
}
