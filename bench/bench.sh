#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How fast a replay is, beside a bare loop that sums a field of as many 16-byte records of an mmap'ed file.
# Everything in one run on this machine, CPU time of whole processes (user + system, children included), the
# least of several interleaved rounds, caches warm. Usage: bench/bench.sh BUILD [ROUNDS]
set -eu

build=$1
rounds=${2-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vtick=$build/vtick

# 64 VPs on 4 LPs, 4 to 8 million events: guests that halt until their tick, and guests that are always busy, so
# that nearly every event (an ARM) brings a machine timer interrupt of its own.
"$vtick" gen --preset mail-16x4-idle --lps 4 --duration 300 -o "$work/halting.vtt"
"$vtick" gen --preset busy-16x4-4lp --duration 1800 -o "$work/busy.vtt"

seconds() { # NAME of a hyperfine export: least user + system
	jq -s 'map(.results[0] | .user + .system) | min' "$work/$1".*.json
}

for kind in halting busy; do
	events=$("$vtick" info --json "$work/$kind.vtt" | jq .events_total)
	"$build/bench/bare_loop" "$work/$kind.raw" "$events"
	round=1
	while [ "$round" -le "$rounds" ]; do
		[ ! -t 2 ] || printf '\rbench: %s, round %s of %s ' "$kind" "$round" "$rounds" >&2
		run() { # NAME COMMAND
			hyperfine -N --style none --runs 1 --export-json "$work/$1.$round.json" "$2" >/dev/null 2>&1
		}
		out="-j1 -o $work/result.json $work/$kind.vtt"
		run bare "$build/bench/bare_loop $work/$kind.raw"
		run decode "$vtick info $work/$kind.vtt"
		run virtual "$vtick replay -p virtual $out"
		run passthrough "$vtick replay -p passthrough $out"
		run both "$vtick replay $out"
		round=$((round + 1))
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2

	bare=$(seconds bare)
	printf '%s: 64 VPs, 4 LPs, %s events, %s bytes\n' "$kind" "$events" "$(wc -c <"$work/$kind.vtt")"
	for name in bare decode virtual passthrough both; do
		jq -rn --arg name "$name" --argjson s "$(seconds "$name")" --argjson bare "$bare" --argjson n "$events" '
			def pad(n): tostring | (n - length) as $k | if $k > 0 then " " * $k + . else . end;
			"  \($name + " " * (12 - ($name | length)))" + (($n / $s / 1e5 | round / 10) | pad(8)) +
			" M events/s" + (if $name == "bare" then "" else "   1/" +
			(($s / $bare * 10 | round / 10) | tostring) + " of the bare loop" end)'
	done
	jq -rn --argjson v "$(seconds virtual)" --argjson p "$(seconds passthrough)" --argjson b "$(seconds both)" \
		'"  both policies in one call: \(($b / ($v + $p) * 100 | round)) % of the sum of the two alone"'
	rm -f "$work"/*.json "$work/$kind.raw"
done
