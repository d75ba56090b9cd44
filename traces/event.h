/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of events, in one table: what the writer takes, the decoder reads, `check` and `replay`
 * hold legal, and `dump`, `info`, `import text` and FORMAT.md say is what stands there.
 *
 * A new type is a number here and a row in event.c; one that changes what a replay counts has a
 * case in replay/engine/engine.c besides.
 */
#ifndef VTICK_TRACES_EVENT_H
#define VTICK_TRACES_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Counters, deadlines, periods and times lie below TRACE_TICK_LIMIT, so that the sum of any four
 * fits an int64_t. Importers saturate a deadline beyond it at TRACE_TICK_LIMIT - 1: 36 years at
 * 1 GHz, "never".
 */
#define TRACE_TICK_LIMIT (UINT64_C(1) << 60)

/* The numbers are on disk. What each says, and its fields: trace_types[]. */
enum trace_type {
	TRACE_SCHED_IN = 0,
	TRACE_SCHED_OUT = 1,
	TRACE_WAKE = 2,
	TRACE_ARM = 3,
	TRACE_DISARM = 4,
	TRACE_MASK = 5,
	TRACE_COUNTER = 6,
	TRACE_ACK = 7,
	TRACE_EXIT = 8,
	TRACE_ENTRY = 9,
	TRACE_IPI = 10,
	TRACE_OBS_FIRE = 11,
	TRACE_OBS_PEND = 12,
	TRACE_OBS_HV_IRQ = 13,
	TRACE_OBS_PROG = 14,
	TRACE_LOST = 15,
	TRACE_SEED = 16,
	TRACE_AWAY = 17,
	TRACE_TYPES
};

/* Types from this one on need a second plane in the file, and a vtick that knows them. */
#define TRACE_FIRST_NEWER 16u
/* Room in the file: type is a byte. */
#define TRACE_TYPES_MAX 256u

enum trace_reason {
	TRACE_PREEMPT = 0,
	TRACE_YIELD = 1,
	TRACE_BLOCK = 2,
	TRACE_OFFLINE = 3,
	TRACE_LOST_VP = 4,
	TRACE_WAIT = 5,
	TRACE_REASONS
};

enum trace_dev { TRACE_ITM = 0, TRACE_TSC_DEADLINE = 1, TRACE_LAPIC = 2, TRACE_DEVS };

/* Values of `sub` lie below this: three bits in the file. */
#define TRACE_SUBS_MAX 8u

/*
 * One event. Fields that the type does not have are 0. The layout, little endian, is also what
 * trace_meta.sha256 is taken over (FORMAT.md "The hash").
 */
struct trace_event {
	uint64_t time; /* machine counter ticks since the start of the trace */
	uint64_t value;
	uint64_t extra;
	uint32_t vp;
	uint16_t lp;
	uint8_t type; /* enum trace_type */
	uint8_t sub;
};

/* What a number is: how it is printed, and which values it may have. */
enum trace_unit {
	TRACE_ABSENT = 0, /* the type has no such field */
	TRACE_NUMBER,
	TRACE_SPAN,	/* ticks; 0: none */
	TRACE_TIME,	/* machine ticks since the start of the trace */
	TRACE_COUNT_OF, /* a guest's counter */
	TRACE_DEADLINE, /* a guest's counter at which its timer is due */
	TRACE_VP_NUMBER,
};

struct trace_field {
	enum trace_unit unit;
	const char *key;   /* in JSON and dumps */
	const char *means; /* FORMAT.md; NULL: the key says it */
};

struct trace_type_info {
	const char *name; /* as in JSON and dumps: "sched_in" */
	const char *help; /* what happened, as `info` says it */
	const char *vp;	  /* which VP it names ("": the one it is about); NULL: none */
	const char *lp;
	struct {
		const char *key;	  /* NULL: `sub` is 0 */
		const char *const *names; /* [count] */
		unsigned count;
		bool is_flag; /* 0 or 1; false or true in JSON */
	} sub;
	struct trace_field value, extra;
	bool runs;	   /* legal only while its VP runs */
	const char *since; /* the vtick that has it first; NULL: all */
};

extern const struct trace_type_info trace_types[TRACE_TYPES];

/* Which fields events of a type have. @type is below TRACE_TYPES. */
static inline bool trace_type_has_vp(unsigned type)
{
	return trace_types[type].vp;
}

static inline bool trace_type_has_lp(unsigned type)
{
	return trace_types[type].lp;
}

static inline bool trace_type_has_value(unsigned type)
{
	return trace_types[type].value.unit != TRACE_ABSENT;
}

static inline bool trace_type_has_extra(unsigned type)
{
	return trace_types[type].extra.unit != TRACE_ABSENT;
}

/* How many values `sub` of a type may have. */
static inline unsigned trace_type_subs(unsigned type)
{
	return trace_types[type].sub.key ? trace_types[type].sub.count : 1;
}

/* Lower-case names as in JSON and dumps ("sched_in", "preempt", "tsc-deadline"); NULL if unknown.
 */
const char *trace_type_name(unsigned type);
const char *trace_reason_name(unsigned reason);
const char *trace_dev_name(unsigned dev);

/* The type of that name; TRACE_TYPES if there is none. */
unsigned trace_type_named(const char *name);

/* NULL, or why no trace of @lps LPs and @vps VPs can hold @ev: what a writer takes, and a reader.
 */
const char *trace_event_fault(const struct trace_event *ev, uint32_t lps, uint32_t vps);

#endif
