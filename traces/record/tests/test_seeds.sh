#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Timers that are armed when a recording starts, live: read from KVM, in front of the trace, and their ticks replayed.
# Tier: check
# Needs: kvm root
# Alone: it records what the host does, and in time
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

load=$build/tests/record-load
"$load" --probe 2>why.txt || skip "$(cat why.txt)"
"$vtick" record --allow-empty --duration 200ms -o probe.vtt 2>why.txt || skip "$(cat why.txt)"
[ "$("$vtick" info --json probe.vtt | jq .vps)" = 0 ] || skip "other virtual machines run here"

# seeded NAME RECORD-OPTION LOAD-OPTIONS...: a second into the load it is recorded for one. Leaves NAME.vtt, NAME.json
# (info), NAME.seeds (seed events), NAME.replay.
seeded() {
	name=$1 option=$2
	shift 2
	"$load" "$@" >"$name.load" 2>&1 &
	pid=$!
	sleep 1
	"$vtick" record --duration 1 ${option:+"$option"} -o "$name.vtt" 2>"$name.err" || { cat "$name.err"; fail "record $name"; }
	kill $pid
	wait $pid 2>/dev/null
	if "$vtick" check "$name.vtt" >check.txt 2>&1; then ok "$name: check"; else fail "$name: $(cat check.txt)"; fi
	"$vtick" info --json "$name.vtt" >"$name.json"
	"$vtick" dump --json --type seed "$name.vtt" | jq -c 'select(.event)' >"$name.seeds"
	"$vtick" replay -p kvm-hrtimer -o "$name.replay" "$name.vtt" >/dev/null 2>&1 || fail "replay $name"
	cat "$name.json" "$name.replay" >"$name.both"
	echo "   $name: $(jq -c '{inferred: .arms.inferred, arms: .arms.total, obs_fire: .events.obs_fire, obs_pend: .events.obs_pend,
		fired_seeded: .recorded.timers.fired_seeded, unseen_ticks}' "$name.json") ticks $(jq -c '.cells[0].ticks' "$name.replay")"
}

holds() { # FILE NAME JQ-CONDITION
	if [ "$(jq -s -r "$3" "$1")" = true ]; then ok "$2"; else fail "$2: $3"; fi
}

# KVM starts a late period anew from then, so that a busy host has a few expiries less than the replay has ticks.
due_as_expired() { # NAME
	# shellcheck disable=SC2016 # jq's variable
	holds "$1.both" "$1: as many ticks are due in a replay as KVM's timer expired, within 2 %" \
		'.[0].events.obs_fire as $n | (.[1].cells[0].ticks.due - $n) * 50 | $n > 200 and . >= -$n and . <= $n'
}

# A periodic timer is written once, long before: all of its ticks rest on the SEED. The guest halts in between.
seeded periodic '' --vcpus 2 --mode periodic --period-us 4000 --seconds 60
holds periodic.seeds "periodic: a SEED of each vCPU, of the right period" \
	'length == 2 and all(.dev == "lapic" and .period == 4000000 and .deadline <= 4000000 and .time == 0)'
holds periodic.json "periodic: nothing is unseen" '.[0] | .unseen_ticks == 0 and .arms.total == 0 and .arms.inferred == 2
	and .recorded.timers.fired_seeded == .events.obs_fire and .recorded.timers.fired_unarmed == 0'
due_as_expired periodic

# A one-shot of each kind, one second long: it is pending, and the first tick of the recording is its.
seeded pending '' --vcpus 2 --mode mixed --period-us 1000000 --seconds 60
holds pending.seeds "pending: a SEED of each vCPU" \
	'length == 2 and (map(.dev) | sort == ["lapic", "tsc-deadline"]) and all(.period == 0 and .deadline < 1000000000)'
# Within 50 us of KVM's own expiry, had it not been for the rest of the machine: so within 20 ms.
"$vtick" dump --json --type seed --type obs_fire pending.vtt | jq -r 'select(.event) | [.vp, .event, .time, .deadline // 0] | @tsv' |
	awk '$2 == "seed" { due[$1] = $4 } $2 == "obs_fire" && due[$1] { late = $3 - due[$1]; if (late > -5000 && late < 20000000) n++; due[$1] = 0 }
		END { print n + 0 }' >pending.late
equal "pending: and it expires when the SEED says" "$(cat pending.late)" 2
holds pending.json "pending: nothing is unseen" '.[0] | .unseen_ticks == 0 and .recorded.timers.fired_seeded == 2'
holds pending.replay "pending: their ticks are due in a replay" '.[0].cells[0].ticks.due >= 2'

# The VMM sleeps when the recording starts, and all the while: no thread of a vCPU's is seen to do anything.
seeded paused '' --vcpus 3 --mode mixed --period-us 4000 --pause-after-ms 500 --pause-ms 30000 --seconds 60
holds paused.seeds "paused: the periodic timer goes on" 'length == 1 and .[0].period == 4000000'
holds paused.json "paused: its vCPU is known, and its expiries" '.[0] | .vps == 3 and .unseen_ticks == 0 and .events.sched_in == 0
	and .recorded.timers.fired_seeded >= 240'
due_as_expired paused

seeded without --no-infer --vcpus 3 --mode mixed --period-us 4000 --seconds 60
holds without.json "--no-infer: unseen, as before" '.[0] | .arms.inferred == 0 and .unseen_ticks >= 240'
finish
