/* SPDX-License-Identifier: GPL-2.0-only */
/* A file of format 7 that was cut off: what is written anew so that libtracecmd finds the events.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "traces/import/capture.h"
#include "traces/import/kvm/tracecmd_layout.h"

enum { PAGE = 256, ROOM = 4096 };

struct file {
	uint8_t b[ROOM];
	size_t n;
};

static void number(struct file *f, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		f->b[f->n++] = (uint8_t)(v >> 8 * i);
}

static void bytes(struct file *f, const char *s, size_t n)
{
	memcpy(f->b + f->n, s, n);
	f->n += n;
}

static void option(struct file *f, unsigned id, const char *s, size_t n)
{
	number(f, 2, id);
	number(f, 4, n);
	bytes(f, s, n);
}

static void chunk(struct file *f, unsigned packed)
{
	number(f, 4, packed);
	number(f, 4, 1000);
	f->n += packed;
}

static void to_page(struct file *f)
{
	f->n = (f->n + PAGE - 1) & ~(size_t)(PAGE - 1);
}

enum { NEXT = 1, SECTION, CPU1, PLACES };

/* Three CPUs, of which the middle one has no events; two chunks each. */
static void whole(struct file *f, size_t place[PLACES])
{
	static const char stat[3][64] = { "CPU: 0\nentries: 0\nread events: 7\n",
					  "CPU: 1\nentries: 0\nread events: 0\n",
					  "CPU: 2\nentries: 3\nread events: 0\n" };

	*f = (struct file){ 0 };
	bytes(f, "\x17\x08\x44tracing7\0\0\x08", 14);
	number(f, 4, PAGE);
	bytes(f, "zstd\0001.5\0", 9);
	number(f, 8, f->n + 8);
	number(f, 8, 0);
	number(f, 8, 0); /* nobody relies on the size */
	for (unsigned i = 0; i < 3; i++)
		option(f, 2, stat[i], strlen(stat[i]) + 1);
	option(f, 8, "\3\0\0\0", 4);
	number(f, 2, 0);
	number(f, 4, 8);
	place[NEXT] = f->n;
	number(f, 8, 3000);
	place[SECTION] = f->n;
	number(f, 2, 3);
	number(f, 2, 1);
	number(f, 4, 0);
	number(f, 8, 0);
	to_page(f);
	for (unsigned i = 0; i < 2; i++) {
		place[CPU1] = f->n;
		number(f, 4, 2);
		chunk(f, 100);
		chunk(f, 50);
		to_page(f);
	}
}

static struct tracecmd_layout layout(const struct file *f, size_t size, struct vt_error *err,
				     int *ret)
{
	char path[] = "/tmp/vtick-test-XXXXXX";
	int fd = mkstemp(path);
	struct tracecmd_layout l;
	struct capture *c;
	char *buf = malloc(ROOM);

	cr_assert_eq(write(fd, f->b, size), (ssize_t)size);
	close(fd);
	c = capture_open(path, err);
	cr_assert_not_null(c);
	cr_assert_eq(capture_read(c, buf, ROOM, err), (int64_t)size);
	*ret = tracecmd_layout(&l, c, "x.dat", size, err);
	capture_close(c);
	unlink(path);
	free(buf);
	return l;
}

/* The file as it is after the patches. */
static void apply(struct file *f, const struct tracecmd_layout *l)
{
	for (size_t i = 0; i < l->patches; i++)
		memcpy(f->b + l->patch[i].offset, l->patch[i].byte, l->patch[i].n);
	f->n = l->size;
}

static uint64_t at(const struct file *f, size_t where, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)f->b[where + i] << 8 * i;
	return v;
}

Test(layout, v7_without_its_last_section)
{
	size_t place[PLACES], size, buffer;
	struct vt_error err;
	struct file f;
	struct tracecmd_layout l;
	int ret;

	whole(&f, place);
	/* In the second chunk of CPU 2. */
	size = place[CPU1] + 4 + 108 + 20;
	l = layout(&f, size, &err, &ret);
	cr_assert_eq(ret, 0);
	cr_expect(l.cut);
	cr_expect_not(l.no_data);
	cr_assert_eq(l.cpus, 3);
	cr_expect_not(l.cpu_cut[0]);
	cr_expect_not(l.cpu_cut[1]);
	cr_expect(l.cpu_cut[2]);
	apply(&f, &l);
	cr_expect_eq(at(&f, place[NEXT], 8), size);
	cr_expect_eq(at(&f, place[CPU1], 4), 1);
	buffer = size + 16;
	cr_expect_eq(at(&f, buffer, 2), 3);
	cr_expect_eq(at(&f, buffer + 2, 4), 78);
	cr_expect_eq(at(&f, buffer + 6, 8), place[SECTION]);
	cr_expect_eq(at(&f, buffer + 16, 4), PAGE);
	cr_expect_eq(at(&f, buffer + 20, 4), 3);
	/* CPU, offset, size */
	cr_expect_eq(at(&f, buffer + 24, 4), 0);
	cr_expect_eq(at(&f, buffer + 28, 8), place[CPU1] - PAGE);
	cr_expect_eq(at(&f, buffer + 36, 8), 4 + 108 + 58);
	cr_expect_eq(at(&f, buffer + 44, 4), 1);
	cr_expect_eq(at(&f, buffer + 48, 8), 0);
	cr_expect_eq(at(&f, buffer + 56, 8), 0);
	cr_expect_eq(at(&f, buffer + 64, 4), 2);
	cr_expect_eq(at(&f, buffer + 68, 8), place[CPU1]);
	cr_expect_eq(at(&f, buffer + 76, 8), 4 + 108);
	cr_expect_eq(at(&f, buffer + 84, 2), 0);
	cr_expect_eq(at(&f, buffer + 86, 4), 8);
	cr_expect_eq(at(&f, buffer + 90, 8), 0);
	cr_expect_eq(f.n, buffer + 98);
	tracecmd_layout_free(&l);
}

Test(layout, v7_cut_anywhere)
{
	size_t place[PLACES];
	struct vt_error err;
	struct file f;
	struct tracecmd_layout l;
	int ret;

	whole(&f, place);
	for (size_t size = 1; size <= f.n; size++) {
		l = layout(&f, size, &err, &ret);
		cr_assert_eq(ret, 0, "at %zu: %s", size, err.text);
		cr_expect(l.cut, "at %zu", size);
		cr_expect_eq(l.no_data, size < place[SECTION] + 4, "at %zu", size);
		tracecmd_layout_free(&l);
	}
}

Test(layout, no_trace_dat)
{
	struct vt_error err;
	struct file f = { 0 };
	struct tracecmd_layout l;
	int ret;

	bytes(&f, "\x17\x08\x44 tracing", 11);
	l = layout(&f, f.n, &err, &ret);
	cr_expect_eq(ret, -1);
	cr_expect_str_eq(
	    err.text,
	    "x.dat: offset 0: not a trace.dat file, expected the bytes 17 08 44 and 'tracing' "
	    "at its start");
	tracecmd_layout_free(&l);
}
