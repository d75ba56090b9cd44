/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/read_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"

#define ROOM_FIRST 65536u

/* What a document takes in memory, some 50 bytes each, is told by its values. */
#define VALUES_MAX (1u << 25)

static int too_large(const char *file, enum limit limit, struct vt_error *err)
{
	char *most = limit_text(limit);

	vt_error_set(err, file, VT_NO_OFFSET, "is too large, expected at most %s", most);
	free(most);
	return -1;
}

/* The next bytes behind *@len of @room: how many, or -1. */
static ssize_t read_some(int fd, char *text, size_t len, size_t room, const char *file,
			 struct vt_error *err)
{
	ssize_t n;

	do {
		n = read(fd, text + len, room - len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		vt_error_set(err, file, VT_NO_OFFSET, "cannot be read: %s", strerror(errno));
	return n;
}

char *read_whole(int fd, const char *file, enum limit limit, size_t *len, struct vt_error *err)
{
	uint64_t most = limit_value(limit);
	size_t room = ROOM_FIRST;
	struct stat st;
	ssize_t n;
	char *text;

	*len = 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > most) {
			too_large(file, limit, err);
			return NULL;
		}
		/* One more, by which its end is seen, and the NUL. */
		room = (size_t)st.st_size + 2;
	}
	text = vt_alloc(room);
	while ((n = read_some(fd, text, *len, room - 1, file, err)) > 0) {
		*len += (size_t)n;
		if (*len > most) {
			n = too_large(file, limit, err);
			break;
		}
		if (*len == room - 1)
			text = vt_realloc(text, room *= 2);
	}
	if (!n) {
		text[*len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

json_t *read_json(const char *path, enum limit limit, struct vt_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	json_t *document = NULL;
	json_error_t bad;
	char *text;
	size_t len;

	if (fd < 0) {
		vt_error_set(err, path, VT_NO_OFFSET, "cannot be opened: %s", strerror(errno));
		return NULL;
	}
	text = read_whole(fd, path, limit, &len, err);
	close(fd);
	if (text && json_values(text, len) > VALUES_MAX)
		vt_error_set(err, path, VT_NO_OFFSET, "holds more values than %u, expected fewer",
			     VALUES_MAX);
	else if (text && !(document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad)))
		vt_error_set(err, path, bad.position > 0 ? (uint64_t)bad.position : VT_NO_OFFSET,
			     "line %d: %s, expected JSON", bad.line, bad.text);
	free(text);
	return document;
}
