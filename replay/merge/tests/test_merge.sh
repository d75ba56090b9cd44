#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick merge: results of many traces as one, and what policies come to over them.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

i=0
mkdir -p t/in
while [ $i -lt 9 ]; do
	i=$((i + 1))
	case $((i % 3)) in 0) to=t/in/m$i ;; *) to=t/m$i ;; esac
	"$vtick" gen --domains $((i % 3 + 1)) --vcpus 2 --lps 2 --tick 100 --blocked $((i * 10 % 100)) --cancel $((i * 7 % 50)) \
		--duration 0.$i --seed $i -o $to.vtt || exit 1
done
printf x >t/bad.vtt
policies='-p passthrough -p virtual -p virtual:block=remove,slop=0 -p xen-pv -p kvm-hrtimer'

# shellcheck disable=SC2086 # words
"$vtick" replay -O one --keep-going $policies t >out.txt 2>&1
code "one merge" 2 "$vtick" merge one -o one.json --report json:rollup.json --report csv:rollup.csv --report text:rollup.txt
first "it says what it is of" '^9 traces, 5 policies; 1 unreadable; ratios to passthrough'
has "what cannot be read is named" '^vtick: bad: offset 0: this is no vtick trace (wrong magic)$' err.txt
ok "the same as one result" jq -e '.schema == "vtick.result/1" and (.cells | length) == 45 and
	([.cells[].trace.name] | . == sort) and .unreadable[0].name == "bad"' one.json >out.txt
ok "its keys are in order" sh -c 'jq -S . one.json >1; jq . one.json | cmp - 1'
code "compare takes it, and passes over nothing" 2 "$vtick" compare one.json one.json
has "... what is in it is the same" "^45 cells, [0-9]* metrics: [0-9]* same; 0 fail$"
has "... but not all is" "^trouble: baseline: trace bad: unreadable: offset 0: "
ok "the roll-up is in it" sh -c 'jq .rollup one.json >1; jq .rollup rollup.json | cmp - 1'

# ---- the numbers, by jq from the results ----
jq '[.rollup.policies[0].metrics | to_entries[] | { key, value: (.value | if has("sum") then "sum" elif has("max") then "max"
	elif has("min") then "min" else "none" end) }] | from_entries' rollup.json >over.json
for base in passthrough virtual virtual:block=remove,slop=0; do
	"$vtick" merge one --base $base --report json:rollup.json >out.txt 2>&1
	jq -S '[.rollup.policies[] | { key: .policy, value: .metrics }] | from_entries' rollup.json >got.json
	find one -name '*.json' -exec cat {} + | jq -s -S --arg base $base --argjson over "$(cat over.json)" \
		-f "$top/replay/merge/tests/rollup.jq" >expected.json || exit 1
	ok "base $base: as jq has it" cmp expected.json got.json
done
ok "what adds up, does; the largest of the largest" jq -e '.["timer_interrupts.total"] == "sum" and
	.["firing_skew_ns.pend.p99"] == "none" and .["firing_skew_ns.pend.max"] == "max" and
	.["firing_skew_ns.pend.min"] == "min" and length > 40' over.json >out.txt

# ---- CSV ----
header=$(head -n 1 rollup.csv | tr -d '\r')
equal "CSV: columns, those of given parameters too" "$header" "policy,name,block,slop,metric,unit,better,traces,lost,over,total,\
base,ratio,ratios,both_zero,from_zero,to_zero,without,least_ratio,least_trace,most_ratio,most_trace"
equal "CSV: a line for each metric of each policy" "$(sed 1d rollup.csv | wc -l)" $((5 * $(jq length over.json)))
has "CSV: their values" '^"virtual:block=remove,slop=0",virtual,remove,0,timer_interrupts.total,interrupts,lower,9,0,sum,' rollup.csv
has "text: all metrics" '^arms.cancelled: ' rollup.txt
code "tables of some" 2 "$vtick" merge one --metric 'ticks.*'
equal "... only those" "$(grep -c '^[a-z_]*\.[a-z_]*: ' out.txt)" "$(grep -c '^ticks\.[a-z_]*: ' out.txt)"

# ---- a study in one command ----
code "replay and roll-up at once" 0 "$vtick" replay -O study -p passthrough -p 'virtual:slop={0,1ms},block={keep,remove}' \
	t/in t/m1.vtt --report csv:study.csv --report json:study.json
equal "... of each value with each" "$(jq -r '[.rollup.policies[].policy] | join(" ")' study.json)" "passthrough \
virtual:slop=0,block=keep virtual:slop=0,block=remove virtual:slop=1ms,block=keep virtual:slop=1ms,block=remove"
has "... with a column for each" "^.virtual:slop=1ms,block=keep.,virtual,1ms,keep,ticks.due," study.csv
code "... which merge says, too" 0 "$vtick" merge study --report csv:merge.csv
ok "... to the byte" cmp study.csv merge.csv
fails "not of a part" "expected it without --shard" "$vtick" replay -O study t --shard 1/2 --report csv:x
fails "not without -O" "expected html:FILE" "$vtick" replay t/m1.vtt --report csv:x

# ---- the same to the byte, however it came about ----
for n in 2 5; do
	k=0
	rm -rf parts
	while [ $k -lt $n ]; do
		k=$((k + 1))
		# shellcheck disable=SC2086
		"$vtick" replay -j1 -O parts --shard $k/$n --keep-going $policies t >>parts.txt 2>&1
		"$vtick" merge parts -o parts.json >parts.out 2>parts.err
	done
	ok "of $n shards" cmp one.json parts.json
done
k=0
while [ $k -lt 3 ]; do
	k=$((k + 1))
	# shellcheck disable=SC2086
	"$vtick" replay -O d$k --shard $k/3 --keep-going $policies t >out.txt 2>&1
	rm d$k/.traces-* # each is a folder of its own
done
"$vtick" merge d2 d3 d1 -o parts.json >out.txt 2>&1
ok "of three folders in any order" cmp one.json parts.json
ok "to standard output" sh -c "'$vtick' merge one -o - 2>err.txt | cmp - one.json"

# ---- what is missing or does not fit ----
# shellcheck disable=SC2086
"$vtick" replay -O some --shard 1/2 --keep-going $policies t >out.txt 2>&1
code "half of it" 2 "$vtick" merge some
first "... is said to be half" '; [456] without a result;'
has "... and which" ': it has no result yet$' err.txt
rm t/bad.vtt
"$vtick" replay -O good -p virtual -p xen-pv t >out.txt
code "all of it" 0 "$vtick" merge good
ok "... without a word" test ! -s err.txt
cp -a good mixed
"$vtick" replay -O mixed -p virtual -p kvm-hrtimer t/in/m3.vtt t/m1.vtt >out.txt
fails "results of other policies" 'mixed/t/in/m3.json: was made of other policies.* than mixed/in/m3.json' "$vtick" merge mixed
fails "two of one trace" 'is of trace .*, and so is' "$vtick" merge good good
fails "no such base" 'nobody: is no policy of the results' "$vtick" merge good --base nobody
"$vtick" replay -O two -p virtual:slop=0 -p virtual:slop=1ms t >out.txt
fails "a base of two" 'virtual: is the name of 2 policies' "$vtick" merge two --base virtual
fails "no format" 'expected json:FILE, csv:FILE or text:FILE' "$vtick" merge two --report xml:x
mkdir empty
fails "an empty folder" 'empty: the folder holds no result' "$vtick" merge empty
fails "no folder" 'nowhere: the folder cannot be read' "$vtick" merge nowhere
broken() # NAME PATTERN FILTER
{
	jq -c "$3" good/m1.json >edited.json && cp edited.json broken/m1.json
	fails "$1" "$2" "$vtick" merge broken -o out.json
	ok "... and nothing is written" test ! -e out.json
}
cp -a good broken
broken "a result of another kind" 'm1.json: its schema is not' '.schema = "x"'
broken "a newer vtick's" 'm1.json: was written by a newer vtick' '.minor = 999'
broken "of another trace" 'of another trace than its name says' '.cells[].trace.name = "m2"'
broken "a number that cannot be" "numbers are none that it can have" '.cells[0].ticks.due = -1'
broken "a number that is missing" "numbers are none that it can have" 'del(.cells[1].ticks.due)'
broken "a cell too few" 'not a cell for each policy' 'del(.cells[1])'
broken "not of -O" 'does not say what it was made from' 'del(.provenance.made_from)'
broken "cells in another order" 'of another policy than it says' '.cells |= reverse'
broken "another build of vtick" 'was made by another build of vtick than' '.provenance.made_from.vtick = "0"'
cp one.json broken/m1.json
fails "a merge among results" 'm1.json: it is of many traces, by .vtick merge' "$vtick" merge broken
head -c 1000 good/m1.json >broken/m1.json
fails "a result that is cut off" 'm1.json: offset 1000: line 1: .*, expected JSON' "$vtick" merge broken
finish
