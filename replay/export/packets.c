/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/packets.h"

#include <stdlib.h>

#include "perfetto.pb-c.h"
#include "traces/base/mem.h"

/* The names of the generated code are long. */
typedef Perfetto__Protos__TracePacket packet_message;
#define CLEARED PERFETTO__PROTOS__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_INCREMENTAL_STATE_CLEARED
#define NEEDS PERFETTO__PROTOS__TRACE_PACKET__SEQUENCE_FLAGS__SEQ_NEEDS_INCREMENTAL_STATE

#define BUFFER_SIZE (256u * 1024)
/* Of a packet in a Trace: the field's number and type, and a length of at most ten bytes. */
#define HEAD_MAX 11u
#define PACKET_FIELD 0x0a

void packets_open(struct packets *p, struct file *to)
{
	*p = (struct packets){ .to = to, .room = BUFFER_SIZE, .buffer = vt_alloc(BUFFER_SIZE) };
}

void packets_close(struct packets *p)
{
	free(p->buffer);
	p->buffer = NULL;
}

static void flush(struct packets *p)
{
	if (!p->failed && p->len && file_write(p->to, p->buffer, p->len, &p->error))
		p->failed = true;
	p->len = 0;
}

int packets_flush(struct packets *p, struct vt_error *err)
{
	flush(p);
	if (!p->failed)
		return 0;
	*err = p->error;
	return -1;
}

/* A packet is the first field of Trace: so a file is written without ever being held whole. */
static void put(struct packets *p, packet_message *m)
{
	size_t size = protobuf_c_message_get_packed_size(&m->base), left = size;

	if (p->room - p->len < size + HEAD_MAX)
		flush(p);
	if (p->room < size + HEAD_MAX) {
		p->room = size + HEAD_MAX;
		p->buffer = vt_realloc(p->buffer, p->room);
	}
	p->buffer[p->len++] = PACKET_FIELD;
	for (; left >= 0x80; left >>= 7)
		p->buffer[p->len++] = (uint8_t)(left | 0x80);
	p->buffer[p->len++] = (uint8_t)left;
	p->len += protobuf_c_message_pack(&m->base, p->buffer + p->len);
}

static packet_message of_sequence(const struct packets *p, uint32_t flags)
{
	packet_message m = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	m.has_trusted_packet_sequence_id = 1;
	m.trusted_packet_sequence_id = p->sequence;
	m.has_sequence_flags = 1;
	m.sequence_flags = flags;
	return m;
}

void packets_sequence(struct packets *p, uint32_t number)
{
	p->sequence = number;

	packet_message m = of_sequence(p, CLEARED);

	put(p, &m);
}

void packets_name(struct packets *p, uint64_t number, const char *text)
{
	packet_message m = of_sequence(p, NEEDS);
	Perfetto__Protos__InternedData data = PERFETTO__PROTOS__INTERNED_DATA__INIT;
	Perfetto__Protos__EventName name = PERFETTO__PROTOS__EVENT_NAME__INIT, *one = &name;

	name.has_iid = 1;
	name.iid = number;
	name.name = (char *)text;
	data.n_event_names = 1;
	data.event_names = &one;
	m.interned_data = &data;
	put(p, &m);
}

void packets_arg_name(struct packets *p, uint64_t number, const char *text)
{
	packet_message m = of_sequence(p, NEEDS);
	Perfetto__Protos__InternedData data = PERFETTO__PROTOS__INTERNED_DATA__INIT;
	Perfetto__Protos__DebugAnnotationName name = PERFETTO__PROTOS__DEBUG_ANNOTATION_NAME__INIT,
					      *one = &name;

	name.has_iid = 1;
	name.iid = number;
	name.name = (char *)text;
	data.n_debug_annotation_names = 1;
	data.debug_annotation_names = &one;
	m.interned_data = &data;
	put(p, &m);
}

void packets_track(struct packets *p, const struct packet_track *t)
{
	packet_message m = of_sequence(p, NEEDS);
	Perfetto__Protos__TrackDescriptor d = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	Perfetto__Protos__CounterDescriptor counter = PERFETTO__PROTOS__COUNTER_DESCRIPTOR__INIT;

	d.has_uuid = 1;
	d.uuid = t->id;
	d.has_parent_uuid = t->parent != 0;
	d.parent_uuid = t->parent;
	d.name = (char *)t->name;
	d.description = (char *)t->about;
	d.has_sibling_order_rank = 1;
	d.sibling_order_rank = t->rank;
	d.has_child_ordering = 1;
	d.child_ordering = PERFETTO__PROTOS__TRACK_DESCRIPTOR__CHILD_TRACKS_ORDERING__EXPLICIT;
	if (!t->merged) {
		d.has_sibling_merge_behavior = 1;
		d.sibling_merge_behavior =
		    PERFETTO__PROTOS__TRACK_DESCRIPTOR__SIBLING_MERGE_BEHAVIOR__SIBLING_MERGE_BEHAVIOR_NONE;
	}
	if (t->unit) {
		counter.unit_name = (char *)t->unit;
		d.counter = &counter;
	}
	m.track_descriptor = &d;
	put(p, &m);
}

static const Perfetto__Protos__TrackEvent__Type types[] = {
	[PACKET_BEGIN] = PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN,
	[PACKET_END] = PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END,
	[PACKET_INSTANT] = PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_INSTANT,
	[PACKET_COUNTER] = PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_COUNTER,
};

void packets_put(struct packets *p, const struct packet *e)
{
	packet_message m = of_sequence(p, NEEDS);
	Perfetto__Protos__TrackEvent event = PERFETTO__PROTOS__TRACK_EVENT__INIT;
	Perfetto__Protos__DebugAnnotation arg[PACKET_ARGS], *args[PACKET_ARGS];
	uint64_t flow = e->flow;

	for (uint32_t i = 0; i < e->args; i++) {
		arg[i] =
		    (Perfetto__Protos__DebugAnnotation)PERFETTO__PROTOS__DEBUG_ANNOTATION__INIT;
		arg[i].has_name_iid = 1;
		arg[i].name_iid = e->arg[i].name;
		arg[i].has_int_value = 1;
		arg[i].int_value = e->arg[i].value;
		args[i] = &arg[i];
	}
	event.n_debug_annotations = e->args;
	event.debug_annotations = args;
	event.has_type = 1;
	event.type = types[e->type];
	event.has_track_uuid = 1;
	event.track_uuid = e->track;
	event.has_name_iid = e->name != 0;
	event.name_iid = e->name;
	event.has_counter_value = e->type == PACKET_COUNTER;
	event.counter_value = e->value;
	event.n_flow_ids = flow != 0;
	event.flow_ids = &flow;
	m.has_timestamp = 1;
	m.timestamp = e->time;
	m.track_event = &event;
	put(p, &m);
}
