/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy whose code ended, or did not end, before it said what it is. It stands there under the
 * name that the command line has for it, with what was given as its parameters: its cells are lost
 * before they began, those of others are not.
 */
#ifndef VTICK_REPLAY_PLUGIN_LOST_H
#define VTICK_REPLAY_PLUGIN_LOST_H

#include "replay/plugin/plugin.h"
#include "replay/plugin/spec.h"

/* @p is lost, by @signal (0: none), for the reason that is printed, the end of a line. */
void plugin_lose(struct plugin *p, enum plugin_loss how, int signal, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What a policy that @s names is called as long as nothing is known of it: a policy's name, of
 * letters that one may have; malloc'ed. */
char *plugin_lost_name(const struct spec *s);

#endif
