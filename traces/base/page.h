/* SPDX-License-Identifier: GPL-2.0-only */
/* What every page (html.h) holds: style, script, and what a browser may do with it. They are files
 * beside this one, and D3, all of it within vtick. */
#ifndef VTICK_TRACES_BASE_PAGE_H
#define VTICK_TRACES_BASE_PAGE_H

#include <stdio.h>

/* The element that forbids all but this style and exactly these scripts. */
void page_policy(FILE *to);
void page_style(FILE *to);
/* The scripts, with the licence of those of others. */
void page_script(FILE *to);

#endif
