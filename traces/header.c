/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/header.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/block.h"
#include "traces/meta.h"

#define FOOTER_SIZE (VTT_CHUNK_SIZE + VTT_FOOTER_PAYLOAD)

static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
	ssize_t got;

	do {
		got = pread(fd, to, size, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)size;
}

/* Where the footer says that the final header is; 0: there is none. */
static uint64_t final_header(int fd, uint64_t size)
{
	unsigned char p[FOOTER_SIZE];
	struct vtt_chunk c;

	if (size < VTT_FRONT_SIZE + FOOTER_SIZE ||
	    !read_at(fd, p, FOOTER_SIZE, size - FOOTER_SIZE) || vtt_chunk_read(p, &c) ||
	    c.kind != VTT_FOOTER ||
	    vtt_hash(p + VTT_CHUNK_SIZE, VTT_FOOTER_PAYLOAD) != c.payload_hash)
		return 0;
	return vtt_get64(p + VTT_CHUNK_SIZE);
}

static bool read_header(int fd, uint64_t offset, size_t size_max, struct trace_meta *meta)
{
	unsigned char head[VTT_CHUNK_SIZE];
	struct vtt_chunk c;
	struct vt_error ignored;
	char sha256[65], *text;
	bool done;

	if (offset > INT64_MAX || !read_at(fd, head, sizeof(head), offset) ||
	    vtt_chunk_read(head, &c) || c.kind != VTT_META || c.size > size_max)
		return false;
	text = vt_alloc(c.size);
	done = read_at(fd, text, c.size, offset + VTT_CHUNK_SIZE) &&
	       vtt_hash(text, c.size) == c.payload_hash &&
	       !trace_meta_read(meta, sha256, text, c.size, "", offset, &ignored);
	free(text);
	return done;
}

bool trace_header_read(const char *path, size_t size_max, struct trace_meta *meta)
{
	unsigned char front[VTT_FRONT_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char wrong[160];
	struct stat st;
	bool done = false;
	uint64_t offset;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && read_at(fd, front, sizeof(front), 0) &&
	    !vtt_front_read(front, wrong, sizeof(wrong))) {
		offset = final_header(fd, (uint64_t)st.st_size);
		done = offset && read_header(fd, offset, size_max, meta);
		if (!done) {
			trace_meta_free(meta);
			trace_meta_init(meta);
			done = read_header(fd, VTT_FRONT_SIZE, size_max, meta);
		}
	}
	close(fd);
	return done;
}
