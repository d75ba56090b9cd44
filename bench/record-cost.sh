#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What `vtick record` costs the guests of a saturated host: their ticks per second of CPU time, without and with the
# recorder, whose own CPU time counts too (all but its start, which is measured alone). CPU time, so that others on
# the machine do not matter; on saturated CPUs it is the same as ticks per second. Interleaved pairs whose order
# alternates; the median of the pairs' ratios with its 97.9 % interval (2nd smallest to 2nd largest of 10), and the run
# time of each BPF program by the kernel's own count.
# Root and KVM are needed. Usage: bench/record-cost.sh BUILD [PAIRS [SECONDS]]
set -eu

build=$1
pairs=${2-10}
seconds=${3-3}
vtick=$build/vtick
load=$build/tests/record-load
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
time=$(command -v time) || {
	echo "skipped: no time(1)"
	exit 77
}

if [ ! -x "$load" ] || ! "$load" --probe || ! "$vtick" record --allow-empty --duration 100ms -o "$work/probe.vtt" 2>"$work/why"; then
	cat "$work/why" 2>/dev/null || true
	echo "skipped: cannot record here"
	exit 77
fi

# Two loads, each more than the CPUs can do:
# deadlines: 6 vCPUs a CPU on a grid of TSC deadlines; they fall behind, so that most deadlines are past when written.
# halting:   8 vCPUs a CPU, each halts until its one-shot comes and asks for the next: every tick is a timer interrupt,
#            a wake-up and two switches, the most events that a tick can have.
cpus=$(getconf _NPROCESSORS_ONLN)

# cpu OUTPUT COMMAND...: prints its user and system seconds.
cpu() {
	out=$1
	shift
	"$time" -q -o "$work/time" -f '%U + %S' "$@" >"$out" 2>"$work/err"
	cat "$work/time"
}

without() {
	# shellcheck disable=SC2086 # options are words
	t=$(cpu "$work/out" "$load" $guests)
	jq ".ticks / ($t)" "$work/out"
}

with() {
	start=$(cpu "$work/out" "$vtick" record --allow-empty -o "$work/none.vtt" -- true)
	# shellcheck disable=SC2086
	t=$(cpu "$work/out" "$vtick" record --user "$(id -u)" -o "$work/cost.vtt" -- "$load" $guests)
	jq ".ticks / ($t - ($start))" "$work/out"
	"$vtick" info --json "$work/cost.vtt" | jq -c '{hits: .accounts.hits, lost: .accounts.lost, duration_ns}' >>"$work/events"
}

measure() { # NAME LOAD-OPTIONS
	name=$1
	guests="$2 --seconds $seconds"
	rm -f "$work/pairs" "$work/events"
	i=1
	while [ "$i" -le "$pairs" ]; do
		[ ! -t 2 ] || printf '\r%s, pair %s of %s ' "$name" "$i" "$pairs" >&2
		if [ $((i % 2)) = 0 ]; then
			a=$(without)
			b=$(with)
		else
			b=$(with)
			a=$(without)
		fi
		echo "$a $b" >>"$work/pairs"
		i=$((i + 1))
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2

	jq -rn --arg name "$name" --slurpfile e "$work/events" --rawfile p "$work/pairs" '
		def pct: . * 10000 | round / 100;
		($p | split("\n") | map(select(. != "") | split(" ") | map(tonumber))) as $pairs
		| ($pairs | map(.[1] / .[0]) | sort) as $r
		| ($r | length) as $n
		| (($r[($n - 1) / 2 | floor] + $r[$n / 2 | floor]) / 2) as $median
		| "\($name): ticks per CPU second without, with: " + ($pairs | map("\(.[0] | round) \(.[1] | round)") | join(", ")),
		  "\($name): median ratio \($median | pct) %, interval \($r[1] // $r[0] | pct) to \($r[-2] // $r[-1] | pct) % (\($n) pairs)",
		  "\($name): \(($e | map(.hits) | add) / ($e | map(.duration_ns) | add) * 1e9 | round) events/s, \($e | map(.lost) | add) lost"'

	# The kernel's own timing costs something too, so it has a run of its own.
	# shellcheck disable=SC2086
	"$vtick" record --user "$(id -u)" --bpf-stats -o "$work/cost.vtt" -- "$load" $guests >/dev/null 2>"$work/stats"
	grep 'vtick: bpf:' "$work/stats" | sed 's/^vtick: /  /'
	awk '/ bpf: / { ns += $4 * $6; runs += $4 } END { print ns, runs }' "$work/stats" >"$work/sum"
	jq -rn --arg name "$name" --rawfile s "$work/sum" \
		--argjson info "$("$vtick" info --json "$work/cost.vtt" | jq '{h: .accounts.hits, d: .duration_ns}')" '
		($s | split("\n")[0] | split(" ") | map(tonumber)) as $s
		| "\($name): BPF \($s[0] / $info.h | round) ns for each recorded event, \($s[0] / $info.d * 10000 | round / 100) % of one CPU"'
}

measure deadlines "--vms $cpus --vcpus 6 --period-us 100"
measure halting "--vms $((cpus * 2)) --vcpus 4 --mode oneshot --period-us 100"
