/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every subcommand needs at its edges: numbers with units, progress, usage errors.
 */
#ifndef VTICK_TRACES_BASE_CLI_H
#define VTICK_TRACES_BASE_CLI_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes, the same everywhere (DESIGN section 3). */
enum {
	EXIT_OK = 0,
	EXIT_GATE = 1,	  /* `compare`: the gate failed; `check`: the file is broken */
	EXIT_TROUBLE = 2, /* usage, unreadable input, not comparable */
};

/* The version string, from the Makefile. */
const char *vtick_version(void);

/*
 * Each of these parses all of @s or returns -1. Numbers are decimal; no sign, no white space.
 * cli_parse_frequency: "100", "2596.122M", "2.4G", "1k" in Hz.
 * cli_parse_time_ns: "5000" (ns), "50us", "30ms", "1.5s" in ns.
 * cli_parse_duration_ns: the same, but a number without a unit is seconds: "10", "0.5".
 */
int cli_parse_u64(const char *s, uint64_t *out);
int cli_parse_u32(const char *s, uint32_t *out);
int cli_parse_frequency(const char *s, uint64_t *out);
int cli_parse_time_ns(const char *s, uint64_t *out);
int cli_parse_duration_ns(const char *s, uint64_t *out);

/* "60s", "30ms", "50us", "1ns": @ns in the largest unit of which it is whole; malloc'ed. */
char *cli_time_text(uint64_t ns);

/* The monotonic clock, ns. */
uint64_t cli_now_ns(void);

/* Prints "vtick: COMMAND: MESSAGE (see 'vtick COMMAND --help')" on stderr; returns EXIT_TROUBLE. */
int cli_usage_error(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What -j is without it: the machine's CPUs, 1 to @most. */
uint32_t cli_jobs(uint32_t most);

/* Columns of the terminal at @fd, or of $COLUMNS; 80 without either. 40 to 100: text is read. */
unsigned cli_width(int fd);

/* True if stdout (fd 1) or stderr (fd 2) is a terminal that may be coloured: honours NO_COLOR. */
bool cli_colour(int fd);

/*
 * Progress on stderr when it is a terminal that can redraw a line: at most ten times a second.
 * @total 0: unknown. cli_progress_end() removes the line.
 */
struct cli_progress {
	const char *what;
	const char *unit;
	uint64_t total;
	uint64_t started_ns;
	uint64_t drawn_ns;
	bool enabled;
	bool drawn;
};

void cli_progress_start(struct cli_progress *p, const char *what, const char *unit, uint64_t total);
void cli_progress(struct cli_progress *p, uint64_t done);
void cli_progress_end(struct cli_progress *p);

/* The command line as a shell would take it back ("vtick import ..."), malloc'ed. */
char *cli_command_line(const char *command, int argc, char *const *argv);

/* Before any file is opened: one of the standard descriptors that is closed is taken, so that no
 * file is. What is written there fails. */
void cli_open_standard(void);

/* stdout was written whole: 0; else -1 after a line on stderr. Call before exit. */
int cli_close_stdout(void);

#endif
