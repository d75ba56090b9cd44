#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How fast vtick is, beside two loops that do little with as many records and beside the tools that come with the captures.
# Prints a table, and keeps everything as BUILD/bench/bench.json (bench/README.md has its schema).
#
# Usage: bench/bench.sh BUILD [ROUNDS [PART]]       (make bench; ROUNDS is 11)
#   PART: only so many percent of each input, to try it out; then no instructions are counted and nothing is recorded
#   BENCH_XENTRACE=FILE     also imports this xentrace file
#   BENCH_TRACE_DAT=FILE    imports this trace.dat; without it one is recorded, where KVM and trace-cmd let us
#   BENCH_LINUX=FOLDER, BENCH_XEN=FOLDER    trees whose own code is replayed, beside the policy modelled on it
#
# Every row is run once a round, so that what else the machine does meets all of them. CPU time is of whole processes
# with their children, by hyperfine; peak memory, which hyperfine does not tell, by run_cost.c.
set -eu

command -v hyperfine >/dev/null || {
	echo "bench: hyperfine is not installed (make deps)" >&2
	exit 2
}
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
# shellcheck source=bench/many.sh
. "$top/many.sh"
# shellcheck source=bench/captures.sh
. "$top/captures.sh"
# shellcheck source=bench/rows.sh
. "$top/rows.sh"
# shellcheck source=bench/trees.sh
. "$top/trees.sh"
# shellcheck source=bench/rounds.sh
. "$top/rounds.sh"
# shellcheck source=bench/count-row.sh
. "$top/count-row.sh"
load() { cut -d' ' -f1 /proc/loadavg; }

say() {
	[ ! -t 2 ] || printf '\r\033[K%s' "${*:+bench: $*}" >&2
}

load_before=$(load)
make_inputs
list_rows
measure_memory
measure_times

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
	--arg build "$build/" --arg work "$work/" --slurpfile times "$work/times" --slurpfile memory "$work/memory" \
	-f "$top/result.jq" >"$work/bench.json"
mv "$work/bench.json" "$tool/bench.json"
jq -rf "$top/bench.jq" "$tool/bench.json"
