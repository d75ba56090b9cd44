/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_buffers.h"

#include <stdio.h>
#include <stdlib.h>

#include "traces/base/mem.h"

/* trace-cmd.h of its version 3 leaves these out, though the library exports them. */
int tracecmd_cpus(struct tracecmd_input *handle);
struct tep_record *tracecmd_read_next_data(struct tracecmd_input *handle, int *rec_cpu);
void tracecmd_set_ts_offset(struct tracecmd_input *handle, unsigned long long offset);

enum {
	BUFFERS_MAX = 1024,
	COUNTS_MAX = 1 << 22,
	ID_BITS = 16,
};

char *tracecmd_buffers_open(struct tracecmd_buffers *b, struct tracecmd_input *top)
{
	int instances = tracecmd_buffer_instances(top);
	char *what = NULL;

	*b = (struct tracecmd_buffers){ 0 };
	if (instances < 0 || instances >= BUFFERS_MAX)
		instances = 0;
	b->buffer = vt_array((size_t)instances + 1, sizeof(*b->buffer));
	for (int i = -1; i < instances && !what; i++) {
		struct tracecmd_buffer *buffer = &b->buffer[b->n];
		const char *name = i < 0 ? "" : tracecmd_buffer_instance_name(top, i);

		buffer->name = name ? name : "";
		buffer->handle = i < 0 ? top : tracecmd_buffer_instance_handle(top, i);
		if (!buffer->handle) {
			size_t n;
			FILE *f = vt_text_open(&what, &n);

			fprintf(f,
				"libtracecmd cannot read the buffer instance '%s', expected a "
				"whole trace.dat file",
				buffer->name);
			vt_text_close(f);
			break;
		}
		b->n++;
		/* A date or an offset is for the reader's eye: hrtimers' times are not shifted. */
		tracecmd_set_ts_offset(buffer->handle, 0);
		if (tracecmd_cpus(buffer->handle) > b->cpus)
			b->cpus = tracecmd_cpus(buffer->handle);
	}
	return what;
}

void tracecmd_buffers_close(struct tracecmd_buffers *b)
{
	for (size_t i = 0; i < b->n; i++) {
		word_map_free(&b->buffer[i].counts);
		if (b->buffer[i].next)
			tracecmd_free_record(b->buffer[i].next);
		if (i)
			tracecmd_close(b->buffer[i].handle);
	}
	free(b->buffer);
	*b = (struct tracecmd_buffers){ 0 };
}

static void advance(struct tracecmd_buffer *b)
{
	b->next = tracecmd_read_next_data(b->handle, &b->cpu);
}

struct tep_record *tracecmd_buffers_next(struct tracecmd_buffers *b, size_t *which, int *cpu)
{
	struct tracecmd_buffer *first = NULL;
	struct tep_record *r;

	for (size_t i = 0; i < b->n; i++) {
		struct tracecmd_buffer *o = &b->buffer[i];

		/* Before its first record, and behind each. */
		if (!o->next)
			advance(o);
		if (o->next && (!first || o->next->ts < first->next->ts))
			first = o;
	}
	if (!first)
		return NULL;
	r = first->next;
	first->next = NULL;
	first->records++;
	*which = (size_t)(first - b->buffer);
	*cpu = first->cpu;
	return r;
}

static uint32_t key(int cpu, int id)
{
	return (uint32_t)cpu << ID_BITS | (uint32_t)id;
}

void tracecmd_buffers_count(struct tracecmd_buffers *b, size_t which, int cpu, int id)
{
	uint64_t *n = word_map_get(&b->buffer[which].counts, key(cpu, id), COUNTS_MAX);

	if (n)
		++*n;
}

bool tracecmd_buffers_tells(const struct tracecmd_buffers *counted, size_t which, int cpu, int id)
{
	uint64_t most = 0;
	size_t best = 0;

	for (size_t i = 0; i < counted->n; i++) {
		const uint64_t *n = word_map_find(&counted->buffer[i].counts, key(cpu, id));

		if (n && *n > most) {
			most = *n;
			best = i;
		}
	}
	return which == best;
}
