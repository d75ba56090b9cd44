/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vtick trace: its events, its metadata, and the reader and writer of `.vtt` files.
 *
 * Everything above this header (importers, generators, `info`, the replay engine) sees a trace as
 * a struct trace_meta and a stream of struct trace_event in time order. How they lie in a file is
 * FORMAT.md's subject and block.h's.
 */
#ifndef VTICK_TRACES_TRACE_H
#define VTICK_TRACES_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/base/error.h"
#include "traces/event.h"

#define TRACE_LPS_MAX 4096u
#define TRACE_VPS_MAX 1048576u
/* 1 Hz to 2^40 Hz, so that clock_hz times a nanosecond count of a day fits 128 bits easily. */
#define TRACE_CLOCK_HZ_MAX (UINT64_C(1) << 40)

/* floor(ticks * 1e9 / clock_hz), in 128 bits, saturating at INT64_MAX. */
uint64_t trace_ticks_to_ns(uint64_t ticks, uint64_t clock_hz);
/* floor(ns * clock_hz / 1e9), in 128 bits, saturating at TRACE_TICK_LIMIT - 1. */
uint64_t trace_ns_to_ticks(uint64_t ns, uint64_t clock_hz);

struct trace_vp {
	uint32_t domain;
	uint32_t vcpu;
	char *name; /* never NULL in a meta from this library; owned by the meta */
};

/*
 * The header of a trace. The fixed fields are what a replay needs; everything else is `more`, a
 * JSON object that is written as it is: "source" {hypervisor, version, tool, capture,
 * capture_sha256, command}, "class" (bare-metal | nested | emulated | synthetic), "host_model"
 * {scheduler, tick_hz, slice_ns, slop_ns}, "unseen_ticks", "skipped", "notes", "unseen" ...
 * (FORMAT.md "Header").
 */
struct trace_meta {
	uint64_t clock_hz;
	uint64_t end; /* largest time stamp of the capture, ticks; >= the last event's time */
	uint32_t lps;
	uint32_t vps;
	struct trace_vp *vp; /* [vps] */
	json_t *more;	     /* object, never NULL after trace_meta_init() */
};

/* An empty meta: no LPs, no VPs, `more` = {}. Aborts on no memory (as all of this library does). */
void trace_meta_init(struct trace_meta *meta);
void trace_meta_free(struct trace_meta *meta);
/* Appends a VP, copies @name (NULL: "dDOMAINvVCPU"); returns its number. */
uint32_t trace_meta_add_vp(struct trace_meta *meta, uint32_t domain, uint32_t vcpu,
			   const char *name);
void trace_meta_copy(struct trace_meta *to, const struct trace_meta *from);
/* True if the capture that the trace was made from was cut off. */
bool trace_meta_truncated(const struct trace_meta *meta);

/* ---- reading ---- */

struct trace_reader;

/*
 * Opens @path. A file that is merely cut off opens to its last whole block:
 * trace_reader_truncated() is true then, and meta.end is the last event's time. Everything else
 * that is wrong is an error: NULL is returned and @err says file, offset, fault. The caller closes.
 */
struct trace_reader *trace_reader_open(const char *path, struct vt_error *err);
void trace_reader_close(struct trace_reader *r);

const struct trace_meta *trace_reader_meta(const struct trace_reader *r);
const char *trace_reader_path(const struct trace_reader *r);
bool trace_reader_truncated(const struct trace_reader *r);
/* trace_reader_next() failed because an event needs a newer vtick: the file may well be fine. */
bool trace_reader_newer(const struct trace_reader *r);
/* Number of events in the file (of its whole blocks). */
uint64_t trace_reader_events(const struct trace_reader *r);
/* SHA-256 of the decoded events, 64 hex digits; "" if the file is truncated (see
 * trace_hash_file()). */
const char *trace_reader_sha256(const struct trace_reader *r);

/*
 * The next block: *@ev points at *@n events that stay valid until the next call. Times do not run
 * backward, every vp, lp, type and sub is in range (else an error). Returns 1, 0 at the end, -1.
 */
int trace_reader_next(struct trace_reader *r, const struct trace_event **ev, size_t *n,
		      struct vt_error *err);

/* Index of the first event of the last block returned; its offset in the file. */
uint64_t trace_reader_block_first(const struct trace_reader *r);
uint64_t trace_reader_block_offset(const struct trace_reader *r);

/* Continues at the first block that holds an event at or after @time (0: rewinds). */
int trace_reader_seek(struct trace_reader *r, uint64_t time, struct vt_error *err);

/* Decodes the whole file and writes its events' SHA-256, 64 digits and a NUL, into @hex; rewinds.
 */
int trace_hash_file(struct trace_reader *r, char hex[65], struct vt_error *err);

/* ---- writing ---- */

struct trace_writer;

struct trace_writer_options {
	uint32_t block_events; /* events per block, 1..TRACE_BLOCK_EVENTS_MAX; 0: default */
	int zstd_level;	       /* 0: default */
	bool keep_old;	   /* what stands under the name stays as NAME.old; a trace that is there
			      goes, what is none stays (file_keep_old()) */
	bool private;	   /* the file is its owner's alone (file_create_private()) */
	struct file *file; /* what file_create() opened as the path; the writer's, also where
			      trace_writer_open() fails. NULL: opens it */
};

#define TRACE_BLOCK_EVENTS_MAX 65536u

/*
 * Starts a file. @meta is written first, so that a file that is cut off can be read; the final
 * one replaces it at the end. @options may be NULL. The file appears under @path only
 * when it is whole (see traces/base/file.h), or from trace_writer_publish() on.
 */
struct trace_writer *trace_writer_open(const char *path, const struct trace_meta *meta,
				       const struct trace_writer_options *options,
				       struct vt_error *err);

/*
 * Adds an event; the caller keeps it. Its time may not be before the last one's; fields must be in
 * range of the meta given at open (VPs appended later: call trace_writer_meta() first). 0 or -1.
 */
int trace_writer_add(struct trace_writer *w, const struct trace_event *ev, struct vt_error *err);

/* Replaces the meta; written before the next block. Copies. */
void trace_writer_meta(struct trace_writer *w, const struct trace_meta *meta);

/* The file appears under its path now, with the blocks that it has, and grows there. 0 or -1. */
int trace_writer_publish(struct trace_writer *w, struct vt_error *err);

/* Writes what is left, the final @meta (NULL: the last one), index and footer; frees. 0 or -1. */
int trace_writer_finish(struct trace_writer *w, const struct trace_meta *meta,
			struct vt_error *err);

/* Gives up: nothing is left behind; a published file stays as it is. Frees; NULL is fine. */
void trace_writer_abort(struct trace_writer *w);

/* ---- legality ---- */

/*
 * Follows who runs where and says the first event that is not legal (DESIGN section 4: "What is
 * legal"). Both `check` and `replay` stand on it.
 */
struct trace_legal;
struct trace_legal *trace_legal_new(uint32_t lps, uint32_t vps);
void trace_legal_free(struct trace_legal *l);
/* NULL if @ev is legal, else one sentence without the event's place ("LP 1 is not idle: ..."). */
const char *trace_legal_event(struct trace_legal *l, const struct trace_event *ev);
/* How many of @n events are legal before the first that is not, of which *wrong then says what is
 * wrong. */
size_t trace_legal_events(struct trace_legal *l, const struct trace_event *ev, size_t n,
			  const char **wrong);
/* The @n events of the last block of @r are legal: 0; else -1, and @err names the first that is
 * not. */
int trace_legal_block(struct trace_legal *l, const struct trace_reader *r,
		      const struct trace_event *ev, size_t n, struct vt_error *err);

#endif
