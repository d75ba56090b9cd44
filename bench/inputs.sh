# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # bench.sh, which reads it in, sets build, vtick, tool and work
# What bench.sh works on: traces, captures, results. $work/inputs has a line of JSON about each.

# input NAME FILE ITEMS UNIT HOW
input()
{
	jq -cn --arg name "$1" --argjson bytes "$(wc -c <"$2")" --argjson items "$3" --arg unit "$4" --arg how "$5" \
		'{name: $name, bytes: $bytes, items: $items, unit: $unit, how: $how}' >>"$work/inputs"
}

# A file for the bare loop, of as many records as that input has events; made anew for each round, as its speed depends
# on where in memory the pages happen to lie.
fill_bare() # NAME
{
	rm -f "$work/$1.raw"
	"$tool/bare_loop" "$work/$1.raw" "$(jq "select(.name == \"$1\").items" "$work/inputs")"
}

events()
{
	"$vtick" info --json "$1" | jq .events_total
}

# A trace, and two shorter ones, of which the difference is counted.
trace_input() # NAME SHORT TINY LONG OPTIONS-OF-GEN...: three durations in seconds
{
	name=$1 short=$2 tiny=$3 long=$(($4 * part / 100))
	shift 4
	say "making the trace $name"
	"$vtick" gen "$@" --duration "$short" -o "$work/$name.short.vtt"
	"$vtick" gen "$@" --duration "$tiny" -o "$work/$name.tiny.vtt"
	"$vtick" gen "$@" --duration "$long" -o "$work/$name.vtt"
	input "$name" "$work/$name.vtt" "$(events "$work/$name.vtt")" events "vtick gen $* --duration $long"
}

# One LP whose VPs halt between their ticks, 5000 ticks a second however many they are.
vps_input() # NAME VPS
{
	say "making the trace $1"
	for size in .tiny:4000 .short:100000 :$((5000 * part)); do
		"$tool/xen_capture" "$work/$1.trc" 1 "$2" "${size#*:}" 0
		"$vtick" import xentrace "$work/$1.trc" --cpu-hz 2400M -o "$work/$1${size%:*}.vtt"
	done
	rm "$work/$1.trc"
	input "$1" "$work/$1.vtt" "$(events "$work/$1.vtt")" events "xen_capture FILE 1 $2 $((5000 * part)) 0, imported"
}

make_inputs()
{
	trace_input halting 20 1 300 --preset mail-16x4-idle --lps 4
	trace_input busy 100 5 1800 --preset busy-16x4-4lp
	vps_input vps-1 1
	vps_input vps-16 16
	vps_input vps-256 256
	say "making the traces of many cells"
	duration=$(((60 * part + 99) / 100))
	for seed in 1 2 3 4; do
		"$vtick" gen --preset mail-16x4-idle --lps 4 --duration "$duration" --seed "$seed" -o "$work/cells-$seed.vtt"
	done
	input cells "$work/cells-1.vtt" $((4 * $(events "$work/cells-1.vtt"))) events \
		"four times vtick gen --preset mail-16x4-idle --lps 4 --duration $duration"
	cp "$work/cells-1.vtt" "$work/policies.vtt"
	input policies "$work/policies.vtt" "$(events "$work/policies.vtt")" events \
		"vtick gen --preset mail-16x4-idle --lps 4 --duration $duration"
	results_input
	fleet_input
	xen_input
	[ -z "${BENCH_XENTRACE-}" ] || given xen-given "$BENCH_XENTRACE" "$(records "$BENCH_XENTRACE")"
	if [ "$part" = 100 ]; then
		kvm_input
	fi
	for trace in traces/corpus/*.vtt; do
		jq -cn --arg name "$(basename "$trace" .vtt)" --argjson bytes "$(wc -c <"$trace")" \
			--argjson events "$(events "$trace")" '{name: $name, bytes: $bytes, events: $events}'
	done >"$work/corpus"
}
