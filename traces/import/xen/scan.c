/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/import/xen/record.h"
#include "traces/trace.h"

enum { SCAN_BUFFER = 1 << 18, SLICES_MAX = 256, DEADLINES_MIN = 16 };

/* A sliding view of the capture: capture_read() into a buffer that keeps what is not consumed. */
struct scan_input {
	struct capture *capture;
	uint64_t offset; /* of buf[at] */
	size_t at, have;
	bool eof;
	uint8_t *buf;
};

/* Makes @n bytes visible; returns how many of them there are, or -1. */
static int64_t peek(struct scan_input *in, size_t n, struct vt_error *err)
{
	int64_t got;

	if (in->have - in->at >= n)
		return (int64_t)n;
	memmove(in->buf, in->buf + in->at, in->have - in->at);
	in->have -= in->at;
	in->at = 0;
	if (!in->eof) {
		got = capture_read(in->capture, in->buf + in->have, SCAN_BUFFER - in->have, err);
		if (got < 0)
			return -1;
		in->eof = (size_t)got < SCAN_BUFFER - in->have;
		in->have += (size_t)got;
	}
	return (int64_t)(in->have < n ? in->have : n);
}

static void consume(struct scan_input *in, size_t n)
{
	in->at += n;
	in->offset += n;
}

static int new_vp(struct xen_scan *s, uint32_t word, uint64_t offset, struct vt_error *err)
{
	if (!xen_is_vp(word) || word_map_get(&s->vps, word, TRACE_VPS_MAX))
		return 0;
	return vt_error_set(err, s->path, offset, "more than %u vCPUs", TRACE_VPS_MAX);
}

/* The first record that tells who has this pCPU also tells who had it until then. */
static void first_schedule(struct xen_pcpu *p, bool runs, uint32_t word)
{
	if (p->first != XEN_FIRST_NONE)
		return;
	p->first = runs && xen_is_vp(word) ? XEN_FIRST_RUNS : XEN_FIRST_OTHER;
	p->seed = word;
}

/* A record of this pCPU names who has it, perhaps since before the capture began. */
static void shown_to_run(struct xen_scan *s, struct xen_pcpu *p, const struct xen_record *r)
{
	if (p->run.vp == XEN_NO_VP)
		p->run.vp = r->w[0];
	xen_runs_saw(&s->runs, r->w[0], r->tsc);
}

static void scan_runstate(struct xen_scan *s, struct xen_pcpu *p, const struct xen_record *r)
{
	xen_runs_change(&s->runs, r->w[0], xen_runstate_old(r->event), xen_runstate_new(r->event),
			r->tsc);
	if (xen_runstate_new(r->event) == XEN_RUNNING) {
		first_schedule(p, false, r->w[0]);
		xen_runs_switch(&s->runs, &p->run, r->w[0], r->tsc);
	} else if (xen_runstate_old(r->event) == XEN_RUNNING) {
		first_schedule(p, true, r->w[0]);
		shown_to_run(s, p, r);
		xen_runs_switch(&s->runs, &p->run, XEN_NO_VP, r->tsc);
	}
}

/* A LAPIC_START behind a write of MSR 0x6e0: one more point of that guest's TSC clock. */
static void scan_deadline(struct xen_scan *s, struct xen_pcpu *p, const struct xen_record *r)
{
	struct xen_tdt now = { p->tdt, r->tsc, xen_u64(r->w[0], r->w[1]), p->run.vp };
	/* A slot that two VPs share tells less, not wrong. */
	struct xen_tdt *old = &s->tdt[(now.vp ^ now.vp >> 13) % XEN_TDT_SLOTS];
	struct xen_tdt before = *old;
	int64_t ticks, ns;

	p->tdt = 0;
	if (!now.deadline || !now.delta_ns || now.delta_ns >> 40 || now.vp == XEN_NO_VP)
		return;
	*old = now;
	if (!before.deadline || before.vp != now.vp)
		return;
	/* deadline = TSC + offset + delta * rate: the offset goes with the difference of two. */
	ticks = (int64_t)((now.deadline - before.deadline) - (now.tsc - before.tsc));
	ns = (int64_t)(now.delta_ns - before.delta_ns);
	if (ns > 0 && ticks > 0)
		clock_slope_add(&s->by_deadline, (uint64_t)ticks, (uint64_t)ns);
	else if (ns < 0 && ticks < 0)
		clock_slope_add(&s->by_deadline, 0 - (uint64_t)ticks, (uint64_t)-ns);
}

/* The scheduler-specific events: subclass 2 of the schedule class, the scheduler in bits 9-11. */
static void scan_scheduler(struct xen_scan *s, uint32_t event)
{
	if ((event & 0xffff000) == 0x0022000)
		s->sched[event >> 9 & 7]++;
}

static void scan_slice(struct xen_scan *s, const struct xen_record *r)
{
	uint64_t *n;

	if (r->n < 4 || r->w[0] >= XEN_DOMAIN_RESERVED || r->w[3] == XEN_NO_SLICE || !r->w[3])
		return;
	n = word_map_get(&s->slice, r->w[3], SLICES_MAX);
	if (n)
		++*n;
}

/* Who runs on the pCPU, as far as the scan has come. */
static uint32_t runner(const struct xen_pcpu *p)
{
	return p->run.vp == XEN_NO_VP && p->first == XEN_FIRST_NONE ? xen_unknown_vp(p->id)
								    : p->run.vp;
}

/* A record of a PV timer, which names its VP: dom << 16 | vcpu. */
static void scan_pv_timer(struct xen_scan *s, const struct xen_pcpu *p, const struct xen_record *r)
{
	uint64_t deadline = xen_u64(r->w[2], r->w[3]), now = xen_u64(r->w[4], r->w[5]);

	if (r->event != XEN_PV_FIRE)
		xen_tickers_pv_write(&s->tickers, r->w[0], r->tsc);
	else if (r->n >= 6 && deadline <= now)
		xen_tickers_expiry(&s->tickers, r->w[0], p->id, r->tsc, now - deadline);
}

static int scan_record(struct xen_scan *s, struct xen_pcpu *p, const struct xen_record *r,
		       struct vt_error *err)
{
	if (xen_is_runstate(r->event)) {
		scan_runstate(s, p, r);
		return new_vp(s, r->w[0], r->offset, err);
	}
	p->run.hvm |= xen_is_entry(r->event) || xen_is_exit(r->event);
	scan_scheduler(s, r->event);
	switch (r->event) {
	case XEN_CONTINUE_RUNNING:
		first_schedule(p, true, r->w[0]);
		shown_to_run(s, p, r);
		xen_runs_switch(&s->runs, &p->run, r->w[0], r->tsc);
		return new_vp(s, r->w[0], r->offset, err);
	case XEN_LOST_RECORDS:
		/* What comes behind the gap says nothing about time 0. */
		first_schedule(p, false, 0);
		s->lost_until = r->tsc > s->lost_until ? r->tsc : s->lost_until;
		clock_chain_break(&p->chain, &s->by_switch);
		p->tdt = 0;
		xen_runs_switch(&s->runs, &p->run, r->w[1] << 16 | r->w[1] >> 16, r->tsc);
		return new_vp(s, p->run.vp, r->offset, err);
	case XEN_SWITCH_INFPREV:
		clock_chain_prev(&p->chain, &s->by_switch, r->w[0] << 16 | (r->w[1] & 0xffff),
				 r->w[2], r->tsc);
		xen_now_add(&p->chain_now, r->tsc, p->chain.ns);
		break;
	case XEN_SWITCH_INFNEXT:
		clock_chain_next(&p->chain, r->w[0] << 16 | (r->w[1] & 0xffff));
		scan_slice(s, r);
		break;
	case XEN_MSR_WRITE:
		if (r->w[0] == 0x6e0)
			p->tdt = xen_u64(r->w[1], r->w[2]);
		break;
	case XEN_VMENTRY:
		p->tdt = 0;
		break;
	case XEN_LAPIC_START:
		scan_deadline(s, p, r);
		xen_tickers_write(&s->tickers, runner(p), r->tsc);
		break;
	case XEN_LAPIC_STOP:
		xen_tickers_write(&s->tickers, runner(p), r->tsc);
		break;
	case XEN_LAPIC_CALLBACK:
		xen_tickers_tick(&s->tickers, runner(p), p->id, r->tsc);
		break;
	case XEN_MACHINE_TIMER_SET:
		clock_line_add(&p->now, &s->by_now, xen_u64(r->w[2], r->w[3]), r->tsc);
		break;
	case XEN_PV_HYPERCALL:
		p->run.pv = true;
		break;
	case XEN_PV_SET_SINGLESHOT:
	case XEN_PV_SET_TIMER_OP:
		clock_line_add(&p->now, &s->by_now, xen_u64(r->w[4], r->w[5]), r->tsc);
		scan_pv_timer(s, p, r);
		break;
	case XEN_PV_STOP:
	case XEN_PV_FIRE:
		scan_pv_timer(s, p, r);
		break;
	default:
		break;
	}
	return 0;
}

/* Takes over a record's TSC, or gives it the pCPU's last. 1: use it, 0: pass over it, -1. */
static int scan_time(struct xen_scan *s, struct xen_pcpu *p, struct xen_record *r,
		     struct vt_error *err)
{
	/* Padding; what its TSC says is nobody's time. */
	if (r->event == XEN_WRAP_BUFFER)
		return 0;
	if (!r->has_tsc) {
		r->tsc = p->last_tsc;
		if (!p->has_tsc)
			s->before_tsc++;
		return p->has_tsc;
	}
	if (p->has_tsc && r->tsc < p->last_tsc)
		return vt_error_set(err, s->path, r->offset,
				    "the TSC of pCPU %u runs backward, from %" PRIu64
				    " to %" PRIu64,
				    p->id, p->last_tsc, r->tsc);
	if (!p->has_tsc)
		p->first_tsc = r->tsc;
	p->has_tsc = true;
	p->last_tsc = r->tsc;
	if (!s->any_tsc || r->tsc < s->t0)
		s->t0 = r->tsc;
	if (!s->any_tsc || r->tsc > s->t1) {
		s->t1 = r->tsc;
		s->t1_offset = r->offset;
	}
	s->any_tsc = true;
	return 1;
}

static int check_header(const struct xen_scan *s, uint32_t header, uint64_t offset, uint64_t left,
			struct vt_error *err)
{
	uint32_t event = header & 0xfffffff, class = event >> 16;

	if (!class || class & (class - 1))
		return vt_error_set(err, s->path, offset,
				    "record header 0x%08" PRIx32
				    ": the event has %s class bit, expected one",
				    header, class ? "more than one" : "no");
	if (event == XEN_CPU_CHANGE)
		return vt_error_set(err, s->path, offset,
				    "CPU_CHANGE inside a window that has %" PRIu64 " more bytes",
				    left);
	if (xen_record_size(header) > left)
		return vt_error_set(err, s->path, offset,
				    "a record of %" PRIu32
				    " bytes runs past its window, which has %" PRIu64 " more",
				    xen_record_size(header), left);
	if ((header >> 28 & 7) < xen_words_needed(event))
		return vt_error_set(err, s->path, offset,
				    "record 0x%07" PRIx32 " has %" PRIu32
				    " words, expected at least %u",
				    event, header >> 28 & 7, xen_words_needed(event));
	return 0;
}

/*
 * The records of a window of @size bytes; *@used is how many of them are whole records, fewer only
 * if the capture ends here.
 */
static int scan_window(struct xen_scan *s, struct scan_input *in, struct xen_pcpu *p, uint32_t size,
		       uint32_t *used, struct vt_error *err)
{
	struct xen_record r = { 0 };

	*used = 0;
	while (*used < size) {
		uint32_t header, bytes;
		int64_t have = peek(in, 4, err);
		int use;

		if (have < 0)
			return -1;
		if (have < 4)
			break;
		header = xen_le32(in->buf + in->at);
		if (check_header(s, header, in->offset, size - *used, err))
			return -1;
		bytes = xen_record_size(header);
		have = peek(in, bytes, err);
		if (have < 0)
			return -1;
		if (have < bytes)
			break;
		r.offset = in->offset;
		xen_record_decode(&r, in->buf + in->at);
		use = scan_time(s, p, &r, err);
		if (use < 0)
			return -1;
		if (use) {
			s->records++;
			if (scan_record(s, p, &r, err))
				return -1;
		}
		consume(in, bytes);
		*used += bytes;
	}
	return 0;
}

static struct xen_pcpu *get_pcpu(struct xen_scan *s, struct word_map *index, uint32_t id)
{
	uint64_t *at = word_map_get(index, id, TRACE_LPS_MAX);

	if (!*at) {
		if (!(s->pcpus & (s->pcpus + 1))) {
			s->pcpu =
			    vt_realloc(s->pcpu, (2 * (size_t)s->pcpus + 1) * sizeof(*s->pcpu));
		}
		s->pcpu[s->pcpus] = (struct xen_pcpu){ .id = id,
						       .window = XEN_NO_WINDOW,
						       .last_window = XEN_NO_WINDOW,
						       .run.vp = XEN_NO_VP };
		*at = ++s->pcpus;
	}
	return &s->pcpu[*at - 1];
}

static void add_window(struct xen_scan *s, struct xen_pcpu *p, uint64_t offset, uint32_t length)
{
	uint32_t n = (uint32_t)s->windows;

	if (!length)
		return;
	if (s->windows == s->windows_room) {
		s->windows_room = s->windows_room ? 2 * s->windows_room : 256;
		s->window = vt_realloc(s->window, s->windows_room * sizeof(*s->window));
	}
	s->window[n] = (struct xen_window){ offset, length, XEN_NO_WINDOW };
	if (p->window == XEN_NO_WINDOW)
		p->window = n;
	else
		s->window[p->last_window].next = n;
	p->last_window = n;
	s->windows++;
}

/* The CPU_CHANGE record before a window: 1, 0 at the end of the capture, -1. */
static int scan_cpu_change(struct xen_scan *s, struct scan_input *in, uint32_t *cpu, uint32_t *size,
			   struct vt_error *err)
{
	static const uint8_t magic[4] = { 0x03, 0xf0, 0x01, 0x20 };
	int64_t have = peek(in, XEN_CPU_CHANGE_SIZE, err);
	const uint8_t *p = in->buf + in->at;

	if (have <= 0)
		return (int)have;
	if (memcmp(p, magic, have < 4 ? (size_t)have : 4) != 0)
		return vt_error_set(
		    err, s->path, in->offset, "%s, expected a CPU_CHANGE record (0x%08x)",
		    in->offset ? "a window ends here, but what follows is something else"
			       : "not an xentrace file",
		    XEN_CPU_CHANGE_HEADER);
	if (have < XEN_CPU_CHANGE_SIZE) {
		s->truncated = true;
		return 0;
	}
	*cpu = xen_le32(p + 4);
	*size = xen_le32(p + 8);
	if (*cpu >= TRACE_LPS_MAX)
		return vt_error_set(err, s->path, in->offset + 4,
				    "CPU_CHANGE to pCPU %" PRIu32 ", expected a number below %u",
				    *cpu, TRACE_LPS_MAX);
	consume(in, XEN_CPU_CHANGE_SIZE);
	return 1;
}

static int scan_windows(struct xen_scan *s, struct scan_input *in, struct vt_error *err)
{
	struct word_map index = { 0 };
	struct cli_progress progress;
	uint32_t cpu = 0, size = 0;
	int ret;

	cli_progress_start(&progress, "reading", "bytes", capture_total(s->capture));
	while ((ret = scan_cpu_change(s, in, &cpu, &size, err)) > 0) {
		struct xen_pcpu *p = get_pcpu(s, &index, cpu);
		uint64_t offset = in->offset;
		uint32_t used;

		if (s->windows == XEN_NO_WINDOW) {
			ret = vt_error_set(err, s->path, offset, "more than %u windows",
					   XEN_NO_WINDOW);
			break;
		}
		ret = scan_window(s, in, p, size, &used, err);
		if (ret)
			break;
		add_window(s, p, offset, used);
		if (used < size) {
			s->truncated = true;
			break;
		}
		cli_progress(&progress, capture_done(s->capture));
	}
	cli_progress_end(&progress);
	word_map_free(&index);
	return ret < 0 ? -1 : 0;
}

static int by_id(const void *a, const void *b)
{
	return order_u64(((const struct xen_pcpu *)a)->id, ((const struct xen_pcpu *)b)->id);
}

static void finish(struct xen_scan *s)
{
	struct word_entry *all = word_map_sorted(&s->vps);

	s->heard_until = s->t1;
	/* Windows that a cut took away. */
	for (uint32_t i = 0; s->truncated && i < s->pcpus; i++)
		if (s->pcpu[i].has_tsc && s->pcpu[i].last_tsc < s->heard_until)
			s->heard_until = s->pcpu[i].last_tsc;
	if (s->pcpus)
		qsort(s->pcpu, s->pcpus, sizeof(*s->pcpu), by_id);
	for (uint32_t i = 0; i < s->pcpus; i++) {
		xen_runs_end(&s->runs, &s->pcpu[i].run, s->pcpu[i].last_tsc);
		if (s->pcpu[i].first == XEN_FIRST_RUNS)
			xen_tickers_name(&s->tickers, xen_unknown_vp(s->pcpu[i].id),
					 s->pcpu[i].seed);
		clock_chain_break(&s->pcpu[i].chain, &s->by_switch);
		clock_line_end(&s->pcpu[i].now, &s->by_now);
		clock_line_free(&s->pcpu[i].chain.line);
		clock_line_free(&s->pcpu[i].now);
	}
	for (size_t i = 0; i < s->vps.n; i++)
		*word_map_get(&s->vps, all[i].key, TRACE_VPS_MAX) = i;
	free(all);
}

int xen_scan(struct xen_scan *s, struct capture *c, const char *path, struct vt_error *err)
{
	struct scan_input in = { .capture = c };
	int ret;

	*s = (struct xen_scan){ .path = path, .capture = c };
	in.buf = vt_alloc(SCAN_BUFFER + XEN_RECORD_MAX);
	ret = scan_windows(s, &in, err);
	/* A cut compressed stream gives what it gives; that may end between two windows. */
	s->truncated |= capture_cut(c);
	if (!ret && s->any_tsc && s->t1 - s->t0 >= TRACE_TICK_LIMIT)
		ret = vt_error_set(err, path, s->t1_offset,
				   "the TSCs up to here span %" PRIu64
				   " ticks, expected fewer than 2^60",
				   s->t1 - s->t0);
	/* The rest of a capture that ends in the middle of a record belongs to its hash. */
	while (!ret && !in.eof) {
		in.at = in.have;
		if (peek(&in, SCAN_BUFFER, err) < 0)
			ret = -1;
	}
	capture_sha256(c, s->sha256);
	finish(s);
	free(in.buf);
	return ret;
}

void xen_scan_free(struct xen_scan *s)
{
	free(s->window);
	for (uint32_t i = 0; i < s->pcpus; i++)
		xen_now_free(&s->pcpu[i].chain_now);
	free(s->pcpu);
	word_map_free(&s->vps);
	xen_runs_free(&s->runs);
	xen_tickers_free(&s->tickers);
	word_map_free(&s->slice);
	clock_slopes_free(&s->by_now);
	clock_slopes_free(&s->by_switch);
	clock_slopes_free(&s->by_deadline);
}

/* Two rates that cannot be one clock's: further apart than Xen bends its NOW(). */
static bool differ(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) > a / 50;
}

bool xen_scan_rate(struct xen_scan *s, struct clock_rate *out)
{
	struct clock_rate now, deadline;
	bool have_now = true;

	if (clock_slopes_rate(&s->by_now, CLOCK_MODE, &now))
		now.method = "now";
	else if (clock_slopes_rate(&s->by_switch, CLOCK_MODE, &now))
		now.method = "switch";
	else
		have_now = false;

	/* A guest whose TSC is scaled runs at another rate: then its deadlines say nothing here. */
	if (clock_slopes_rate(&s->by_deadline, CLOCK_MEDIAN, &deadline) &&
	    deadline.samples >= DEADLINES_MIN && !(have_now && differ(now.hz, deadline.hz))) {
		deadline.method = "deadline";
		*out = deadline;
		return true;
	}
	if (have_now)
		*out = now;
	return have_now;
}

bool xen_scan_scheduled(const struct xen_scan *s)
{
	bool any = s->vps.n || s->by_switch.n;

	for (size_t i = 0; i < XEN_SCHEDULERS; i++)
		any |= s->sched[i] != 0;
	return any;
}

uint64_t xen_scan_slice(const struct xen_scan *s)
{
	struct word_entry *all = word_map_sorted(&s->slice);
	uint64_t best = 0, slice = 0;

	for (size_t i = 0; i < s->slice.n; i++)
		if (all[i].value > best) {
			best = all[i].value;
			slice = all[i].key;
		}
	free(all);
	return slice;
}

const char *xen_scan_scheduler(const struct xen_scan *s)
{
	/* trace.h: TRC_SCHED_CSCHED 0, CSCHED2 1, ARINC653 3, RTDS 4, SNULL 5; 2 was SEDF. */
	static const char *const name[XEN_SCHEDULERS] = { "credit",   "credit2", NULL,
							  "arinc653", "rtds",	 "null" };
	const char *scheduler = NULL;
	uint64_t best = 0;

	for (size_t i = 0; i < XEN_SCHEDULERS; i++)
		if (s->sched[i] > best && name[i]) {
			best = s->sched[i];
			scheduler = name[i];
		}
	return scheduler;
}
