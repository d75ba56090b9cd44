/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A load to record: virtual machines whose guests do nothing but program their timer and note how
 * late its interrupts came. Prints as JSON what the guests did, by their own count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "traces/record/tests/load/guest.h"
#include "traces/record/tests/load/vm.h"

enum { PIN_NO = -1, PIN_SPREAD = -2 };

struct run {
	struct load_options o;
	int pin;
	uint32_t move_ms;
	uint32_t pause_after_ms;
	uint32_t again;
	bool in_main;
	uint64_t seconds; /* 0: until all ticks are done */
	uint32_t cpus;
	struct vm *vm;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void pin(pthread_t thread, uint32_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

static int start(struct run *r)
{
	pthread_attr_t attr;
	uint32_t n = 0;

	pthread_attr_init(&attr);
	for (uint32_t i = 0; i < r->o.vms; i++)
		for (uint32_t j = 0; j < r->o.vcpus; j++, n++) {
			struct vcpu *v = &r->vm[i].vcpu[j];
			uint32_t cpu = r->pin == PIN_SPREAD ? n % r->cpus : (uint32_t)r->pin;

			if (pthread_create(&v->thread, &attr, vcpu_run, v))
				return -1;
			v->started = true;
			if (r->pin != PIN_NO)
				pin(v->thread, cpu);
		}
	pthread_attr_destroy(&attr);
	return 0;
}

/* Keeps moving the vCPUs, and stops them when their time is over. */
static void tend(struct run *r, uint64_t began)
{
	uint32_t step = r->move_ms ? r->move_ms : 50;
	bool paused = !r->pause_after_ms;
	bool all = false;

	for (uint32_t turn = 1; !all; turn++) {
		bool over = r->seconds && now_ns() - began >= r->seconds * 1000000000;
		bool pause = !paused && now_ns() - began >= r->pause_after_ms * UINT64_C(1000000);
		uint32_t n = 0;

		all = true;
		for (uint32_t i = 0; i < r->o.vms; i++)
			for (uint32_t j = 0; j < r->o.vcpus; j++, n++) {
				struct vcpu *v = &r->vm[i].vcpu[j];

				if (!v->started)
					continue;
				if (!pthread_tryjoin_np(v->thread, NULL)) {
					v->started = false;
					continue;
				}
				all = false;
				if (pause)
					vcpu_pause(v);
				if (over)
					vcpu_stop(v);
				if (r->move_ms)
					pin(v->thread, (n + turn) % r->cpus);
			}
		paused |= pause;
		if (!all)
			nanosleep(&(struct timespec){ .tv_sec = step / 1000,
						      .tv_nsec = (long)(step % 1000) * 1000000 },
				  NULL);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_latency(const struct vm *vm, const struct vcpu *v)
{
	uint32_t ticks = param32(v, P_TICKS), n = ticks < v->capacity ? ticks : v->capacity;
	int64_t *late = calloc(n ? n : 1, sizeof(*late));

	if (!late)
		abort();
	for (uint32_t i = 0; i < n; i++) {
		uint64_t due, came;

		memcpy(&due, v->samples + (size_t)i * 16, 8);
		memcpy(&came, v->samples + (size_t)i * 16 + 8, 8);
		late[i] = (int64_t)((__int128)(int64_t)(came - due) * 1000000 / vm->tsc_khz);
	}
	qsort(late, n, sizeof(*late), compare);
	if (n)
		printf(", \"latency_ns\": {\"count\": %u, \"min\": %" PRId64 ", \"p50\": %" PRId64
		       ", \"p99\": %" PRId64 ", \"max\": %" PRId64 "}",
		       n, late[0], late[(n - 1) / 2], late[(uint64_t)(n - 1) * 99 / 100],
		       late[n - 1]);
	free(late);
}

static int print(const struct run *r, uint64_t elapsed)
{
	static const char *const modes[] = { "tsc-deadline", "one-shot", "periodic" };
	uint64_t ticks = 0;
	int faults = 0;

	printf("{\"pid\": %d, \"vms\": %u, \"vcpus\": %u, \"tsc_khz\": %u, \"guests\": [",
	       (int)getpid(), r->o.vms, r->o.vcpus, r->vm[0].tsc_khz);
	for (uint32_t i = 0; i < r->o.vms; i++)
		for (uint32_t j = 0; j < r->o.vcpus; j++) {
			const struct vcpu *v = &r->vm[i].vcpu[j];

			printf("%s\n  {\"vm\": %u, \"vcpu\": %u, \"tid\": %d, \"mode\": \"%s\", "
			       "\"ticks\": %u, "
			       "\"writes\": {\"deadline\": %u, \"zero\": %u, \"past\": %u, "
			       "\"ignored\": %u, "
			       "\"tmict\": %u, \"tmict_zero\": %u, \"lvtt\": %u, "
			       "\"wild\": %u}, \"blocks\": %ld, "
			       "\"preemptions\": %ld",
			       i + j ? "," : "", i, j, (int)v->tid, modes[v->mode],
			       param32(v, P_TICKS), param32(v, P_N_DEADLINE), param32(v, P_N_ZERO),
			       param32(v, P_N_PAST), param32(v, P_N_IGNORED), param32(v, P_N_TMICT),
			       param32(v, P_N_TMICT_ZERO), param32(v, P_N_LVTT),
			       param32(v, P_N_WILD), v->blocks, v->preemptions);
			print_latency(&r->vm[i], v);
			printf("}");
			ticks += param32(v, P_TICKS);
			if (v->fault[0]) {
				fprintf(stderr, "load: VM %u vCPU %u: %s\n", i, j, v->fault);
				faults++;
			}
		}
	printf("\n], \"ticks\": %" PRIu64 ", \"elapsed_ns\": %" PRIu64 ", \"ticks_per_s\": %" PRIu64
	       "}\n",
	       ticks, elapsed,
	       (uint64_t)((unsigned __int128)ticks * 1000000000 / (elapsed ? elapsed : 1)));
	return fflush(stdout) || faults ? 1 : 0;
}

static void help(void)
{
	puts("usage: record-load [OPTION]...\n"
	     "Runs virtual machines that do nothing but take timer ticks, and prints what they "
	     "did.\n"
	     "  --vms N --vcpus N     how many, 1 and 1\n"
	     "  --ticks N             of each vCPU, 1000\n"
	     "  --seconds N           stop after that; then --ticks is no limit\n"
	     "  --period-us N         from tick to tick, 1000\n"
	     "  --mode MODE           tsc, oneshot, periodic, mixed (vCPU i: the ith of these)\n"
	     "  --busy                spin between ticks, do not HLT\n"
	     "  --from-now            deadlines are a period from now, not on a grid\n"
	     "  --pin CPU|spread      all vCPUs to one CPU, or one after the other\n"
	     "  --move-ms N           every N ms, pin each vCPU to the next CPU\n"
	     "  --cancel-every N      before every Nth arm, arm far away and cancel\n"
	     "  --past-every N        every Nth deadline is in the past\n"
	     "  --wild VALUE          a deadline written in front of the first: any number, ~0, "
	     "+SECONDS "
	     "from now\n"
	     "  --wild-every N        and of every Nth (TSC deadlines only)\n"
	     "  --linger-ms N         the VMM sleeps so long when the guest of a vCPU has ended\n"
	     "  --pause-after-ms N    then each vCPU leaves its guest for the VMM ...\n"
	     "  --pause-ms N          ... which sleeps so long\n"
	     "  --again N             all of that N times, each with new virtual machines\n"
	     "  --in-main             the first vCPU alone, in the main thread\n"
	     "  --probe               only say whether KVM can be used: exit 0 or 1");
}

static int number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (!errno && end != text && !*end && *text != '-' && *out >= min && *out <= max)
		return 0;
	fprintf(stderr, "load: --%s '%s': expected a number from %" PRIu64 " to %" PRIu64 "\n",
		name, text, min, max);
	return -1;
}

static const struct option long_options[] = {
	{ "vms", required_argument, NULL, 'v' },
	{ "vcpus", required_argument, NULL, 'c' },
	{ "ticks", required_argument, NULL, 't' },
	{ "seconds", required_argument, NULL, 's' },
	{ "period-us", required_argument, NULL, 'p' },
	{ "mode", required_argument, NULL, 'm' },
	{ "busy", no_argument, NULL, 'b' },
	{ "from-now", no_argument, NULL, 'N' },
	{ "pin", required_argument, NULL, 'P' },
	{ "move-ms", required_argument, NULL, 'M' },
	{ "cancel-every", required_argument, NULL, 'C' },
	{ "past-every", required_argument, NULL, 'A' },
	{ "wild", required_argument, NULL, 'W' },
	{ "wild-every", required_argument, NULL, 'w' },
	{ "linger-ms", required_argument, NULL, 'L' },
	{ "pause-after-ms", required_argument, NULL, 'Z' },
	{ "pause-ms", required_argument, NULL, 'z' },
	{ "again", required_argument, NULL, 'G' },
	{ "in-main", no_argument, NULL, 'I' },
	{ "probe", no_argument, NULL, 'R' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int mode(const char *name)
{
	static const char *const names[] = { "tsc", "oneshot", "periodic", "mixed" };

	for (int i = 0; i < 4; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

static int wild(struct run *r, const char *text)
{
	char *end;

	if (!r->o.wild_every)
		r->o.wild_every = 65535;
	if (!strcmp(text, "~0")) {
		r->o.wild = UINT64_MAX;
		return 0;
	}
	r->o.wild_ahead = *text == '+';
	errno = 0;
	r->o.wild = strtoull(text, &end, 0);
	if (r->o.wild_ahead)
		r->o.wild *= 1000000000;
	return errno || *end || end == text ? -1 : 0;
}

/* 0: go on, 1: done, -1: wrong. */
static int parse(struct run *r, bool *probe, int argc, char **argv)
{
	uint64_t n = 0;
	int opt, i = 0;

	while ((opt = getopt_long(argc, argv, "h", long_options, &i)) != -1) {
		const char *name = opt == '?' ? "" : long_options[i].name;
		int bad = 0;

		switch (opt) {
		case 'v':
			bad = number(name, optarg, 1, 256, &n);
			r->o.vms = (uint32_t)n;
			break;
		case 'c':
			bad = number(name, optarg, 1, 64, &n);
			r->o.vcpus = (uint32_t)n;
			break;
		case 't':
			bad = number(name, optarg, 1, UINT32_MAX, &n);
			r->o.ticks = (uint32_t)n;
			break;
		case 's':
			bad = number(name, optarg, 1, 86400, &r->seconds);
			break;
		case 'p':
			bad = number(name, optarg, 20, 1000000, &n);
			r->o.period_ns = n * 1000;
			break;
		case 'm':
			r->o.mode = mode(optarg);
			bad = r->o.mode;
			break;
		case 'b':
			r->o.busy = true;
			break;
		case 'N':
			r->o.from_now = true;
			break;
		case 'P':
			bad = strcmp(optarg, "spread") ? number(name, optarg, 0, 1023, &n) : 0;
			r->pin = strcmp(optarg, "spread") ? (int)n : PIN_SPREAD;
			break;
		case 'M':
			bad = number(name, optarg, 1, 60000, &n);
			r->move_ms = (uint32_t)n;
			break;
		case 'C':
		case 'A':
			bad = number(name, optarg, 0, 65535, &n);
			*(opt == 'C' ? &r->o.cancel_every : &r->o.past_every) = (uint32_t)n;
			break;
		case 'W':
			bad = wild(r, optarg);
			break;
		case 'w':
			bad = number(name, optarg, 1, 65535, &n);
			r->o.wild_every = (uint32_t)n;
			break;
		case 'L':
			bad = number(name, optarg, 0, 60000, &n);
			r->o.linger_ms = (uint32_t)n;
			break;
		case 'Z':
		case 'z':
			bad = number(name, optarg, 1, 60000, &n);
			*(opt == 'Z' ? &r->pause_after_ms : &r->o.pause_ms) = (uint32_t)n;
			break;
		case 'G':
			bad = number(name, optarg, 1, 10000, &n);
			r->again = (uint32_t)n;
			break;
		case 'I':
			r->in_main = true;
			break;
		case 'R':
			*probe = true;
			break;
		case 'h':
			help();
			return 1;
		default:
			bad = -1;
		}
		if (bad < 0)
			return -1;
	}
	if (r->seconds)
		r->o.ticks = UINT32_MAX;
	return optind < argc ? -1 : 0;
}

/* Makes the virtual machines, lets them do what they do, and destroys them. */
static int round_of(struct run *r, int kvm)
{
	uint32_t opened = 0;
	char fault[160];
	int ret = 0;

	r->vm = calloc(r->o.vms, sizeof(*r->vm));
	if (!r->vm)
		return 1;
	while (opened < r->o.vms && !vm_open(&r->vm[opened], kvm, &r->o, fault, sizeof(fault)))
		opened++;
	if (opened < r->o.vms) {
		fprintf(stderr, "load: VM %u: %s\n", opened, fault);
		ret = 1;
	} else {
		uint64_t began = now_ns();

		if (r->in_main) {
			vcpu_run(&r->vm[0].vcpu[0]);
		} else if (start(r)) {
			/* Threads that did start are only ended by the end of the process. */
			fprintf(stderr, "load: cannot start a thread\n");
			return 1;
		}
		tend(r, began);
		ret = print(r, now_ns() - began);
	}
	for (uint32_t i = 0; i < opened; i++)
		vm_close(&r->vm[i], &r->o);
	free(r->vm);
	return ret;
}

int main(int argc, char **argv)
{
	struct run r = {
		.o = { .vms = 1, .vcpus = 1, .ticks = 1000, .period_ns = 1000000 },
		.pin = PIN_NO,
		.again = 1,
		.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
	};
	bool probe = false;
	int ret = parse(&r, &probe, argc, argv);

	if (ret)
		return ret < 0 ? 2 : 0;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0) {
		fprintf(stderr, "load: /dev/kvm: %s\n", strerror(errno));
		return 1;
	}
	if (probe)
		return 0;
	for (uint32_t i = 0; !ret && i < r.again; i++)
		ret = round_of(&r, kvm);
	close(kvm);
	return ret;
}
