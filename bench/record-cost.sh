#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `vtick record` costs the guests: their ticks per second on saturated CPUs, without and with the recorder, in
# interleaved pairs whose order alternates; the median of the pairs' ratios with its 97.9 % interval (2nd smallest
# to 2nd largest of 10), and the run time of each BPF program by the kernel's own count.
# Root and KVM are needed. Usage: bench/record-cost.sh BUILD [PAIRS [SECONDS]]
set -eu

build=$1
pairs=${2-10}
seconds=${3-3}
vtick=$build/vtick
load=$build/tests/record-load
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -x "$load" ] || ! "$load" --probe || ! "$vtick" record --duration 100ms -o "$work/probe.vtt" 2>"$work/why"; then
	cat "$work/why" 2>/dev/null || true
	echo "skipped: cannot record here"
	exit 77
fi

# 8 vCPUs a CPU, each halts until its one-shot comes and asks for the next: every tick is a timer interrupt, a wake-up
# and two switches, the most events a tick can have. Asked for: twice what two CPUs were seen to do.
cpus=$(getconf _NPROCESSORS_ONLN)
guests="--vms $((cpus * 2)) --vcpus 4 --mode oneshot --period-us 100 --seconds $seconds"

without() {
	# shellcheck disable=SC2086 # options are words
	"$load" $guests | jq .ticks_per_s
}

with() {
	# shellcheck disable=SC2086
	"$vtick" record -o "$work/cost.vtt" -- "$load" $guests 2>"$work/err" | jq .ticks_per_s
}

i=1
while [ "$i" -le "$pairs" ]; do
	[ ! -t 2 ] || printf '\rpair %s of %s ' "$i" "$pairs" >&2
	if [ $((i % 2)) = 0 ]; then
		a=$(without)
		b=$(with)
	else
		b=$(with)
		a=$(without)
	fi
	echo "$a $b" >>"$work/pairs"
	"$vtick" info --json "$work/cost.vtt" | jq -c '{hits: .accounts.hits, lost: .accounts.lost, duration_ns}' >>"$work/events"
	i=$((i + 1))
done
[ ! -t 2 ] || printf '\r\033[K' >&2

jq -rn --slurpfile e "$work/events" --rawfile p "$work/pairs" '
	def pct: . * 10000 | round / 100;
	($p | split("\n") | map(select(. != "") | split(" ") | map(tonumber))) as $pairs
	| ($pairs | map(.[1] / .[0]) | sort) as $r
	| ($r | length) as $n
	| (($r[($n - 1) / 2 | floor] + $r[$n / 2 | floor]) / 2) as $median
	| "ticks/s without, with: " + ($pairs | map("\(.[0]) \(.[1])") | join(", ")),
	  "ratio: median \($median | pct) %, interval \($r[1] // $r[0] | pct) to \($r[-2] // $r[-1] | pct) % (\($n) pairs)",
	  "events/s: \(($e | map(.hits) | add) / ($e | map(.duration_ns) | add) * 1e9 | round), lost: \($e | map(.lost) | add)"'

# The kernel's own timing costs something too, so it has a run of its own.
# shellcheck disable=SC2086
"$vtick" record --bpf-stats -o "$work/cost.vtt" -- "$load" $guests >/dev/null 2>"$work/stats"
grep 'vtick: bpf:' "$work/stats" | sed 's/^vtick: //'
awk '/ bpf: / { ns += $4 * $6; runs += $4 } END { print ns, runs }' "$work/stats" >"$work/sum"
jq -rn --rawfile s "$work/sum" --argjson info "$("$vtick" info --json "$work/cost.vtt" | jq '{h: .accounts.hits, d: .duration_ns}')" '
	($s | split("\n")[0] | split(" ") | map(tonumber)) as $s
	| "all programs: \($s[0] / $info.h | round) ns of run time for each recorded event, \($s[0] / $info.d * 10000 | round / 100) % of one CPU"'
