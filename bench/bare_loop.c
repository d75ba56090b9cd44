/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit to hold a replay against: how fast one core sums a field of N 16-byte records of an
 * mmap'ed file. Usage: bare_loop FILE (made and filled by: bare_loop FILE N)
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct record {
	uint64_t time;
	uint32_t vp;
	uint32_t what;
};

static int fill(const char *path, uint64_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		return 1;
	for (uint64_t i = 0; i < n; i++) {
		struct record r = { .time = i * 1000,
				    .vp = (uint32_t)(i % 64),
				    .what = (uint32_t)(i % 5) };

		if (fwrite(&r, sizeof(r), 1, f) != 1)
			break;
	}
	return fclose(f) != 0;
}

static int sum(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return 1;
	size_t size = (size_t)st.st_size;
	const struct record *r = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	if (r == MAP_FAILED)
		return 1;
	uint64_t total = 0;

	for (size_t i = 0; i < size / sizeof(*r); i++)
		total += r[i].time;
	printf("%" PRIu64 "\n", total);
	return munmap((void *)(uintptr_t)r, size) != 0;
}

int main(int argc, char **argv)
{
	int failed = argc == 3	 ? fill(argv[1], strtoull(argv[2], NULL, 10))
		     : argc == 2 ? sum(argv[1])
				 : 1;

	if (failed)
		fprintf(stderr, "bare_loop: usage: bare_loop FILE [N], or FILE cannot be used\n");
	return failed ? 2 : 0;
}
