/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went on in lanes over time, as a picture within a page (html.h). As it is written it shows
 * all of its span; the page's script zooms and moves it, and goes from tick to tick, by mouse and
 * by keyboard.
 */
#ifndef VTICK_TRACES_BASE_TIMELINE_H
#define VTICK_TRACES_BASE_TIMELINE_H

#include <stdint.h>

#include "traces/base/html.h"

/* Something lasts. @colour: any number, which one of eight colours stands for. */
struct timeline_bar {
	int64_t from, to;
	unsigned colour;
	bool about; /* it is what the picture is about: it stands out */
	char *name; /* in it, where there is room */
};

/* Something is due, is noticed, and is over. One of them may not be known: it is what is next to
 * it. */
struct timeline_tick {
	int64_t due, noticed, over;
	bool about;
	char *text; /* what is said of it */
};

struct timeline_lane {
	char *name; /* NULL: the lane is a heading, `heading` */
	char *heading;
	struct timeline_bar *bar;
	struct timeline_tick *tick;
	size_t bars, ticks;
};

/* Times are ns since @origin. */
struct timeline {
	char *title;
	uint64_t origin; /* ns */
	int64_t from, to;
	struct timeline_lane *lane;
	size_t lanes;
};

/* All of these copy their text. */
struct timeline_lane *timeline_lane(struct timeline *t, const char *name);
void timeline_heading(struct timeline *t, const char *heading);
void timeline_bar(struct timeline_lane *l, int64_t from, int64_t to, unsigned colour, bool about,
		  const char *name);
void timeline_tick(struct timeline_lane *l, int64_t due, int64_t noticed, int64_t over, bool about,
		   const char *text);
void timeline_free(struct timeline *t);

/* A figure. */
void html_timeline(struct html *h, const struct timeline *t);

#endif
