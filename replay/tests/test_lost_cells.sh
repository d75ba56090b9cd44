#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A policy that crashes, hangs or takes all memory loses its own cell and nothing else.
. "$PWD/ci/tests/lib.sh"
need jq
plugins=$top/replay/tests/plugins
: "${CC:=cc}"
export CC
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 2 --vcpus 2 --lps 2 --duration 2 -o t.vtt
ok "build the plugin" compile mis.so "$plugins/misbehave.c"
# shellcheck disable=SC3045 # where it is not known the system has its own limit
ulimit -s 8192 # else the stack has no end to run into
ok "replay without it" "$vtick" replay -p virtual -p passthrough t.vtt -o good.json >table.txt

limits=30 # seconds
# runs SECONDS: into lost.JOBS.json; the cell is as it should be, and the others are there.
runs()
{
	for jobs in 1 3; do
		"$vtick" replay --cell-timeout "$1" --cell-memory 64 -j "$jobs" -p virtual \
			-p "./mis.so:how=$how,where=$where" -p passthrough t.vtt >lost.$jobs.json 2>"err.$jobs"
		echo $? >code.$jobs
	done
	jq -es "all(.[].cells; .[1].status == \"$status\" and (.[1] | $condition) and .[0].status == \"ok\" and .[2].status == \"ok\")" \
		lost.1.json lost.3.json >out.txt
}

# lost HOW WHERE STATUS JQ-CONDITION
lost()
{
	how=$1 where=$2 status=$3 condition=$4
	name="$how in $where"
	# What is short has a second try: on a busy machine a second may pass before a cell has begun.
	for seconds in $limits; do
		! runs "$seconds" || break
	done
	for jobs in 1 3; do
		ok "$name: exit code with -j$jobs" grep -qx 2 code.$jobs
		ok "$name: one line names the cell" test "$(grep -c "^vtick: t.vtt: policy misbehave:.*: $status: " err.$jobs)" = 1
	done
	ok "$name: status" jq -e ".cells[1].status == \"$status\" and (.cells[1] | $condition)" lost.1.json >out.txt
	ok "$name: nothing else in the cell" \
		jq -e '.cells[1] | has("timer_interrupts") | not' lost.1.json >out.txt
	jq 'del(.cells[1])' lost.1.json >rest.json
	ok "$name: the others are as without it" same rest.json good.json
	ok "$name: -j1 and -j3 agree" same lost.1.json lost.3.json
}

lost segv arm crashed '.signal == 11 and .event > 0'
lost segv open crashed '.signal == 11 and .event == null'
lost segv close crashed '.signal == 11 and .event == null'
lost abort arm crashed '.signal == 6 and .event > 0'
lost exit arm crashed '.signal == null and .event > 0'
lost exit open crashed '.signal == null'
lost quick-exit close crashed '.signal == null'
limits='1 10'
lost loop arm timeout '.event > 0'
lost sleep open timeout '.event == null'
lost loop close timeout '.event == null'
limits=30
lost open-fails open error '.event == null and .message == "its open() returned 7"'
lost says-why open error '.event == null and .message == "in open: it is not my day: it rains"'
lost says-why arm error '.event > 0 and (.message | startswith("in arm: it is not my day: it rains at event "))'
lost misuse arm misused '.event > 0 and (.message | startswith("in arm: pend(): vp 1000, expected below 4 at event "))'
lost misuse open misused '.event == null and .message == "in open: pend(): vp 1000, expected below 4"'
lost misuse close misused '.event == null and .message == "in close: pend(): vp 1000, expected below 4 at the end of the trace"'
if ! sanitized; then
	lost stack arm crashed '.signal == 11 and .event > 0'
	lost hog arm 'out of memory' '.event > 0'
	lost hog open 'out of memory' '.event == null'
	lost huge arm 'out of memory' '.event > 0'
fi

code=0
"$vtick" replay -p ./mis.so:how=print -p virtual t.vtt >print.json 2>err.txt || code=$?
ok "printing is no crime" test "$code" = 0
ok "what a policy prints does not reach the document" jq -e '.schema == "vtick.result/1"' print.json >out.txt
ok "it goes to stderr" grep -q '"not": "the document"' err.txt

ok "all of two policies lost" test 2 = "$(
	"$vtick" replay -j1 -p ./mis.so:how=segv -p ./mis.so:how=abort t.vtt 2>err.txt |
		jq '[.cells[] | select(.status == "crashed")] | length'
)"

if ! sanitized; then
	# Only installed policies share a process with another.
	mkdir installed
	ok "build the other plugin" compile installed/corrupt.so "$plugins/corrupt.c"
	for jobs in 1 3; do
		VTICK_POLICY_PATH=$work/installed "$vtick" replay -j "$jobs" -p virtual -p corrupt -p passthrough \
			t.vtt >corrupt.json 2>err.txt
		ok "ruined memory: blamed on the right one, -j$jobs" \
			jq -e '[.cells[].status] == ["ok", "crashed", "ok"]' corrupt.json >out.txt
		jq 'del(.cells[1])' corrupt.json >rest.json
		ok "ruined memory: the others are as without it, -j$jobs" same rest.json good.json
	done
fi

"$vtick" replay -p ./mis.so:how=segv -p virtual t.vtt -o lost.json >table.txt 2>err.txt
ok "the table shows the lost cell" grep -q 'misbehave:how=segv *crashed' table.txt
ok "the file is there all the same" jq -e '.cells | length == 2' lost.json >out.txt

"$vtick" replay -p ./mis.so:how=misuse -p virtual t.vtt -o misused.json >table.txt 2>err.txt
ok "the table shows the misuse" grep -q 'misbehave:how=misuse *misused' table.txt
code=0
"$vtick" compare misused.json misused.json >out.txt 2>err.txt || code=$?
ok "a misused cell is no pass" test "$code" = 2
ok "compare says so" grep -q 'misused' out.txt
# shellcheck disable=SC2016 # a program of another shell
code "files may have no room for a result" 2 sh -c 'ulimit -f 1; exec "$0" replay -p virtual t.vtt' "$vtick"
has "the limit is named, and no policy blamed" \
	'policy virtual: out of memory: its result is larger than the [0-9]* bytes that a file may have here (ulimit -f)$' err.txt
ok "nothing is left over" test -z "$(find . -name '*.tmp.*')"

finish
