#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command around the engine: its output, its files, its errors.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

ok "a trace" "$vtick" gen --domains 2 --vcpus 2 --lps 2 --duration 2 -o a.vtt
ok "another" "$vtick" gen --domains 4 --vcpus 1 --lps 1 --duration 1 --seed 2 -o b.vtt
ok "a third" "$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 1 --seed 3 -o c.vtt

ok "JSON to stdout" "$vtick" replay a.vtt >json.txt 2>err.txt
ok "one document" test "$(jq -s length json.txt)" = 1
ok "no word on stderr" test ! -s err.txt
ok "passthrough and virtual without -p" jq -e '[.cells[].policy.name] == ["passthrough", "virtual"]' json.txt >out.txt
ok "the cells are fine" jq -e '[.cells[].status] == ["ok", "ok"]' json.txt >out.txt
ok "the trace's object" jq -e '.cells[0].trace | .name == "a" and (.sha256 | length == 64) and .class == "synthetic"
	and .lps == 2 and .vps == 4 and .truncated == false and .events > 0 and .unseen_ticks == 0' json.txt >out.txt
ok "keys are sorted" sh -c 'jq -S . json.txt >sorted && jq . json.txt | cmp - sorted'
ok "nothing of the host outside provenance" sh -c "jq 'del(.provenance)' json.txt | grep -q '$work' && exit 1; exit 0"

ok "JSON to a file, the table to stdout" "$vtick" replay a.vtt b.vtt -o r.json >table.txt
ok "the file" jq -e '.cells | length == 4' r.json >out.txt
ok "the table has a row per policy and sheet" test "$(grep -c '^  virtual  ' table.txt)" = 4
ok "the table has a header per trace" grep -q '^b (synthetic): 1s, 1 LP, 4 VPs, ' table.txt
ok "the table fits 120 columns" sh -c 'awk "length > 120 { exit 1 }" table.txt'
ok "the table has no colour here" test 0 = "$(tr -dc '\033' <table.txt | wc -c)"
"$vtick" replay a.vtt -o long.json -p virtual:switch=keep,hv-tick=0,hv-slice=0,slop=0 >long.txt
ok "a long label stands whole in its column" test 2 = "$(grep -c '^  virtual:switch=keep,hv-tick=0,hv-slice=0,slop=0  ' long.txt)"
ok "the legend is for terminals" sh -c '! grep -q "^pend:" table.txt'
script -qec "stty cols 80; '$vtick' replay a.vtt -o long.json -p virtual:switch=keep,hv-tick=0,hv-slice=0,slop=0" /dev/null \
	</dev/null >terminal.txt 2>&1
ok "on a terminal there is one" grep -q '^pend:' terminal.txt
ok "... and its width is kept to" sh -c 'tr -d "\r" <terminal.txt | sed "s/\x1b\[[0-9;]*[mK]//g" | awk "length > 80 { exit 1 }"'
for column in writes spurious breaks coal.; do
	ok "... with its column '$column'" grep -q "$column" terminal.txt
done
ok "-o - is stdout" sh -c "'$vtick' replay a.vtt -o - | jq -e '.cells | length == 2' >out.txt"

for jobs in 1 2 4 7; do
	"$vtick" replay -j $jobs -p virtual -p passthrough -p virtual:switch=keep -p passthrough:switch=none \
		a.vtt b.vtt c.vtt >j$jobs.json
	ok "-j$jobs is the same to the byte" same j1.json j$jobs.json
done
ok "cells by trace, then policy" jq -e '[.cells[] | .trace.name] == ["a","a","a","a","b","b","b","b","c","c","c","c"]
	and [.cells[0:4][] | .policy.name] == ["virtual", "passthrough", "virtual", "passthrough"]' j7.json >out.txt

size=$(wc -c <a.vtt)
head -c $((size - 20)) a.vtt >cut.vtt
code=0
"$vtick" replay -j1 cut.vtt >cut.json 2>err.txt || code=$?
ok "a trace that is cut off: exit code" test "$code" = 0
ok "a trace that is cut off: one warning" test "$(grep -c '^vtick: cut.vtt: warning: .*cut off' err.txt)" = 1
ok "a trace that is cut off: said and hashed" jq -e '.cells[1].trace | .truncated and (.sha256 | length == 64)' cut.json >out.txt
"$vtick" replay -j2 cut.vtt >cut2.json 2>err.txt
ok "a trace that is cut off: -j2 says the same" same cut.json cut2.json

# bad NAME FILE: exit 2, one line, no output file.
bad()
{
	fails "$1" "^vtick: $2: " "$vtick" replay a.vtt "$2" -o never.json
	ok "$1: no output file" test ! -e never.json
}

: >empty.vtt
head -c 100 /dev/urandom >random.vtt
cp a.vtt flipped.vtt
printf '\377\000\377' | dd of=flipped.vtt bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
bad "an empty trace" empty.vtt
bad "a random trace" random.vtt
bad "a broken trace" flipped.vtt
bad "no trace at all" missing.vtt
bad "a folder" .
ok "nothing is left over" test -z "$(find . -name '*.tmp.*')"

mkdir other
cp b.vtt other/a.vtt
fails "two traces of one name" "other/a.vtt: the name 'a' is taken by a.vtt" "$vtick" replay a.vtt other/a.vtt
fails "one trace twice" "the name 'a' is taken" "$vtick" replay a.vtt ./a.vtt

echo kept >kept.json
fails "an output folder that is not there" 'cannot be written: No such file' "$vtick" replay a.vtt -o none/r.json
fails "a folder as output" 'is a folder' "$vtick" replay a.vtt -o other
fails "a trace as output" 'not a trace' "$vtick" replay b.vtt -o a.vtt
"$vtick" replay missing.vtt -o kept.json 2>err.txt
ok "a failed run leaves the old file" grep -q kept kept.json
ln -s kept.json link.json
ok "a link as output" "$vtick" replay a.vtt -o link.json >out.txt
ok "a link as output: stays a link" test -L link.json -a -s kept.json
ok "a device as output" "$vtick" replay a.vtt -o /dev/null >out.txt
ok "a device as output: stays a device" test -c /dev/null
if [ -e /dev/full ]; then
	fails "a full device" 'cannot be written: No space' "$vtick" replay a.vtt -o /dev/full
	code=0
	"$vtick" replay a.vtt >/dev/full 2>err.txt || code=$?
	ok "stdout full: exit code" test "$code" = 2
fi
if [ "$(id -u)" != 0 ]; then
	mkdir locked
	chmod 500 locked
	fails "a folder that may not be written" 'cannot be written: Permission' "$vtick" replay a.vtt -o locked/r.json
fi

fails "no trace" "TRACE is missing" "$vtick" replay
fails "-j 0" "-j is '0', expected a whole number from 1 to 1024" "$vtick" replay -j 0 a.vtt
fails "-j without a value" "-j lacks its value, N" "$vtick" replay a.vtt -j
fails "an unknown option" "there is no option '--nothing'" "$vtick" replay --nothing a.vtt
fails "--cell-timeout" "--cell-timeout is 'soon', expected seconds" "$vtick" replay --cell-timeout soon a.vtt
fails "--cell-memory" "--cell-memory is '-1', expected a whole number from 0 to" "$vtick" replay --cell-memory -1 a.vtt
ok "no limits" "$vtick" replay --cell-timeout 0 --cell-memory 0 a.vtt >free.json
ok "no limits: the same" same json.txt free.json
code=0
"$vtick" replay a.vtt >&- 2>err.txt || code=$?
ok "stdout closed: exit code" test "$code" = 2

# ---- which policies ----

corpus=$top/traces/corpus
names() # FILE: the policies of the first trace, in order
{
	jq -r '.cells[0].trace.name as $t | [.cells[] | select(.trace.name == $t) | .policy.name] | join(" ")' "$1"
}
all=$("$vtick" policy list --json | jq -r '[.policies[].name] | sort | join(" ")')
"$vtick" replay -p all a.vtt >all.json 2>err.txt
ok "-p all: each, in order of their names" test "$(names all.json) $(wc -l <err.txt)" = "$all 0"
"$vtick" replay -p 'kvm-*' a.vtt >kvm.json
ok "a pattern" test "$(names kvm.json)" = "kvm-hrtimer kvm-preemption-timer"
"$vtick" replay -p virtual -p 'virtual*' -p 'virtual:switch=keep' a.vtt >some.json
ok "a pattern leaves out what is there" test "$(names some.json)" = "virtual virtual-2005 virtual-vtm virtual"
"$vtick" replay -p 'virtual-*' -p virtual-vtm a.vtt >some.json
ok "... and so does a name behind it" test "$(names some.json)" = "virtual-2005 virtual-vtm"
fails "a name twice is one too many" "is 'virtual' with the parameters of 'virtual'" "$vtick" replay -p virtual -p virtual a.vtt
fails "a misspelt name" "virtul: no such policy, did you mean 'virtual'?" "$vtick" replay -p virtul a.vtt
"$vtick" replay -p 'xen-*:slop=7us' a.vtt >args.json
ok "what stands behind the colon goes to each" jq -e '[.cells[] | .policy.params.slop_ns] == [7000, 7000]' args.json
fails "a pattern that fits none" 'nosuch-\*: fits no policy' "$vtick" replay -p 'nosuch-*' a.vtt
"$vtick" replay "$corpus/kvm-tmict-1.vtt" >design.json
ok "of a KVM recording also its design" test "$(names design.json)" = "passthrough virtual kvm-hrtimer"
"$vtick" replay "$corpus/pvh2.vtt" >design.json
ok "of a Xen recording also its design" test "$(names design.json)" = "passthrough virtual xen-vpt"
"$vtick" replay "$corpus/pvh2.vtt" "$corpus/kvm-tmict-1.vtt" a.vtt >design.json
ok "of both, both" test "$(names design.json)" = "passthrough virtual kvm-hrtimer xen-vpt"

# ---- nothing to compare ----

code=0
"$vtick" replay a.vtt "$corpus/xen-pv-1g.vtt" >empty.json 2>err.txt || code=$?
ok "no timer write: exit 0" test "$code" = 0
ok "no timer write: one line" test "$(cat err.txt)" = \
	"vtick: $corpus/xen-pv-1g.vtt: nothing to compare: no guest timer write with a known deadline"
ok "--help" sh -c "'$vtick' replay --help | grep -q '^usage: vtick replay'"

finish
