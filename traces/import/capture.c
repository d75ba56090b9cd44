/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/file.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/import/unpack.h"

enum { CAPTURE_IN = 1 << 17 };

struct capture {
	char *path;
	int fd;	       /* the file as given */
	int data;      /* the uncompressed bytes: fd itself, or the temporary copy */
	uint64_t size; /* bytes of the file as given; 0: unknown */
	uint64_t done; /* bytes read of it */
	uint64_t out;  /* uncompressed bytes handed out */
	uint64_t seen; /* the same, and what was looked at */
	bool cut;
	bool eof;
	bool in_place;	       /* the file as given can be read at any offset */
	struct unpack *unpack; /* or NULL: it is not compressed */
	struct unpack_bytes in;
	struct sha256_ctx sha;
	uint8_t front[CAPTURE_FRONT]; /* what was looked at and not read yet */
	size_t front_size, front_pos;
	uint8_t buf[CAPTURE_IN];
};

/* read(2) until @n bytes or the end. */
static int64_t read_full(struct capture *c, uint8_t *buf, size_t n, struct vt_error *err)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(c->fd, buf + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return vt_error_set(err, c->path, c->done + got, "cannot read: %s",
					    strerror(errno));
		if (!r)
			break;
		got += (size_t)r;
	}
	c->done += got;
	return (int64_t)got;
}

static int too_much(struct capture *c, char *most, const char *what, struct vt_error *err)
{
	vt_error_set(err, c->path, c->done - (c->in.size - c->in.pos), "%s more than %s", what,
		     most);
	free(most);
	return -1;
}

/* No more than the limits say comes out of it; of a file that is there its whole size counts. */
static int check_size(struct capture *c, uint64_t out, struct vt_error *err)
{
	uint64_t packed = c->size > c->done ? c->size : c->done;

	if (c->unpack && out > limit_unpacked(packed))
		return too_much(c, limit_unpacked_text(), "what is packed here unpacks to", err);
	if (out > limit_value(LIMIT_CAPTURE_SIZE))
		return too_much(c, limit_text(LIMIT_CAPTURE_SIZE), "the capture is", err);
	return 0;
}

/* Of a regular file that is read from its start offsets are those of the file. */
static bool at_start(int fd, const struct stat *st)
{
	return S_ISREG(st->st_mode) && !lseek(fd, 0, SEEK_CUR);
}

struct capture *capture_open_once(const char *path, struct vt_error *err)
{
	bool standard = !strcmp(path, "-");
	struct capture *c = vt_alloc(sizeof(*c));
	struct stat st;
	int64_t got;

	c->path = vt_strdup(capture_name(path));
	sha256_init(&c->sha);
	c->data = -1;
	c->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
			 : open(path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st)) {
		vt_error_set(err, c->path, VT_NO_OFFSET, "cannot open: %s", strerror(errno));
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		vt_error_set(err, c->path, VT_NO_OFFSET, "is a directory, expected a capture");
		goto fail;
	}
	c->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	c->in_place = at_start(c->fd, &st);
	got = read_full(c, c->buf, sizeof(c->buf), err);
	if (got < 0)
		goto fail;
	if (!got) {
		vt_error_set(err, c->path, 0, "the file is empty, expected a capture");
		goto fail;
	}
	c->in = (struct unpack_bytes){ c->buf, (size_t)got, 0 };
	c->unpack = unpack_new(c->buf, (size_t)got);
	c->data = c->fd;
	/* Before anything is unpacked: zstd mostly tells the size. */
	if (check_size(c, c->unpack ? unpack_stated(c->buf, (size_t)got) : c->size, err))
		goto fail;
	return c;
fail:
	capture_close(c);
	return NULL;
}

int capture_keep(struct capture *c, struct vt_error *err)
{
	if (!c->unpack && c->in_place)
		return 0;
	c->data = file_scratch(c->path, err);
	return c->data < 0 ? -1 : 0;
}

struct capture *capture_open(const char *path, struct vt_error *err)
{
	struct capture *c = capture_open_once(path, err);

	if (c && capture_keep(c, err)) {
		capture_close(c);
		return NULL;
	}
	return c;
}

static const char standard_input[] = "standard input";

bool capture_is_standard(const char *name)
{
	return name == standard_input;
}

const char *capture_name(const char *path)
{
	return strcmp(path, "-") ? path : standard_input;
}

const char *capture_packing(const struct capture *c)
{
	return c->unpack ? unpack_name(c->unpack) : NULL;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	unpack_free(c->unpack);
	if (c->data >= 0 && c->data != c->fd)
		close(c->data);
	if (c->fd >= 0)
		close(c->fd);
	free(c->path);
	free(c);
}

static int64_t refill(struct capture *c, struct vt_error *err)
{
	int64_t got = read_full(c, c->buf, sizeof(c->buf), err);

	if (got < 0)
		return -1;
	c->in.size = (size_t)got;
	c->in.pos = 0;
	return got;
}

static int64_t read_plain(struct capture *c, uint8_t *buf, size_t n, struct vt_error *err)
{
	size_t out = 0;

	while (out < n) {
		size_t have = c->in.size - c->in.pos;

		if (!have) {
			int64_t got = refill(c, err);

			if (got < 0)
				return -1;
			if (!got)
				break;
			continue;
		}
		if (have > n - out)
			have = n - out;
		memcpy(buf + out, c->buf + c->in.pos, have);
		c->in.pos += have;
		out += have;
	}
	return (int64_t)out;
}

static int64_t read_packed(struct capture *c, uint8_t *buf, size_t n, struct vt_error *err)
{
	struct unpack_bytes out = { buf, n, 0 };

	while (out.pos < out.size) {
		size_t before = out.pos;
		const char *broken;

		if (c->in.pos == c->in.size && !c->eof) {
			int64_t got = refill(c, err);

			if (got < 0)
				return -1;
			c->eof = !got;
		}
		/* At the end of a frame with no more input there is no new frame to begin. */
		if (c->eof && !unpack_inside(c->unpack))
			break;
		broken = unpack_step(c->unpack, &c->in, &out);
		if (broken)
			return vt_error_set(err, c->path, c->done - (c->in.size - c->in.pos),
					    "broken %s data: %s", unpack_name(c->unpack), broken);
		if (c->eof && unpack_inside(c->unpack) && out.pos == before) {
			c->cut = true;
			break;
		}
	}
	return (int64_t)out.pos;
}

static int64_t read_any(struct capture *c, uint8_t *buf, size_t n, struct vt_error *err)
{
	int64_t got = c->unpack ? read_packed(c, buf, n, err) : read_plain(c, buf, n, err);

	if (got < 0)
		return -1;
	c->seen += (uint64_t)got;
	return check_size(c, c->seen, err) ? -1 : got;
}

int64_t capture_peek(struct capture *c, const uint8_t **front, struct vt_error *err)
{
	int64_t got = read_any(c, c->front, sizeof(c->front), err);

	if (got < 0)
		return -1;
	c->front_size = (size_t)got;
	*front = c->front;
	return got;
}

/* What capture_peek() looked at comes first. */
static int64_t read_front(struct capture *c, uint8_t *buf, size_t n)
{
	size_t left = c->front_size - c->front_pos, take = n < left ? n : left;

	memcpy(buf, c->front + c->front_pos, take);
	c->front_pos += take;
	return (int64_t)take;
}

static int spool(struct capture *c, const uint8_t *buf, size_t n, struct vt_error *err)
{
	while (n) {
		ssize_t w = write(c->data, buf, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return vt_error_set(err, c->path, VT_NO_OFFSET,
					    "cannot write to the temporary file (TMPDIR): %s",
					    strerror(errno));
		buf += w;
		n -= (size_t)w;
	}
	return 0;
}

int64_t capture_read(struct capture *c, void *buf, size_t n, struct vt_error *err)
{
	int64_t front = read_front(c, buf, n);
	int64_t got = read_any(c, (uint8_t *)buf + front, n - (size_t)front, err);

	if (got < 0)
		return -1;
	got += front;
	if (c->data != c->fd && spool(c, buf, (size_t)got, err))
		return -1;
	sha256_update(&c->sha, (size_t)got, buf);
	c->out += (uint64_t)got;
	return got;
}

bool capture_cut(const struct capture *c)
{
	return c->cut;
}

void capture_sha256(struct capture *c, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&c->sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

uint64_t capture_bytes(const struct capture *c)
{
	return c->out;
}

int capture_dup(const struct capture *c, const char *path, struct vt_error *err)
{
	int fd = fcntl(c->data, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return vt_error_set(err, path, VT_NO_OFFSET, "cannot open: %s", strerror(errno));
	return fd;
}

uint64_t capture_done(const struct capture *c)
{
	return c->done;
}

uint64_t capture_total(const struct capture *c)
{
	return c->size;
}

int capture_pread(const struct capture *c, void *buf, size_t n, uint64_t offset,
		  struct vt_error *err)
{
	uint8_t *to = buf;

	while (n) {
		ssize_t r = pread(c->data, to, n, (off_t)offset);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return vt_error_set(err, c->path, offset, "cannot read: %s",
					    strerror(errno));
		if (!r)
			return vt_error_set(err, c->path, offset,
					    "the file became shorter while it was read");
		to += r;
		n -= (size_t)r;
		offset += (uint64_t)r;
	}
	return 0;
}
