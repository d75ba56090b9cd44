/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace's metadata as the JSON text that its file holds (FORMAT.md "Header"). */
#ifndef VTICK_TRACES_META_H
#define VTICK_TRACES_META_H

#include "traces/trace.h"

/* Writes @meta as JSON; @sha256 may be NULL. malloc'ed, *@len without the NUL. */
char *trace_meta_write(const struct trace_meta *meta, const char *sha256, size_t *len);

/*
 * Reads it back into an initialised @meta; @sha256 (65 bytes) gets the hash or "". -1 with a
 * sentence in @err that names @file and @offset.
 */
int trace_meta_read(struct trace_meta *meta, char *sha256, const char *text, size_t len,
		    const char *file, uint64_t offset, struct vt_error *err);

/*
 * Takes the fields of @doc, an object, into an initialised @meta, and @doc itself as `more`, which
 * it owns then; @sha256 as above. NULL, or what is wrong with the header.
 */
const char *trace_meta_take(struct trace_meta *meta, char *sha256, json_t *doc);

/* NULL, or what is wrong with a header that was read: `check` and `import text` ask. malloc'ed. */
char *trace_meta_fault(const struct trace_meta *meta);

/*
 * "types" in the header: what events that older vticks do not know are, and which vtick knows them.
 * forget: names none; say: names @type, which has a `since`.
 */
void trace_meta_forget_types(struct trace_meta *meta);
void trace_meta_say_type(struct trace_meta *meta, unsigned type);
/* The vtick that "types" says knows the type called @name, or NULL. */
const char *trace_meta_since(const struct trace_meta *meta, const char *name);
/* The sentence about an event of @type and @sub that this vtick does not know. malloc'ed. */
char *trace_meta_unknown(const struct trace_meta *meta, unsigned type, unsigned sub);

/* The sentence about a header's @text that no reader takes, or NULL. */
const char *trace_meta_too_large(const char *text, size_t len);

/* "web" of "webv1", vCPU 1 of that VM; the whole name where it does not end so. malloc'ed. */
char *trace_vm_name(const struct trace_vp *vp);

#endif
