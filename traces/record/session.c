/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/record/session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/record/away.h"
#include "traces/record/child.h"
#include "traces/record/clock.h"
#include "traces/record/convert.h"
#include "traces/record/flight.h"
#include "traces/record/header.h"
#include "traces/record/kernel_facts.h"
#include "traces/record/sorter.h"
#include "traces/record/vmname.h"
#include "traces/trace.h"

/*
 * How often the ring is emptied. The default one holds most of a second of the highest rates seen;
 * each turn takes a CPU from a guest.
 */
#define POLL_NS 50000000
#define POLL_SMALL_NS 10000000
#define SMALL_BUFFER_KIB 4096
/*
 * How long an event may take from its time stamp into the ring. Measured: tens of us; a preempted
 * virtual CPU of a host that is itself a guest makes it ms.
 */
#define WINDOW_NS 250000000
#define SECOND_NS 1000000000
/* Who sees no vCPU by then learns that; the recording goes on. */
#define PATIENCE_NS (2 * (uint64_t)SECOND_NS)
/* Small blocks: a recorder that is killed leaves all but the last one. */
#define BLOCK_EVENTS 4096
#define ZSTD_LEVEL 1

struct session {
	const struct session_options *o;
	struct probes *probes;
	struct child child;
	struct clock clock;
	struct sorter sorter;
	struct away away;
	struct convert *convert;
	struct trace_writer *w;
	struct flight flight;
	unsigned dumps;
	bool begun; /* the first event was released: time 0 */
	bool told_empty;
	uint64_t missed;
	struct cli_progress progress;
};

/* ---- from the ring into the sorter ---- */

static void on_event(void *to, const struct raw_event *e)
{
	struct session *s = to;
	struct raw_event away;

	if (e->type == RAW_CREATED)
		convert_created(s->convert, e);
	/* What was released by then stands. */
	if (away_event(&s->away, e, &away) && away.a > s->sorter.last) {
		away.ts = away.ts > s->sorter.last ? away.ts : s->sorter.last;
		sorter_add(&s->sorter, &away);
	}
	sorter_add(&s->sorter, e);
}

static void on_vcpu(void *to, const struct raw_vcpu *v)
{
	struct session *s = to;
	struct raw_event e = v->ev;

	if (!convert_knows_vm(s->convert, v->kvm, v->tgid)) {
		char name[128];

		vm_name(v->tgid, name, sizeof(name));
		convert_name_vm(s->convert, v->kvm, v->tgid, name);
	}
	convert_vcpu(s->convert, v, &e.a);
	sorter_add(&s->sorter, &e);
}

static int take_in(struct session *s, struct vt_error *err)
{
	const struct probes_sink sink = { .to = s, .event = on_event, .vcpu = on_vcpu };

	if (probes_drain(s->probes, &sink) < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot read the BPF ring");
	probes_losses(s->probes, &sink);
	return 0;
}

/* What the kernel skipped since it was last asked. */
static void take_in_misses(struct session *s, uint64_t since, uint64_t now)
{
	struct probes_count c;
	struct raw_event e = { .type = RAW_MISSED, .ts = since, .a = now };

	probes_counts(s->probes, &c);
	e.b = c.missed - s->missed;
	s->missed = c.missed;
	if (e.b)
		sorter_add(&s->sorter, &e);
}

/* ---- from the sorter into the trace ---- */

static int release(struct session *s, uint64_t until, struct vt_error *err)
{
	struct raw_event e;

	while (sorter_take(&s->sorter, until, &e)) {
		if (s->o->flight_ns) {
			flight_add(&s->flight, &e);
			continue;
		}
		if (!s->begun && convert_output(s->convert, s->w, e.ts, err))
			return -1;
		s->begun = true;
		if (convert_event(s->convert, &e, err))
			return -1;
	}
	return 0;
}

static int prune(struct session *s, uint64_t since, struct vt_error *err)
{
	struct raw_event e;

	while (flight_prune(&s->flight, since, &e))
		if (convert_event(s->convert, &e, err))
			return -1;
	return 0;
}

static void fill_header(const struct session *s, struct trace_meta *meta, const struct convert *c,
			const struct probes_count *count)
{
	struct header_facts f = {
		.command = s->o->command_line,
		.probes = s->probes,
		.clock = &s->clock,
		.count = count,
		.convert = c,
		.tally = count ? convert_tally(c) : NULL,
		.recorded = probes_recorded(s->probes),
		.late = s->sorter.late,
		.flight_ns = s->o->flight_ns,
		.no_infer = s->o->no_infer,
	};

	header_fill(meta->more, &f);
}

/* FILE.vtt, then FILE.2.vtt and so on; what is no file takes them all. */
static char *dump_path(const struct session *s)
{
	const char *path = s->o->output;
	size_t size = strlen(path) + 32, stem = strlen(path);
	char *name = vt_alloc(size);

	if (stem > 4 && !strcmp(path + stem - 4, ".vtt"))
		stem -= 4;
	if (s->dumps && !file_is_special(path))
		snprintf(name, size, "%.*s.%u%s", (int)stem, path, s->dumps + 1, path + stem);
	else
		snprintf(name, size, "%s", path);
	return name;
}

/* Writes what the flight recorder holds, with the state that it begins in. */
static int dump(struct session *s, struct vt_error *err)
{
	const struct trace_writer_options options = { .keep_old = true,
						      .private = !s->o->readable };
	char *path = dump_path(s);
	struct convert *c = convert_clone(s->convert);
	struct trace_writer *w;
	struct probes_count count;
	size_t n = s->flight.n;
	int ret = -1;

	probes_counts(s->probes, &count);
	fill_header(s, convert_meta(c), c, NULL);
	w = trace_writer_open(path, convert_meta(c), &options, err);
	if (!w)
		goto out;
	ret = convert_output(c, w, n ? flight_at(&s->flight, 0)->ts : 0, err);
	for (size_t i = 0; !ret && i < n; i++)
		ret = convert_event(c, flight_at(&s->flight, i), err);
	fill_header(s, convert_meta(c), c, &count);
	if (ret) {
		trace_writer_abort(w);
	} else {
		ret = trace_writer_finish(w, convert_meta(c), err);
		s->dumps++;
	}
	if (!ret)
		vt_note(path, "the last %" PRIu64 " ms, %" PRIu64 " event%s of %u VP%s in %u VM%s",
			n ? (flight_at(&s->flight, n - 1)->ts - flight_at(&s->flight, 0)->ts) /
				1000000
			  : 0,
			convert_tally(c)->events, human_s(convert_tally(c)->events),
			convert_meta(c)->vps, human_s(convert_meta(c)->vps), convert_vms(c),
			human_s(convert_vms(c)));
out:
	convert_free(c);
	free(path);
	return ret;
}

/* ---- the loop ---- */

static bool over(struct session *s, uint64_t began, uint64_t now, int signal_number)
{
	if (signal_number == SIGINT || signal_number == SIGTERM)
		return true;
	if (s->o->duration_ns && now - began >= s->o->duration_ns)
		return true;
	return s->child.pid && child_ended(&s->child);
}

static const char *shown_path(const struct session *s)
{
	return s->o->flight_ns ? "flight" : s->o->output;
}

static void tell_empty(struct session *s, uint64_t since, uint64_t now)
{
	if (s->told_empty || now - since < PATIENCE_NS || convert_meta(s->convert)->vps)
		return;
	s->told_empty = true;
	vt_warn(shown_path(s), "no vCPU of a KVM guest was seen so far");
}

static int turn(struct session *s, uint64_t now, uint64_t *second, struct vt_error *err)
{
	if (take_in(s, err))
		return -1;
	if (now - *second >= SECOND_NS) {
		clock_update(&s->clock);
		take_in_misses(s, *second, now);
		*second = now;
	}
	if (release(s, now > WINDOW_NS ? now - WINDOW_NS : 0, err))
		return -1;
	if (s->o->flight_ns && now > s->o->flight_ns && prune(s, now - s->o->flight_ns, err))
		return -1;
	cli_progress(&s->progress, probes_recorded(s->probes));
	return 0;
}

static int loop(struct session *s, const sigset_t *signals, struct vt_error *err)
{
	const struct timespec wait = {
		.tv_nsec = s->o->probes.buffer_kib < SMALL_BUFFER_KIB ? POLL_SMALL_NS : POLL_NS,
	};
	uint64_t began = clock_now_ns(), second = began;
	int got;

	cli_progress_start(&s->progress, "recording", "events", 0);
	do {
		got = sigtimedwait(signals, NULL, &wait);
		if (turn(s, clock_now_ns(), &second, err))
			return -1;
		tell_empty(s, began, clock_now_ns());
		if (got == SIGUSR1 && s->o->flight_ns) {
			/* What happened until the signal is to be in it. */
			if (take_in(s, err) || release(s, UINT64_MAX, err) || dump(s, err))
				return -1;
		}
	} while (!over(s, began, clock_now_ns(), got));
	probes_stop(s->probes);
	clock_update(&s->clock);
	if (take_in(s, err))
		return -1;
	take_in_misses(s, second, clock_now_ns());
	if (release(s, UINT64_MAX, err))
		return -1;
	/* A pipe whose reader took what it was given has none any more. */
	if (!s->o->flight_ns || (s->dumps && file_is_special(s->o->output)))
		return 0;
	return dump(s, err);
}

static void report(struct session *s, const struct probes_count *c)
{
	const struct convert_tally *t = convert_tally(s->convert);
	const struct trace_meta *meta = convert_meta(s->convert);
	uint64_t recorded = probes_recorded(s->probes);
	const char *path = shown_path(s);

	/* What a flight recorder wrote was said with each of its files. */
	if (!s->o->flight_ns)
		vt_note(path, "%" PRIu64 " event%s of %u VP%s in %u VM%s", t->events,
			human_s(t->events), meta->vps, human_s(meta->vps), convert_vms(s->convert),
			human_s(convert_vms(s->convert)));
	char *missed = c->missed ? vt_format(", and %" PRIu64 " missed by recursion", c->missed)
				 : vt_strdup("");

	vt_note(path, "hits %" PRIu64 " = recorded %" PRIu64 " + lost %" PRIu64 "%s", c->all_hits,
		recorded, c->all_lost, missed);
	free(missed);
	if (t->unseen_switches || t->unseen_fires)
		vt_warn(path,
			"the kernel did not run its probes for %" PRIu64 " switch%s and %" PRIu64
			" expir%s, see LOST events",
			t->unseen_switches, t->unseen_switches == 1 ? "" : "es", t->unseen_fires,
			human_y(t->unseen_fires));
	if (t->by_hrtimer)
		vt_warn(path,
			"%" PRIu64 " of %" PRIu64 " TSC deadline%s elsewhere by the guest's TSC "
			"than by KVM's own hrtimer: taken from the hrtimer (%" PRIu64 " never)",
			t->by_hrtimer, t->arms_tsc,
			t->by_hrtimer == 1 && t->arms_tsc == 1 ? " lies" : "s lie", t->never);
	if (c->all_lost)
		vt_warn(path, "events were lost, give a larger --buffer");
	if (c->all_hits != recorded + c->all_lost)
		vt_warn(path, "hits and recorded + lost differ");
	if (s->o->probes.stats)
		probes_print_stats(s->probes);
}

static int record(struct session *s, const sigset_t *signals, struct vt_error *err)
{
	const struct trace_writer_options options = {
		.block_events = BLOCK_EVENTS,
		.zstd_level = ZSTD_LEVEL,
		.keep_old = true,
		.private = !s->o->readable,
	};
	struct trace_meta *meta = convert_meta(s->convert);
	struct probes_count count;
	int ret;

	clock_update(&s->clock);
	fill_header(s, meta, s->convert, NULL);
	if (!s->o->flight_ns) {
		s->w = trace_writer_open(s->o->output, meta, &options, err);
		if (!s->w)
			return -1;
	}
	ret = probes_start(s->probes, err);
	if (!ret && s->o->command)
		ret = child_start(&s->child, s->o->command[0], err);
	/* From here on a recorder that is killed leaves all but the end; what was under that name
	 * before stays if it came to nothing. */
	if (!ret && s->w)
		ret = trace_writer_publish(s->w, err);
	if (!ret)
		ret = loop(s, signals, err);
	cli_progress_end(&s->progress);
	if (!ret) {
		probes_counts(s->probes, &count);
		if (s->w) {
			fill_header(s, meta, s->convert, &count);
			ret = trace_writer_finish(s->w, meta, err);
			s->w = NULL;
		}
	}
	trace_writer_abort(s->w);
	if (!ret)
		report(s, &count);
	if (!ret && !convert_meta(s->convert)->vps && !s->o->allow_empty)
		ret = vt_error_set(err, shown_path(s), VT_NO_OFFSET,
				   "no vCPU of a KVM guest was seen, expected one (--allow-empty "
				   "if that is meant)");
	return ret;
}

int session_run(const struct session_options *o, struct vt_error *err)
{
	struct session s = { .o = o };
	struct run_as as = { 0 };
	sigset_t signals, before;
	int ret = -1;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	signal(SIGPIPE, SIG_IGN);
	clock_start(&s.clock);
	if (o->command &&
	    (run_as_find(&as, o->user, err) || child_prepare(&s.child, o->command, &as, err)))
		goto out;
	s.probes = probes_open(&o->probes, err);
	if (s.probes) {
		s.convert = convert_new(probes_cpus(s.probes), &s.clock, kernel_tick_hz());
		if (o->no_infer)
			convert_no_infer(s.convert);
		ret = record(&s, &signals, err);
	}
	child_finish(&s.child, o->command ? o->command[0] : "");
	if (!ret && o->command && s.child.ended &&
	    (!WIFEXITED(s.child.status) || WEXITSTATUS(s.child.status)))
		vt_warn(NULL, "'%s' failed (%s %d)", o->command[0],
			WIFEXITED(s.child.status) ? "exit code" : "signal",
			WIFEXITED(s.child.status) ? WEXITSTATUS(s.child.status)
						  : WTERMSIG(s.child.status));
out:
	run_as_free(&as);
	convert_free(s.convert);
	sorter_free(&s.sorter);
	away_free(&s.away);
	flight_free(&s.flight);
	probes_close(s.probes);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}
