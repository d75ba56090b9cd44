/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/cell.h"

#include "replay/engine/json.h"
#include "replay/loop/base.h"
#include "replay/loop/grids.h"
#include "replay/loop/loop.h"
#include "replay/loop/tape.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

struct loop_recording {
	struct seeds seeds;
	uint64_t *unit; /* [vps] */
};

/* The recording as the loop reads it: through the base, onto the tape. */
struct feed {
	struct trace_reader *reader;
	const struct trace_event *ev;
	size_t n;
	const struct loop_base *design;
	const struct loop_recording *recording;
	struct base base;
	volatile uint64_t *done;
	struct vt_error *err;
	bool failed;
};

/* So many events are read at once: two engines that take turns for each are slow. */
#define AHEAD ((size_t)1024)

struct loop_recording *loop_recording_new(struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct loop_recording *l = vt_alloc(sizeof(*l));
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct grids *grids = grids_new(meta);
	const struct trace_event *ev;
	bool more = true;
	size_t n;
	int got;

	seeds_init(&l->seeds, meta->vps);
	while ((got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, r, ev, n, err)) {
			got = -1;
			break;
		}
		more = more && seeds_look(&l->seeds, ev, n);
		grids_look(grids, ev, n);
	}
	l->unit = grids_units(grids);
	grids_free(grids);
	trace_legal_free(legal);
	if (got < 0 || trace_reader_seek(r, 0, err)) {
		loop_recording_free(l);
		return NULL;
	}
	return l;
}

void loop_recording_free(struct loop_recording *l)
{
	if (!l)
		return;
	seeds_free(&l->seeds);
	free(l->unit);
	free(l);
}

const struct seeds *loop_recording_seeds(const struct loop_recording *l)
{
	return &l->seeds;
}

uint64_t loop_quantum(const struct engine_options *options, const struct trace_meta *meta)
{
	if (options->hv_slice_ns)
		return LOOP_SLICES;
	return options->hv_tick_hz ? meta->clock_hz / options->hv_tick_hz : 0;
}

static struct engine *new_base(const struct feed *f)
{
	const struct loop_base *base = f->design;
	struct engine *e = engine_new(trace_reader_meta(f->reader), base->policy, base->values,
				      &base->options, "base", NULL);

	engine_seeds(e, &f->recording->seeds);
	return e;
}

/* The next events, at most so many; returns how many, 0: there are none. */
static size_t read_on(struct feed *f, uint64_t most)
{
	size_t n;
	int got = 1;

	while (!f->n && !f->failed &&
	       (got = trace_reader_next(f->reader, &f->ev, &f->n, f->err)) > 0)
		;
	if (got < 0)
		f->failed = true;
	n = f->n < AHEAD ? f->n : AHEAD;
	n = n < most ? n : (size_t)most;
	if (n)
		base_events(&f->base, f->ev, n);
	f->ev += n;
	f->n -= n;
	return n;
}

/* A VP that had fallen far behind goes on: what the tape did not keep for it is read again. */
static void read_anew(struct feed *f)
{
	struct tape *tape = f->base.tape, *anew = tape_anew(tape);
	uint64_t left = tape_events(tape), n;

	engine_free(f->base.engine);
	base_begin(&f->base, new_base(f), anew);
	f->n = 0;
	f->failed |= trace_reader_seek(f->reader, 0, f->err) != 0;
	while (left && (n = read_on(f, left)))
		left -= n;
	if (tape_ended(tape) || left)
		base_end(&f->base, trace_reader_meta(f->reader)->end);
	tape_replace(tape, anew);
	f->base.tape = tape;
}

static void pull(void *arg)
{
	struct feed *f = arg;
	size_t n;

	if (tape_lost(f->base.tape)) {
		read_anew(f);
		return;
	}
	n = read_on(f, AHEAD);
	*f->done += n;
	if (!n)
		base_end(&f->base, trace_reader_meta(f->reader)->end);
}

/* ---- the result ---- */

static void put(json_t *to, const char *object, const char *key, uint64_t n)
{
	json_t *o = json_object_get(to, object);

	if (!o) {
		o = json_object();
		json_put(to, object, o);
	}
	json_put_count(o, key, n);
}

static uint64_t ns(const struct trace_meta *meta, uint64_t ticks)
{
	return trace_ticks_to_ns(ticks, meta->clock_hz);
}

static json_t *vps_json(const struct trace_meta *meta, const struct loop *l)
{
	json_t *vps = json_array();

	for (uint32_t i = 0; i < meta->vps; i++) {
		const struct loop_vp_counts *v = loop_vp_counts(l, i);
		json_t *o = json_object();

		json_put_count(o, "writes", v->writes);
		json_put_count(o, "wakeups", v->wakeups);
		json_put_count(o, "ticks", v->ticks);
		json_put_count(o, "work_ns", ns(meta, v->work));
		json_push(vps, o);
	}
	return vps;
}

/* LOOP.md 7. */
static json_t *result(const struct trace_meta *meta, const struct loop *l, const struct tape *t)
{
	const struct loop_counts *c = loop_counts(l);
	const struct tape_counts *of = tape_counts(t);
	json_t *all = json_object();

	put(all, "identity", "same", c->same);
	put(all, "identity", "of", of->events);
	put(all, "near", "same", c->near);
	put(all, "near", "of", of->compared);
	put(all, "anchors", "grid", c->grid);
	put(all, "anchors", "write", c->write);
	put(all, "wakes", "timer", c->wakes[CAUSE_TIMER]);
	put(all, "wakes", "ipi", c->wakes[CAUSE_IPI]);
	put(all, "wakes", "external", c->wakes[CAUSE_EXTERNAL]);
	put(all, "order", "kept", c->kept);
	put(all, "order", "of", c->runs);
	put(all, "residuals", "items", of->residuals);
	put(all, "residuals", "ns", ns(meta, of->residual_ticks));
	put(all, "residuals", "negative", of->negative);
	put(all, "tape", "run", c->items);
	put(all, "tape", "of", of->items);
	put(all, "tape", "again", c->again);
	json_put_count(all, "work_ns", ns(meta, c->work));
	json_put_count(all, "work_recorded_ns", ns(meta, of->work));
	json_put_count(all, "lp_busy_ns", ns(meta, c->busy));
	json_put(all, "per_vp", vps_json(meta, l));
	return all;
}

json_t *loop_cell(struct trace_reader *r, const struct loop_recording *rec,
		  const struct loop_base *base, struct engine *cell, uint64_t quantum,
		  volatile uint64_t *done, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct feed f = { .reader = r, .design = base, .recording = rec, .done = done, .err = err };
	struct tape *tape;
	json_t *loop = NULL;
	struct loop *l;

	if (trace_reader_seek(r, 0, err))
		return NULL;
	tape = tape_new(meta, rec->unit);
	base_begin(&f.base, new_base(&f), tape);
	l = loop_new(meta, cell, tape, pull, &f, quantum);
	loop_residuals(l, base->residuals);
	loop_run(l);
	while (!tape_ended(tape))
		pull(&f);
	if (!f.failed && engine_end(f.base.engine)->kind == ENGINE_RUNS)
		loop = result(meta, l, tape);
	else if (!f.failed)
		vt_error_set(err, trace_reader_path(r), VT_NO_OFFSET,
			     "the recorded design ended the replay of the recording: %s",
			     engine_end(f.base.engine)->why);
	engine_listen(cell, NULL);
	loop_free(l);
	engine_free(f.base.engine);
	tape_free(tape);
	return loop;
}
