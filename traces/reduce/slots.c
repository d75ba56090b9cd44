/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/reduce/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/base/mem.h"
#include "traces/base/temporary.h"

/* Thousands of small files: in memory, where there is such a folder and nobody asked for another.
 */
#define MEMORY_FOLDER "/dev/shm"

static const char *above(void)
{
	return !getenv("TMPDIR") && !access(MEMORY_FOLDER, W_OK | X_OK) ? MEMORY_FOLDER
									: temporary_folder();
}

/* For a process that ends in the middle of anything, by want of memory: nothing is asked for. */
static const struct slots *at_work;

static void remove_all(void)
{
	if (!at_work)
		return;
	for (unsigned i = 0; i < at_work->n; i++) {
		unlink(at_work->slot[i].file);
		rmdir(at_work->slot[i].folder);
	}
	rmdir(at_work->folder);
}

void slots_forget(void)
{
	at_work = NULL;
}

int slots_open(struct slots *s, const char *name, unsigned n, struct vt_error *err)
{
	*s = (struct slots){ .slot = vt_array(n, sizeof(*s->slot)) };
	s->folder = vt_format("%s/vtick-reduce-XXXXXX", above());
	if (!mkdtemp(s->folder)) {
		vt_error_set(err, s->folder, VT_NO_OFFSET, "cannot be made: %s", strerror(errno));
		free(s->folder);
		s->folder = NULL;
		return -1;
	}
	at_work = s;
	vt_at_no_memory(remove_all);
	for (; s->n < n; s->n++) {
		struct slot *one = &s->slot[s->n];

		one->folder = vt_format("%s/%u", s->folder, s->n);
		one->file = vt_format("%s/%s", one->folder, name);
		if (mkdir(one->folder, 0700)) {
			vt_error_set(err, one->folder, VT_NO_OFFSET, "cannot be made: %s",
				     strerror(errno));
			free(one->folder);
			free(one->file);
			return -1;
		}
	}
	return 0;
}

void slots_close(struct slots *s)
{
	if (s->folder)
		remove_all();
	slots_forget();
	for (unsigned i = 0; i < s->n; i++) {
		free(s->slot[i].file);
		free(s->slot[i].folder);
	}
	free(s->slot);
	free(s->folder);
	*s = (struct slots){ 0 };
}

int slots_write(const struct slots *s, unsigned slot, const struct whole *t, struct vt_error *err)
{
	return whole_write(t, s->slot[slot].file, err);
}
