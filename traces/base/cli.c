/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "traces/base/error.h"
#include "traces/base/mem.h"

const char *vtick_version(void)
{
	return VTICK_VERSION;
}

/* Digits at *@s; moves *@s behind them. -1 if there are none or they overflow. */
static int take_digits(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -1;
	}
	*s = p;
	*out = v;
	return 0;
}

int cli_parse_u64(const char *s, uint64_t *out)
{
	if (take_digits(&s, out) || *s)
		return -1;
	return 0;
}

int cli_parse_u32(const char *s, uint32_t *out)
{
	uint64_t v;

	if (cli_parse_u64(s, &v) || v > UINT32_MAX)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

/* Digits, perhaps a fraction, then a unit whose size @unit_of() tells; a result that is no integer
 * is refused. */
static int parse_scaled(const char *s, uint64_t (*unit_of)(const char *), uint64_t *out)
{
	uint64_t whole, fraction = 0, divisor = 1;

	if (take_digits(&s, &whole))
		return -1;
	if (*s == '.') {
		const char *start = ++s;

		if (take_digits(&s, &fraction) || s - start > 18)
			return -1;
		for (; start < s; start++)
			divisor *= 10;
	}
	uint64_t unit = unit_of(s);
	unsigned __int128 v = (unsigned __int128)whole * unit;
	unsigned __int128 f = (unsigned __int128)fraction * unit;

	if (!unit || f % divisor)
		return -1;
	v += f / divisor;
	if (v > UINT64_MAX)
		return -1;
	*out = (uint64_t)v;
	return 0;
}

static uint64_t frequency_unit(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t hz;
	} units[] = {
		{ "", 1 },	    { "Hz", 1 },	 { "k", 1000 },
		{ "K", 1000 },	    { "kHz", 1000 },	 { "M", 1000000 },
		{ "MHz", 1000000 }, { "G", 1000000000 }, { "GHz", 1000000000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!strcmp(unit, units[i].name))
			return units[i].hz;
	}
	return 0;
}

static uint64_t time_unit(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1 },	   { "ns", 1 },		{ "us", 1000 },
		{ "ms", 1000000 }, { "s", 1000000000 }, { "min", 60000000000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!strcmp(unit, units[i].name))
			return units[i].ns;
	}
	return 0;
}

int cli_parse_frequency(const char *s, uint64_t *out)
{
	return parse_scaled(s, frequency_unit, out);
}

int cli_parse_time_ns(const char *s, uint64_t *out)
{
	return parse_scaled(s, time_unit, out);
}

/* Without a unit: seconds. */
static uint64_t duration_unit(const char *unit)
{
	return *unit ? time_unit(unit) : 1000000000;
}

int cli_parse_duration_ns(const char *s, uint64_t *out)
{
	return parse_scaled(s, duration_unit, out);
}

char *cli_time_text(uint64_t ns)
{
	if (ns % 1000000000 == 0)
		return vt_format("%" PRIu64 "s", ns / 1000000000);
	if (ns % 1000000 == 0)
		return vt_format("%" PRIu64 "ms", ns / 1000000);
	if (ns % 1000 == 0)
		return vt_format("%" PRIu64 "us", ns / 1000);
	return vt_format("%" PRIu64 "ns", ns);
}

int cli_usage_error(const char *command, const char *fmt, ...)
{
	struct vt_error line;
	va_list ap;

	va_start(ap, fmt);
	char *text = vt_vformat(fmt, ap);

	va_end(ap);
	vt_error_set(&line, NULL, VT_NO_OFFSET, "%s: %.300s (see 'vtick %s --help')", command, text,
		     command);
	free(text);
	vt_error_print(&line);
	return EXIT_TROUBLE;
}

uint32_t cli_jobs(uint32_t most)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : (unsigned long)cpus > most ? most : (uint32_t)cpus;
}

unsigned cli_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t n = 0;

	if (!columns || cli_parse_u32(columns, &n))
		n = 0;
	if (!n && isatty(fd) && !ioctl(fd, TIOCGWINSZ, &size))
		n = size.ws_col;
	return !n ? 80 : n < 40 ? 40 : n > 100 ? 100 : n;
}

/* A terminal that takes escape sequences. */
static bool clever(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !(term && !strcmp(term, "dumb"));
}

bool cli_colour(int fd)
{
	const char *no = getenv("NO_COLOR");

	return clever(fd) && !(no && *no);
}

uint64_t cli_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void cli_progress_start(struct cli_progress *p, const char *what, const char *unit, uint64_t total)
{
	*p = (struct cli_progress){ .what = what, .unit = unit, .total = total };
	p->enabled = clever(STDERR_FILENO);
	p->started_ns = p->drawn_ns = cli_now_ns();
}

void cli_progress(struct cli_progress *p, uint64_t done)
{
	if (!p->enabled)
		return;

	uint64_t now = cli_now_ns();

	if (now - p->drawn_ns < 100000000)
		return;
	p->drawn_ns = now;
	p->drawn = true;
	if (p->total) {
		uint64_t percent = (uint64_t)((unsigned __int128)done * 100 / p->total);
		uint64_t left =
		    done ? (uint64_t)((unsigned __int128)(now - p->started_ns) *
				      (p->total > done ? p->total - done : 0) / done / 1000000000)
			 : 0;

		fprintf(stderr,
			"\r%s: %3" PRIu64 "%%  %" PRIu64 " of %" PRIu64 " %s, %" PRIu64
			" s left \033[K",
			p->what, percent, done, p->total, p->unit, left);
	} else {
		fprintf(stderr, "\r%s: %" PRIu64 " %s \033[K", p->what, done, p->unit);
	}
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->enabled = p->drawn = false;
}

char *cli_command_line(const char *command, int argc, char *const *argv)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);

	fprintf(f, "vtick %s", command);
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		fputc(' ', f);
		if (*a && strspn(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:=,+@%-") == strlen(a)) {
			fputs(a, f);
			continue;
		}
		fputc('\'', f);
		for (; *a; a++) {
			if (*a == '\'')
				fputs("'\\''", f);
			else
				fputc(*a, f);
		}
		fputc('\'', f);
	}
	vt_text_close(f);
	return text;
}

void cli_open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* The lowest that is free: this one. */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EXIT_TROUBLE);
	}
}

/* Nobody reads what is written there any more. */
static bool unread(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

int cli_close_stdout(void)
{
	bool before = ferror(stdout);
	int code = fflush(stdout) ? errno : 0;

	if (!before && !code)
		return 0;
	if (code != EPIPE && !unread(STDOUT_FILENO))
		vt_note("standard output", "%s",
			code ? strerror(code) : "cannot be written as a whole");
	return -1;
}
