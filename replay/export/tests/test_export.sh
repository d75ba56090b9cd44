#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `vtick export --format perfetto`: the file is decoded by protoc, and every slice, instant and flow is held against the
# trace's events, each to its nanosecond.
. "$PWD/ci/tests/lib.sh"
need jq protoc gawk csvtool
: "${VTICK_TIER:=test}"
here=$top/replay/export/tests
cd "$work" || exit 1

# decode FILE: its packets as lines, on stdout.
decode()
{
	protoc --proto_path="$top/replay/export" --decode=perfetto.protos.Trace perfetto.proto <"$1" |
		gawk -f "$here/packets.awk"
}

expected()
{
	jq -n -r --arg what "$1" -f "$here/expected.jq" "$2"
}

# sound NAME LINES: they are those of a file as it must be.
sound()
{
	grep '^bad' "$2" >bad
	if [ -s "$2" ] && [ ! -s bad ]; then ok "$1"; else fail "$1" bad; fi
}

# alike NAME FILE FILE: the same lines in any order.
alike()
{
	sort "$2" >alike.1
	sort "$3" >alike.2
	if [ -s alike.1 ] && cmp -s alike.1 alike.2; then ok "$1 ($(wc -l <alike.1))"; else
		diff alike.1 alike.2 >alike.diff
		fail "$1" alike.diff
	fi
}

# counted TRACE
counted()
{
	name=$(basename "$1" .vtt)
	code "$name: exported" 0 "$vtick" export "$1" -o file
	decode file >lines
	sound "$name: what a file of Perfetto's must be" lines
	"$vtick" dump --json "$1" >events.json
	gawk -F '\t' '$1 == "INSTANT" && $4 != "deadline" && $3 !~ /ticks$/ { print $2 "\t" $3 "\t" $4 }' lines >got
	expected instants events.json >want
	alike "$name: an instant for each event that is no schedule" got want
	gawk -f "$here/slices.awk" lines >got
	sound "$name: slices nest" got
	grep -v "/ticks" got >rest && mv rest got
	expected slices events.json >want
	alike "$name: a slice for each time in which a VP did something" got want
	equal "$name: LP slices are what info counts" "$(grep -c "	recorded/LP [0-9]*	" got)" \
		"$("$vtick" info --json "$1" | jq '.events.sched_in')"
	"$vtick" replay -p virtual "$1" >result 2>/dev/null
	equal "$name: a deadline for each that a replay has" \
		"$(gawk -F '\t' '$4 == "deadline" { n++; split($6, said, "="); if (said[1] == "passed_over") n += said[2] } END { print n + 0 }' lines)" "$(jq '.cells[0].ticks.due' result)"
	gawk -F '\t' '$5 != "-" { print $5 "\t" $4 }' lines >flows
	equal "$name: a flow for each expiry that begins one" "$(cut -f1 flows | sort -u | wc -l)" "$(expected fires events.json)"
	gawk -F '\t' '!seen[$1]++ && $2 != "obs_fire"' flows >bad
	ok "$name: each begins with it" test ! -s bad
}

"$vtick" cut --to 0.2 "$top/traces/corpus/kvm-live-mixed-2x3.vtt" -o live.vtt || exit 1
counted live.vtt
for trace in "$top"/traces/corpus/*.vtt; do
	case $VTICK_TIER,$trace in
	all,* | *,*/made-mo*) counted "$trace" ;;
	esac
done
# A clock that is not ns, counters that are set, a guest that is moved.
"$vtick" gen --domains 3 --vcpus 2 --lps 2 --tick 250 --blocked 60 --migrate 20 --cancel 20 --moves 10 \
	--set-itc 3 --set-itc-every 50ms --clock-hz 2596.122M --duration 1 -o gen.vtt || exit 1
counted gen.vtt

# Flows of a live recording go all the way: expiry, wake-up, run, injection.
"$vtick" export live.vtt -o file
decode file >lines
gawk -F '\t' '$5 != "-" { way[$5] = way[$5] " " $4 } END { for (f in way) n[way[f]]++; for (w in n) print n[w] w }' lines |
	sort -rn >ways
has "most ticks of sleeping guests go from expiry to injection" \
	'^[1-9][0-9]\{2,\} obs_fire wake runs obs_pend$' ways
gawk -F '\t' '$5 != "-" && $2 < last[$5] { print } { last[$5] = $2 }' lines >bad
ok "flows run forward in time" test ! -s bad
gawk -F '\t' '$4 == "arm" && $6 !~ /^due_ns=[0-9]+(,period_ns=[0-9]+)?$/' lines >bad
ok "a write says when it is due" test ! -s bad

# A window is the whole, cut.
from=100000000 to=120000123
code "a window" 0 "$vtick" export --from ${from}ns --to ${to}ns live.vtt -o part
decode part >part.lines
sound "a window is a file as it must be" part.lines
gawk -F '\t' -v from=$from -v to=$to '$1 == "INSTANT" && $2 >= from && $2 <= to { print $2, $3, $4 }' lines >want
gawk -F '\t' '$1 == "INSTANT" { print $2, $3, $4 }' part.lines >got
alike "its instants" got want
gawk -v from=$from -v to=$to -f "$here/slices.awk" lines | grep -Ev '/(lost|away)\t' >want
gawk -f "$here/slices.awk" part.lines | grep -v '/lost	' >got
alike "its slices, cut at its ends" got want

# Names are others' text.
"$vtick" dump --json gen.vtt | sed '1s/"d0v1"/"\\u001b[31m\\u202e<b>"/' | "$vtick" import text -o named.vtt 2>/dev/null || exit 1
"$vtick" export named.vtt -o file
decode file >named.lines
has "a name of others is text" 'recorded/\\\\x1b\[31m\\\\xe2\\\\x80\\\\xae<b>	' named.lines

# Where it goes.
"$vtick" export gen.vtt -o whole || exit 1
"$vtick" export gen.vtt >out && "$vtick" export -o - gen.vtt >dash
ok "standard output" cmp -s out whole
ok "- is that, too" cmp -s dash whole
fails "a trace is not overwritten" "expected a file to write, not a trace" "$vtick" export gen.vtt -o other.vtt
fails "nor is what is read" "gen.vtt" "$vtick" export gen.vtt -o ./gen.vtt
fails "--from behind the end" "behind the end of the trace" "$vtick" export --from 60 gen.vtt -o none
fails "--from behind --to" "from is after --to" "$vtick" export --from 2 --to 1 gen.vtt -o none
ok "nothing is left behind" test ! -e none
head -c -2000 live.vtt >cut.vtt
code "a trace that is cut off" 0 "$vtick" export cut.vtt -o file
has "is said to be" "cut off" err.txt
# ---- what a policy does ----

# by_fates FATES DUMP: "PENDED DELIVERED VP" of each tick that was delivered, or "PENDED AT VP" of FATE, ns at a clock of 1 GHz.
by_fates()
{
	jq -r '.vps // empty | map(.name) | join("\t")' "$2" | head -n 1 >names
	gawk -F '\t' 'NR == FNR { for (i = 1; i <= NF; i++) name[i - 1] = $i; next } $1 == fate { print $5, $6, name[$2] }' \
		fate="${3-delivered}" names "$1"
}

policies="kvm-hrtimer virtual passthrough"
set --
for p in $policies; do
	set -- "$@" -p "$p"
done
"$vtick" dump --json live.vtt >events.json
end=$(head -n 1 events.json | jq .end)
code "policies beside the recording" 0 "$vtick" export "$@" live.vtt -o file
decode file >all.lines
sound "with policies a file is as it must be" all.lines
gawk -F '\t' '$3 ~ /^recorded/' all.lines | sort >got
sort lines >want
ok "the recording's group is the same" cmp -s got want
for p in $policies; do
	gawk -F '\t' -v g="$p/" 'index($3, g) == 1' all.lines >lines.p
	gawk -f "$here/slices.awk" lines.p >got
	sound "$p: slices nest" got
	gawk '!/ticks/ { sub("\t" g, "\trecorded/"); print }' g="$p/" got >slices.got
	expected slices events.json | grep -Ev '/(lost|away)	' >want
	alike "$p: the schedule is the recording's" slices.got want
	"$vtick" replay -p "$p" --fates fates live.vtt >result 2>/dev/null
	gawk -F '\t' '$4 == "irq" { split($3, at, /[ \/]/); n[at[3]]++ } END { for (lp in n) print lp, n[lp] }' lines.p | sort >got
	jq -r '.cells[0].timer_interrupts.per_lp | to_entries[] | select(.value.total) | "\(.key) \(.value.total)"' result | sort >want
	alike "$p: interrupts of each LP" got want
	gawk -v group="$p" -v end="$end" -f "$here/lists.awk" lines.p >got
	jq -r '.cells[0].ac_timer_list.by_time_ns | to_entries[] | "\(.key) \(.value)"' result >want
	alike "$p: how long the lists are, and when" got want
	by_fates fates events.json >delivered
	gawk -F '\t' '$4 == "inject" || $4 == "pend" { split($3, at, "/timer"); print $4, $2, substr(at[1], length(g) + 1) }' g="$p/" lines.p >got
	by_fates fates events.json pending | gawk '{ print "pend", $1, $3 }' >open
	grep -v -x -F -f open got >rest
	mv rest got
	gawk '{ print "pend", $1, $3; print "inject", $2, $3 }' delivered >want
	alike "$p: each tick's pend and injection" got want
	gawk -F '\t' '$4 ~ /^late/ || $4 == "on time" || $4 == "early"' lines.p | wc -l >got
	wc -l <delivered >want
	alike "$p: and what it came to" got want
	gawk -F '\t' '$5 != "-" { way[$5] = way[$5] " " $4 } END { for (f in way) print way[f] }' lines.p | sort -u >got
	has "$p: flows go from pend over wake-up and run to injection" '^ pend wake runs inject$' got
	grep -v -x -e ' pend\( wake\)\?\( runs\)\? inject' -e ' pend wake' got >bad
	ok "$p: and no other way" test ! -s bad
done
has "a list's length is a counter" '^COUNTER	.*	virtual/LP 0/ac_timer list	' all.lines

# A policy of its own, by its file, in a window.
cat >mine.c <<'END'
#include "policy.h"
const struct vtick_policy vtick_policy = { VTICK_POLICY_HEAD, .name = "mine", .summary = "does nothing" };
END
code "a policy by its file" 0 env CPATH="$top/replay" "$vtick" export -p ./mine.c --from 0.1 --to 0.11 live.vtt -o file
decode file >own.lines
has "is a group" '	mine/' own.lines
fails "a policy that is not there" "nothere" "$vtick" export -p nothere live.vtt -o none
fails "one that crashes is named" "policy bad: crashed" env CPATH="$top/replay" sh -c "printf '%s\n' '#include \"policy.h\"' \
	'static int open(struct vtick_host *h) { (void)h; __builtin_trap(); }' \
	'const struct vtick_policy vtick_policy = { VTICK_POLICY_HEAD, .name = \"bad\", .open = open };' >bad.c &&
	exec '$vtick' export -p ./bad.c live.vtt -o none"
ok "and nothing is written" test ! -e none

# ---- CSV ----

code "CSV" 0 "$vtick" export --format csv -p virtual live.vtt -o ticks.csv
first "with a heading" '^source,vm,vp,tick,count,deadline_ns,expired_ns,delivered_ns,late_ns,host_ns,wait_ns,inject_ns,cause,behind$' ticks.csv
"$vtick" replay -p virtual --fates fates live.vtt >/dev/null 2>&1
by_fates fates events.json >want
gawk -F , '$1 == "virtual" && $4 == "delivered" { print $7, $8, $3 }' ticks.csv >got
alike "a row for each tick of a replay" got want
gawk -F , 'NR > 1 && $4 == "delivered" { n[$1]++; h[$1] += $10; w[$1] += $11; i[$1] += $12; if ($9 != $10 + $11 + $12 || $9 != $8 - $6) print "bad" }
	END { for (s in n) printf "%s %d %d %d %d\n", s, n[s], h[s], w[s], i[s] }' ticks.csv >got
"$vtick" late --json -p virtual live.vtt |
	jq -r '.views[] | "\(if .source == "replay" then "virtual" else "recorded" end) \(.ticks.delivered) \(.parts_ns.host) \(.parts_ns.wait) \(.parts_ns.inject)"' >want
alike "parts add up, to what late says" got want
gawk -F , 'NR > 1 { n[$1 " " $4] += $5 } END { for (s in n) print s, n[s] }' ticks.csv >got
"$vtick" late --json -p virtual live.vtt |
	jq -r '.views[] | (if .source == "replay" then "virtual" else "recorded" end) as $s | .ticks | to_entries[] | select(.value > 0) | "\($s) \(.key) \(.value)"' >want
alike "each fate as often" got want
"$vtick" export --format csv live.vtt --from 0.1 --to 0.12 | gawk -F , 'NR == 1 || $4 == "delivered"' >got
gawk -F , 'NR == 1 || ($1 == "recorded" && $4 == "delivered" && $8 >= 100000000 && $8 <= 120000000)' ticks.csv >want
alike "a window of it" got want
"$vtick" dump --json gen.vtt | sed '1s/"d0v1"/"=HYPERLINK(1,\\"x\\")"/' | "$vtick" import text -o named.vtt 2>/dev/null || exit 1
"$vtick" export --format csv -p virtual named.vtt >named.csv
has "a name that would be a formula is none" ",\"'=HYPERLINK(1,\"\"x\"\")\"," named.csv
equal "every row has its columns" "$(csvtool width named.csv) $(csvtool height named.csv)" "14 $(wc -l <named.csv)"

code "--costs without a replay" 2 "$vtick" export --costs none "$top/traces/corpus/made-modes.vtt" -o none.pf
code "--away without a replay" 2 "$vtick" export --away recorded "$top/traces/corpus/made-modes.vtt" -o none.pf

finish
