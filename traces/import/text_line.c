/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/text_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/meta.h"

int text_refuse(struct text_fault *fault, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* ---- VPs ---- */

/* A name that two VPs have tells neither. */
#define TWO_VPS (-1)

static void name_vp(struct text_vps *vps, uint32_t vp)
{
	const char *name = vps->meta->vp[vp].name;

	json_put(vps->numbers, name,
		 json_integer(json_object_get(vps->numbers, name) ? TWO_VPS : (json_int_t)vp));
}

static void forget_name(struct text_vps *vps, uint32_t vp)
{
	const char *name = vps->meta->vp[vp].name;

	if (json_integer_value(json_object_get(vps->numbers, name)) == (json_int_t)vp)
		json_object_del(vps->numbers, name);
}

void text_vps_init(struct text_vps *vps, struct trace_meta *meta)
{
	*vps = (struct text_vps){ .meta = meta, .numbers = json_object() };
	for (uint32_t i = 0; i < meta->vps; i++)
		name_vp(vps, i);
}

void text_vps_free(struct text_vps *vps)
{
	json_decref(vps->numbers);
	vps->numbers = NULL;
}

/* A VP that nothing else says anything of: "d3v1" is vCPU 1 of domain 3, else it is one of 0. */
static int new_vp(struct text_vps *vps, const char *name, uint32_t *vp, struct text_fault *fault)
{
	uint32_t domain, vcpu;
	int end = 0;

	if (vps->meta->vps == TRACE_VPS_MAX)
		return text_refuse(fault, "more than %u VPs", TRACE_VPS_MAX);
	if (!name || strlen(name) > 21 ||
	    sscanf(name, "d%" SCNu32 "v%" SCNu32 "%n", &domain, &vcpu, &end) != 2 || name[end]) {
		domain = 0;
		vcpu = vps->meta->vps;
	}
	*vp = trace_meta_add_vp(vps->meta, domain, vcpu, name);
	name_vp(vps, *vp);
	return 0;
}

/* The VP that @value is: its number, or its name. */
static int take_vp(struct text_vps *vps, const json_t *value, uint32_t *vp,
		   struct text_fault *fault)
{
	const char *name = json_string_value(value);
	json_int_t number = json_integer_value(value);

	if (name && *name) {
		const json_t *known = json_object_get(vps->numbers, name);

		if (!known)
			return new_vp(vps, name, vp, fault);
		if (json_integer_value(known) == TWO_VPS)
			return text_refuse(
			    fault, "\"vp\": two VPs are called '%.60s', expected a number", name);
		*vp = (uint32_t)json_integer_value(known);
		return 0;
	}
	/* The next number is a new VP; a number far off is rather a thread's. */
	if (!json_is_integer(value) || number < 0 || number > vps->meta->vps)
		return text_refuse(fault,
				   "\"vp\" is no VP: expected a number from 0 to %" PRIu32
				   " (a new one), or a name",
				   vps->meta->vps);
	*vp = (uint32_t)number;
	return *vp == vps->meta->vps ? new_vp(vps, NULL, vp, fault) : 0;
}

/* ---- numbers ---- */

/* @value into *@to if it is an integer below @limit. */
static int take_number(const char *key, const json_t *value, uint64_t limit, uint64_t *to,
		       struct text_fault *fault)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) >= limit)
		return text_refuse(fault, "\"%s\" is no integer from 0 to %" PRIu64, key,
				   limit - 1);
	*to = (uint64_t)json_integer_value(value);
	return 0;
}

int text_declare(struct text_vps *vps, const json_t *line, struct text_fault *fault)
{
	struct trace_vp *v;
	const char *key;
	json_t *value;
	uint64_t number = 0;
	uint32_t vp;

	if (take_vp(vps, json_object_get(line, "vp"), &vp, fault))
		return -1;
	v = &vps->meta->vp[vp];
	json_object_foreach((json_t *)line, key, value)
	{
		if (!strcmp(key, "vp"))
			continue;
		if (!strcmp(key, "name")) {
			if (!json_is_string(value))
				return text_refuse(fault, "\"name\" is no string");
			forget_name(vps, vp);
			free(v->name);
			v->name = vt_strdup(json_string_value(value));
			name_vp(vps, vp);
		} else if (!strcmp(key, "domain") || !strcmp(key, "vcpu")) {
			if (take_number(key, value, UINT64_C(1) << 32, &number, fault))
				return -1;
			*(*key == 'd' ? &v->domain : &v->vcpu) = (uint32_t)number;
		} else {
			return text_refuse(fault,
					   "a VP has no \"%.40s\", expected vp, domain, vcpu, name "
					   "(an event would have \"event\")",
					   key);
		}
	}
	return 0;
}

/* ---- events ---- */

/* "time, vp, dev, deadline, period" */
static void say_keys(const struct trace_type_info *t, char *to, size_t size)
{
	const char *keys[] = { "time",	   t->lp ? "lp" : NULL, t->vp ? "vp" : NULL,
			       t->sub.key, t->value.key,	t->extra.key };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i] && len < size)
			len += (size_t)snprintf(to + len, size - len, "%s%s", len ? ", " : "",
						keys[i]);
}

static int take_sub(const struct trace_type_info *t, const json_t *value, uint8_t *sub,
		    struct text_fault *fault)
{
	const char *name = json_string_value(value);
	char list[120] = "";
	size_t len = 0;

	if (t->sub.is_flag) {
		if (!json_is_boolean(value))
			return text_refuse(fault, "\"%s\" is neither true nor false", t->sub.key);
		*sub = json_is_true(value);
		return 0;
	}
	for (unsigned i = 0; i < t->sub.count; i++) {
		if (name && !strcmp(name, t->sub.names[i])) {
			*sub = (uint8_t)i;
			return 0;
		}
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
						i ? ", " : "", t->sub.names[i]);
	}
	return text_refuse(fault, "\"%s\" is none of %s", t->sub.key, list);
}

/* What `dump --json` prints for the reader's convenience: it follows from the rest. */
static bool is_derived(const char *key)
{
	return !strcmp(key, "index") || !strcmp(key, "time_ns") || !strcmp(key, "past") ||
	       !strcmp(key, "lp") || !strcmp(key, "late_ns") || !strcmp(key, "host_ns") ||
	       !strcmp(key, "wait_ns") || !strcmp(key, "inject_ns");
}

static int take_target(struct text_vps *vps, const json_t *value, uint64_t *to,
		       struct text_fault *fault)
{
	uint32_t vp = 0;

	if (take_vp(vps, value, &vp, fault))
		return -1;
	*to = vp;
	return 0;
}

static int take_key(struct text_vps *vps, const struct trace_type_info *t, const char *key,
		    const json_t *value, struct trace_event *ev, struct text_fault *fault)
{
	uint64_t lp = 0;
	char keys[160];

	if (!strcmp(key, "event"))
		return 0;
	if (!strcmp(key, "time"))
		return take_number(key, value, TRACE_TICK_LIMIT, &ev->time, fault);
	if (t->lp && !strcmp(key, "lp")) {
		if (take_number(key, value, TRACE_LPS_MAX, &lp, fault))
			return -1;
		ev->lp = (uint16_t)lp;
		return 0;
	}
	if (t->vp && !strcmp(key, "vp"))
		return take_vp(vps, value, &ev->vp, fault);
	if (t->sub.key && !strcmp(key, t->sub.key))
		return take_sub(t, value, &ev->sub, fault);
	if (t->value.key && !strcmp(key, t->value.key))
		return take_number(key, value, TRACE_TICK_LIMIT, &ev->value, fault);
	if (t->extra.key && !strcmp(key, t->extra.key))
		return t->extra.unit == TRACE_VP_NUMBER
			   ? take_target(vps, value, &ev->extra, fault)
			   : take_number(key, value, TRACE_TICK_LIMIT, &ev->extra, fault);
	if (is_derived(key))
		return 0;
	say_keys(t, keys, sizeof(keys));
	return text_refuse(fault, "%s has no \"%.40s\", expected %s", t->name, key, keys);
}

/* All but an extra must be there: 0 says something. An IPI goes somewhere, too. */
static const char *missing_key(const struct trace_type_info *t, const json_t *line)
{
	const char *needed[] = { "time",
				 t->lp ? "lp" : NULL,
				 t->vp ? "vp" : NULL,
				 t->sub.key,
				 t->value.key,
				 t->extra.unit == TRACE_VP_NUMBER ? t->extra.key : NULL };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (needed[i] && !json_object_get(line, needed[i]))
			return needed[i];
	return NULL;
}

static int refuse_type(const struct text_vps *vps, const char *name, struct text_fault *fault)
{
	const char *since = name ? trace_meta_since(vps->meta, name) : NULL;
	char list[300];
	size_t len = 0;

	if (since)
		return text_refuse(
		    fault, "\"event\" is '%.40s', which needs vtick %.40s or newer; this is %s",
		    name, since, vtick_version());
	for (unsigned t = 0; t < TRACE_TYPES && len < sizeof(list); t++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", t ? ", " : "",
					trace_types[t].name);
	return text_refuse(fault, "\"event\" is '%.40s', expected one of %s",
			   name ? name : "no string", list);
}

int text_event(struct text_vps *vps, const json_t *line, struct trace_event *ev,
	       struct text_fault *fault)
{
	const char *name = json_string_value(json_object_get(line, "event"));
	unsigned type = name ? trace_type_named(name) : TRACE_TYPES;
	const char *missing, *key;
	json_t *value;

	if (type == TRACE_TYPES)
		return refuse_type(vps, name, fault);
	missing = missing_key(&trace_types[type], line);
	if (missing)
		return text_refuse(fault, "%s lacks \"%s\"", name, missing);
	*ev = (struct trace_event){ .type = (uint8_t)type };
	json_object_foreach((json_t *)line, key, value)
	{
		if (take_key(vps, &trace_types[type], key, value, ev, fault))
			return -1;
	}
	return 0;
}
