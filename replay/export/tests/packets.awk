# SPDX-License-Identifier: GPL-2.0-only
# What `protoc --decode` prints of a Perfetto file, a line an event, fields parted by tabs:
#   TYPE TIME TRACK NAME FLOW ARG=VALUE,...        ("-": none; a COUNTER has its value as NAME)
# Tracks are called by the names on the way to them, with #2 the second one of a name. "bad: WHAT" for what no such file may hold.
/^packet \{/ { type = time = name = flow = uuid = parent = iid = text = value = said = "-"; kind = ""; cleared = 0; next }
/^  timestamp:/ { time = $2 }
/^  trusted_packet_sequence_id:/ { sequence = $2 }
/^  sequence_flags:/ { cleared = $2 % 2; if (!cleared && !(sequence in begun)) print "bad: a packet of sequence " sequence " comes before its first" }
/^  track_descriptor \{/ { kind = "track" }
/^    event_names \{/ { kind = "name" }
/^    debug_annotation_names \{/ { kind = "arg" }
/^  track_event \{/ { kind = "event" }
/^ *uuid:/ { uuid = $2 }
/^ *parent_uuid:/ { parent = $2 }
/^ *iid:/ { iid = $2 }
/^ *name:/ { text = $0; sub(/^ *name: "/, "", text); sub(/"$/, "", text) }
/^    type:/ { type = $2; sub("TYPE_", "", type) }
/^    name_iid:/ { name = $2 }
/^    track_uuid:/ { uuid = $2 }
/^    flow_ids:/ { flow = $2 }
/^    counter_value:/ { value = $2 }
/^      name_iid:/ { arg = $2 }
/^      int_value:/ { said = (said == "-" ? "" : said ",") args[sequence, arg] "=" $2 }
/^}/ {
	if (cleared) {
		if (sequence in begun) print "bad: sequence " sequence " begins twice"
		begun[sequence] = 1
	} else if (kind == "name") {
		names[sequence, iid] = text
	} else if (kind == "arg") {
		args[sequence, iid] = text
	} else if (kind == "track") {
		if (uuid in tracks) print "bad: track " uuid " is described twice"
		if (parent != "-" && !(parent in tracks)) print "bad: track " uuid " comes before its parent"
		text = (parent == "-" ? "" : tracks[parent] "/") text
		tracks[uuid] = text (used[text]++ ? "#" used[text] : "")
	} else if (kind == "event") {
		if (!(uuid in tracks)) print "bad: nobody described track " uuid
		if (name != "-" && !((sequence, name) in names)) print "bad: nobody said what name " name " is"
		if (time == "-") print "bad: an event has no time"
		print type "\t" time "\t" tracks[uuid] "\t" (type == "COUNTER" ? value : name == "-" ? name : names[sequence, name]) "\t" flow "\t" said
	}
}
