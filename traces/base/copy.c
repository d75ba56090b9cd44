/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* fallocate */
#include "traces/base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_ONCE 65536

/* Not every file system can promise room. */
static int ask_for_room(int to, off_t size)
{
	if (!size || !fallocate(to, FALLOC_FL_KEEP_SIZE, 0, size))
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR ? 0 : -1;
}

static int write_all(int to, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(to, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int copy_contents(int from, int to)
{
	char data[AT_ONCE];
	struct stat st;
	off_t at = 0;

	if (fstat(from, &st) || ask_for_room(to, st.st_size) || lseek(to, 0, SEEK_SET) < 0)
		return -1;
	for (;;) {
		ssize_t n = pread(from, data, sizeof(data), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (n && write_all(to, data, (size_t)n)))
			return -1;
		if (!n)
			return ftruncate(to, at) || fsync(to) ? -1 : 0;
		at += n;
	}
}
