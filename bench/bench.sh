#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How fast vtick is, beside a bare loop over as many records and beside the tools that come with the captures.
# Prints a table, and keeps everything as BUILD/bench/bench.json (bench/README.md has its schema).
#
# Usage: bench/bench.sh BUILD [ROUNDS [PART]]       (make bench; ROUNDS is 11)
#   PART: only so many percent of each input, to try it out; then no instructions are counted and nothing is recorded
#   BENCH_XENTRACE=FILE     also imports this xentrace file
#   BENCH_TRACE_DAT=FILE    imports this trace.dat; without it one is recorded, where KVM and trace-cmd let us
#
# Every row is run once a round, so that what else the machine does meets all of them. Costs are CPU time and
# memory of whole processes with their children, by the kernel's account (run_cost.c).
set -eu

build=$1
rounds=${2-11}
part=${3-100}
vtick=$build/vtick
tool=$build/bench
top=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck source=bench/inputs.sh
. "$top/inputs.sh"
# shellcheck source=bench/captures.sh
. "$top/captures.sh"
# shellcheck source=bench/rows.sh
. "$top/rows.sh"
# shellcheck source=bench/count-row.sh
. "$top/count-row.sh"
load() { cut -d' ' -f1 /proc/loadavg; }

say() {
	[ ! -t 2 ] || printf '\r\033[K%s' "${*:+bench: $*}" >&2
}

load_before=$(load)
make_inputs
list_rows

# Caches are warm: the first round does not count.
round=0
while [ "$round" -le "$rounds" ]; do
	while IFS='	' read -r name input command; do
		say "round $round of $rounds: $name, $input"
		[ "$name" != bare ] || fill_bare "$input"
		# shellcheck disable=SC2086 # a command is words
		"$tool/run_cost" "$work/round.$round" "$name, $input" $command </dev/null 2>"$work/err" || {
			say
			cat "$work/err" >&2
			echo "bench: $command" >&2
			exit 2
		}
	done <"$work/rows"
	round=$((round + 1))
done
rm "$work/round.0"
for round in "$work"/round.*; do
	jq -s . "$round"
done >"$work/runs"

: >"$work/counts"
: >"$work/where"
if [ "$part" = 100 ]; then
	while IFS='	' read -r name input command; do
		say "instructions: $name, $input"
		count_row "$name" "$input" "$command"
	done <"$work/rows" >"$work/counts"
	say "instructions: where they go"
	"$top/instructions.sh" "$build" virtual busy-16x4-4lp >"$work/where"
fi
say

cpus=$(getconf _NPROCESSORS_ONLN)
model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
virtual=''
! grep -qw hypervisor /proc/cpuinfo || virtual=' of a virtual machine'
jq -n --arg machine "$cpus CPUs$virtual, ${model:-$(uname -m)}; $(uname -s) $(uname -r | cut -d. -f1,2); $(${CC:-gcc} --version | head -n 1)" \
	--arg vtick "$("$vtick" --version)" --argjson rounds "$rounds" --arg before "$load_before" --arg after "$(load)" \
	--slurpfile inputs "$work/inputs" --slurpfile counts "$work/counts" --slurpfile corpus "$work/corpus" \
	--rawfile where "$work/where" --rawfile rows "$work/rows" --rawfile missing "$work/missing" --slurpfile ratios "$top/ratios.json" \
	--arg build "$build/" --arg work "$work/" --slurpfile runs "$work/runs" \
	-f "$top/result.jq" >"$work/bench.json"
mv "$work/bench.json" "$tool/bench.json"
jq -rf "$top/bench.jq" "$tool/bench.json"
