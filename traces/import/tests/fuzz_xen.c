/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick import xentrace`. The mutator knows where records begin. */
#define _GNU_SOURCE
#include "traces/import/tests/fuzz_import.h"

#include "traces/import/xen/record.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_import_ready();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Too short to measure the clock; what is measured is in the seeds, too. */
	fuzz_import("xentrace", size & 4 ? "--cpu-hz=2G" : NULL, data, size);
	return 0;
}

#define RECORDS_MAX 4096

/* Where the records of @data are: their offsets, the end behind them. Returns how many. */
static size_t find_records(const uint8_t *data, size_t size, size_t at[RECORDS_MAX + 1])
{
	size_t n = 0, offset = 0;

	while (n < RECORDS_MAX && size - offset >= 4) {
		uint32_t head;

		memcpy(&head, data + offset, 4);

		size_t length = 4 + (head >> 31) * 8 + (head >> 28 & 7) * 4;

		if (length > size - offset)
			break;
		at[n++] = offset;
		offset += length;
	}
	at[n] = offset;
	return n;
}

/* A number in the record, aligned as its words are. */
static void change_word(uint8_t *p, size_t length, uint64_t *state)
{
	size_t words = length / 4, at = fuzz_next(state) % words;
	uint32_t word;

	memcpy(&word, p + 4 * at, 4);
	if (at)
		word = (uint32_t)fuzz_number(state, word);
	else /* the event, not what says how long the record is */
		word = (word & 0xf0000000) | ((uint32_t)fuzz_number(state, word) & 0x0fffffff);
	memcpy(p + 4 * at, &word, 4);
}

/* Puts a copy of [from, from + length) at @to. */
static size_t insert(uint8_t *data, size_t size, size_t to, size_t from, size_t length)
{
	uint8_t copy[64];

	memcpy(copy, data + from, length);
	memmove(data + to + length, data + to, size - to);
	memcpy(data + to, copy, length);
	return size + length;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static size_t at[RECORDS_MAX + 1];
	size_t n = find_records(data, size, at), one, other, length;
	uint64_t state = seed;

	if (!n || fuzz_next(&state) % 8 == 0)
		return LLVMFuzzerMutate(data, size, max);
	for (uint64_t times = 1 + fuzz_next(&state) % 3; times; times--) {
		n = find_records(data, size, at);
		if (!n)
			break;
		one = fuzz_next(&state) % n;
		other = fuzz_next(&state) % n;
		length = at[one + 1] - at[one];
		switch (fuzz_next(&state) % 6) {
		case 0:
			if (size + length <= max)
				size = insert(data, size, at[other], at[one], length);
			break;
		case 1:
			memmove(data + at[one], data + at[one + 1], size - at[one + 1]);
			size -= length;
			break;
		case 2: /* cut */
			if (fuzz_next(&state) % 8 == 0)
				size = at[one] + fuzz_next(&state) % length;
			break;
		default:
			change_word(data + at[one], length, &state);
		}
	}
	return size;
}
