/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/fates_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "traces/base/mem.h"

struct fates_pipe {
	int from, to;
	bool blocked; /* @to takes nothing now */
	uint64_t bytes;
	XXH64_state_t *hash;
};

struct fates_pipe *fates_pipe_new(int to, int *from, struct vt_error *err)
{
	struct fates_pipe *p;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		vt_error_set(err, NULL, VT_NO_OFFSET, "no pipe for --fates: %s", strerror(errno));
		return NULL;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	p = vt_alloc(sizeof(*p));
	*p = (struct fates_pipe){ .from = ends[0], .to = to, .hash = XXH64_createState() };
	if (!p->hash || XXH64_reset(p->hash, 0))
		vt_no_memory();
	*from = ends[1];
	return p;
}

void fates_pipe_free(struct fates_pipe *p)
{
	if (!p)
		return;
	close(p->from);
	XXH64_freeState(p->hash);
	free(p);
}

int fates_pipe_poll(const struct fates_pipe *p, bool *output)
{
	*output = p->blocked;
	return p->blocked ? p->to : p->from;
}

/* A pipe that is ready takes PIPE_BUF bytes without waiting, whatever takes more does it soon. */
static bool ready(const struct fates_pipe *p)
{
	struct pollfd fd = { .fd = p->to, .events = POLLOUT };

	return poll(&fd, 1, 0) != 0;
}

static int put(struct fates_pipe *p, const char *data, size_t n, struct vt_error *err)
{
	XXH64_update(p->hash, data, n);
	p->bytes += n;
	while (n) {
		ssize_t done = write(p->to, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return vt_error_set(err, NULL, VT_NO_OFFSET,
					    "the file of --fates cannot be written: %s",
					    strerror(errno));
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

int fates_pipe_move(struct fates_pipe *p, struct vt_error *err)
{
	char data[PIPE_BUF];
	ssize_t n;

	/* Not for ever: the caller has others to look after. */
	for (int i = 0; i < 256; i++) {
		p->blocked = !ready(p);
		if (p->blocked)
			return 1;
		n = read(p->from, data, sizeof(data));
		if (n <= 0)
			return 0;
		if (put(p, data, (size_t)n, err))
			return -1;
	}
	return 1;
}

bool fates_pipe_whole(const struct fates_pipe *p, uint64_t bytes, uint64_t hash)
{
	return p->bytes == bytes && XXH64_digest(p->hash) == hash;
}
