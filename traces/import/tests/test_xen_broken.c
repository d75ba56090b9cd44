/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures that are cut off, broken or no captures at all; and the clock that is measured. */
#include <criterion/criterion.h>
#include <string.h>
#include <zstd.h>

#include "traces/import/tests/xen_build.h"

/* A capture with every kind of record, on two pCPUs. */
static void build_sample(struct xen_build *b)
{
	xb_window(b, 0);
	xb_run(b, 1000, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, 0));
	xb_run(b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	XB(b, 1010, XEN_VMEXIT, 0x7c, 0x1000);
	XB(b, NO_TSC, XEN_MSR_WRITE, 0x6e0, 77, 0);
	xb_start(b, 1020, 500, 0);
	XB0(b, 1030, XEN_VMENTRY);
	XB(b, 1040, XEN_IOMEM_WRITE, 0xfee00320, 0x10040);
	xb_window(b, 1);
	XB(b, 1005, XEN_CONTINUE_RUNNING, VCPU(2, 0));
	XB(b, 1015, XEN_PV_HYPERCALL, 0x500018, 8, 2);
	XB(b, 1016, XEN_PV_SET_SINGLESHOT, 2u << 16, 0, 5100, 0, 5000, 0);
	XB(b, 1020, XEN_MACHINE_TIMER_SET, 5100, 0, 5000, 0);
	xb_window(b, 0);
	XB(b, NO_TSC, XEN_WRAP_BUFFER, 0);
	XB0(b, 1100, XEN_LAPIC_STOP);
	XB(b, 1300, XEN_LOST_RECORDS, 42, 2u | 1u << 16, 1200, 0);
	XB(b, 1300, XEN_YIELD, 2, 1);
	xb_run(b, 1310, XEN_RUNNING, XEN_RUNNABLE, VCPU(2, 1));
	XB(b, 1320, XEN_SWITCH_INFPREV, 2, 1, 100);
	XB(b, 1320, XEN_SWITCH_INFNEXT, 1, 0, 0, 1000000);
	xb_window(b, 1);
	XB0(b, 1400, XEN_LAPIC_CALLBACK);
	xb_run(b, 1500, XEN_RUNNING, XEN_OFFLINE, VCPU(2, 0));
	xb_end(b);
}

Test(xen_broken, cut_at_every_byte)
{
	struct xen_build b = { 0 };

	build_sample(&b);
	for (size_t n = 1; n < b.n; n++) {
		struct xen_result r = xb_import_bytes(b.p, n, NULL);
		bool between = false;

		/* A cut between two windows is no cut that anybody could see. */
		for (size_t at = 0; at < b.n && !between; at += 12 + xen_le32(b.p + at + 8))
			between = at == n;
		cr_expect_eq(r.ret, 0, "cut at %zu: %s", n, r.err.text);
		cr_expect(r.legal, "cut at %zu", n);
		cr_expect_eq(json_is_true(json_object_get(r.meta.more, "truncated")), !between,
			     "cut at %zu", n);
		xb_result_free(&r);
	}
	xb_free(&b);
}

Test(xen_broken, a_cut_closes_the_streams_that_it_shortens)
{
	struct xen_build b = { 0 };
	struct xen_result r;

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	xb_window(&b, 1);
	xb_run(&b, 1100, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 1));
	XB0(&b, 1200, XEN_LAPIC_STOP);
	xb_end(&b);
	r = xb_import_bytes(b.p, b.n - 1, NULL);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "0 sched_out vp0 lost\n"
				   "0 lost lp0 until 100 count 0\n"
				   "100 sched_in vp1 lp1\n");
	cr_expect(xb_has_note(&r, "LPs whose records end before the capture's"));
	xb_result_free(&r);
	xb_free(&b);
}

Test(xen_broken, flips_of_every_byte)
{
	static const uint8_t flip[] = { 0x01, 0x80, 0xff, 0x10 };
	struct xen_build b = { 0 };
	size_t opened = 0;

	build_sample(&b);
	for (size_t i = 0; i < b.n; i++)
		for (size_t k = 0; k < sizeof(flip); k++) {
			struct xen_result r;

			b.p[i] ^= flip[k];
			r = xb_import_bytes(b.p, b.n, NULL);
			b.p[i] ^= flip[k];
			opened += !r.ret;
			cr_expect(r.ret == 0 ||
				      (r.ret == -1 && strstr(r.err.text, "x.trc: offset ")),
				  "byte %zu: %d %s", i, r.ret, r.err.text);
			cr_expect(r.ret || r.legal, "byte %zu", i);
			cr_expect(!r.left_over, "byte %zu", i);
			xb_result_free(&r);
		}
	cr_expect(opened > b.n, "payload flips open: %zu of %zu", opened, sizeof(flip) * b.n);
	xb_free(&b);
}

Test(xen_broken, random_bytes_at_random_places)
{
	struct xen_build b = { 0 };
	uint64_t x = 12345;

	build_sample(&b);
	for (int round = 0; round < 1500; round++) {
		uint8_t *copy = malloc(b.n);
		struct xen_result r;

		memcpy(copy, b.p, b.n);
		for (int k = 0; k < 1 + round % 7; k++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			copy[(x >> 33) % b.n] = (uint8_t)(x >> 25);
		}
		r = xb_import_bytes(copy, b.n, NULL);
		cr_expect(r.ret == -1 || (!r.ret && r.legal), "round %d: %d %s", round, r.ret,
			  r.err.text);
		xb_result_free(&r);
		free(copy);
	}
	xb_free(&b);
}

static void refuse(struct xen_build *b, const struct import_options *o, const char *fault)
{
	struct xen_result r = xb_import(b, o);

	cr_expect_eq(r.ret, -1, "expected '%s'", fault);
	cr_expect(strstr(r.err.text, fault), "expected '%s', got '%s'", fault, r.err.text);
	cr_expect(!r.left_over);
	xb_result_free(&r);
	xb_free(b);
}

Test(xen_broken, says_what_is_wrong_and_where)
{
	struct xen_build b = { 0 };
	uint8_t noise[100];

	refuse(&b, NULL, "the file is empty");

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * 151 + 7);
	xb_bytes(&b, noise, sizeof(noise));
	refuse(&b, NULL, "offset 0: not an xentrace file, expected a CPU_CHANGE record");

	XB(&b, 1000, XEN_CONTINUE_RUNNING, VCPU(1, 0)); /* before any window */
	refuse(&b, NULL, "offset 0: not an xentrace file");

	xb_window(&b, 4096);
	refuse(&b, NULL, "offset 4: CPU_CHANGE to pCPU 4096");

	xb_window(&b, 0);
	XB0(&b, 1000, 0x0001003);
	refuse(&b, NULL, "offset 12: record header 0x80001003: the event has no class bit");

	xb_window(&b, 0);
	XB0(&b, 1000, 0x0181003);
	refuse(&b, NULL, "more than one class bit");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	XB0(&b, 999, XEN_LAPIC_STOP);
	refuse(&b, NULL, "offset 24: the TSC of pCPU 0 runs backward, from 1000 to 999");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	xb_window(&b, 0);
	XB0(&b, 999, XEN_LAPIC_STOP);
	refuse(&b, NULL, "runs backward");

	xb_window(&b, 0);
	XB(&b, 1000, XEN_LAPIC_START, 1, 2, 3);
	refuse(&b, NULL, "record 0x0084004 has 3 words, expected at least 5");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	xb_end(&b);
	b.p[8] = 8;
	refuse(&b, NULL, "a record of 12 bytes runs past its window, which has 8 more");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	xb_window(&b, 1);
	xb_end(&b);
	b.p[8] = 24;
	refuse(&b, NULL, "offset 24: CPU_CHANGE inside a window that has 12 more bytes");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	xb_end(&b);
	b.p[8] = 12;
	refuse(&b, NULL, "offset 24: a window ends here, but what follows is something else");

	xb_window(&b, 0);
	XB0(&b, 1000, XEN_LAPIC_STOP);
	xb_window(&b, 1);
	XB0(&b, UINT64_C(1) << 63, XEN_LAPIC_STOP);
	refuse(&b, NULL, "expected fewer than 2^60");
}

Test(xen_broken, zstd_gives_the_same_and_may_be_cut)
{
	struct xen_build b = { 0 };
	struct xen_result plain, packed;
	uint8_t *z;
	size_t n;

	build_sample(&b);
	z = malloc(ZSTD_compressBound(b.n));
	n = ZSTD_compress(z, ZSTD_compressBound(b.n), b.p, b.n, 3);
	plain = xb_import_bytes(b.p, b.n, NULL);
	packed = xb_import_bytes(z, n, NULL);
	cr_expect_eq(packed.ret, 0, "%s", packed.err.text);
	cr_expect_eq(plain.trace_size, packed.trace_size);
	cr_expect(!memcmp(plain.trace, packed.trace, plain.trace_size),
		  "the trace depends on the packing");
	xb_result_free(&plain);
	xb_result_free(&packed);

	for (size_t cut = 1; cut < n; cut++) {
		struct xen_result r = xb_import_bytes(z, cut, NULL);

		cr_expect_eq(r.ret, 0, "cut at %zu: %s", cut, r.err.text);
		cr_expect(json_is_true(json_object_get(r.meta.more, "truncated")), "cut at %zu",
			  cut);
		xb_result_free(&r);
	}
	for (size_t i = 0; i < n; i++) {
		struct xen_result r;

		z[i] ^= 0x40;
		r = xb_import_bytes(z, n, NULL);
		z[i] ^= 0x40;
		cr_expect(r.ret == -1 || (!r.ret && r.legal), "byte %zu: %d %s", i, r.ret,
			  r.err.text);
		xb_result_free(&r);
	}
	free(z);
	xb_free(&b);
}

/* Switches between two vCPUs every @gap ns, at @hz, with an ns clock that starts anywhere. */
static void build_switches(struct xen_build *b, uint64_t hz, uint64_t gap, int n)
{
	uint64_t ns = 7777;

	xb_window(b, 0);
	for (int i = 0; i < n; i++) {
		uint64_t tsc = 1000000 + (uint64_t)((unsigned __int128)ns * hz / 1000000000);
		uint32_t from = (uint32_t)i & 1;

		/* Every tenth record comes 300 us late. */
		tsc += i % 10 == 9 ? 300 * hz / 1000000 : 0;
		XB(b, tsc, XEN_SWITCH_INFPREV, 1, from, (uint32_t)gap);
		XB(b, tsc, XEN_SWITCH_INFNEXT, 1, !from, 0, 1000000);
		xb_run(b, tsc, XEN_RUNNING, XEN_RUNNABLE, VCPU(1, from));
		xb_run(b, tsc, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, !from));
		ns += gap;
	}
}

static uint64_t clock_number(const struct xen_result *r, const char *key)
{
	const json_t *clock = json_object_get(json_object_get(r->meta.more, "source"), "clock");

	return (uint64_t)json_integer_value(json_object_get(clock, key));
}

Test(xen_clock, from_switches)
{
	static const uint64_t rate[] = { 2596122000, 1000000000, 3999999999, 100000000 };

	for (size_t i = 0; i < sizeof(rate) / sizeof(*rate); i++) {
		const struct import_options o = { 0 };
		struct xen_build b = { 0 };
		struct xen_result r;

		build_switches(&b, rate[i], 5000000, 1000);
		r = xb_import(&b, &o);
		cr_expect_eq(r.ret, 0, "%s", r.err.text);
		cr_expect(r.meta.clock_hz > rate[i] - rate[i] / 50000 &&
			      r.meta.clock_hz < rate[i] + rate[i] / 50000,
			  "%lu instead of %lu", r.meta.clock_hz, rate[i]);
		cr_expect_eq(clock_number(&r, "hz"), r.meta.clock_hz);
		cr_expect(clock_number(&r, "samples") > 100);
		xb_result_free(&r);
		xb_free(&b);
	}
}

/* The ns of a record are 32 bits: runs of more than 4.3 s wrap them. */
Test(xen_clock, from_switches_that_wrap)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };
	struct xen_result r;

	xb_window(&b, 0);
	for (uint64_t i = 0, ns = 0; i < 40; i++) {
		uint64_t ran = i % 8 == 7 ? UINT64_C(9000000000) : 50000000;

		ns += ran;
		XB(&b, 5000 + 2 * ns, XEN_SWITCH_INFPREV, 1, 0, (uint32_t)ran);
		XB(&b, 5000 + 2 * ns, XEN_SWITCH_INFNEXT, 1, 0, 0, 1000000);
	}
	r = xb_import(&b, &o);
	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect(r.meta.clock_hz > 1999990000 && r.meta.clock_hz < 2000010000, "%lu",
		  r.meta.clock_hz);
	xb_result_free(&r);
	xb_free(&b);
}

Test(xen_clock, from_tsc_deadlines)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };
	struct xen_result r;

	xb_window(&b, 0);
	xb_run(&b, 1000, XEN_RUNNABLE, XEN_RUNNING, VCPU(1, 0));
	for (uint64_t i = 1; i <= 200; i++) {
		uint64_t tsc = 1000 + i * 30000000, delta = 1000000 * (1 + i * 7 % 11);
		uint64_t guest = tsc + 123456789 + 3 * delta; /* at 3 GHz */

		XB(&b, tsc, XEN_MSR_WRITE, 0x6e0, (uint32_t)guest, (uint32_t)(guest >> 32));
		xb_start(&b, tsc, delta, 0);
	}
	r = xb_import(&b, &o);
	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_eq(r.meta.clock_hz, 3000000000u, "%lu", r.meta.clock_hz);
	xb_result_free(&r);
	xb_free(&b);
}

Test(xen_clock, from_machine_timer_records)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };
	struct xen_result r;

	xb_window(&b, 0);
	for (uint32_t i = 1; i <= 100; i++)
		XB(&b, 1000 + UINT64_C(40000000) * i, XEN_MACHINE_TIMER_SET, 0, 0, 20000000 * i, 0);
	r = xb_import(&b, &o);
	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_eq(r.meta.clock_hz, 2000000000u, "%lu", r.meta.clock_hz);
	xb_result_free(&r);
	xb_free(&b);
}

Test(xen_clock, asks_when_it_cannot_tell)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };

	build_sample(&b);
	refuse(&b, &o, "expected --cpu-hz");
}

Test(xen_clock, is_assumed_for_a_capture_that_is_cut_before_it)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };
	struct xen_result r;

	build_sample(&b);
	r = xb_import_bytes(b.p, b.n - 1, &o);
	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect(xb_has_note(&r, "the capture is cut too early to measure its TSC rate"));
	xb_result_free(&r);
	xb_free(&b);
}

Test(xen_broken, the_same_capture_gives_the_same_bytes)
{
	const struct import_options o = { 0 };
	struct xen_build b = { 0 };
	struct xen_result one, two;

	build_switches(&b, 2400000000, 3000000, 500);
	one = xb_import(&b, &o);
	two = xb_import(&b, &o);
	cr_expect_eq(one.ret, 0, "%s", one.err.text);
	cr_expect_eq(one.trace_size, two.trace_size);
	cr_expect(!memcmp(one.trace, two.trace, one.trace_size));
	xb_result_free(&one);
	xb_result_free(&two);
	xb_free(&b);
}
