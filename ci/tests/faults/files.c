/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void read_file(const char *path, struct bytes *b)
{
	FILE *f = fopen(path, "re");
	long size = 0;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		die(path);
	b->size = (size_t)size;
	b->data = malloc(b->size + 1);
	if (!b->data || fread(b->data, 1, b->size, f) != b->size)
		die(path);
	fclose(f);
}

static int no_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") && strcmp(d->d_name, "..");
}

void shot_take(struct shot *s, const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, no_dots, alphasort);
	char path[4096];

	s->n = 0;
	if (n < 0)
		die(folder);
	for (int i = 0; i < n; i++) {
		if (s->n == sizeof(s->file) / sizeof(*s->file))
			die("too many files");
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		snprintf(s->file[s->n].name, sizeof(s->file[s->n].name), "%s", list[i]->d_name);
		read_file(path, &s->file[s->n++].bytes);
		free(list[i]);
	}
	free(list);
}

void shot_free(struct shot *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->file[i].bytes.data);
	s->n = 0;
}

const struct bytes *shot_find(const struct shot *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->file[i].name, name))
			return &s->file[i].bytes;
	}
	return NULL;
}

void shot_put(const struct shot *s, const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, no_dots, alphasort);
	char path[4096];

	if (n < 0)
		die(folder);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		unlink(path);
		free(list[i]);
	}
	free(list);
	for (size_t i = 0; i < s->n; i++) {
		const struct bytes *b = &s->file[i].bytes;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", folder, s->file[i].name);
		f = fopen(path, "we");
		if (!f || fwrite(b->data, 1, b->size, f) != b->size || fclose(f))
			die(path);
	}
}

bool bytes_same(const struct bytes *a, const struct bytes *one, const struct bytes *two)
{
	if (a->size != one->size || a->size != two->size)
		return false;
	for (size_t i = 0; i < a->size; i++) {
		if (one->data[i] == two->data[i] && a->data[i] != one->data[i])
			return false;
	}
	return true;
}

bool bytes_alike(const struct bytes *a, const struct bytes *b)
{
	const size_t begin = 8;

	return a->size > begin && b->size > begin && !memcmp(a->data, b->data, begin);
}
