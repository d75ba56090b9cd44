/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/dump.h"

#define BUFFER_SIZE (256u * 1024)

void dump_open(struct dump_out *o)
{
	*o = (struct dump_out){ .buffer = vt_alloc(BUFFER_SIZE) };
}

static int write_out(struct dump_out *o, const char *text, size_t len, struct vt_error *err)
{
	size_t done = 0;

	while (done < len && !o->closed) {
		ssize_t n = write(STDOUT_FILENO, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			o->closed = true;
		else if (n < 0)
			return vt_error_set(err, NULL, VT_NO_OFFSET, "standard output: %s",
					    strerror(errno));
		else
			done += (size_t)n;
	}
	return 0;
}

static int flush(struct dump_out *o, struct vt_error *err)
{
	int ret = write_out(o, o->buffer, o->len, err);

	o->len = 0;
	return ret;
}

int dump_write(struct dump_out *o, const char *text, size_t len, struct vt_error *err)
{
	return flush(o, err) || write_out(o, text, len, err) ? -1 : 0;
}

char *dump_room(struct dump_out *o, struct vt_error *err)
{
	if (BUFFER_SIZE - o->len < DUMP_LINE_MAX && flush(o, err))
		return NULL;
	return o->closed ? NULL : o->buffer + o->len;
}

int dump_close(struct dump_out *o, struct vt_error *err)
{
	int ret = flush(o, err);

	free(o->buffer);
	return ret;
}
