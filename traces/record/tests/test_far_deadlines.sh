#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Deadlines that mean 'never', live: a guest writes one first, and others between ordinary ones 2 ms ahead.
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

# far NAME VALUE EVERY: the guest of each of two vCPUs writes VALUE first, and again in front of every EVERYth tick.
# What is far KVM's arithmetic may make near; whatever it does, no ordinary deadline suffers from it.
far() {
	before_others timeout 60 "$vtick" record -o "$1.vtt" -- "$load" --vcpus 2 --ticks 250 --period-us 2000 --from-now --wild "$2" \
		--wild-every "$3" >"$1.load" 2>"$1.err" || { cat "$1.err"; fail "record $1"; return; }
	"$vtick" info --json "$1.vtt" >"$1.json"
	"$vtick" replay -p kvm-hrtimer -o "$1.replay" "$1.vtt" >/dev/null 2>&1 || fail "replay $1"
	jq -n --slurpfile i "$1.json" --slurpfile l "$1.load" --slurpfile r "$1.replay" '
		($l[0].guests | map(.writes)) as $w
		| { wild: ($w | map(.wild) | add), ordinary: ($w | map(.deadline) | add), ticks: $l[0].ticks,
		    arms: $i[0].arms.total, disarms: $i[0].events.disarm, past: $i[0].arms.past,
		    due_at_once: $i[0].recorded.timers.due_at_once, fired: ($i[0].recorded.timers | .fired + .fired_unknown),
		    cancelled: $i[0].recorded.timers.cancelled, by_hrtimer: $i[0].recorded.deadlines.by_hrtimer,
		    never: $i[0].recorded.deadlines.never, due: $r[0].cells[0].ticks.due }' >"$1.counts"
	echo "   $2: $(jq -c . "$1.counts")"
	# Each ordinary one is reached: in the recording, and in the replay, which goes by the deadlines alone.
	holds "$1: each ordinary deadline is reached" '.due == .ordinary and .fired + .due_at_once == .ordinary'
	# The guest may be held up for 2 ms in front of its write; then KVM starts no timer, either. Most are not.
	holds "$1: hardly one is past" '.past <= .due_at_once and .due_at_once * 4 <= .ordinary'
	if [ "$2" = 0 ]; then
		holds "$1: 0 stops the timer" '.disarms == .wild and .arms == .ordinary and .never == 0'
	else
		holds "$1: each write is an ARM" '.arms == .wild + .ordinary and .cancelled == .wild'
	fi
}

holds() { # NAME JQ-CONDITION
	name=${1%%:*}
	if [ "$(jq -r "$2" "$name.counts")" = true ]; then ok "$1"; else fail "$1: $2"; fi
}

far ones '~0' 1000
far ones-often '~0' 5
far 2p62 0x4000000000000000 1000
far 2p62-often 0x4000000000000000 7
far 2p63 0x8000000000000000 1000
far 2p63-often 0x8000000000000000 1
far day +86400 1000
far day-often +86400 3
far minute +60 1000
far minute-often +60 3
far zero 0 1000
far zero-often 0 3
# KVM overflows on these whatever the machine: a TSC of 1 GHz or more, up for less than 146 years.
for name in ones 2p62 2p63 day; do
	holds "$name: never" '.never == .wild'
	holds "$name-often: never" '.never == .wild'
	ok "$name: and said so" grep -q "$(jq .by_hrtimer "$name.counts") of $(jq .arms "$name.counts") TSC deadlines lie elsewhere" "$name.err"
done
finish
