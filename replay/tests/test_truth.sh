#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One load under two settings: what the closed loop predicts from the first is what the second does, and what the open
# loop says is not. The page has all pairs (test_truth_page.sh), these are short.
. "$PWD/ci/tests/lib.sh"
need jq

for pair in busy-slop busy-over-slice halt-less-slop halt-slop-4ms tickless-moves periodic-busy-over; do
	code "$pair" 0 replay/loop/truth.sh --json --seconds 2 "$build" "$pair"
	cat "$work/out.txt" >>"$work/all.json"
done
ok "six numbers each, few of them not judged" jq -es 'length == 6 and ([.[].numbers | length == 6] | all) and
	([.[].numbers[] | select(.right == null)] | length) < 3' "$work/all.json" >"$work/jq.txt"
ok "the open loop is wrong about most pairs" jq -es '[.[] | select([.numbers[] | .open_right == false] | any)] | length > 3' "$work/all.json" >"$work/jq.txt"
# A prediction that is no better than A's own numbers does not pass.
"$vtick" gen --hypervisor virtual --domains 2 --lps 2 --slop 1ms --duration 1 -o "$work/b.vtt"
"$vtick" dump "$work/b.vtt" | awk -v cost=0 -v end=1000000000 -f replay/loop/truth.awk >"$work/b.json"
equal "what a trace shows" "$(jq -c '[.interrupts > 0, .interrupts == .ticks, .wakeups, .work_ns, (.late_ns | length == ($ticks | tonumber))]' --arg ticks "$(jq .ticks "$work/b.json")" "$work/b.json")" "[true,true,2,2000000000,true]"
finish
