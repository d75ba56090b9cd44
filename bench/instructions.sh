#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Where a replay's instructions go: callgrind over one policy on 64 VPs and 4 LPs, per event of the trace, by file
# and by function with what is inlined into it.
# Instruction counts repeat where seconds do not. Usage: bench/instructions.sh BUILD [POLICY [PRESET]]
set -eu

build=$1
policy=${2-virtual}
preset=${3-busy-16x4-4lp}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/vtick" gen --preset "$preset" --lps 4 --duration 100 -o "$work/trace.vtt"
events=$("$build/vtick" info --json "$work/trace.vtt" | jq .events_total)
valgrind --quiet --tool=callgrind --trace-children=yes --callgrind-out-file="$work/out.%p" \
	"$build/vtick" replay -j1 -p "$policy" -o "$work/result.json" "$work/trace.vtt" >/dev/null
# The child that replayed counted most.
out=$(for f in "$work"/out.*; do
	printf '%s %s\n' "$(sed -n 's/^summary: //p; s/^totals: //p' "$f" | sort -n | tail -n 1)" "$f"
done | sort -n | tail -n 1 | cut -d' ' -f2)
echo "$policy on $preset, $events events: instructions per event"
callgrind_annotate --auto=no --threshold=100 "$out" | awk -v events="$events" -f bench/instructions.awk
