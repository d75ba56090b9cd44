#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vtick replay -O: a result for each of many traces, whatever comes between.
. "$PWD/ci/tests/lib.sh"
need jq
cd "$work" || exit 1

i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	mkdir -p t/a t/b.d
	case $((i % 3)) in 0) to=t/a/x$i ;; 1) to=t/b.d/x$i ;; *) to=t/x$i ;; esac
	"$vtick" gen --domains $((i % 2 + 1)) --vcpus 2 --lps 2 --tick 100 --duration 0.$i --seed $i -o $to.vtt || exit 1
done
cp t/a/x3.vtt t/a/same.vtt
cp t/x2.vtt t/b.d/same.vtt # another of that name
cp t/x2.vtt t/.hidden.vtt
echo no trace >t/a/note.txt

all() # DIR: all its results, by name, without what says how they came about
{
	(cd "$1" && find . -name '*.json' | LC_ALL=C sort | while read -r f; do
		echo "$f"
		jq -c 'del(.provenance.command, .provenance.jobs)' "$f"
	done)
}

# ---- which, and what they are called ----
code "a folder" 0 "$vtick" replay -O whole t
has "it says how many" '^whole: 14 traces: 14 replayed$'
(cd whole && find . -name '*.json') | LC_ALL=C sort | tr '\n' ' ' >names.txt
equal "a result a trace, two of one base name" "$(cat names.txt)" "./a/same.json ./a/x12.json ./a/x3.json ./a/x6.json \
./a/x9.json ./b.d/same.json ./b.d/x1.json ./b.d/x10.json ./b.d/x4.json ./b.d/x7.json ./x11.json ./x2.json ./x5.json ./x8.json "
ok "the trace in it is called by its path" jq -e '[.cells[].trace.name] == ["a/x3", "a/x3"]' whole/a/x3.json >out.txt
"$vtick" replay t/a/x3.vtt >plain.json
ok "numbers are those of a replay by itself" sh -c 'jq -S "[.cells[] | del(.trace.name)]" plain.json >1; jq -S "[.cells[] | del(.trace.name)]" whole/a/x3.json | cmp - 1'
ok "compare takes it" "$vtick" compare whole/a/x3.json whole/a/x3.json >out.txt
code "by their paths" 0 "$vtick" replay -O paths ./t/../t/x2.vtt "$work/t/x5.vtt" t//a
ok "... they keep them" test -f "paths/t/%2E%2E/t/x2.json" -a -f "paths$work/t/x5.json" -a -f paths/t/a/x3.json
mkdir -p "h/.dots/%2Edots" || exit 1
odd='h/.dots/...a.vtt h/.dots/%2Edots/a.vtt h/.dots/-b.vtt'
for to in $odd; do cp t/x2.vtt "$to"; done
cp t/x2.vtt "h/.dots/new
line.vtt"
# shellcheck disable=SC2086 # words
code "hidden ones that are named" 0 "$vtick" replay -O odd -p virtual $odd "h/.dots/new
line.vtt"
ok "... have results that are not" test -f 'odd/h/%2Edots/%2E%2E%2Ea.json' -a -f 'odd/h/%2Edots/%252Edots/a.json'
code "... which a merge finds" 0 "$vtick" merge odd -o odd.json
ok "... by their names" jq -e '[.cells[].trace.name] == ["h/.dots/%2Edots/a", "h/.dots/-b", "h/.dots/...a", "h/.dots/new\nline"]' odd.json
find t -name 'x*.vtt' >list.txt
code "from a list" 0 "$vtick" replay -O list --files-from list.txt
has "all of it" '^list: 12 traces: 12 replayed$'
find t -name 'x*.vtt' -print0 | "$vtick" replay -O list --files-from - >out.txt
has "the same from standard input, with NULs" '^list: 12 traces: 0 replayed, 12 current$'
mkdir mine
echo '{"mine": 1}' >mine/a.json
cp t/x2.vtt mine/a.vtt
fails "a file of others" 'mine/a.json: would be overwritten, and was not made by' "$vtick" replay -O mine --keep-going mine
equal "... stays" "$(cat mine/a.json)" '{"mine": 1}'
fails "one name for two" "the name 't/x2' is taken by t/x2.vtt" "$vtick" replay -O twice t/x2.vtt ./t/x2.vtt
mkdir empty
fails "a folder without a trace" 'empty: the folder holds no trace' "$vtick" replay -O none empty
fails "no trace at all" 'TRACE is missing' "$vtick" replay -O none
fails "-O and -o" '-O is given with -o' "$vtick" replay -O none -o x t
fails "--shard without -O" '--shard is given without -O' "$vtick" replay --shard 1/2 t/x2.vtt
for shard in 0/2 3/2 1 1/ a/b 1/10001; do
	fails "--shard $shard" '--shard is .*expected I/N' "$vtick" replay -O none --shard $shard t
done

# ---- what is current ----
all whole >whole.txt
cp -a whole again
code "once more" 0 "$vtick" replay -O again t
has "nothing is done" '^again: 14 traces: 0 replayed, 14 current$'
rm again/x2.json
echo '{' >again/x5.json
"$vtick" gen --domains 1 --vcpus 1 --lps 1 --duration 0.2 --seed 99 -o t/a/x3.vtt
"$vtick" replay -O again t >out.txt
has "what is gone, broken or of another trace is made" '^again: 14 traces: 3 replayed, 11 current$'
cp t/a/same.vtt t/a/x3.vtt
"$vtick" replay -O again t >out.txt
has "and back" '^again: 14 traces: 1 replayed, 13 current$'
all again >again.txt
ok "all as at first" cmp whole.txt again.txt
for other in '-p virtual' '-p virtual:slop=0 -p passthrough' '--away recorded' '--against-recording' '--closed-loop' '--bound' '--bound --free-rides all'; do
	# shellcheck disable=SC2086 # words
	"$vtick" replay -O again t/x2.vtt t/a $other >out.txt 2>&1
	has "$other: another result" '^again: 6 traces: 6 replayed'
	# shellcheck disable=SC2086
	"$vtick" replay -O again t/x2.vtt t/a $other >out.txt 2>&1
	has "$other: current then" '^again: 6 traces: 0 replayed, 6 current'
done

code "two policies that are the same on a trace" 2 "$vtick" replay -O same --keep-going -p virtual -p virtual:slop=50us t
has "... are no trace's fault" "with the parameters of .virtual. on trace" err.txt
ok "... which none is blamed for" test -z "$(find same -name "*.json")"
"$vtick" replay -O again t/a >out.txt 2>err.txt
has "results of others are told" "warning: it holds 20 results of traces that were not given now, .a/same. first" err.txt

# ---- shards ----
for n in 1 2 5 20; do
	rm -rf shards
	k=0
	while [ $k -lt $n ]; do
		k=$((k + 1))
		"$vtick" replay -O shards --shard $k/$n t >>shards.$n.txt || exit 1
	done
	all shards >shards.txt
	ok "$n shards make the same" cmp whole.txt shards.txt
	equal "$n shards: each trace once" "$(($(sed 's/.*: \([0-9]*\) trace.*/\1/' shards.$n.txt | paste -sd+)))" 14
done

# ---- traces that cannot be read ----
mkdir bad
cp t/x2.vtt t/x5.vtt t/x8.vtt bad
head -c 200 t/x2.vtt >bad/short.vtt
printf 'zzzz' | dd of=bad/x5.vtt bs=1 seek=700 conv=notrunc 2>/dev/null
: >bad/empty.vtt
fails "one ends the call" 'bad/.*.vtt: offset' "$vtick" replay -O bad.1 bad
code "unless it is to go on" 2 "$vtick" replay -O bad.2 --keep-going bad
has "... how many" '^bad.2: 5 traces: 2 replayed, 3 unreadable$'
equal "... each is named" "$(sed 's/: offset.*//' err.txt | LC_ALL=C sort | paste -sd' ')" \
	'vtick: bad/empty.vtt vtick: bad/short.vtt vtick: bad/x5.vtt'
ok "... and has an entry" jq -e '.cells == [] and .unreadable == [{ name: "empty", status: "unreadable",
	message: "offset 0: the file is empty, expected a vtick trace" }]' bad.2/empty.json >out.txt
cp t/x5.vtt bad/x5.vtt
code "one that was mended" 2 "$vtick" replay -O bad.2 --keep-going bad
has "... is replayed" '^bad.2: 5 traces: 1 replayed, 2 current, 2 unreadable$'
: >bad/x5.vtt
code "one that broke" 2 "$vtick" replay -O bad.2 --keep-going bad
ok "... has no numbers any more" jq -e '.cells == []' bad.2/x5.json >out.txt

# ---- lost cells ----
if ! sanitized; then
	compile misbehave.so "$top/replay/tests/plugins/misbehave.c" || exit 1
	code "a cell that is lost" 2 "$vtick" replay -O lost -p virtual -p ./misbehave.so:how=segv,at=3 bad/x2.vtt bad/x8.vtt
	has "... is told" 'policy misbehave:how=segv,at=3: crashed: killed by signal' err.txt
	has "... and counted" '^lost: 2 traces: 2 replayed; lost cells in 2 results$'
	code "it is its policy's doing" 2 "$vtick" replay -O lost -p virtual -p ./misbehave.so:how=segv,at=3 bad/x2.vtt bad/x8.vtt
	has "... and so current" '^lost: 2 traces: 0 replayed, 2 current; lost cells in 2 results$'
	compile misbehave.so -O2 "$top/replay/tests/plugins/misbehave.c" || exit 1
	code "another build of it" 2 "$vtick" replay -O lost -p virtual -p ./misbehave.so:how=segv,at=3 bad/x2.vtt bad/x8.vtt
	has "... makes others" '^lost: 2 traces: 2 replayed; lost cells in 2 results$'
	code "one that took too long" 2 "$vtick" replay -O late --cell-timeout 0.1 -p ./misbehave.so:how=sleep,at=3 bad/x2.vtt
	code "... is tried again" 2 "$vtick" replay -O late --cell-timeout 0.1 -p ./misbehave.so:how=sleep,at=3 bad/x2.vtt
	has "... each time" '^late: 1 trace: 1 replayed; lost cells in 1 result$'
fi

# ---- killed ----
rm -rf killed
k=0
while [ $k -lt 30 ]; do
	k=$((k + 1))
	"$vtick" replay -O killed -j2 -p all t >killed.out 2>&1 &
	pid=$!
	sleep 0.0$((k * 7 % 10))
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null && break
done
"$vtick" replay -O killed -p all t >out.txt
"$vtick" replay -O undisturbed -j1 -p all t >out.txt
all killed >killed.txt
all undisturbed >undisturbed.txt
ok "killed again and again, the same in the end" cmp killed.txt undisturbed.txt
equal "nothing else is left" "$(find killed -type f ! -name '*.json' ! -name '.traces-*' | grep -v '\.tmp\.')" ''
finish
