/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/cost_profile.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "replay/engine/json.h"
#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/read_whole.h"

#define SCHEMA "vtick.costs/1"
/* A second: what takes longer is no cost of a timer. */
#define FIGURE_MAX 1000000000
/* No host has timers of its own more often than this, and a replay would have to take them all. */
#define OWN_EVERY_MIN 1000

static const char *const names[COST_KINDS] = {
	[COST_LATENCY] = "latency_ns",
	[COST_BASE] = "base_ns",
	[COST_PER_EXPIRY] = "per_expiry_ns",
	[COST_EXIT_ARM] = "exit_arm_ns",
	[COST_EXIT_GUEST_TIMER] = "exit_guest_timer_ns",
	[COST_HARDWARE_WRITE] = "hardware_write_ns",
	[COST_INJECT] = "inject_ns",
	[COST_IPI] = "ipi_ns",
	[COST_AWAY] = "away_ns",
	[COST_AWAY_EVERY] = "away_every_ns",
	[COST_OWN_EVERY] = "own_every_ns",
};

static int find(const char *name)
{
	for (int i = 0; i < COST_KINDS; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return -1;
}

static bool is_time(const json_t *ns)
{
	return json_is_integer(ns) && json_integer_value(ns) >= 0 &&
	       json_integer_value(ns) <= FIGURE_MAX;
}

static bool read_latencies(struct costs *costs, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!n || n > COST_LATENCIES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *ns = json_array_get(list, i);

		if (!is_time(ns))
			return false;
		costs->latency_ns[i] = (uint64_t)json_integer_value(ns);
	}
	costs->latencies = (uint32_t)n;
	return true;
}

static int read_figure(struct costs *costs, const char *path, const char *name,
		       const json_t *figure, struct vt_error *err)
{
	const json_t *ns = json_object_get(figure, "ns"),
		     *source = json_object_get(figure, "source");
	int which = find(name);

	if (which < 0) {
		char all[300] = "";

		for (int i = 0; i < COST_KINDS; i++) {
			strcat(all, i ? ", " : "");
			strcat(all, names[i]);
		}
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "the figure '%.40s' is unknown, expected one of %s", name, all);
	}
	if (which == COST_LATENCY && json_is_array(ns)) {
		if (!read_latencies(costs, ns))
			return vt_error_set(
			    err, path, VT_NO_OFFSET,
			    "the list 'ns' of %s is not one of 1 to %d integers from 0 to %d", name,
			    COST_LATENCIES_MAX, FIGURE_MAX);
	} else if (!is_time(ns)) {
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "%s has no 'ns' that is an integer from 0 to %d", name,
				    FIGURE_MAX);
	} else {
		costs->ns[which] = (uint64_t)json_integer_value(ns);
	}
	if (!json_is_string(source) || !*json_string_value(source))
		return vt_error_set(
		    err, path, VT_NO_OFFSET,
		    "%s has no 'source', expected a text that says where the figure is from", name);
	return 0;
}

static int read_figures(struct costs *costs, const char *path, json_t *document,
			struct vt_error *err)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	json_t *figures = json_object_get(document, "figures"), *figure;
	const char *name;

	if (!schema || strcmp(schema, SCHEMA))
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "its 'schema' is not \"" SCHEMA "\": it is no cost profile");
	if (!json_is_object(figures))
		return vt_error_set(err, path, VT_NO_OFFSET, "has no object 'figures'");
	json_object_foreach(figures, name, figure)
	{
		if (read_figure(costs, path, name, figure, err))
			return -1;
	}
	if (costs->ns[COST_AWAY] && costs->ns[COST_AWAY] >= costs->ns[COST_AWAY_EVERY])
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "away_ns is %" PRIu64
				    ", expected less than away_every_ns, %" PRIu64,
				    costs->ns[COST_AWAY], costs->ns[COST_AWAY_EVERY]);
	if (costs->ns[COST_OWN_EVERY] && costs->ns[COST_OWN_EVERY] < OWN_EVERY_MIN)
		return vt_error_set(err, path, VT_NO_OFFSET,
				    "own_every_ns is %" PRIu64 ", expected 0 or at least %d",
				    costs->ns[COST_OWN_EVERY], OWN_EVERY_MIN);
	return 0;
}

static void hash_line(struct sha256_ctx *ctx, const char *name, uint64_t ns)
{
	char line[60];
	int n = snprintf(line, sizeof(line), "%s %" PRIu64 "\n", name, ns);

	sha256_update(ctx, (size_t)n, (const uint8_t *)line);
}

/* Is it a figure that profiles of before did not have, and this has not? Their hash stays. */
static bool left_out(const struct costs *costs, int which)
{
	return which == COST_OWN_EVERY && !costs->ns[which];
}

/* Two profiles of the same figures are the same, whatever their texts say. */
static void hash(struct costs *costs)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	for (int i = 0; i < COST_KINDS; i++) {
		if (!left_out(costs, i))
			hash_line(&ctx, names[i], costs->ns[i]);
	}
	for (uint32_t i = 0; i < costs->latencies; i++)
		hash_line(&ctx, "latency", costs->latency_ns[i]);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (int i = 0; i < 8; i++)
		snprintf(costs->hash + 2 * i, 3, "%02x", digest[i]);
}

int costs_read(struct costs *costs, const char *path, struct vt_error *err)
{
	json_t *document = read_json(path, LIMIT_JSON_SIZE, err);
	int failed;

	*costs = (struct costs){ 0 };
	if (!document)
		return -1;
	failed = read_figures(costs, path, document, err);
	json_decref(document);
	hash(costs);
	return failed;
}

static json_t *latencies_json(const struct costs *costs)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < costs->latencies; i++)
		json_push(list, json_int((__int128)costs->latency_ns[i]));
	return list;
}

json_t *costs_json(const struct costs *costs)
{
	json_t *o = json_object();

	json_put(o, "hash", json_text(costs->hash));
	for (int i = 0; i < COST_KINDS; i++) {
		if (i == COST_LATENCY && costs->latencies)
			json_put(o, names[i], latencies_json(costs));
		else if (!left_out(costs, i))
			json_put(o, names[i], json_int((__int128)costs->ns[i]));
	}
	return o;
}
