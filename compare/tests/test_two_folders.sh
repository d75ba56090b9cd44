#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick compare of two folders of results: a trace after the other, and as if each side were one result.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

i=0
mkdir t
while [ $i -lt 8 ]; do
	i=$((i + 1))
	"$vtick" gen --domains $((i % 3 + 1)) --vcpus 2 --lps 2 --tick 100 --blocked $((i * 10)) --duration 0.3 --seed $i \
		-o t/g$i.vtt || exit 1
done
"$vtick" replay -O base -p virtual -p virtual:block=remove -p xen-pv t >out.txt || exit 1
cp -r base cand
# In g1 and g3 two variants differ, in g4 one, in g6 another policy.
for i in 1 3; do
	jq -c '.cells[0].hardware_writes += 7 | .cells[1].exits.arm += 3 | .cells[1].digest = "0000000000000001"' base/g$i.json >cand/g$i.json
done
jq -c '.cells[0].hardware_writes += 1' base/g4.json >cand/g4.json
jq -c '.cells[2].hardware_writes -= 2' base/g6.json >cand/g6.json
"$vtick" merge base -o base.json >out.txt
"$vtick" merge cand -o cand.json >out.txt

code "what is worse in some traces fails" 1 "$vtick" compare base cand
first "... and is said of all of them" '3 of 8 traces: hardware_writes +'
for format in text mail markdown csv github; do
	"$vtick" compare --format $format base cand >folders.txt
	"$vtick" compare --format $format base.json cand.json | sed 's/\.json//g' >results.txt
	ok "$format: as of two results" cmp results.txt folders.txt
done
"$vtick" compare --format text --all base cand >folders.txt
"$vtick" compare --format text --all base.json cand.json | sed 's/\.json//g' >results.txt
ok "--all: each row" cmp results.txt folders.txt
counts='del(.baseline, .candidate, .cells) | .groups[].mean_percent? |= .'
"$vtick" compare --format json base cand | jq -S "$counts" >folders.json
"$vtick" compare --format json base.json cand.json | jq -S "$counts" >results.json
ok "json: all but the cells that are the same" cmp results.json folders.json
ok "json: those of policies that differ in their trace" sh -c "'$vtick' compare --format json base cand | jq -e '[.cells[].trace] | length == 7 and unique == [\"g1\", \"g3\", \"g4\", \"g6\"]'" >out.txt
code "the same on both sides" 0 "$vtick" compare base base
first "... is counted" '^same, gate passed: [0-9]* metrics of 24 cells$'
code "a folder beside a result" 1 "$vtick" compare base cand.json
code "two policies of a folder" 1 "$vtick" compare --base xen-pv --candidate virtual:block=keep base

# ---- what is not there ----
rm cand/g2.json
code "a result that is missing" 2 "$vtick" compare base cand
first "... is no pass" '^not comparable: candidate: trace g2 has no result yet'
cp base/g2.json cand
rm base/.traces-* cand/.traces-*
rm base/g2.json
code "a trace that is new" 2 "$vtick" compare base cand
first "... is one too much" '^not comparable: trace g2, policy .* is missing in the baseline'
code "... but where it may be" 1 "$vtick" compare --allow-new base cand
cp cand/g2.json base
printf x >t/g2.vtt
"$vtick" replay -O cand --keep-going -p virtual -p virtual:block=remove -p xen-pv t/g2.vtt >out.txt 2>&1
mv cand/t/g2.json bad.json
sed -i 's#t/g2#g2#' bad.json
rm -r cand/t cand/.traces-*
cp bad.json cand/g2.json
code "a trace that could not be read" 2 "$vtick" compare base cand
first "... is named, and why" '^not comparable: candidate: trace g2: unreadable: offset 0: this is no vtick trace'
"$vtick" merge cand -o cand.json >out.txt 2>&1
gives "one of a merge, too" 2 'candidate: trace g2: unreadable: offset 0: this is no vtick trace' base.json cand.json
fails "no golden lacks it" 'lacks a trace that could not be read' "$vtick" compare --golden golden.txt cand.json
jq -c 'del(.unreadable[0].message)' cand.json >broken.json
fails "an entry that says nothing" "an entry of 'unreadable' lacks" "$vtick" compare base.json broken.json
finish
