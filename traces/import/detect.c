/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/import/detect.h"

#include <stdbool.h>
#include <string.h>

/* Bytes that a file has at an offset. */
struct signature {
	size_t at;
	const char *bytes;
	size_t n;
	struct detected is;
};

#define BYTES(text) .bytes = text, .n = sizeof(text) - 1

#define RECORD_AGAIN "record with trace-cmd, or write it as text for 'vtick import text'"
#define UNPACK "unpack it first"

/* The first that fits. */
static const struct signature signatures[] = {
	{ BYTES("\x03\xf0\x01\x20"), .is = { "a capture of xentrace", "xentrace", NULL } },
	{ BYTES("\x17\x08\x44tracing"), .is = { "a trace.dat of trace-cmd", "trace-cmd", NULL } },
	{ BYTES("\x89VTT\r\n\x1a\n"),
	  .is = { "a vtick trace already", NULL, "'vtick info' and 'vtick replay' read it" } },
	{ BYTES("PERFILE2"), .is = { "a perf.data of perf record", NULL,
				     "print it with 'perf script' and take 'vtick import text'" } },
	{ BYTES("2ELIFREP"), .is = { "a perf.data of a machine of the other byte order", NULL,
				     "print it with 'perf script' and take 'vtick import text'" } },
	{ BYTES("\xd4\xc3\xb2\xa1"), .is = { "a pcap file of packets", NULL, RECORD_AGAIN } },
	{ BYTES("\xa1\xb2\xc3\xd4"), .is = { "a pcap file of packets", NULL, RECORD_AGAIN } },
	{ BYTES("\x4d\x3c\xb2\xa1"), .is = { "a pcap file of packets", NULL, RECORD_AGAIN } },
	{ BYTES("\xa1\xb2\x3c\x4d"), .is = { "a pcap file of packets", NULL, RECORD_AGAIN } },
	{ BYTES("\x0a\x0d\x0d\x0a"), .is = { "a pcapng file of packets", NULL, RECORD_AGAIN } },
	{ BYTES("\xc1\x1f\xfc\xc1"), .is = { "a stream of CTF (LTTng)", NULL, RECORD_AGAIN } },
	{ BYTES("/* CTF "), .is = { "the metadata of a CTF trace", NULL, RECORD_AGAIN } },
	{ BYTES("# tracer:"), .is = { "the text of ftrace's 'trace' file", NULL, RECORD_AGAIN } },
	{ BYTES("cpus="),
	  .is = { "the text of 'trace-cmd report'", NULL, "import its trace.dat itself" } },
	{ BYTES("\x28\xb5\x2f\xfd"), .is = { "compressed with zstd once more", NULL, UNPACK } },
	{ BYTES("\x1f\x8b\x08"), .is = { "compressed with gzip once more", NULL, UNPACK } },
	{ BYTES("\xfd"
		"7zXZ"),
	  .is = { "compressed with xz", NULL, UNPACK } },
	{ BYTES("BZh"), .is = { "compressed with bzip2", NULL, UNPACK } },
	{ BYTES("\x04\x22\x4d\x18"), .is = { "compressed with lz4", NULL, UNPACK } },
	{ BYTES("PK\x03\x04"), .is = { "a zip archive", NULL, UNPACK } },
	{ 257, BYTES("ustar"), .is = { "a tar archive", NULL, UNPACK } },
	{ BYTES("\x7f"
		"ELF"),
	  .is = { "an ELF program or core", NULL, NULL } },
	{ BYTES("SQLite format 3"), .is = { "a database of SQLite", NULL, NULL } },
	{ BYTES("vtick.golden/"),
	  .is = { "a golden of 'vtick compare'", NULL, "'vtick compare' reads it" } },
};

/* A member of a JSON document tells whose it is. */
static const struct signature documents[] = {
	{ BYTES("{\n \"cells\": ["),
	  .is = { "a result of 'vtick replay'", NULL, "'vtick compare' reads it" } },
	{ BYTES("vtick.result/"),
	  .is = { "a result of 'vtick replay'", NULL, "'vtick compare' reads it" } },
	{ BYTES("vtick.trace-info/"), .is = { "what 'vtick info --json' prints", NULL, NULL } },
	{ BYTES("vtick.compare/"), .is = { "a report of 'vtick compare'", NULL, NULL } },
	{ BYTES("\"traceEvents\""),
	  .is = { "a trace for Chrome or Perfetto", NULL, RECORD_AGAIN } },
};

static const struct detected text = { "text", "text", NULL };
static const struct detected document = { "a JSON document of several lines", NULL,
					  "text has an object a line, as 'jq -c' prints it" };

/* One that is shorter than its signature may be cut off in it. */
static bool fits(const struct signature *s, const uint8_t *front, size_t n)
{
	size_t have = n > s->at ? n - s->at : 0;

	if (s->at && have < s->n)
		return false;
	return !memcmp(front + s->at, s->bytes, have < s->n ? have : s->n);
}

static size_t blanks(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
		i++;
	return i;
}

static const struct detected *detect_text(const uint8_t *front, size_t n)
{
	size_t at = 0;

	while (at < n && strchr(" \t\r\n", front[at]) && front[at])
		at++;
	if (at == n || (front[at] != '{' && front[at] != '#'))
		return NULL;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		if (front[at] == '{' && memmem(front, n, documents[i].bytes, documents[i].n))
			return &documents[i].is;
	}
	/* Nothing but the brace in the first line. */
	if (front[at] == '{') {
		at += 1 + blanks(front + at + 1, n - at - 1);
		if (at < n && front[at] == '\n')
			return &document;
	}
	return &text;
}

const struct detected *detect(const uint8_t *front, size_t n)
{
	for (size_t i = 0; n && i < sizeof(signatures) / sizeof(*signatures); i++) {
		if (fits(&signatures[i], front, n))
			return &signatures[i].is;
	}
	return detect_text(front, n);
}
