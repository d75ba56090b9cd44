#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The benchmark of vtick itself: README's tables are those of the result in the tree, a short run gives a whole document
# and a table, and what is not installed is a row that says so.
# Tier: check
# shellcheck disable=SC2016,SC2317 # words of other shells; the functions are called through ok()
. "$PWD/ci/tests/lib.sh"
need jq hyperfine
build=$1

ok "README's tables are those of bench/results/bench.json (bench/update.sh)" bench/update.sh --check

whole() { # RESULT
	jq -e 'def spread: .low <= .median and .median <= .high and ([.low, .median, .high] | all(floor == .));
		.schema == "vtick.bench/1" and .rounds > 0 and
		(.rows | all((.cpu_us | spread) and (.wall_us | spread) and .peak_kib > 0)) and
		(.ratios | all(if .milli then .milli | spread else .least_milli > 0 end)) and
		([.inputs[].name] as $inputs | .rows | map(.input) | all(IN($inputs[])))' "$1" >/dev/null
}
nameless() { # RESULT: no absolute path
	! jq -r '.. | strings' "$1" | grep -E "(^| )/"
}
ok "the result in the tree is whole" whole bench/results/bench.json
ok "it names no path" nameless bench/results/bench.json
rows='"bare halting" "decode busy" "virtual vps-256" "passthrough vps-1" "passthrough vps-16" "passthrough vps-256" "both busy"
	"-j 2 cells" "eight policies policies" "compare results" "import xen"'
has_rows() { # RESULT
	echo "$rows" | jq -e --slurpfile all "$1" -n '[inputs] - [$all[0].rows[] | "\(.row) \(.input)"] == []' >/dev/null
}
ok "it has all rows" has_rows bench/results/bench.json

# ---- a short run, without the tools of others ----
mkdir -p "$work/build/bench" "$work/tools"
ln -s "$PWD/$build/vtick" "$work/build/vtick"
ln -s "$PWD/$build/policies" "$work/build/policies"
ln -s "$PWD/$build/kinds" "$work/build/kinds"
for tool in bare_loop heap_loop run_cost xen_capture; do
	ln -s "$PWD/$build/bench/$tool" "$work/build/bench/$tool"
done
for tool in as awk basename cat cp cut dirname gcc getconf grep head hyperfine jq ld ln ls mkdir mktemp mv printf rm sed sh \
	seq sort tail tr uname wc; do
	ln -s "$(command -v "$tool")" "$work/tools/$tool"
done
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"
short_run() {
	BENCH_LINUX=replay/kinds/tests/tree CC=gcc PATH=$work/tools bench/bench.sh "$work/build" 2 1 >"$work/table" 2>"$work/err" || { cat "$work/err"; return 1; }
}
result=$work/build/bench/bench.json
not_installed() {
	jq -e '[.missing[] | select(.why == "not installed") | .row] == ["xenalyze summary", "xenalyze dump", "perf script"]' \
		"$result" >/dev/null
}
ok "a short run" short_run
ok "its result is whole" whole "$result"
ok "it names no path" nameless "$result"
ok "it has all rows" has_rows "$result"
rows="\"heap halting\" \"heap vps-256\" \"closed loop halting\" \"closed loop busy\" \"kvm-hrtimer busy\" \"kvm's code busy\""
ok "it has the newer rows" has_rows "$result"
if ! ls /usr/lib/xen-*/bin/xenalyze >/dev/null 2>&1; then # where bench.sh looks, too
	ok "what is not installed says so" not_installed
	ok "the table has a line for it" grep -q '^| xenalyze summary | xen | not installed |' "$work/table"
fi
ok "the table says which tree" grep -q "^| kvm's code, Linux-9.1.7-rc2 | busy |" "$work/table"
ok "a tree that was not given is told" grep -q "^| xen's code | busy | no tree was given |" "$work/table"
ok "the table has ratios" grep -q '^| `virtual`, of the bare loop | busy | 1/[0-9.]* (1/[0-9.]* to 1/[0-9.]*) | 1/12 |' \
	"$work/table"
ok "and to the heap's loop" grep -q '^| `virtual`, of the heap loop | busy | 1/[0-9.]* (1/[0-9.]* to 1/[0-9.]*) |  |' "$work/table"
ok "no progress where stderr is no terminal" test ! -s "$work/err"
ok "nothing is left behind" test -z "$(ls "$TMPDIR")"
rm "$work/tools/hyperfine"
alone() {
	code=0
	PATH=$work/tools bench/bench.sh "$work/build" 2 1 >"$work/table" 2>"$work/err" || code=$?
	[ "$code" = 2 ] && grep -qx 'bench: hyperfine is not installed (make deps)' "$work/err"
}
ok "hyperfine is not there" alone

# ---- the heap's loop finds what `virtual` finds ----
reaches() { # OPTION-OF-GEN...
	"$build/vtick" gen "$@" -o "$work/heap.vtt" && "$build/vtick" replay -p virtual -o "$work/heap.json" "$work/heap.vtt" &&
		[ "$("$build/bench/heap_loop" "$work/heap.vtt")" = "$(jq '.cells[0].arms.reached' "$work/heap.json")" ]
}
ok "heap_loop: deadlines of busy guests" reaches --preset busy-16x4-4lp --duration 2
ok "heap_loop: deadlines of halting guests" reaches --preset mail-16x4-idle --lps 4 --duration 2
no_trace() {
	code=0
	"$build/bench/heap_loop" "$work/table" 2>/dev/null || code=$?
	[ "$code" = 2 ]
}
ok "heap_loop: no trace" no_trace

# ---- run_cost ----
cost() { # COMMAND...
	rm -f "$work/cost"
	"$build/bench/run_cost" "$work/cost" row "$@"
}
costs() {
	cost sh -c 'head -c 20000000 /dev/zero | tail -c 20000000; :'
	jq -e '.row == "row" and .peak_kib > 19000' "$work/cost" >/dev/null
}
exit_code() {
	code=0
	cost sh -c 'exit 3' || code=$?
	[ "$code" = 3 ]
}
not_there() {
	code=0
	cost "$work/none" 2>/dev/null || code=$?
	[ "$code" = 2 ]
}
ok "run_cost: of the largest process" costs
ok "run_cost: the command's exit code" exit_code
ok "run_cost: no such command" not_there
finish
