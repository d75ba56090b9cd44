/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index as a file. It is added to in memory and written as a whole, so that a reader sees one
 * index or the next, and a writer that ends early leaves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/history/store.h"
#include "traces/base/file.h"
#include "traces/base/mem.h"
#include "traces/base/place.h"

/* How long another vtick may hold the index. */
#define WAIT_MS 20000
#define TURN_MS 20

static int refuse(const char *path, const char *why, struct vt_error *err)
{
	return vt_error_set(err, path, VT_NO_OFFSET,
			    "%s, expected an index of 'vtick history' or nothing there", why);
}

/* 1: an index is there; 0: nothing is, or an empty file; -1: something else, which is not vtick's
 * to write over. */
static int look(int fd, const char *path, struct vt_error *err)
{
	/* https://sqlite.org/fileformat2.html: the database header. */
	static const char magic[16] = "SQLite format 3";
	unsigned char head[100];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	uint32_t id;

	if (n < 0)
		return vt_error_set(err, path, VT_NO_OFFSET, "cannot be read: %s", strerror(errno));
	if (!n)
		return 0;
	if (n < (ssize_t)sizeof(head) || memcmp(head, magic, sizeof(magic)))
		return refuse(path, "is no database", err);
	id = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 |
	     head[71];
	return id == STORE_APPLICATION_ID ? 1
					  : refuse(path, "is a database of something else", err);
}

/* Whether the file that was opened is still the one of that name. */
static bool current(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * The index, held for this process alone: 1 with its descriptor, 0 if there is none to hold, -1.
 * Who waited for another looks again, as that one put a new file there.
 */
static int hold(const char *path, int *fd, struct vt_error *err)
{
	for (int waited = 0; waited <= WAIT_MS; waited += TURN_MS) {
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (*fd < 0)
			return errno == ENOENT
				   ? 0
				   : vt_error_set(err, path, VT_NO_OFFSET, "cannot be opened: %s",
						  strerror(errno));
		/* A file system without locks: the last one to write wins. */
		if ((!flock(*fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK) && current(*fd, path))
			return 1;
		close(*fd);
		*fd = -1;
		poll(NULL, 0, TURN_MS);
	}
	return vt_error_set(err, path, VT_NO_OFFSET,
			    "another vtick has been writing it for %d s: try again later",
			    WAIT_MS / 1000);
}

/* Copies the index at s->path into memory. An earlier vtick that was killed may have left a
 * journal, which SQLite takes back here, if it may write. */
static int copy(struct store *s, struct vt_error *err)
{
	struct store file = { .path = s->path };
	sqlite3_backup *b;
	int code = SQLITE_ERROR;

	if (store_connect(&file, s->path, SQLITE_OPEN_READWRITE, err))
		return -1;
	b = sqlite3_backup_init(s->db, "main", file.db, "main");
	if (b) {
		code = sqlite3_backup_step(b, -1);
		sqlite3_backup_finish(b);
	}
	sqlite3_close(file.db);
	return code == SQLITE_DONE ? 0 : store_error(s, err);
}

int store_clear(struct store *s, struct vt_error *err)
{
	for (int i = 0; i < STORE_STATEMENTS; i++) {
		sqlite3_finalize(s->statement[i]);
		s->statement[i] = NULL;
	}
	sqlite3_close(s->db);
	s->fresh = true;
	return store_connect(s, ":memory:", SQLITE_OPEN_READWRITE, err) || store_make(s, err) ||
		       store_prepare(s, err)
		   ? -1
		   : 0;
}

/* What there is, into memory. */
static int take(struct store *s, bool anew, struct vt_error *err)
{
	struct vt_error why;
	int there = hold(s->path, &s->held, err);

	if (there > 0)
		there = look(s->held, s->path, err);
	if (there < 0)
		return -1;
	if (there && !copy(s, &why) && !store_check(s, &why) && !anew && !store_prepare(s, &why))
		return 0;
	/* Nobody knows what a disk holds that does not answer. */
	if (there && !anew && why.unreadable) {
		*err = why;
		return -1;
	}
	/* The files are the truth: of an index nothing has to be right but that it is one. */
	if (there && !anew)
		vt_warn(NULL, "%s; it is made anew", why.text);
	return store_clear(s, err);
}

static int check_place(const char *path, struct vt_error *err)
{
	struct place p;
	int failed;

	if (place_find(&p, path, err))
		return -1;
	failed = place_special(&p) ? vt_error_set(err, path, VT_NO_OFFSET,
						  "is no regular file, expected an index to write")
				   : 0;
	place_free(&p);
	return failed;
}

int store_take(struct store *s, const char *path, bool anew, struct vt_error *err)
{
	*s = (struct store){ .path = vt_strdup(path), .held = -1 };
	if (!check_place(path, err) && !store_connect(s, ":memory:", SQLITE_OPEN_READWRITE, err) &&
	    !take(s, anew, err))
		return 0;
	store_close(s);
	return -1;
}

int store_save(struct store *s, struct vt_error *err)
{
	sqlite3_int64 size = 0;
	unsigned char *bytes;
	int failed;

	if (!s->fresh && !sqlite3_total_changes(s->db))
		return 0;
	if (store_execute(s, "COMMIT", err))
		return -1;
	bytes = sqlite3_serialize(s->db, "main", &size, 0);
	if (!bytes)
		return vt_error_set(err, s->path, VT_NO_OFFSET, "no memory for the index");
	failed = file_save(s->path, bytes, (size_t)size, err);
	sqlite3_free(bytes);
	return failed;
}
