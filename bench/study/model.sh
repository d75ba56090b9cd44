#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Machine timer interrupts per second of N busy VPs on one LP, 1024 Hz one-shot ticks, slices of 30 ms, a hypervisor
# tick of 100 Hz: what a pencil says, and vtick in steps from the pencil's assumptions to its own.
# Prints the table of bench/STUDY.md. Usage: bench/study/model.sh [-s SECONDS] BUILD
set -eu

seconds=60
[ "${1-}" != -s ] || { seconds=$2 && shift 2; }
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# LABEL, GEN options, HOST options (",key=value"): a row for each N.
rows() {
	for n in 1 4 16 64; do
		# shellcheck disable=SC2086 # options
		"$build/vtick" gen --domains "$n" --lps 1 --tick 1024 --duration "$seconds" $2 -o "$work/trace.vtt"
		"$build/vtick" replay -p "passthrough:scope=current$3" -p "passthrough:scope=nearest$3" \
			-p "virtual:block=keep$3" -p "virtual:switch=keep$3" "$work/trace.vtt" |
			jq -r --arg what "$1" --arg n "$n" '"| \($what) | \($n) | " +
				([.cells[] | .timer_interrupts.total * 1000000000 / .trace.duration_ns | round | tostring]
				| join(" | ")) + " |"'
	done
}

cat <<END
| | VPs | passthrough:scope=current | passthrough | virtual | virtual:switch=keep |
|---|--:|--:|--:|--:|--:|
| pencil | 1 | 1124 | 1124 | 1124 | 1124 |
| pencil | 4 | 1124 | 1158 | 1124 | 1158 |
| pencil | 16 | 1124 | 1158 | 1124 | 1158 |
| pencil | 64 | 1124 | 1161 | 1124 | 1161 |
END
rows "guests answer at once, no slice timer, no slop" "--answer-delay 1us" ,hv-slice=0,slop=0
rows "guests answer after 100 us" "" ,hv-slice=0,slop=0
rows "slice timers too" "" ,slop=0
rows "slop of 50 us too" "" ""
