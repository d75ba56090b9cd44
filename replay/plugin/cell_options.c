/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/plugin/cell_options.h"

#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/meta_keys.h"
#include "traces/trace.h"

/* A tick of more than this would not be one: the queue would do nothing else. */
#define RATE_MAX UINT64_C(1000000)
/* Results hold integers below 2^53. */
#define TIME_MAX ((UINT64_C(1) << 53) - 1)

const struct cell_option cell_option[] = {
	{
	    .name = "hv-tick",
	    .kind = CELL_OPTION_RATE,
	    .unit = "HZ",
	    .fallback = "100",
	    .help = "rate of the hypervisor's own tick on every LP; 0: none",
	    .key = "hv_tick_hz",
	    .trace_key = "tick_hz",
	    .offset = offsetof(struct engine_options, hv_tick_hz),
	    .value = 100,
	    .max = RATE_MAX,
	},
	{
	    .name = "hv-tick-phase",
	    .kind = CELL_OPTION_TIME,
	    .unit = "TIME",
	    .fallback = "a period",
	    .help = "when the first tick comes, at most a period after the start",
	    .key = "hv_tick_phase_ns",
	    .trace_key = "tick_phase_ns",
	    .offset = offsetof(struct engine_options, hv_tick_phase_ns),
	    .max = TIME_MAX,
	    .part_of = "hv-tick",
	    .zero_unsaid = true,
	},
	{
	    .name = "hv-tick-idle",
	    .kind = CELL_OPTION_CHOICE,
	    .unit = "WORD",
	    .fallback = "run",
	    .help =
		"the tick of an LP where no VP runs: run; stop: once it is not the next to come; "
		"stop-at-once",
	    .key = "hv_tick_idle",
	    .trace_key = "tick_idle",
	    .choices = meta_tick_idle,
	    .offset = offsetof(struct engine_options, hv_tick_idle),
	},
	{
	    .name = "hv-slice",
	    .kind = CELL_OPTION_TIME,
	    .unit = "TIME",
	    .fallback = "30ms",
	    .help = "the scheduler's time slice of a running VP; 0: none; recorded: as the trace "
		    "has them",
	    .key = "hv_slice_ns",
	    .trace_key = "slice_ns",
	    .offset = offsetof(struct engine_options, hv_slice_ns),
	    .value = 30000000,
	    .max = TIME_MAX,
	    .word = "recorded",
	    .trace_word_key = "slices",
	    .word_offset = offsetof(struct engine_options, recorded_slices),
	},
	{
	    .name = "slop",
	    .kind = CELL_OPTION_TIME,
	    .unit = "TIME",
	    .fallback = "50us",
	    .help = "how much later than its expiry a queued timer may be programmed; 0: none",
	    .key = "slop_ns",
	    .trace_key = "slop_ns",
	    .offset = offsetof(struct engine_options, slop_ns),
	    .value = 50000,
	    .max = TIME_MAX,
	},
	{
	    .name = "costs",
	    .kind = CELL_OPTION_FILE,
	    .key = "costs",
	},
	{
	    .name = "away",
	    .kind = CELL_OPTION_WORD,
	    .key = "away",
	},
	{
	    .name = "loop",
	    .kind = CELL_OPTION_WORD,
	    .key = "loop",
	},
};

const size_t cell_options = sizeof(cell_option) / sizeof(*cell_option);

const struct cell_option *cell_option_named(const char *name)
{
	for (size_t i = 0; i < cell_options; i++) {
		if (!strcmp(name, cell_option[i].name))
			return &cell_option[i];
	}
	return NULL;
}

const struct cell_option *cell_option_keyed(const char *key)
{
	for (size_t i = 0; i < cell_options; i++) {
		if (!strcmp(key, cell_option[i].key))
			return &cell_option[i];
	}
	return NULL;
}

static void put_value(const struct cell_option *o, struct engine_options *to, uint64_t value)
{
	memcpy((char *)to + o->offset, &value, sizeof(value));
}

static uint64_t value_of(const struct cell_option *o, const struct engine_options *from)
{
	uint64_t value;

	memcpy(&value, (const char *)from + o->offset, sizeof(value));
	return value;
}

static bool *word_of(const struct cell_option *o, struct engine_options *to)
{
	return (bool *)((char *)to + o->word_offset);
}

/* Which of @o's choices @text is; false: none. */
static bool choice_of(const struct cell_option *o, const char *text, uint64_t *value)
{
	for (uint64_t i = 0; o->choices[i]; i++) {
		if (text && !strcmp(text, o->choices[i])) {
			*value = i;
			return true;
		}
	}
	return false;
}

int cell_option_parse(const struct cell_option *o, const char *text, struct engine_options *to)
{
	uint64_t value;

	if (o->word && !strcmp(text, o->word)) {
		*word_of(o, to) = true;
		return 0;
	}
	if (o->kind == CELL_OPTION_CHOICE) {
		if (!choice_of(o, text, &value))
			return -1;
		put_value(o, to, value);
		return 0;
	}
	if (!cell_option_of_policy(o) ||
	    (o->kind == CELL_OPTION_RATE ? cli_parse_frequency(text, &value)
					 : cli_parse_time_ns(text, &value)) ||
	    value > o->max)
		return -1;
	put_value(o, to, value);
	return 0;
}

const char *cell_option_expected(const struct cell_option *o)
{
	if (o->kind == CELL_OPTION_CHOICE)
		return "run, stop or stop-at-once";
	return o->kind == CELL_OPTION_RATE ? "a frequency up to 1M (100, 1k; 0: none)"
					   : "a time (50us, 30ms; 0: none)";
}

static const json_t *host_model(const struct trace_meta *meta, const char *key)
{
	return json_object_get(json_object_get(meta->more, "host_model"), key);
}

static void take_from_trace(const struct cell_option *o, struct engine_options *to,
			    const struct trace_meta *meta)
{
	const json_t *v = host_model(meta, o->trace_key);
	const char *word = o->word ? json_string_value(host_model(meta, o->trace_word_key)) : NULL;
	json_int_t number = json_is_integer(v) ? json_integer_value(v) : -1;

	uint64_t choice = o->value;

	if (o->kind == CELL_OPTION_CHOICE) {
		choice_of(o, json_string_value(v), &choice);
		put_value(o, to, choice);
		return;
	}
	if (word)
		*word_of(o, to) = !strcmp(word, o->word);
	put_value(o, to, number >= 0 && (uint64_t)number <= o->max ? (uint64_t)number : o->value);
}

void cell_options_complete(struct engine_options *to, const bool *given,
			   const struct trace_meta *meta)
{
	for (size_t i = 0; i < cell_options; i++) {
		const struct cell_option *o = &cell_option[i];

		if (given[i] || !cell_option_of_policy(o))
			continue;
		if (o->part_of && given[cell_option_named(o->part_of) - cell_option])
			continue;
		take_from_trace(o, to, meta);
	}
}

json_t *cell_option_json(const struct cell_option *o, const struct engine_options *options)
{
	struct engine_options copy = *options;
	uint64_t value;

	if (!cell_option_of_policy(o))
		return NULL;
	if (o->word && *word_of(o, &copy))
		return json_text(o->word);
	value = value_of(o, options);
	if (o->kind == CELL_OPTION_CHOICE)
		return value ? json_text(o->choices[value]) : NULL;
	return value || !o->zero_unsaid ? json_integer((json_int_t)value) : NULL;
}
