/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "compare/fates.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

#define FATES_MAX 20000000u

static struct fate *add(struct fates *f)
{
	if (f->n == f->room) {
		f->room = f->room ? f->room * 2 : 1024;
		f->fate = vt_realloc(f->fate, f->room * sizeof(*f->fate));
	}
	return &f->fate[f->n++];
}

static int parse(struct fate *f, const char *line)
{
	static const char *const names[FATE_KINDS] = { "delivered", "coalesced", "missed",
						       "pending" };
	char kind[16], lp[16], pended[24], *end;
	int used = 0;

	if (sscanf(line,
		   "%15[a-z]\t%" SCNu32 "\t%15[-0-9]\t%" SCNd64 "\t%23[-0-9]\t%" SCNd64 "\t%" SCNu64
		   "%n",
		   kind, &f->vp, lp, &f->due, pended, &f->at, &f->count, &used) != 7 ||
	    strcmp(line + used, "\n"))
		return -1;
	f->lp = strcmp(lp, "-") ? (uint32_t)strtoul(lp, &end, 10) : UINT32_MAX;
	f->pended = strcmp(pended, "-") ? strtoll(pended, &end, 10) : FATE_NEVER;
	for (f->kind = FATE_DELIVERED; f->kind < FATE_KINDS; f->kind++) {
		if (!strcmp(kind, names[f->kind]))
			return 0;
	}
	return -1;
}

static int by_due(const struct fate *x, const struct fate *y)
{
	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return (x->vp > y->vp) - (x->vp < y->vp);
}

static int by_place(const void *a, const void *b)
{
	const struct fate *x = a, *y = b;
	int order = by_due(x, y);

	if (order)
		return order;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

int fates_read(struct fates *f, const char *path, struct vt_error *err)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int failed = 0;

	*f = (struct fates){ 0 };
	if (!file)
		return vt_error_set(err, path, VT_NO_OFFSET, "cannot be opened: %s",
				    strerror(errno));
	if (getline(&line, &size, file) < 0)
		failed = vt_error_set(err, path, 0, "is empty, expected the heading of fates");
	while (!failed && getline(&line, &size, file) >= 0) {
		if (f->n == FATES_MAX)
			failed = vt_error_set(err, path, VT_NO_OFFSET, "has more than %u fates",
					      FATES_MAX);
		else if (parse(add(f), line))
			failed =
			    vt_error_set(err, path, VT_NO_OFFSET, "line %zu is no fate", f->n + 1);
	}
	if (!failed && ferror(file))
		failed =
		    vt_error_set(err, path, VT_NO_OFFSET, "cannot be read: %s", strerror(errno));
	free(line);
	fclose(file);
	if (f->n)
		qsort(f->fate, f->n, sizeof(*f->fate), by_place);
	return failed;
}

void fates_free(struct fates *f)
{
	free(f->fate);
	*f = (struct fates){ 0 };
}

static bool alike(const struct fate *x, const struct fate *y)
{
	return x->vp == y->vp && x->due == y->due && x->kind == y->kind && x->pended == y->pended &&
	       x->at == y->at && x->count == y->count;
}

/* From the first to the last fate of @tick around @place. */
static void find_all(const struct fates *f, size_t place, const struct fate *tick, size_t *first,
		     size_t *count)
{
	while (place && !by_due(&f->fate[place - 1], tick))
		place--;
	*first = place;
	for (*count = 0; place < f->n && !by_due(&f->fate[place], tick); place++)
		++*count;
}

bool fates_part(const struct fates f[2], struct parting *p)
{
	const struct fate *tick;
	size_t i = 0;

	while (i < f[0].n && i < f[1].n && alike(&f[0].fate[i], &f[1].fate[i]))
		i++;
	if (i == f[0].n && i == f[1].n)
		return false;
	if (i == f[0].n)
		tick = &f[1].fate[i];
	else if (i == f[1].n)
		tick = &f[0].fate[i];
	else
		tick = by_due(&f[0].fate[i], &f[1].fate[i]) <= 0 ? &f[0].fate[i] : &f[1].fate[i];
	p->alike = i;
	for (int side = 0; side < 2; side++)
		find_all(&f[side], i, tick, &p->first[side], &p->count[side]);
	return true;
}
