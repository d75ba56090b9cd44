/* SPDX-License-Identifier: GPL-2.0-only */
/* What lies in a folder, and whether it is what is expected. */
#ifndef VTICK_CI_TESTS_FAULTS_FILES_H
#define VTICK_CI_TESTS_FAULTS_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
	char *data;
	size_t size;
};

struct shot {
	struct {
		char name[256];
		struct bytes bytes;
	} file[32];
	size_t n;
};

/* Files in @folder, by name; shot_free() frees. */
void shot_take(struct shot *s, const char *folder);
void shot_free(struct shot *s);
const struct bytes *shot_find(const struct shot *s, const char *name);

/* @folder holds what @s does, and nothing else. */
void shot_put(const struct shot *s, const char *folder);

/* @a is what two runs made, but for bytes in which those differ (a time). */
bool bytes_same(const struct bytes *a, const struct bytes *one, const struct bytes *two);

/* Both begin with the same few bytes. */
bool bytes_alike(const struct bytes *a, const struct bytes *b);

#endif
