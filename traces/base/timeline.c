/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/human.h"
#include "traces/base/mem.h"

/* The picture: names to the left, lanes one below the other, the time below them. page.js knows
 * LEFT and SPAN by what the elements say. */
enum { WIDTH = 1000, LEFT = 150, SPAN = 840, LANE = 20, HEADING = 24, AXIS = 26, CHARACTER = 7 };
enum { COLOURS = 8, TICKS_MAX = 12, NAMES_MAX = 24 };

/* ---- building one ---- */

/* Grows by doubling. */
static void *add(void *list, size_t n, size_t size)
{
	return n & (n - 1) ? list : vt_realloc(list, (n ? n * 2 : 1) * size);
}

struct timeline_lane *timeline_lane(struct timeline *t, const char *name)
{
	t->lane = add(t->lane, t->lanes, sizeof(*t->lane));
	t->lane[t->lanes] = (struct timeline_lane){ .name = vt_strdup(name) };
	return &t->lane[t->lanes++];
}

void timeline_heading(struct timeline *t, const char *heading)
{
	t->lane = add(t->lane, t->lanes, sizeof(*t->lane));
	t->lane[t->lanes++] = (struct timeline_lane){ .heading = vt_strdup(heading) };
}

void timeline_bar(struct timeline_lane *l, int64_t from, int64_t to, unsigned colour, bool about,
		  const char *name)
{
	l->bar = add(l->bar, l->bars, sizeof(*l->bar));
	l->bar[l->bars++] = (struct timeline_bar){ from, to, colour, about, vt_strdup(name) };
}

void timeline_tick(struct timeline_lane *l, int64_t due, int64_t noticed, int64_t over, bool about,
		   const char *text)
{
	l->tick = add(l->tick, l->ticks, sizeof(*l->tick));
	l->tick[l->ticks++] = (struct timeline_tick){ due, noticed, over, about, vt_strdup(text) };
}

void timeline_free(struct timeline *t)
{
	for (size_t i = 0; i < t->lanes; i++) {
		struct timeline_lane *l = &t->lane[i];

		for (size_t k = 0; k < l->bars; k++)
			free(l->bar[k].name);
		for (size_t k = 0; k < l->ticks; k++)
			free(l->tick[k].text);
		free(l->bar);
		free(l->tick);
		free(l->name);
		free(l->heading);
	}
	free(t->lane);
	free(t->title);
	*t = (struct timeline){ 0 };
}

/* ---- drawing it ---- */

static double place(const struct timeline *t, int64_t ns)
{
	double span = (double)(t->to - t->from);

	return fmin(fmax((double)(ns - t->from) / span, 0), 1) * (double)SPAN;
}

static int height(const struct timeline_lane *l)
{
	return l->name ? LANE : HEADING;
}

/* Beyond the picture it has no beginning or end. */
static void put_rect(struct html *h, const struct timeline *t, int64_t from, int64_t to, double y,
		     double high, const char *class)
{
	double x = place(t, from), end = place(t, to);

	fprintf(h->to, "<rect x=\"%.3f\" y=\"%.0f\" width=\"%.3f\" height=\"%.0f\" class=\"%s\" />",
		x, y, fmax(end - x, 0), high, class);
}

static void put_bar(struct html *h, const struct timeline *t, const struct timeline_bar *b, int y)
{
	char class[24];

	snprintf(class, sizeof(class), "run f%u%s", b->colour % COLOURS, b->about ? " about" : "");
	fputs("<g>", h->to);
	put_rect(h, t, b->from, b->to, y + 2, LANE - 4, class);
	fputs("<title>", h->to);
	html_text(h, b->name);
	fputs("</title></g>\n", h->to);
}

/* Low until it is noticed, high until it is over; a stroke at both ends. */
static void put_tick(struct html *h, const struct timeline *t, const struct timeline_tick *k, int y)
{
	fprintf(h->to, "<g class=\"tick%s\" data-from=\"%lld\" data-to=\"%lld\">",
		k->about ? " about" : "", (long long)k->due, (long long)k->over);
	if (k->noticed > k->due)
		put_rect(h, t, k->due, k->noticed, y + 12, 4, "unseen");
	if (k->over > k->noticed)
		put_rect(h, t, k->noticed, k->over, y + 7, 9, "waits");
	fprintf(h->to, "<path class=\"due\" d=\"M%.3f %dv16\" />", place(t, k->due), y + 2);
	fprintf(h->to, "<path class=\"over\" d=\"M%.3f %dv10\" />", place(t, k->over), y + 7);
	fputs("<title>", h->to);
	html_text(h, k->text);
	fputs("</title></g>\n", h->to);
}

static void put_lanes(struct html *h, const struct timeline *t)
{
	int y = 0;

	for (size_t i = 0; i < t->lanes; i++) {
		const struct timeline_lane *l = &t->lane[i];

		for (size_t k = 0; k < l->bars; k++)
			put_bar(h, t, &l->bar[k], y);
		for (size_t k = 0; k < l->ticks; k++)
			put_tick(h, t, &l->tick[k], y);
		y += height(l);
	}
}

/* At most so many letters: the rest is the title's. */
static void put_name(struct html *h, const struct timeline_lane *l, int y)
{
	const char *text = l->name ? l->name : l->heading;

	fprintf(h->to, "<text x=\"%d\" y=\"%d\" class=\"%s\"", l->name ? LEFT - 8 : 0,
		y + height(l) - 6, l->name ? "lane" : "heading");
	if (l->name)
		fputs(" text-anchor=\"end\"", h->to);
	if (l->name && strlen(text) * CHARACTER > LEFT - 8)
		fprintf(h->to, " textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\"", LEFT - 10);
	fputc('>', h->to);
	html_text(h, text);
	fputs("</text>\n", h->to);
	fprintf(h->to, "<path class=\"grid\" d=\"M%d %dH%d\" />\n", l->name ? LEFT : 0,
		y + height(l), WIDTH - 10);
}

/* Names in bars that are wide enough before anybody zooms; the script puts its own in their
 * place. */
static void put_bar_names(struct html *h, const struct timeline *t)
{
	int y = 0;

	fputs("<g class=\"names\">\n", h->to);
	for (size_t i = 0; i < t->lanes; i++) {
		const struct timeline_lane *l = &t->lane[i];

		for (size_t k = 0; k < l->bars; k++) {
			const struct timeline_bar *b = &l->bar[k];
			double x = place(t, b->from), wide = place(t, b->to) - x;

			if (wide < (double)(strlen(b->name) * CHARACTER + 6))
				continue;
			fprintf(h->to, "<text x=\"%.1f\" y=\"%d\">", x + 3, y + LANE - 6);
			html_text(h, b->name);
			fputs("</text>\n", h->to);
		}
		y += height(l);
	}
	fputs("</g>\n", h->to);
}

static void put_time(struct html *h, const struct timeline *t, int y)
{
	double step = pow(10, floor(log10((double)(t->to - t->from) / 4)));
	int n = 0;

	while ((double)(t->to - t->from) / step > 8)
		step *= 2;
	fprintf(h->to, "<g class=\"time\" transform=\"translate(%d,%d)\">\n", LEFT, y);
	for (double at = ceil((double)t->from / step) * step; at <= (double)t->to && n < TICKS_MAX;
	     at += step, n++) {
		double x = place(t, (int64_t)at);
		char text[32];

		human_time(text, sizeof(text), (int64_t)at);
		fprintf(h->to,
			"<g class=\"tick\" transform=\"translate(%.1f,0)\"><line y2=\"%d\"></line>"
			"<text y=\"16\" dy=\".3em\" text-anchor=\"middle\">%s</text></g>\n",
			x, -y, text);
	}
	fputs("</g>\n", h->to);
}

static void put_key(struct html *h)
{
	fputs(
	    "<p class=\"key\"><svg viewBox=\"0 0 76 20\" class=\"bars\" aria-hidden=\"true\">"
	    "<g class=\"tick\"><rect x=\"4\" y=\"12\" width=\"30\" height=\"4\" class=\"unseen\" />"
	    "<rect x=\"34\" y=\"7\" width=\"36\" height=\"9\" class=\"waits\" />"
	    "<path class=\"due\" d=\"M4 2v16\" /><path class=\"over\" d=\"M70 7v10\" /></g></svg> "
	    "a tick: due at the long stroke, noticed where the band widens, with its guest (or "
	    "given up) at the short one. A thick frame is what this is about.</p>\n",
	    h->to);
}

/* Whose colour is which: the first names, by their bars. */
static void put_legend(struct html *h, const struct timeline *t)
{
	const struct timeline_bar *seen[NAMES_MAX];
	size_t n = 0;

	fputs("<ul class=\"legend\">\n", h->to);
	for (size_t i = 0; i < t->lanes; i++) {
		for (size_t k = 0; k < t->lane[i].bars && n < NAMES_MAX; k++) {
			const struct timeline_bar *b = &t->lane[i].bar[k];
			size_t s = 0;

			while (s < n && strcmp(seen[s]->name, b->name) != 0)
				s++;
			if (s < n)
				continue;
			seen[n++] = b;
			fprintf(h->to,
				"<li><svg viewBox=\"0 0 20 10\" aria-hidden=\"true\"><rect x=\"1\" "
				"y=\"1\" width=\"18\" "
				"height=\"8\" class=\"f%u\" /></svg> ",
				b->colour % COLOURS);
			html_text(h, b->name);
			fputs("</li>\n", h->to);
		}
	}
	fputs("</ul>\n", h->to);
}

void html_timeline(struct html *h, const struct timeline *t)
{
	int high = 0;

	for (size_t i = 0; i < t->lanes; i++)
		high += height(&t->lane[i]);
	if (t->to <= t->from)
		return;
	h->zooms = true;
	fputs("<figure class=\"timeline\"><figcaption>", h->to);
	html_text(h, t->title);
	fputs("</figcaption>\n<div class=\"wide\" tabindex=\"0\">", h->to);
	fprintf(h->to,
		"<svg viewBox=\"0 0 %d %d\" data-from=\"%lld\" data-to=\"%lld\" data-left=\"%d\" "
		"data-span=\"%d\" data-high=\"%d\" role=\"group\" aria-label=\"",
		WIDTH, high + AXIS, (long long)t->from, (long long)t->to, LEFT, SPAN, high);
	html_text(h, t->title);
	fputs("\">\n", h->to);
	for (size_t i = 0, y = 0; i < t->lanes; y += (size_t)height(&t->lane[i]), i++)
		put_name(h, &t->lane[i], (int)y);
	put_time(h, t, high);
	fprintf(h->to,
		"<g class=\"view\" transform=\"translate(%d,0)\">\n"
		"<rect class=\"ground\" width=\"%d\" height=\"%d\" />\n"
		"<svg class=\"bars\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"preserveAspectRatio=\"none\">\n",
		LEFT, SPAN, high, SPAN, high, SPAN, high);
	put_lanes(h, t);
	fputs("</svg>\n", h->to);
	put_bar_names(h, t);
	fputs("</g>\n</svg></div>\n", h->to);
	put_legend(h, t);
	put_key(h);
	fputs("</figure>\n", h->to);
}
